"""Two models on rows that models often refuse: with gaps, and with levels that were never seen.

Where both refuse a table alike, halves of its columns are tried, down to single columns: a model may take gaps in the
columns that it imputes, and in no other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ipymlops.frames import Table, as_table, can_miss, new_level, with_gaps, with_levels
from ipymlops.phrases import count
from ipymlops.pipelines.answering import Inquiry, together

INCOMPLETE, UNFAMILIAR = "incomplete", "unfamiliar"
MOST_TABLES = 64  # of each kind: enough to find each of 32 columns
ROWS_A_COLUMN, FEWEST_ROWS, MOST_ROWS = 20, 200, 2_000


@dataclass(frozen=True, slots=True)
class _Kind:
    data: str  # what its rows are called
    words: str
    columns: Sequence[int]
    change: Callable[[Table, Any], Any]  # rows, and number of a column -> which of these to change


def put_unusual(inquiry: Inquiry, rows: Any) -> list[str]:
    """Ask both models for rows that are like ``rows`` but for one value each; in words, what both refuse alike."""
    table = as_table(rows)
    numbers = range(len(table.names))
    few = as_table(table.head(min(max(FEWEST_ROWS, ROWS_A_COLUMN * len(numbers)), MOST_ROWS)))
    levels = {n: level for n in numbers if (level := new_level(table, n)) is not None}
    gaps = _Kind(INCOMPLETE, "a missing value", [n for n in numbers if can_miss(few, n)], with_gaps)
    new = _Kind(UNFAMILIAR, "a new level", list(levels), lambda some, cells: with_levels(some, cells, levels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [words for kind in (gaps, new) if (words := _search(inquiry, few, kind))]


def _search(inquiry: Inquiry, table: Table, kind: _Kind) -> str:
    before = len(inquiry.answers)
    waiting, refused = [list(kind.columns)] if kind.columns else [], []
    for _ in range(MOST_TABLES):
        if not waiting:
            break
        columns = waiting.pop(0)
        if inquiry.put(kind.data, _changed(table, kind, columns)):
            continue
        if len(columns) == 1:
            refused += columns
        else:
            middle = len(columns) // 2
            waiting += [columns[:middle], columns[middle:]]
    _join(inquiry, before)
    return _refused_words(kind, len(refused), sum(map(len, waiting)))


def _changed(table: Table, kind: _Kind, columns: Sequence[int]) -> Any:
    """The rows whose turn it is to be changed in one of these columns, changed."""
    import numpy as np

    turns = min(table.rows, len(table.names))
    turn = np.arange(table.rows) % turns
    own = np.flatnonzero(np.isin(turn, [n % turns for n in columns]))
    cells = {n: turn[own] == n % turns for n in columns}
    return kind.change(as_table(table.take(own)), cells)


def _join(inquiry: Inquiry, before: int) -> None:
    """One answer a method, however many tables it took."""
    new = inquiry.answers[before:]
    methods = dict.fromkeys(a.method for a in new)
    inquiry.answers[before:] = [together([a for a in new if a.method == m]) for m in methods]


def _refused_words(kind: _Kind, refused: int, untold: int) -> str:
    found = f"{kind.words} in {refused:,} of {count(len(kind.columns), 'column')}: both models refuse such rows"
    if untold:
        return f"{found}; {untold:,} more were only asked together, and refused" if refused else _together(kind, untold)
    return found if refused else ""


def _together(kind: _Kind, untold: int) -> str:
    return f"{kind.words} in one of {untold:,} columns: both models refuse such rows, asked for many columns together"

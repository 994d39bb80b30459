"""CSV files, which hold nothing but text: what kind a column is must come from somewhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.frames.kinds import Kind
from ipymlops.frames.unread import refuse_another_separator

if TYPE_CHECKING:
    import pandas as pd

TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def read_csv(path: Path, like: Mapping[str, Kind]) -> pd.DataFrame:
    """The file with the columns in ``like`` read as that kind; all others as pandas guesses.

    Categories stay text as written (``01067`` is no number). Times must be ISO 8601: what ``03/04/2026`` means is
    never guessed, nor which sign parts the columns where it is no comma. A column that cannot be read as its kind stays
    text, for the checks to report.
    """
    import pandas as pd

    refuse_another_separator(path, list(map(str, pd.read_csv(path, nrows=0).columns)), like)
    kinds = {name: kind for name, kind in like.items() if kind in _READ_FROM_TEXT}
    # low_memory would guess anew every few thousand rows, and a column might get two types
    frame = pd.read_csv(path, low_memory=False, dtype=dict.fromkeys(kinds, str))
    for name in frame.columns.intersection(list(kinds)):
        frame[name] = _READ_FROM_TEXT[kinds[name]](frame[name])
    return frame


def _times(text: Any) -> Any:
    import pandas as pd

    for utc in (False, True):  # UTC where the offsets differ, as they do over a summer
        try:
            return pd.to_datetime(text, format="ISO8601", utc=utc)
        except ValueError:
            continue
    return text


def _truths(text: Any) -> Any:
    found = text.str.lower().map(TRUTHS)
    if not found.isna().equals(text.isna()):
        return text
    return found.astype(object if found.isna().any() else bool)


_READ_FROM_TEXT: dict[Kind, Callable[[Any], Any]] = {
    "category": lambda text: text,
    "datetime": _times,
    "boolean": _truths,
}

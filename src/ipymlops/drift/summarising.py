"""A column of a table as a summary: over bins and levels of its own, or over those of a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ipymlops.drift import binning, words
from ipymlops.drift.binning import Counts, Floats
from ipymlops.drift.moments import Moments
from ipymlops.drift.summaries import FAMILY, FEW, LEVELS, Levels, Numbers, Summary, Texts, Unread
from ipymlops.drift.unseen import kept
from ipymlops.frames import Kind, Table, tokens


def reference(table: Table, name: str, bins: int) -> Summary:
    """Summarise a column over bins and levels of its own."""
    kind = table.kinds[name]
    if FAMILY[kind] == "unread":
        return _unread(table, name)
    if FAMILY[kind] == "levels":
        levels = _levels(table, name)
        texts = _as_texts(levels, table.rows, bins) if kind == "category" else None
        return texts or _capped(levels, table.rows)
    values = table.numbers(name)
    finite = values[np.isfinite(values)]
    summary = _numbers(kind, values, binning.quantile_edges(finite, bins))
    return replace(summary, identifier=kind == "integer" and _is_serial(finite))


def measured(like: Summary, table: Table, name: str) -> Summary:
    """Summarise a column over the bins or levels of ``like``; Unread where its kind does not allow that."""
    kind = table.kinds[name]
    if kind != like.kind and not _convertible(like, table, name):
        found = _unread(table, name)
        return found if found.present else _all_missing(like, found.missing)
    if isinstance(like, Numbers):
        values = table.numbers(name)
        summary = _numbers(kind, values, like.edges)
        fractional = like.kind == "integer" and kind == "number" and bool(np.any(np.mod(_finite(values), 1)))
        return replace(summary, fractional=fractional)
    if isinstance(like, Texts):
        levels = _levels(table, name)
        return _texts(like, levels)
    if isinstance(like, Levels):
        return _placed(like, _levels(table, name, as_boolean=like.kind == "boolean"))
    return _unread(table, name)


def empty(like: Summary) -> Summary:
    """Nothing counted, over the same bins or levels: adding it changes nothing."""
    if isinstance(like, Numbers):
        return Numbers(like.kind, like.edges, np.zeros_like(like.counts), 0, 0, 0.0, 0.0, np.inf, -np.inf)
    if isinstance(like, Levels):
        return Levels(like.kind, dict.fromkeys(like.counts, 0), 0, 0)
    if isinstance(like, Texts):
        lengths = empty(like.lengths)
        assert isinstance(lengths, Numbers)
        return Texts(like.kind, lengths, like.words.empty())
    return Unread(like.kind)


def _unread(table: Table, name: str) -> Unread:
    missing = int(table.missing(name).sum())
    return Unread(table.kinds[name], missing, table.rows - missing)


def _all_missing(like: Summary, rows: int) -> Summary:
    nothing = empty(like)
    if isinstance(nothing, Texts):
        return replace(nothing, lengths=replace(nothing.lengths, missing=rows))
    return replace(nothing, missing=rows)


def _convertible(like: Summary, table: Table, name: str) -> bool:
    kind = table.kinds[name]
    if like.kind == "boolean":  # 0 and 1, as booleans with missing values arrive
        return FAMILY[kind] == "numbers" and bool(np.isin(_finite(table.numbers(name)), (0.0, 1.0)).all())
    return isinstance(like, Numbers) and like.kind != "datetime" and kind in ("number", "integer", "boolean")


def _numbers(kind: Kind, values: Floats, edges: Floats) -> Numbers:
    """All that is said of numbers in one pass: each chunk is looked at while it is in the core's cache."""
    counter, total = binning.counter_for(edges, len(values)), Moments()
    low, high, missing = np.inf, -np.inf, 0
    for chunk in binning.chunks(values):
        some, lowest, highest = chunk, float(chunk.min()), float(chunk.max())
        if not np.isfinite(lowest) or not np.isfinite(highest):  # NaN is the smallest and the largest of all
            some = _finite(chunk)
            missing += int(np.isnan(chunk).sum())
            if not len(some):
                continue
            lowest, highest = float(some.min()), float(some.max())
        low, high = min(low, lowest), max(high, highest)
        total.add(some)
        counter.add(some, lowest, highest)
    infinite = len(values) - missing - total.rows
    return Numbers(kind, edges, counter.counts, missing, infinite, total.mean, total.spread_sum, low, high)


def _finite(values: Floats) -> Floats:
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def _levels(table: Table, name: str, *, as_boolean: bool = False) -> Levels:
    kind = table.kinds[name]
    if kind == "boolean" or as_boolean:
        values = table.numbers(name)
        ones, missing = int(np.nansum(values)), int(np.isnan(values).sum())
        return Levels(kind, {"False": len(values) - missing - ones, "True": ones}, 0, missing)
    names, codes = table.levels(name)
    rows = np.bincount(codes + 1, minlength=len(names) + 1)
    present = {level: n for level, n in zip(names.tolist(), rows[1:].tolist(), strict=True) if n}
    return Levels(kind, present, 0, int(rows[0]))


def _as_texts(levels: Levels, rows: int, bins: int) -> Texts | None:
    """The values as texts, where they mostly differ and have several words; None for categories and identifiers."""
    present, distinct = rows - levels.missing, len(levels.counts)
    if present < FEW or (distinct <= present / 2 and distinct <= LEVELS):
        return None
    values, held = _in_order(levels)
    if not words.are_texts(values, held):
        return None
    edges = binning.quantile_edges(np.repeat(tokens.lengths(values), held), bins)
    # the words that a half holds most often are rarer elsewhere: counted where chosen, they would seem to fall later
    chosen = words.vocabulary(values[::2], held[::2])
    return Texts(
        "category", _text_lengths(edges, values, held, levels.missing), words.counted(chosen, values[1::2], held[1::2])
    )


def _texts(like: Texts, levels: Levels) -> Texts:
    values, held = _in_order(levels)
    lengths = _text_lengths(like.lengths.edges, values, held, levels.missing)
    return Texts("category", lengths, words.counted(like.words.vocabulary, values, held))


def _text_lengths(edges: Floats, values: Sequence[str], held: Counts, missing: int) -> Numbers:
    lengths = np.append(np.repeat(tokens.lengths(values), held), np.full(missing, np.nan))
    return _numbers("integer", lengths, edges)


def _in_order(levels: Levels) -> tuple[list[str], Counts]:
    """Distinct values by name, so that the order of rows changes nothing, and the rows of each."""
    values = sorted(levels.counts)
    return values, np.array([levels.counts[value] for value in values], dtype=np.int64)


def _capped(levels: Levels, rows: int) -> Levels:
    """The most frequent levels by name (ties by name), the rest as other; sorted, so that bytes are the same."""
    ranked = sorted(levels.counts.items(), key=lambda item: (-item[1], item[0]))
    kept, rest = dict(ranked[:LEVELS]), sum(n for _, n in ranked[LEVELS:])
    present = rows - levels.missing
    unlike = present >= FEW and len(ranked) > present / 2
    return replace(levels, counts=kept, other=rest, identifier=unlike)


def _placed(like: Levels, levels: Levels) -> Levels:
    """Rows under the levels of ``like``; other levels under ``other`` if ``like`` has some, else by name."""
    known = {level: levels.counts.get(level, 0) for level in like.counts}
    strange = {level: n for level, n in levels.counts.items() if level not in known}
    if like.other:
        return replace(levels, counts=known, other=sum(strange.values()))
    unseen, unnamed = kept(strange)
    return replace(levels, counts=known, unseen=unseen, unnamed=unnamed)


def _is_serial(finite: Floats) -> bool:
    """Whole numbers that all differ and lie close: row numbers. By chance, below one in 100,000 columns."""
    n = len(finite)
    if n < FEW or finite.max() - finite.min() > 4 * n:
        return False
    return bool(np.all(np.diff(np.sort(finite)) > 0))

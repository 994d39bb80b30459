"""What the held-out rows add to a drift card: predictions, labels, errors, and rows as a whole."""

from __future__ import annotations

import math

from ipymlops.drift.held_out_results import ErrorChange, Separation
from ipymlops.drift.results import ColumnDrift, DriftReport, HeldOut
from ipymlops.views import words
from ipymlops.views.card import Badge, Bar, Cell, Figure, Fold, Grid, Lines, Reference, fold, headings


def said_first(found: HeldOut) -> list[str]:
    """Before the columns: that the model refuses the rows, is wrong more often or answers otherwise, that the truth
    changed."""
    said = []
    if found.refused:
        said.append(words.stopped(f"Predictions could not be compared: {found.refused}"))
    if found.errors is not None and found.errors.worse:
        often = "more often" if found.errors.figure == "error rate" else "by more"
        said.append(f"The model is wrong {often}: {found.errors.figure} {_before_now(found.errors)}.")
    moved = [name for name, c in (("predictions", found.prediction), ("labels", found.target)) if c and c.drifted]
    if moved:
        said.append(f"{' and '.join(moved).capitalize()} drifted.")
    return said


def said_last(found: HeldOut, *, drifted: bool, explained: bool) -> list[str]:
    """After the columns: whether rows as a whole are told apart, and what cannot be told. ``explained``: some of the
    columns that separate are known to have changed by themselves."""
    short = found.unanswered
    few = [f"Too few rows to tell of {words.listed(short, limit=4)}."] if short else []
    return [*_told_apart(found, drifted=drifted, explained=explained), *few]


def _told_apart(found: HeldOut, *, drifted: bool, explained: bool) -> list[str]:
    told = found.separation
    if told is None or not told.separated:
        return []
    alone = drifted or explained or len(told.columns) == 1
    start = "Rows" if alone else "Taken together they did: rows"
    unused = ", which the model hardly uses" if told.matters is False else ""
    by = words.listed([name for name, _ in told.columns])
    return [f"{start} are told from held-out ones (AUC {_area(told)}) by {by}{unused}."]


def figures(found: HeldOut) -> tuple[Figure, ...]:
    """One for each thing that was asked, labels apart: their drift stands in the table."""
    made = []
    if found.errors is not None:
        e = found.errors
        change = words.span(e.low, e.high)
        made.append(
            Figure(e.figure, words.number(e.now), f"was {words.number(e.before)}; change {change or 'unknown'}")
        )
    if found.prediction is not None:
        c = found.prediction
        made.append(
            Figure("drift of predictions", words.number(c.effect), f"from {words.short(c.threshold)} on it counts")
        )
    if (told := found.separation) is not None:
        note = f"{words.span(told.low, told.high)}; 0.5: not at all" if told.enough else "too few rows"
        made.append(Figure("rows told apart (AUC)", words.number(told.auc), note))
    return tuple(made)


def folds(result: DriftReport) -> tuple[Fold, ...]:
    """The answers as a table, and the columns that separate."""
    found = result.held_out
    if found is None:
        return ()
    heads = headings("beyond single columns", "outcome", "#before", "#now", "#effect", "#counts from")
    rows = [
        *([_error_row(found.errors)] if found.errors else []),
        *([_moved_row("predictions", found.prediction, found.enough)] if found.prediction else []),
        *([_refused_row()] if found.refused else []),
        *([_moved_row("labels", found.target, found.enough)] if found.target else []),
        *([_separation_row(found.separation)] if found.separation else []),
    ]
    title = f"Against {found.against}"
    return fold(title, Grid(title, heads, tuple(rows)), _separating(found.separation), Lines(_method(found)), open=True)


def badge_word(found: HeldOut) -> str:
    """What alarms, in a word or two."""
    if found.refused:
        return "rows refused"
    if found.errors is not None and found.errors.worse:
        return "more errors"
    if any(c is not None and c.alarming for c in (found.prediction, found.target)):
        return "drift"
    return "rows told apart"


def _before_now(e: ErrorChange) -> str:
    return f"{words.number(e.before)} → {words.number(e.now)}, {words.interval(e.difference, e.low, e.high)} more"


def _area(told: Separation) -> str:
    return words.interval(told.auc, told.low, told.high)


def _error_row(e: ErrorChange) -> tuple[Cell, ...]:
    if math.isnan(e.low):
        state = Badge("cannot tell", "too few rows")
    elif e.worse:
        state = Badge("fail", "worse")
    else:
        state = Badge("pass", "better" if e.high < 0 else "not worse for certain")
    change = words.interval(e.difference, e.low, e.high)
    return (e.figure, state, words.number(e.before), words.number(e.now), change, words.NOTHING)


def _moved_row(name: str, c: ColumnDrift, enough: bool) -> tuple[Cell, ...]:
    state = Badge("pass", "no drift") if enough else Badge("cannot tell", "too few rows")
    if c.drifted:
        state = Badge("fail", "drifted")
    before, now = _largest(c)
    return (name, state, before, now, words.number(c.effect), words.short(c.threshold))


def _refused_row() -> tuple[Cell, ...]:
    nothing = words.NOTHING
    return ("predictions", Badge("fail", "rows refused"), nothing, nothing, nothing, nothing)


def _largest(c: ColumnDrift) -> tuple[str, str]:
    """The share of the label that moved the most; a dash for numbers, which the chart shows."""
    if c.shape is None or not c.shape.labels:
        return words.NOTHING, words.NOTHING
    moved = zip(c.shape.labels, c.shape.reference, c.shape.current, strict=True)
    label, before, now = max(moved, key=lambda t: abs(t[2] - t[1]))
    return f"{label}: {words.percent(before)}", words.percent(now)


def _separation_row(told: Separation) -> tuple[Cell, ...]:
    if not told.enough:
        state = Badge("cannot tell", "too few rows")
    elif told.separated:
        state = Badge("fail", "told apart") if told.alarming else Badge("cannot tell", "told apart, hardly used")
    else:
        state = Badge("pass", "not told apart")
    rows = (words.count(told.reference_rows, "row"), words.count(told.current_rows, "row"))
    return ("rows as a whole (AUC)", state, *rows, _area(told), words.short(told.threshold))


def _separating(told: Separation | None) -> Grid | None:
    if told is None or not told.columns:
        return None
    heads = headings("column", "#share of what separates")
    return Grid(
        "Columns that separate", heads, tuple((Reference(n), Bar(words.percent(s), s)) for n, s in told.columns)
    )


def _method(found: HeldOut) -> tuple[str, ...]:
    said = []
    if (told := found.separation) is not None:
        said.append(_sampled(told))
        if told.separated:
            said.append(_why_apart(told))
        if not told.enough:
            said.append(f"About {told.rows_needed:,} rows are needed on both sides.")
    if found.errors is not None:
        said.append(f"The interval of the change of the {found.errors.figure}: {found.errors.method}, "
                    f"{words.level(found.errors.level)}.")  # fmt: skip
    return (*said, *(words.stopped(note) for note in found.notes))


def _why_apart(told: Separation) -> str:
    """Whether each column by itself explains that rows are told apart."""
    by_themselves = f"A classifier that looks at columns one by one has an AUC of {words.number(told.apart)}"
    if told.together:
        return f"{by_themselves}: beyond that, it is how columns go together that changed."
    if told.explained < told.auc:
        return f"{by_themselves}: whether they go together otherwise, too, cannot be told of so few rows."
    return f"{by_themselves}: what columns show one by one explains it, not how they go together."


def _sampled(told: Separation) -> str:
    sides = ((told.current_rows, told.of_current, "current"), (told.reference_rows, told.of_reference, "held-out"))
    parts = [
        f"{'all' if rows == total else f'{rows:,} of'} {words.count(total, name + ' row')}"
        for rows, total, name in sides
    ]
    return (
        f"A classifier was trained to tell {' from '.join(parts)} and judged out of fold, times and identifiers apart."
    )

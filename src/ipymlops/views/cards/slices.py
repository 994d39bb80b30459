"""Weak slices of an evaluation, as sentences and as a table."""

from __future__ import annotations

from ipymlops.evaluation.results import Evaluation, SliceSearch, WeakSlice
from ipymlops.views import words
from ipymlops.views.card import Cell, Fold, Grid, Lines, Reference, fold, headings


def by_probabilities(search: SliceSearch) -> bool:
    """Whether a slice is compared with itself put right; else with the rest of the rows."""
    return search.metric == "log_loss"


def slices_in_words(result: Evaluation) -> str:
    """The worst slice, or that there is none; empty where nobody could look."""
    search = result.slices
    if search is None or search.note:
        return ""
    if not search.found:
        return f"No slice is weak for certain ({words.level(search.level)})."
    return worst_slice(search)


def worst_slice(search: SliceSearch) -> str:
    """``Its probabilities are off where region = north: log loss (lower is better) is 0.610 on those 210 rows and would
    be 0.520, 14.8 % less, if they were put right; ...``"""
    worst, others = search.found[0], len(search.found) - 1
    here, beside = words.number(worst.here.value), words.number(worst.beside.value)
    if by_probabilities(search):
        less = words.percent(worst.difference / worst.here.value)
        said = (
            f"Its probabilities are off where {worst.rule}: log loss (lower is better) is {here} on those "
            f"{words.count(worst.n_rows, 'row')} and would be {beside}, {less} less, if they were put right"
        )
    else:
        unit = f" {worst.here.unit}" if worst.here.unit else ""
        name = words.metric(search.metric)
        said = (
            f"It does worse where {worst.rule}: {name} is {here}{unit} on those {words.count(worst.n_rows, 'row')} and "
            f"{beside} on the other {worst.beside.n_rows:,}"
        )
    return words.stopped(said + (f"; and likewise in {words.count(others, 'other slice')}" if others else ""))


def slice_folds(result: Evaluation) -> tuple[Fold, ...]:
    """Every slice with its figures, and how they were found; the summary has the worst."""
    search = result.slices
    return fold("Weak slices", _grid(search), Lines(_how(search))) if search and not search.note else ()


def _grid(search: SliceSearch) -> Grid:
    name = words.metric(search.metric)
    probabilities = by_probabilities(search)
    caption = f"Rows on which {name} {'could be lower' if probabilities else 'is higher than on the rest'}"
    columns = (f"#{name}", "#put right") if probabilities else (f"#{name}", "#on the rest")
    return Grid(
        caption,
        headings("slice", "#rows", *columns, "#difference", "#p"),
        tuple(_row(s) for s in search.found),
    )


def _row(s: WeakSlice) -> tuple[Cell, ...]:
    places = words.decimals(s.difference, s.low, s.high)
    difference = f"{words.signed(s.difference, places=places)} ({words.span(s.low, s.high, places=places)})"
    here, beside = (words.number(e.value) for e in (s.here, s.beside))
    p_value = "< 0.0001" if s.p_value < 1e-4 else words.number(s.p_value)
    return (Reference(s.rule), f"{s.n_rows:,}", here, beside, difference, p_value)


def _how(search: SliceSearch) -> tuple[str, ...]:
    rows = f"{words.count(search.searched_rows, 'row')} searched, {search.measured_rows:,} others measured"
    tried = words.count(search.candidates, "candidate")
    said = f"{rows}: {tried}; differences and p hold at {words.level(search.level)} for all of them at once."
    if by_probabilities(search):
        fault = (
            "Rows whose outcomes are uncertain, and said to be so, are no weakness: only what moving them would save."
        )
    else:
        fault = "Rows can be harder for any model, where outcomes are less certain: it need not be a fault of this one."
    return (said, fault)

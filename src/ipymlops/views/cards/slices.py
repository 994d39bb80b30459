"""Weak slices of an evaluation, as sentences and as a table."""

from __future__ import annotations

from ipymlops.evaluation.results import Evaluation, SliceSearch, WeakSlice
from ipymlops.views import words
from ipymlops.views.card import Cell, Fold, Grid, Lines, Reference, fold, headings


def worst_slice(search: SliceSearch) -> str:
    """``It does worse where region = north: log loss is 0.61 there and 0.32 on the rest, ...``"""
    worst = search.found[0]
    said = (
        f"It does worse where {worst.rule}: {words.metric(search.metric)} is {words.number(worst.here.value)}"
        f"{_unit(worst)} there and {words.number(worst.rest.value)} on the rest"
    )
    others = len(search.found) - 1
    return words.stopped(said + (f"; so it does in {words.count(others, 'other slice')}" if others else ""))


def slice_folds(result: Evaluation) -> tuple[Fold, ...]:
    """Every slice with its figures, and how they were found."""
    search = result.slices
    if search is None:
        return ()
    return fold("Weak slices", _grid(search), Lines(_how(search)), open=not search.note)


def _grid(search: SliceSearch) -> Grid:
    name = words.metric(search.metric)
    return Grid(
        f"Rows on which {name} is higher than on the rest",
        headings("slice", "#rows", f"#{name} there", "#on the rest", "#difference", "#corrected p"),
        tuple(_row(s) for s in search.found),
    )


def _row(s: WeakSlice) -> tuple[Cell, ...]:
    places = words.decimals(s.difference, s.low, s.high)
    difference = f"{words.signed(s.difference, places=places)} ({words.span(s.low, s.high, places=places)})"
    here, rest = (words.interval(e.value, e.low, e.high, e.unit) for e in (s.here, s.rest))
    p_value = "< 0.0001" if s.p_value < 1e-4 else words.number(s.p_value)
    return (Reference(s.rule), f"{s.n_rows:,}", here, rest, difference, p_value)


def _how(search: SliceSearch) -> tuple[str, ...]:
    if search.note:
        return (words.sentence(search.note),)
    rows = f"{search.searched_rows:,} rows were searched, {search.measured_rows:,} others measured"
    tried = words.count(search.candidates, "candidate")
    level = words.level(search.level)
    if not search.found:
        return (f"No slice is worse for certain ({level}): {rows}, {tried}.",)
    return (
        worst_slice(search),
        f"{rows}: {tried}; differences and p hold at {level} for all of them at once.",
        "Rows can be harder for any model, where outcomes are less certain: it need not be a fault of this one.",
    )


def _unit(s: WeakSlice) -> str:
    return f" {s.here.unit}" if s.here.unit else ""

"""What can be said about columns without statistics, each in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ipymlops.drift import binning, significance
from ipymlops.drift.naming import listed
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import Finding
from ipymlops.drift.summaries import FAMILY, Levels, Numbers, Summary, Texts, Unread
from ipymlops.drift.unseen import distinct
from ipymlops.drift.weighing import importance_of, leans_on
from ipymlops.phrases import count
from ipymlops.shares import percent

EXPECTED = 10.0  # rows of a category that chance does not lose
CHANCE = math.exp(-EXPECTED)  # how often it would
PAST = 0.05  # share of times after all of the reference's, from which they may be called times that moved on
EARLIER = 0.05  # p-value, below which some of them are earlier for certain
BEYOND = 20.0  # rows outside the reference's range, in units of what chance puts there


def column_findings(
    reference: Profile, current: Profile, running: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """Everything found, in the reference's order of columns and the extra ones last; of ``running`` columns of times
    (``times_running_on``) there is nothing to find."""
    running = times_running_on(reference, current) if running is None else running
    found: list[Finding] = []
    for name, side in reference.columns.items():
        if name not in running:
            found += _of_column(name, side, current.columns.get(name), leans_on(reference, name))
    known = {*reference.columns, *([reference.variability.time] if reference.variability else [])}
    extra = [name for name in current.columns if name not in known]
    found += [Finding(name, "extra-column", "is not in the reference and was not compared") for name in extra]
    return tuple(replace(f, importance=importance_of(reference, f.column)) for f in found)


def comparable(reference: Summary, current: Summary | None) -> bool:
    """Whether the two can be compared by a test."""
    read = not isinstance(reference, Unread) and type(reference) is type(current)
    return bool(read and current and reference.counted and current.counted and not reference.identifier)


def times_running_on(reference: Profile, current: Profile) -> frozenset[str]:
    """The columns of times that merely run on, see ``runs_on``."""
    return frozenset(name for name in reference.columns if runs_on(name, reference, current))


def runs_on(name: str, reference: Profile, current: Profile) -> bool:
    """Whether a column of times only tells when its rows were made: it follows the reference's own time, most of it
    lies after all that the reference holds, or a part of it does and nothing moved back. Each new table differs in it,
    and nothing is wrong."""
    side, now = reference.columns[name], current.columns.get(name)
    if side.kind != "datetime" or not isinstance(side, Numbers) or not isinstance(now, Numbers) or not now.counted:
        return False
    own = reference.variability
    if own and name in (own.time, *own.serial):
        return True
    if not side.counted:
        return False
    beyond = binning.above(now.counts, side.edges, side.high) / now.counted
    # where the rows' own times are known, so is that this column does not follow them
    return beyond >= 0.5 or (own is None and beyond >= PAST and _only_later(side, now))


def _only_later(reference: Numbers, current: Numbers) -> bool:
    """Whether no share of the rows is earlier than it was, as far as chance does not explain it."""
    f, g = (np.cumsum(side.counts) / side.counted for side in (reference, current))
    earlier = float((g - f).max())
    return (
        current.low >= reference.low and significance.ks_p_value(earlier, reference.counted, current.counted) > EARLIER
    )


def _of_column(name: str, reference: Summary, current: Summary | None, matters: bool | None) -> Iterator[Finding]:
    if current is None:
        yield Finding(name, "missing-column", "is in the reference and not in the data")
    elif _is_empty(reference) or _is_empty(current):
        yield from _of_empty(name, reference, current, matters)
    elif isinstance(reference, Unread):
        yield Finding(name, "unsupported", f"holds {reference.kind} values, which are not compared")
    elif isinstance(current, Unread):
        yield Finding(name, "type-changed", f"was {_called(reference)} and is {_called(current)}; it was not compared")
    elif reference.identifier:
        yield Finding(name, "identifier", "differs in nearly every row, as an identifier does; not compared")
    else:
        yield from _of_values(name, reference, current)


def _held(side: Summary) -> int:
    """Rows with a value that could be compared, if the other side were alike."""
    return side.present if isinstance(side, Unread) else side.counted


def _is_empty(side: Summary) -> bool:
    """Whether it has rows, and no value to compare in any of them."""
    return side.rows > 0 and not _held(side)


def _of_empty(name: str, reference: Summary, current: Summary, matters: bool | None) -> Iterator[Finding]:
    if not _one_sided(reference, current):
        return
    if _is_empty(reference):
        had = "no finite value" if reference.present else "no value"
        detail = f"had {had} in the reference and has one in {_held(current):,} of {count(current.rows, 'row')}"
        yield Finding(name, "newly-filled", f"{detail}; there is nothing to compare with", matters)
    elif isinstance(reference, Numbers) and isinstance(current, Numbers) and current.infinite:
        yield Finding(name, "all-infinite", f"no finite value: {infinite_said(reference, current)}", matters)
    else:
        was = reference.missing / reference.rows
        yield Finding(
            name, "all-missing", f"has no value in {count(current.rows, 'row')}; was missing in {percent(was)}", matters
        )


def infinite_said(reference: Numbers, current: Numbers) -> str:
    """How many values are infinite on either side, and their share."""
    now = f"{count(current.infinite, 'infinite value')}, {percent(current.infinite / current.rows)} of rows"
    was = f"{reference.infinite:,}, {percent(reference.infinite / reference.rows)}" if reference.infinite else "none"
    return f"{now}; in the reference {was}"


def _one_sided(reference: Summary, current: Summary) -> bool:
    """Whether only one of two sides has values, and chance does not explain that."""
    sides = [np.array([_held(side), side.rows - _held(side)]) for side in (reference, current)]
    return _is_empty(reference) != _is_empty(current) and significance.levels_p_value(*sides) < CHANCE


def _of_values(name: str, reference: Summary, current: Summary) -> Iterator[Finding]:
    if current.is_constant and not reference.is_constant:
        yield Finding(name, "constant", f"holds one value only, {_only_value(current)}")
    if isinstance(reference, Levels) and isinstance(current, Levels):
        yield from _of_levels(name, reference, current)
    if isinstance(reference, Numbers) and isinstance(current, Numbers):
        yield from _of_numbers(name, reference, current)


def _of_levels(name: str, reference: Levels, current: Levels) -> Iterator[Finding]:
    if current.unseen:
        about = f"about {distinct(current.unseen, current.unnamed):,} categories, " if current.unnamed else ""
        rows = sum(current.unseen.values()) + current.unnamed
        detail = f"{about}{listed(current.unseen)} not in the reference, {count(rows, 'row')}"
        yield Finding(name, "new-categories", detail)
    share = current.present / reference.present
    gone = {level: n for level, n in reference.counts.items() if n * share >= EXPECTED and not current.counts[level]}
    if gone:
        detail = f"{listed(gone)} gone, {percent(sum(gone.values()) / reference.present)} of the reference"
        yield Finding(name, "vanished-categories", detail)


def _of_numbers(name: str, reference: Numbers, current: Numbers) -> Iterator[Finding]:
    if current.fractional:
        yield Finding(name, "type-changed", "was whole numbers and holds fractions")
    beyond = binning.outside(current.counts, reference.edges, reference.low, reference.high)
    if beyond >= EXPECTED / 2 + BEYOND * current.counted / reference.counted:
        detail = (
            f"{percent(beyond / current.counted)} of rows outside the reference's range "
            f"{_said(reference.low, reference)} to {_said(reference.high, reference)}"
        )
        yield Finding(name, "out-of-range", detail)


def notes(reference: Profile, current: Profile, running: Collection[str]) -> Iterator[str]:
    """Remarks that are no reason to worry; ``running`` are the columns of times that merely run on."""
    shared = [name for name in reference.columns if name in current.columns]
    if shared != [name for name in current.columns if name in reference.columns]:
        yield "Columns stand in another order than in the reference."
    arrived = [n for n in shared if _arrived_otherwise(reference.columns[n], current.columns[n])]
    if arrived:
        yield f"Read as the reference's type though stored as another: {listed(arrived)}."
    crowded = [n for n in shared if isinstance(side := reference.columns[n], Levels) and side.other]
    if crowded:
        yield f"Only the most frequent categories are compared by name, the rest together: {listed(crowded)}."
    yield from _of_texts(reference, current)
    yield from _without_values(shared, reference, current)
    times = [n for n in shared if n in running]
    if times:
        yield f"Times that only run on, which were not compared: {listed(times)}."
    own = reference.variability
    if own and own.time in current.columns and own.time not in reference.columns:
        yield f"{own.time!r}, by which the reference was registered (--time), tells when rows were made; not compared."


def _without_values(shared: Sequence[str], reference: Profile, current: Profile) -> Iterator[str]:
    sides = {name: (reference.columns[name], current.columns[name]) for name in shared}
    empty = {name: tuple(map(_is_empty, pair)) for name, pair in sides.items()}
    both = [name for name, found in empty.items() if all(found)]
    if both:
        yield f"Without a value to compare on either side: {listed(both)}."
    unsure = [name for name, found in empty.items() if any(found) and not all(found) and not _one_sided(*sides[name])]
    if unsure:
        yield f"With values on one side only, which may be chance, and not compared: {listed(unsure)}."


def _of_texts(reference: Profile, current: Profile) -> Iterator[str]:
    for name, side in reference.columns.items():
        now = current.columns.get(name)
        if isinstance(side, Texts) and isinstance(now, Texts) and now.words.total and side.words.total:
            known = len(side.words.vocabulary)
            yield (
                f"{name!r} holds texts, compared by their lengths and words: {percent(now.words.outside)} of the words "
                f"are not among the reference's {known} most frequent (in the reference {percent(side.words.outside)})."
            )


def _arrived_otherwise(reference: Summary, current: Summary) -> bool:
    same_family = type(reference) is type(current)
    return same_family and reference.kind != current.kind and bool(current.present)


def _called(side: Summary) -> str:
    words = {"numbers": "numbers", "levels": "categories", "times": "times", "unread": "of a type that is not read"}
    if isinstance(side, Texts):
        return "texts"
    return "booleans" if side.kind == "boolean" else words[FAMILY[side.kind]]


def _only_value(side: Summary) -> str:
    if isinstance(side, Numbers):
        return _said(side.low, side)
    assert isinstance(side, Levels)
    return repr(next(level for level, n in {**side.counts, **side.unseen}.items() if n))


def _said(value: float, side: Numbers) -> str:
    if side.kind != "datetime":
        return f"{value:,.10g}" if side.kind == "integer" else f"{value:,.4g}"
    return str(np.datetime64(int(value), "s")).replace("T", " ")

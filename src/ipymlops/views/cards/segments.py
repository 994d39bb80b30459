"""Drift within segments as a card: where which columns drifted, and whether the mix changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipymlops.drift.results import ColumnDrift
from ipymlops.drift.segments_results import DriftBySegment, SegmentDrift
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Figure, Grid, Lines, Reference, fold, headings
from ipymlops.views.cards.drift import one_sided
from ipymlops.views.cards.drift_columns import effect_said
from ipymlops.views.cards.drift_in_parts import (
    column_grid,
    enough_said,
    finding_lines,
    ordered,
    part_badge,
    parts_badge,
    too_few_said,
)
from ipymlops.views.cards.drift_steps import segment_steps

_MOST_NOTES = 10


def segments_card(result: DriftBySegment) -> Card:
    """Where which columns drifted, every segment with its share, every column with its largest effect."""
    ref = words.version_ref(result.model, result.version)
    found = (*_other_segments(result), *finding_lines(result))
    n, columns = words.count(len(result.segments), "segment"), words.count(len(result.columns), "column")
    headline, *more = _told(result)
    return Card(
        title=f"Drift of {ref} on {result.data}, by {result.by}",
        verdict=headline,
        more=" ".join(more),
        badge=parts_badge(result, otherwise="another mix"),
        figures=_figures(result),
        warnings=(*found[:3], *((f"{len(found) - 3} more below.",) if len(found) > 3 else ())),
        steps=segment_steps(result),
        folds=(
            *fold(f"All {n}", _segment_grid(result), open=bool(result.drifted)),
            *fold(f"All {columns}", column_grid(result)),
            *fold(words.count(len(found), "finding"), Lines(found)),
            *fold("How this was decided", Lines(_method(result))),
        ),
    )


def segments_verdict(result: DriftBySegment) -> str:
    """``income drifted in north and south. The mix of region changed: north 30.0 % → 45.0 %.``"""
    return " ".join(_told(result))


def _told(result: DriftBySegment) -> list[str]:
    """The headline, and what stands below it."""
    said = []
    for names, what in one_sided(result):
        where = _where(result, [s.segment for s in result.segments if what in {said for _, said in one_sided(s)}])
        said.append(f"{words.count(len(names), 'column')} {what} {where}: {words.listed(names)}.")
    emptied = _changes(result, lambda c: c.missing_changed and c.alarming, "has another share of missing values ")
    infinite = _changes(result, lambda c: c.infinite_changed and c.alarming, "has another share of infinite values ")
    matters = _changes(result, lambda c: c.drifted and c.alarming, "drifted ")
    unused = _changes(result, lambda c: c.drifted and not c.alarming, "drifted ")
    said += [f"{changes}." for changes in (matters, emptied, infinite) if changes]
    said += [f"{unused}; the model hardly uses that."] if unused else []
    if not matters and not unused:
        said.append(_nothing(result, otherwise=bool(emptied or infinite)))
    mix = _mix_changed(result)
    return [*said, *mix] if matters or unused or emptied or infinite else [" ".join([*said, *mix])]


def _changes(result: DriftBySegment, changed: Callable[[ColumnDrift], bool], did: str) -> str:
    """``income drifted in north and south; age drifted in 5 of 9 segments; 3 more columns``."""
    parts = []
    for name in ordered(result):
        hit = [s.segment for s, c in zip(result.segments, result.of(name), strict=True) if c is not None and changed(c)]
        parts += [f"{name} {did}{_where(result, hit)}"] if hit else []
    more = len(parts) - 2
    return "; ".join([*parts[:2], *([f"{words.count(more, 'more column', 'more columns')}"] if more > 0 else [])])


def _where(result: DriftBySegment, hit: Sequence[str]) -> str:
    if len(hit) == len(result.segments) > 1:
        return f"in every {result.by}"
    return f"in {words.listed(hit)}" if len(hit) <= 3 else f"in {len(hit)} of {len(result.segments)} segments"


def _nothing(result: DriftBySegment, *, otherwise: bool) -> str:
    if not result.columns:
        return "No column could be checked."
    short = [s for s in result.segments if not s.enough]
    if len(short) == len(result.segments):
        largest = words.count(max(min(s.rows, s.reference_rows) for s in short), "row")
        return (
            f"Cannot tell: no segment has more than {largest} on both sides, about {result.rows_needed:,} are needed."
        )
    told = words.count(len(result.segments) - len(short), "segment")
    said = f"None of {words.count(len(result.columns), 'column')} drifted{' otherwise' if otherwise else ''} in {told}"
    if not short:
        return f"{said}."
    few = f"{words.count(len(short), 'segment')} with too few rows to tell"
    return f"{said}; {few}, about {result.rows_needed:,} are needed on both sides."


def _mix_changed(result: DriftBySegment) -> list[str]:
    """The segment whose share moved the most, where the mix drifted."""
    if result.mix is None or not result.mix.drifted:
        return []
    shares = _shares(result)
    name = max(shares, key=lambda s: abs(shares[s][1] - shares[s][0]))
    before, now = (words.percent(share) for share in shares[name])
    return [f"The mix of {result.by} changed: {name} {before} → {now}."]


def _shares(result: DriftBySegment) -> dict[str, tuple[float, float]]:
    """Of rows that have a segment, before and now."""
    rows = {s.segment: (s.reference_rows, s.rows) for s in result.segments}
    rows |= {label: (0, n) for label, n in result.new.items()} | {label: (n, 0) for label, n in result.gone.items()}
    totals = [max(sum(pair[i] for pair in rows.values()), 1) for i in (0, 1)]
    return {label: (pair[0] / totals[0], pair[1] / totals[1]) for label, pair in rows.items()}


def _figures(result: DriftBySegment) -> tuple[Figure, ...]:
    hit = sum(bool(s.drifted) for s in result.segments)
    few = too_few_said(result, result.rows_needed, " on both sides")
    return (
        Figure("segments with drift", f"{hit:,}", f"of {len(result.segments):,} compared{few}"),
        Figure("columns drifted", f"{len(result.drifted):,}", f"of {len(result.columns):,} checked"),
        Figure("rows checked", f"{result.current_rows:,}", f"against {result.against}"),
    )


def _other_segments(result: DriftBySegment) -> list[str]:
    """The segments that only one side has."""
    lines = []
    if result.new:
        lines.append(f"New in {result.by}, with nothing to compare with: {_counted(result.new)}.")
    if result.gone:
        lines.append(f"Gone from {result.by}: {_counted(result.gone)}.")
    return lines


def _counted(rows: dict[str, int]) -> str:
    largest = sorted(rows, key=lambda label: (-rows[label], label))
    return words.listed([f"{label} ({words.count(rows[label], 'row')})" for label in largest])


def _segment_grid(result: DriftBySegment) -> Grid:
    shares = _shares(result)
    heads = headings(result.by, "outcome", "#rows before", "#rows now", "#share", "#columns drifted", "which")
    return Grid(
        "Segments, what matters first", heads, tuple(_segment_row(s, shares[s.segment]) for s in result.segments)
    )


def _segment_row(s: SegmentDrift, share: tuple[float, float]) -> tuple[Cell, ...]:
    before, now = (words.percent(part) for part in share)
    return (
        Reference(s.segment),
        part_badge(s),
        f"{s.reference_rows:,}",
        f"{s.rows:,}",
        before if before == now else f"{before} → {now}",
        f"{len(s.drifted):,}",
        words.listed(s.drifted) or words.NOTHING,
    )


def _method(result: DriftBySegment) -> tuple[str, ...]:
    more = len(result.notes) - _MOST_NOTES
    return (
        f"Each segment is compared with the rows of the same {result.by} among {result.against}: the profile of the "
        "training data does not know segments.",
        "A column drifted in a segment if its effect is above the threshold and its p-value, corrected over all "
        f"columns of all segments and the mix, is below {words.short(result.alpha)}.",
        effect_said([c for s in result.segments for c in s.columns]),
        *enough_said(result, "segments", result.rows_needed),
        *result.notes[:_MOST_NOTES],
        *((f"{more} more; --json has all.",) if more > 0 else ()),
    )

"""Where data look otherwise: the drift check within each value of a column, corrected over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ipymlops.drift.drift_check import compare_each
from ipymlops.drift.naming import listed
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift, DriftReport
from ipymlops.drift.segments_results import DriftBySegment, SegmentDrift
from ipymlops.drift.summaries import Levels
from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames import Table, as_table
from ipymlops.frames.segments import segments
from ipymlops.frames.windows import Window
from ipymlops.phrases import a, count
from ipymlops.progress import Progress


def check_segments(
    reference: Table,
    table: Table,
    *,
    by: str,
    against: str,
    model: str,
    version: int | None,
    data: str,
    columns: Sequence[str] | None = None,
    importance: Mapping[str, float] | None = None,
    alpha: float = 0.05,
    progress: Progress | None = None,
) -> DriftBySegment:
    """Compare the rows of each value of column ``by`` with the rows of ``reference`` that have that value, and the
    shares of the values with those of the reference. P-values are corrected over columns and segments together.

    ``against`` says in words what ``reference`` is. ``columns`` are those to compare (default: all of the reference),
    ``importance`` is the share of each in what the model uses, ``progress`` hears each segment as it begins. Raises
    BadInput or UnknownName for a column that does not cut, a table without rows, and where no value is on both sides.

    It misleads where segments have few rows: each then sees large changes only, and says so (``enough``).

    >>> import numpy as np, pandas as pd
    >>> random = np.random.default_rng(0)
    >>> def rows(north):
    ...     region = np.repeat(["north", "south"], 2000)
    ...     return as_table(pd.DataFrame({"region": region, "income": random.normal(np.repeat([north, 0], 2000))}))
    >>> report = check_segments(rows(0), rows(1), by="region", against="last year", model="credit", version=1,
    ...                         data="may")
    >>> [(s.segment, s.drifted) for s in report.segments]
    [('north', ('income',)), ('south', ())]
    """
    say = progress or (lambda _: None)
    say(f"cut the rows by {by}")
    before, now, lacking = _cut(reference, table, by, against)
    shared = _on_both_sides(before, now, by)
    names = [n for n in (columns if columns is not None else reference.names) if n != by]
    base = _base(reference, names, dict(importance or {}))
    left_out = [n for n, c in base.columns.items() if c.identifier]
    of_mix = _mix(before, now, lacking, by, base.importance)
    references, parts = [of_mix[0]], [of_mix[1]]
    for number, (old, new) in enumerate(shared, start=1):
        say(f"segment {new.label}, {number:,} of {len(shared):,}")
        references.append(_measured(base, reference, old, left_out))
        parts.append(_measured(base, table, new, left_out))
    say(f"compare {len(shared):,} segment{'' if len(shared) == 1 else 's'}")
    mix, *reports = compare_each(
        base, parts, references=references, model=model, version=version, data=data, alpha=alpha
    )
    cut = [_segment(b, n, report) for (b, n), report in zip(shared, reports, strict=True)]
    return DriftBySegment(
        model=model,
        version=version,
        data=data,
        by=by,
        against=against,
        reference_rows=reference.rows,
        current_rows=table.rows,
        alpha=alpha,
        segments=tuple(sorted(cut, key=lambda s: (not s.alarming, not s.drifted, -s.rows))),
        mix=_of_use(mix.columns, columns is None or by in columns),
        new=_only_in(now, before),
        gone=_only_in(before, now),
        notes=tuple(_notes(by, left_out, lacking[1], cut, reports)),
        rows_needed=max(report.rows_needed for report in reports),
    )


def _on_both_sides(before: Sequence[Window], now: Sequence[Window], by: str) -> list[tuple[Window, Window]]:
    sides = {s.label: s for s in before}
    shared = [(sides[s.label], s) for s in now if s.label in sides]
    if not shared:
        found = listed([s.label for s in now]) or "no value"
        raise BadInput(f"Found {found} in column {by!r}", expected=f"values such as {listed(list(sides))}")
    return shared


def _only_in(one: Sequence[Window], other: Sequence[Window]) -> dict[str, int]:
    """The rows of each segment that the other side lacks."""
    labels = {s.label for s in other}
    return {s.label: len(s.rows) for s in one if s.label not in labels}


def _cut(
    reference: Table, table: Table, by: str, against: str
) -> tuple[Sequence[Window], Sequence[Window], tuple[int, int]]:
    """The segments of both sides, and how many rows of each are in none."""
    for side in (reference, table):
        if not side.rows:
            raise BadInput("Found a table without rows", expected="rows to check")
    if by not in reference.kinds and by in table.kinds:
        raise BadInput(
            f"Column {by!r} is not among {against}",
            expected=f"one that is, such as {listed(reference.names[:3])}",
            next_step="cut the data yourself and check each part, or register with test data that have it",
        )
    if by not in table.kinds:
        raise UnknownName.of("column", by, table.names)
    before, lacking_before = segments(reference, by)
    now, lacking_now = segments(table, by, like=reference.kinds[by])
    return before, now, (lacking_before, lacking_now)


def _base(reference: Table, names: Sequence[str], importance: dict[str, float]) -> Profile:
    """Bins and levels of the reference as a whole, over which every segment of both sides is counted."""
    whole = Profile.of(reference, importance)
    kept = {n: c for n, c in whole.columns.items() if n in names}
    if not kept:
        raise BadInput("Found no column beside the one that cuts", expected="columns to compare")
    return replace(whole, columns=kept)


def _measured(base: Profile, table: Table, segment: Window, left_out: Sequence[str]) -> Profile:
    part = base.measure(as_table(table.take(segment.rows), table.names))
    kept = {n: c for n, c in part.columns.items() if n in base.columns and n not in left_out}
    return replace(part, columns=kept)


def _mix(
    before: Sequence[Window],
    now: Sequence[Window],
    lacking: tuple[int, int],
    by: str,
    importance: Mapping[str, float],
) -> tuple[Profile, Profile]:
    """The column that cuts, as counts of both sides."""
    rows = {s.label: len(s.rows) for s in now}
    old = {s.label: len(s.rows) for s in before}
    counts = {label: rows.get(label, 0) for label in old}
    unseen = {label: n for label, n in rows.items() if label not in old}
    sides = (
        Levels("category", old, 0, lacking[0]),
        Levels("category", counts, 0, lacking[1], unseen),
    )
    left, right = (Profile(side.present + side.missing, {by: side}, importance) for side in sides)
    return left, right


def _of_use(columns: Sequence[ColumnDrift], taken: bool) -> ColumnDrift | None:
    """The drift of the mix; a model that does not take the column is not concerned by it."""
    if not columns:
        return None
    return columns[0] if taken else replace(columns[0], matters=False)


def _segment(before: Window, now: Window, report: DriftReport) -> SegmentDrift:
    columns = tuple(replace(c, shape=None, others={}) for c in report.columns)
    return SegmentDrift(now.label, len(before.rows), len(now.rows), columns, report.findings, report.enough)


def _notes(
    by: str, left_out: Sequence[str], without: int, found: Sequence[SegmentDrift], reports: Sequence[DriftReport]
) -> list[str]:
    said = [f"{count(without, 'row')} without {a(by)}: in no segment."] if without else []
    if left_out:
        said.append(f"Identifiers and free texts were not compared: {listed(left_out)}.")
    everywhere = [n for n in reports[0].notes if all(n in report.notes for report in reports)]
    own = [
        f"{s.segment}: {note}"
        for s, report in zip(found, reports, strict=True)
        for note in report.notes
        if note not in everywhere
    ]
    return [*said, *everywhere, *own]

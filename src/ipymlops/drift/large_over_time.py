"""The drift check in each of several windows of a table that is never whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ipymlops.drift.large import Pieces
from ipymlops.drift.over_time import compare_windows, refuse_too_many, without
from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.profile import Profile
from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table
from ipymlops.frames.windows import named_time, windows, zone_of
from ipymlops.partitions import Parts
from ipymlops.phrases import count

Cut = tuple[dict[str, Profile], int, str]  # what each window holds of one part, rows without a time, and their zone


def check_parts_over_time(
    profile: Profile,
    parts: Parts,
    *,
    by: str,
    time: str | None = None,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
    against: str = "",
    progress: Callable[[str], None] | None = None,
) -> DriftOverTime:
    """``check_over_time`` in bounded memory, whatever the order of the rows. Windows are stretches of time: for a
    number of rows they would have to be sorted. Raises BadInput for that, too."""
    _refuse_counts(by)
    cutter = named_time(parts.kinds, time)
    shared = _shared(profile, parts, cutter)
    totals: dict[str, Pieces] = {}
    undated, zone = 0, ""

    def measured(table: Table) -> Cut:
        cut, left = _windows(table, by, cutter)
        first = shared[0] in table.names  # other columns of the same rows come in other tables
        return (
            {label: without(profile.measure(rows), cutter) for label, rows in cut.items()},
            left if first else 0,
            zone_of(table, cutter),
        )

    for cut, left, kept_in in parts.each(shared, measured, beside=(cutter,), progress=progress):
        undated, zone = undated + left, kept_in
        for label, piece in cut.items():
            totals.setdefault(label, Pieces()).add(piece)
        refuse_too_many(len(totals))
    if not totals:
        raise BadInput("Found no row with a time", expected="at least one")
    compared = {name: kind for name, kind in parts.kinds.items() if name != cutter}
    return compare_windows(
        profile,
        {label: totals[label].whole(compared, profile) for label in sorted(totals)},
        cutter=cutter,
        undated=undated,
        zone=zone,
        by=by,
        model=model,
        version=version,
        data=data,
        alpha=alpha,
        thresholds=thresholds,
        against=against,
    )


def _refuse_counts(by: str) -> None:
    if by.isdigit():
        raise BadInput(
            f"Found windows of {count(int(by), 'row')} over a table in parts",
            expected="a stretch of time",
            next_step="cut by one, as with --by month, or read the table into memory first",
        )


def _shared(profile: Profile, parts: Parts, cutter: str) -> list[str]:
    shared = [name for name in parts.kinds if name in profile.columns and name != cutter]
    if not shared:
        expected = f"columns such as {next(iter(profile.columns))!r}"
        raise BadInput("Found no column of the reference in the data", expected=expected)
    return shared


def _windows(table: Table, by: str, cutter: str) -> tuple[dict[str, Table], int]:
    """The rows of each window, and how many are in none."""
    if not np.isfinite(table.numbers(cutter)).any():
        return {}, table.rows
    cut, undated = windows(table, by, cutter)
    if len(cut) == 1 and not undated:
        return {cut[0].label: table}, 0
    return {window.label: as_table(table.take(window.rows), table.names) for window in cut}, undated

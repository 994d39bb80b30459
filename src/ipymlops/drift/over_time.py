"""When data began to look otherwise: the drift check in each of several windows, corrected over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ipymlops.drift.drift_check import compare_each
from ipymlops.drift.over_time_results import DriftOverTime, WindowDrift
from ipymlops.drift.profile import Profile
from ipymlops.drift.resolving import Sides
from ipymlops.drift.results import DriftReport
from ipymlops.drift.thresholds import datable
from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table
from ipymlops.frames.times import with_times
from ipymlops.frames.windows import Window, time_column, windows, zone_of, zone_told
from ipymlops.phrases import count
from ipymlops.progress import Progress

MOST = 1000  # windows: a check costs milliseconds a column, and nobody reads more


def check_over_time(
    profile: Profile,
    table: Table,
    *,
    by: str,
    time: str | None = None,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
    against: tuple[str, Table] | None = None,
    progress: Progress | None = None,
) -> DriftOverTime:
    """``check_drift`` in each window of ``table``, with p-values corrected over columns and windows together.

    ``by`` is a stretch of time or a number of rows, as ``frames.windows`` takes them; ``time`` may hold its times as
    text (see ``frames.times``). The column of times that cuts is itself not compared. ``against`` names the table of
    ``profile`` where that is not the training data. ``progress`` hears each window as it begins. Raises BadInput for a
    table without rows, more than ``MOST`` windows, or no common column.

    It misleads where windows have few rows: each then sees large changes only, and says so (``enough``).

    >>> import numpy as np, pandas as pd
    >>> random = np.random.default_rng(0)
    >>> profile = Profile.of(as_table(pd.DataFrame({"income": random.normal(size=3000)})))
    >>> now = pd.DataFrame({"income": np.append(random.normal(size=1000), random.normal(1, 1, 1000))})
    >>> report = check_over_time(profile, as_table(now), by="1000", model="credit", version=1, data="may")
    >>> [(w.window, w.drifted) for w in report.windows]
    [('1-1,000', ()), ('1,001-2,000', ('income',))]
    """
    if not table.rows:
        raise BadInput("Found a table without rows", expected="rows to check")
    table = with_times(table, time) if time else table
    cut, undated = windows(table, by, time)
    refuse_too_many(len(cut))
    cutter = None if by.isdigit() and time is None else time_column(table, time)
    say = progress or (lambda _: None)
    parts = {}
    for number, window in enumerate(cut, start=1):
        say(f"window {window.label}, {number:,} of {len(cut):,}")
        parts[window.label] = without(profile.measure(_rows(table, window)), cutter)
    say(f"compare {count(len(cut), 'window')}")
    return compare_windows(
        profile,
        parts,
        cutter=cutter,
        undated=undated,
        zone=zone_of(table, cutter) if cutter and not by.isdigit() else "",
        by=by,
        model=model,
        version=version,
        data=data,
        alpha=alpha,
        thresholds=thresholds,
        sides=[Sides(against[1], _rows(table, window)) for window in cut] if against else None,
        against=against[0] if against else "",
    )


def _rows(table: Table, window: Window) -> Table:
    return as_table(table.take(window.rows), table.names)


def refuse_too_many(windows: int) -> None:
    """Raise BadInput where there are more than ``MOST``."""
    if windows > MOST:
        raise BadInput(f"Found {windows:,} windows", expected=f"at most {MOST:,}", next_step="cut longer ones: --by")


def compare_windows(
    profile: Profile,
    parts: Mapping[str, Profile],
    *,
    cutter: str | None,
    undated: int,
    zone: str = "",
    by: str,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
    sides: Sequence[Sides] | None = None,
    against: str = "",
) -> DriftOverTime:
    """``check_over_time`` for windows that were already measured over the profile's bins: label -> its rows, in order.

    ``cutter`` is the column of times, ``zone`` its time zone where that is not UTC, and ``undated`` how many rows have
    none and are in no window.
    """
    reports = compare_each(
        without(profile, cutter),
        list(parts.values()),
        model=model,
        version=version,
        data=data,
        alpha=alpha,
        thresholds=thresholds,
        by=by,
        sides=sides,
        against=against,
    )
    return DriftOverTime(
        model=model,
        version=version,
        data=data,
        by=count(int(by), "row") if by.isdigit() else by,
        reference_rows=profile.rows,
        current_rows=sum(part.rows for part in parts.values()),
        alpha=alpha,
        windows=tuple(_window(label, report) for label, report in zip(parts, reports, strict=True)),
        notes=(
            *filter(None, (zone_told(cutter or "", zone),)),
            *_left_out(profile, cutter, undated),
            *_notes(list(parts), reports),
        ),
        rows_needed=max(report.rows_needed for report in reports),
        thresholds=max(reports, key=lambda report: len(report.columns)).thresholds,
        against=against,
        time=cutter or "",
        datable="" if against else datable(profile, next(iter(parts.values())), (), cutter or ""),
    )


def without(profile: Profile, name: str | None) -> Profile:
    """Without the column that cuts: by construction it differs in every window."""
    return replace(profile, columns={n: c for n, c in profile.columns.items() if n != name})


def _window(label: str, report: DriftReport) -> WindowDrift:
    columns = tuple(replace(c, shape=None, others={}) for c in report.columns)
    return WindowDrift(label, report.current_rows, columns, report.findings, report.enough)


def _left_out(profile: Profile, cutter: str | None, undated: int) -> list[str]:
    said = [f"{count(undated, 'row')} without a time: in no window."] if undated else []
    return [*said, f"{cutter!r} cuts the windows and was not compared."] if cutter in profile.columns else said


def _notes(labels: Sequence[str], reports: Sequence[DriftReport]) -> list[str]:
    """What is true of all windows once, and the rest with its window."""
    times = Counter(note for report in reports for note in report.notes)
    everywhere = [note for note, n in times.items() if n == len(reports)]
    own = [f"{w}: {note}" for w, r in zip(labels, reports, strict=True) for note in r.notes if note not in everywhere]
    return everywhere + own

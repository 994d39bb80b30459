"""Does new data still look like the reference? One answer a column, the drift that matters first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from ipymlops.drift import significance
from ipymlops.drift.columns import levels_drift, numbers_drift, texts_drift
from ipymlops.drift.findings import column_findings, comparable, infinite_said, notes, times_running_on
from ipymlops.drift.profile import Profile
from ipymlops.drift.resolving import Sides
from ipymlops.drift.results import ALL, ColumnDrift, DriftReport, Finding
from ipymlops.drift.summaries import Levels, Numbers, Summary, Texts
from ipymlops.drift.thresholds import Limits, datable
from ipymlops.drift.weighing import enough_to_matter, importance_of, leans_on, weighed_together
from ipymlops.errors import BadInput
from ipymlops.frames import Table
from ipymlops.phrases import count
from ipymlops.progress import Progress
from ipymlops.shares import percent


@dataclass(frozen=True, slots=True)
class _Compared:
    """One column before correction: its drift without ``p_adjusted``, and the p-values of its rates of missing and
    infinite values, where either side has some."""

    drift: ColumnDrift
    rates: Mapping[str, float]


def check_drift(
    profile: Profile,
    table: Table,
    *,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
    against: tuple[str, Table] | None = None,
    progress: Progress | None = None,
) -> DriftReport:
    """Compare ``table`` with the reference ``profile``, column by column; ``progress`` hears of each.

    A column has drifted when its p-value, corrected over all columns and missing rates, is below ``alpha`` **and**
    the certified lower end of its effect is above its threshold: ``THRESHOLDS``, or how far the reference's own
    stretches of time lie apart where that is more. ``thresholds`` overrides them by distance or by column name. Times
    that merely run on are left out. ``against`` is the name and the table that ``profile`` was made of, where that is
    not the training data: columns whose interval does not decide are then resolved exactly.

    Raises BadInput for a table without rows or without a common column.

    It misleads where columns keep their own distributions and only their relation changes, and where the reference
    varies by season and nobody named its times (``variability``).

    >>> from ipymlops.frames import as_table
    >>> random = np.random.default_rng(0)
    >>> profile = Profile.of(as_table(random.normal(size=(2000, 1)), ["income"]))
    >>> moved = as_table(random.normal(0.5, size=(2000, 1)), ["income"])
    >>> check_drift(profile, moved, model="credit", version=1, data="may").drifted
    ('income',)
    """
    if not table.rows:
        raise BadInput("Found a table without rows", expected="rows to check")
    sides = None if against is None else [Sides(against[1], table)]
    return compare_each(
        profile,
        [profile.measure(table, progress)],
        model=model,
        version=version,
        data=data,
        alpha=alpha,
        thresholds=thresholds,
        sides=sides,
        against=against[0] if against else "",
    )[0]


def compare(
    reference: Profile,
    current: Profile,
    *,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
    against: str = "",
) -> DriftReport:
    """``check_drift`` for data that was already measured over the reference's bins, in parts for example."""
    return compare_each(
        reference,
        [current],
        model=model,
        version=version,
        data=data,
        alpha=alpha,
        thresholds=thresholds,
        against=against,
    )[0]


def compare_each(
    reference: Profile,
    parts: Sequence[Profile],
    *,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
    by: str | None = None,
    sides: Sequence[Sides] | None = None,
    against: str = "",
    references: Sequence[Profile] | None = None,
) -> tuple[DriftReport, ...]:
    """``compare`` for each of several parts, with p-values corrected over the columns of all parts together.

    ``by`` is the stretch of time that each part covers, for thresholds from the reference's own; ``sides``
    are the tables that each part was counted from, where they are at hand; ``against`` names the reference where it is
    not the training data. ``references`` gives each part one of its own, measured over the same bins."""
    bases = [*references] if references else [reference for _ in parts]
    # what moves on over all windows together does so in the first of them, too
    whole = times_running_on(reference, reduce(Profile.merge, parts)) if by is not None and parts else frozenset[str]()
    running = [whole | times_running_on(base, part) for base, part in zip(bases, parts, strict=True)]
    for base, part in zip(bases, parts, strict=True):
        _check_common(base, part, alpha)
    limits = [Limits.of_check(base, thresholds or {}, by) for base in bases]
    tables = [*sides] if sides else [None for _ in parts]
    compared = [_columns(*each) for each in zip(bases, parts, running, limits, tables, strict=True)]
    p_values = [p for some in compared for p in _p_values(some)]
    corrected = iter(significance.adjusted(p_values))
    reports = []
    for base, part, on, some, limit in zip(bases, parts, running, compared, limits, strict=True):
        mine = [next(corrected) for _ in _p_values(some)]
        usual = limit.usual("ks")
        needed = significance.rows_needed(usual, alpha, len(p_values)) if p_values and usual else 0
        columns, found, together = weighed_together(
            _corrected(some, mine, alpha, limit), column_findings(base, part, on), enough_to_matter(base)
        )
        found = [*_too_few(base, part, usual, needed), *found, *_changed_rates(base, part, columns)]
        said = (*notes(base, part, on), *together, *_undecided(columns, alpha))
        order = sorted(columns, key=lambda c: (not c.alarming, not c.drifted, -c.effect, c.column))
        reports.append(
            DriftReport(
                model=model,
                version=version,
                data=data,
                reference_rows=base.rows,
                current_rows=part.rows,
                alpha=alpha,
                columns=tuple(order),
                findings=tuple(found),
                notes=said,
                rows_needed=needed,
                thresholds=limit.said(base, columns, against or "the training data"),
                against=against,
                datable="" if against else datable(base, part, on),
            )
        )
    return tuple(reports)


def _columns(
    reference: Profile, current: Profile, running: Collection[str], limits: Limits, sides: Sides | None
) -> list[_Compared]:
    return [
        _compared(name, side, current.columns[name], reference, limits, sides)
        for name, side in reference.columns.items()
        if comparable(side, current.columns.get(name)) and name not in running
    ]


def _p_values(compared: Sequence[_Compared]) -> list[float]:
    """Of all columns, then of the rates that were tested."""
    rates = [p for one in compared for p in one.rates.values()]
    return [one.drift.p_value or 0.0 for one in compared] + rates


def _corrected(
    compared: Sequence[_Compared], p_adjusted: Sequence[float], alpha: float, limits: Limits
) -> list[ColumnDrift]:
    rest = iter(p_adjusted[len(compared) :])
    rates = [{rate: next(rest) for rate in one.rates} for one in compared]
    return [
        _judged(one.drift, p, rate, alpha, limits) for one, p, rate in zip(compared, p_adjusted, rates, strict=False)
    ]


def _check_common(reference: Profile, current: Profile, alpha: float) -> None:
    if not 0 < alpha < 1:
        raise BadInput(f"Found alpha {alpha}", expected="a probability between 0 and 1, such as 0.05")
    if not set(reference.columns) & set(current.columns):
        raise BadInput(
            "Found no column of the reference in the data",
            expected=f"columns such as {next(iter(reference.columns))!r}",
        )


def _compared(
    name: str, reference: Summary, current: Summary, profile: Profile, limits: Limits, sides: Sides | None
) -> _Compared:
    if isinstance(reference, Numbers):
        assert isinstance(current, Numbers)
        drift = numbers_drift(name, reference, current, limits, sides)
    elif isinstance(reference, Texts):
        assert isinstance(current, Texts)
        drift = texts_drift(name, reference, current, limits)
    else:
        assert isinstance(reference, Levels)
        assert isinstance(current, Levels)
        drift = levels_drift(name, reference, current, limits)
    weighed = replace(drift, importance=importance_of(profile, name), matters=leans_on(profile, name))
    return _Compared(weighed, _rates(reference, current))


def _rates(reference: Summary, current: Summary) -> dict[str, float]:
    """P-values of the shares of rows that are missing and infinite."""
    found = {"missing": (reference.missing, current.missing)}
    if isinstance(reference, Numbers) and isinstance(current, Numbers):
        found["infinite"] = (reference.infinite, current.infinite)
    return {
        rate: significance.levels_p_value(
            np.array([before, reference.rows - before]), np.array([now, current.rows - now])
        )
        for rate, (before, now) in found.items()
        if before or now
    }


def _judged(
    drift: ColumnDrift, p_adjusted: float, rates: Mapping[str, float], alpha: float, limits: Limits
) -> ColumnDrift:
    emptied = abs(drift.current_missing - drift.reference_missing) > limits.missing(drift.column)
    unbounded = abs(drift.current_infinite - drift.reference_infinite) > limits.usual("missing-rate")
    return replace(
        drift,
        p_adjusted=p_adjusted,
        drifted=p_adjusted < alpha and drift.effect_low > drift.threshold,
        missing_changed=emptied and rates.get("missing", 1.0) < alpha,
        infinite_changed=unbounded and rates.get("infinite", 1.0) < alpha,
    )


def _changed_rates(reference: Profile, current: Profile, columns: Sequence[ColumnDrift]) -> Iterator[Finding]:
    for c in columns:
        if c.missing_changed:
            detail = f"missing in {percent(c.current_missing)} of rows, was {percent(c.reference_missing)}"
            yield Finding(c.column, "missing-rate", detail)
        before, now = reference.columns[c.column], current.columns[c.column]
        if (
            isinstance(before, Numbers)
            and isinstance(now, Numbers)
            and (c.infinite_changed or now.infinite > 0 == before.infinite)
        ):
            yield Finding(c.column, "infinite", infinite_said(before, now))


def _too_few(reference: Profile, current: Profile, threshold: float, needed: int) -> list[Finding]:
    short = [(side, rows) for side, rows in (("data", current.rows), ("reference", reference.rows)) if rows < needed]
    return [
        Finding(
            ALL,
            "too-few-rows",
            f"the {side} has {count(rows, 'row')}; about {needed:,} are needed to be sure of a change of {threshold:g}",
        )
        for side, rows in short
    ]


def _undecided(columns: list[ColumnDrift], alpha: float) -> list[str]:
    return [
        f"{c.column!r} lies on its threshold: its effect is between {c.effect_low:.4f} and {c.effect_high:.4f}. "
        "Only the reference's own rows tell which (--against them); it is not called drift."
        for c in columns
        if c.effect_low <= c.threshold < c.effect_high and (c.p_adjusted or 0.0) < alpha
    ]

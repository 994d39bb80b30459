"""Does new data still look like the reference? One answer a column, the drift that matters first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ipymlops.drift import distances, significance
from ipymlops.drift.binning import Counts
from ipymlops.drift.findings import ALL, column_findings, comparable, listed, notes
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift, DriftReport, Finding
from ipymlops.drift.shapes import levels_shape, numbers_shape
from ipymlops.drift.summaries import Levels, Numbers, Summary
from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames import Table

# A change of this size is worth a person's time; smaller ones, however certain, are not.
# ks 0.1: a tenth of the rows moved past some value, as when a normal shifts by a quarter of its standard deviation.
# jensen-shannon 0.1: a level falls from 50 % to 38 % of the rows, or rises from 1 % to 5 %. Two samples of one
#   distribution show more than that when levels are many and rows few, so their noise is added (as squares add).
# missing-rate 0.02: two rows in a hundred more, or fewer, have no value.
THRESHOLDS = {"ks": 0.1, "jensen-shannon": 0.1, "missing-rate": 0.02}
# A drifted column matters from this share of the model's importance on (an even share of many columns, where that is
# less): 2 % of all that shuffling costs. Columns that go together share their importance, so drifted columns below it
# are also weighed together. Only what was measured can be below it.
MATTERS = 0.02


@dataclass(frozen=True, slots=True)
class _Compared:
    """One column before correction: its drift without ``p_adjusted``, and the test of its missing rate."""

    drift: ColumnDrift
    missing_p: float | None  # None where neither side has missing values


def check_drift(
    profile: Profile,
    table: Table,
    *,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
) -> DriftReport:
    """Compare ``table`` with the reference ``profile``, column by column.

    A column has drifted when its p-value, corrected over all columns and missing rates, is below ``alpha`` **and**
    the certified lower end of its effect is above its threshold. ``thresholds`` overrides ``THRESHOLDS`` by distance
    or by column name. Raises BadInput for a table without rows or without a common column.

    It misleads where columns keep their own distributions and only their relation changes, and where the reference
    itself varies by season more than the thresholds allow for.

    >>> from ipymlops.frames import as_table
    >>> random = np.random.default_rng(0)
    >>> profile = Profile.of(as_table(random.normal(size=(2000, 1)), ["income"]))
    >>> moved = as_table(random.normal(0.5, size=(2000, 1)), ["income"])
    >>> check_drift(profile, moved, model="credit", version=1, data="may").drifted
    ('income',)
    """
    if not table.rows:
        raise BadInput("Found a table without rows", expected="rows to check")
    return compare(profile, profile.measure(table), model=model, version=version, data=data, alpha=alpha,
                   thresholds=thresholds)  # fmt: skip


def compare(
    reference: Profile,
    current: Profile,
    *,
    model: str,
    version: int | None,
    data: str,
    alpha: float = 0.05,
    thresholds: Mapping[str, float] | None = None,
) -> DriftReport:
    """``check_drift`` for data that was already measured over the reference's bins, in parts for example."""
    return compare_each(
        reference, [current], model=model, version=version, data=data, alpha=alpha, thresholds=thresholds
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
    references: Sequence[Profile] | None = None,
) -> tuple[DriftReport, ...]:
    """``compare`` for each of several parts, with p-values corrected over the columns of all parts together.

    ``references`` gives each part one of its own, measured over the bins that the part was measured over."""
    sides = [reference] * len(parts) if references is None else references
    limits = [_limits(side, part, alpha, thresholds or {}) for side, part in zip(sides, parts, strict=True)]
    compared = [_columns(side, part, some) for side, part, some in zip(sides, parts, limits, strict=True)]
    p_values = [p for some in compared for p in _p_values(some)]
    corrected = iter(significance.adjusted(p_values))
    reports = []
    for side, part, some, limit in zip(sides, parts, compared, limits, strict=True):
        mine = [next(corrected) for _ in _p_values(some)]
        needed = significance.rows_needed(limit["ks"], alpha, len(p_values)) if p_values and limit["ks"] else 0
        columns, together = _weighed_together(_corrected(some, mine, alpha, limit), enough_to_matter(side))
        found = [
            *_too_few(side, part, limit["ks"], needed),
            *column_findings(side, part),
            *_missing_rates(columns),
        ]
        said = (*notes(side, part), *together, *_undecided(columns, alpha))
        order = sorted(columns, key=lambda c: (not c.alarming, not c.drifted, -c.effect, c.column))
        reports.append(
            DriftReport(model, version, data, side.rows, part.rows, alpha, tuple(order), tuple(found), said, needed)
        )
    return tuple(reports)


def _columns(reference: Profile, current: Profile, limits: Mapping[str, float]) -> list[_Compared]:
    return [
        _compared(name, side, current.columns[name], reference, limits)
        for name, side in reference.columns.items()
        if comparable(side, current.columns.get(name))
    ]


def _p_values(compared: Sequence[_Compared]) -> list[float]:
    """Of all columns, then of the missing rates that were tested."""
    rates = [one.missing_p for one in compared if one.missing_p is not None]
    return [one.drift.p_value or 0.0 for one in compared] + rates


def _corrected(
    compared: Sequence[_Compared], p_adjusted: Sequence[float], alpha: float, limits: Mapping[str, float]
) -> list[ColumnDrift]:
    missing = [one.drift.column for one in compared if one.missing_p is not None]
    rates = dict(zip(missing, p_adjusted[len(compared) :], strict=True))
    return [
        _judged(one.drift, p, rates.get(one.drift.column, 1.0), alpha, limits["missing-rate"])
        for one, p in zip(compared, p_adjusted, strict=False)
    ]


def _limits(reference: Profile, current: Profile, alpha: float, thresholds: Mapping[str, float]) -> dict[str, float]:
    if not 0 < alpha < 1:
        raise BadInput(f"Found alpha {alpha}", expected="a probability between 0 and 1, such as 0.05")
    if not set(reference.columns) & set(current.columns):
        raise BadInput(
            "Found no column of the reference in the data",
            expected=f"columns such as {next(iter(reference.columns))!r}",
        )
    for name, limit in thresholds.items():
        if name not in THRESHOLDS and name not in reference.columns:
            raise UnknownName.of("distance or column", name, [*THRESHOLDS, *reference.columns])
        if not 0 <= limit <= 1:
            raise BadInput(f"Found the threshold {limit} for {name!r}", expected="a number from 0 to 1")
    return {**THRESHOLDS, **thresholds}


def _compared(
    name: str, reference: Summary, current: Summary, profile: Profile, limits: Mapping[str, float]
) -> _Compared:
    if isinstance(reference, Numbers):
        assert isinstance(current, Numbers)
        drift = _numbers_drift(name, reference, current, limits)
    else:
        assert isinstance(reference, Levels)
        assert isinstance(current, Levels)
        drift = _levels_drift(name, reference, current, limits)
    measured = any(profile.importance.values())  # all 0 says nothing of any column
    importance = profile.importance.get(name) if measured else None
    matters = None if importance is None else importance >= enough_to_matter(profile)
    return _Compared(replace(drift, importance=importance, matters=matters), _missing_p(reference, current))


def enough_to_matter(profile: Profile) -> float:
    """The share of the model's importance from which drift matters."""
    return min(MATTERS, 1 / len(profile.columns))


def _missing_p(reference: Summary, current: Summary) -> float | None:
    if not reference.missing and not current.missing:
        return None
    before, now = (np.array([side.missing, side.present]) for side in (reference, current))
    return significance.levels_p_value(before, now)


def _numbers_drift(name: str, reference: Numbers, current: Numbers, limits: Mapping[str, float]) -> ColumnDrift:
    low, high = distances.ks_interval(reference.counts, current.counts, reference.edges)
    few = distances.coarse(reference.counts, current.counts)
    others = {label: distance(*few) for label, distance in distances.DISTANCES.items()}
    moved = distances.wasserstein(reference, current)
    if np.isfinite(moved):
        others["wasserstein"] = moved
    return ColumnDrift(
        column=name,
        kind=reference.kind,
        distance="ks",
        effect=(low + high) / 2,
        effect_low=low,
        effect_high=high,
        threshold=limits.get(name, limits["ks"]),
        p_value=significance.ks_p_value(low, reference.present, current.present),
        p_adjusted=None,
        drifted=False,
        reference_missing=_missing_rate(reference),
        current_missing=_missing_rate(current),
        others=others,
        shape=numbers_shape(reference, current),
    )


def _levels_drift(name: str, reference: Levels, current: Levels, limits: Mapping[str, float]) -> ColumnDrift:
    before, now = _aligned(reference, current)
    others = {label: distance(before, now) for label, distance in distances.DISTANCES.items()}
    effect = others.pop("jensen-shannon")
    noise = distances.jensen_shannon_noise(len(before), reference.present, current.present)
    limit = limits.get(name, limits["jensen-shannon"])
    return ColumnDrift(
        column=name,
        kind=reference.kind,
        distance="jensen-shannon",
        effect=effect,
        effect_low=effect,
        effect_high=effect,
        threshold=float(np.sqrt(limit**2 + noise)),
        p_value=significance.levels_p_value(before, now),
        p_adjusted=None,
        drifted=False,
        reference_missing=_missing_rate(reference),
        current_missing=_missing_rate(current),
        others=others,
        shape=levels_shape(reference, current),
    )


def _aligned(reference: Levels, current: Levels) -> tuple[Counts, Counts]:
    """Counts over the reference's levels, other, and the new ones; those that nobody has are left out."""
    before = [*reference.counts.values(), reference.other, *(0 for _ in current.unseen)]
    now = [*(current.counts[level] for level in reference.counts), current.other, *current.unseen.values()]
    table = np.array([before, now], dtype=np.int64)
    table = table[:, table.sum(axis=0) > 0]
    return table[0], table[1]


def _missing_rate(side: Summary) -> float:
    return side.missing / (side.missing + side.present)


def _judged(drift: ColumnDrift, p_adjusted: float, missing_p: float, alpha: float, limit: float) -> ColumnDrift:
    drifted = p_adjusted < alpha and drift.effect_low > drift.threshold
    away = abs(drift.current_missing - drift.reference_missing)
    return replace(drift, p_adjusted=p_adjusted, drifted=drifted, missing_changed=missing_p < alpha and away > limit)


def _weighed_together(columns: list[ColumnDrift], enough: float) -> tuple[list[ColumnDrift], tuple[str, ...]]:
    """Changed columns that each seem hardly used may share their importance: they matter if together they do."""
    small = [c for c in columns if (c.drifted or c.missing_changed) and c.matters is False]
    share = sum(c.importance or 0.0 for c in small)
    if len(small) < 2 or share < enough:
        return columns, ()
    names = {c.column for c in small if c.importance}
    note = f"Each hardly used, but together {share:.1%} of what the model uses: {listed(sorted(names))}."
    return [replace(c, matters=True) if c.column in names else c for c in columns], (note,)


def _missing_rates(columns: list[ColumnDrift]) -> list[Finding]:
    return [
        Finding(c.column, "missing-rate", f"missing in {c.current_missing:.1%} of rows, was {c.reference_missing:.1%}")
        for c in columns
        if c.missing_changed
    ]


def _too_few(reference: Profile, current: Profile, threshold: float, needed: int) -> list[Finding]:
    short = [(side, rows) for side, rows in (("data", current.rows), ("reference", reference.rows)) if rows < needed]
    return [
        Finding(
            ALL,
            "too-few-rows",
            f"the {side} has {rows:,} row{'' if rows == 1 else 's'}; about {needed:,} are needed "
            f"to be sure of a change of {threshold:g}",
        )
        for side, rows in short
    ]


def _undecided(columns: list[ColumnDrift], alpha: float) -> list[str]:
    return [
        f"{c.column!r} lies on its threshold: its effect is between {c.effect_low:.4f} and {c.effect_high:.4f}."
        for c in columns
        if c.effect_low <= c.threshold < c.effect_high and (c.p_adjusted or 0.0) < alpha
    ]

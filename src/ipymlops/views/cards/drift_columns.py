"""One column of a drift report: how far it moved, whether that counts, and in which order columns are told."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.drift.results import ColumnDrift
from ipymlops.views import words
from ipymlops.views.card import Badge, Bar, Cell, Grid, Reference, headings


def column_grid(columns: Sequence[ColumnDrift], *, enough: bool = True) -> Grid:
    """Every column with its effect, threshold and what the model makes of it."""
    longest = max((ratio(c) for c in columns), default=0.0) or 1.0
    known = any(c.importance is not None for c in columns)
    names = ["column", "outcome", "#effect", "#threshold", "#corrected p"]
    names += ["#used by model"] if known else []
    names += ["#missing"]
    return Grid(
        "Columns, what matters first",
        headings(*names),
        tuple(_column_row(c, longest, known, enough) for c in columns),
    )


def _column_row(c: ColumnDrift, longest: float, known: bool, enough: bool) -> tuple[Cell, ...]:
    used: tuple[Cell, ...] = ()
    if known:
        used = (Bar(words.percent(c.importance), c.importance) if c.importance is not None else words.NOTHING,)
    return (
        Reference(c.column),
        column_badge(c, enough=enough),
        Bar(_effect(c), ratio(c) / longest),
        threshold_of(c),
        p_value(c.p_adjusted),
        *used,
        _missing(c),
    )


def ordered(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    """Drifted and relied on first, the most use times effect before less; then drifted, then by effect."""

    def key(c: ColumnDrift) -> tuple[float, ...]:
        return (-severity(c), not c.alarming, -(c.importance or 0.0) * ratio(c) * c.drifted, -ratio(c))

    return sorted(columns, key=key)


def severity(column: ColumnDrift) -> int:
    """2: drifted and matters (or nobody knows whether), 1: drifted, 0: not."""
    return int(column.drifted) + int(column.drifted and column.alarming)


def ratio(column: ColumnDrift) -> float:
    """The effect in multiples of its threshold: the one scale that all distances share."""
    return column.effect / column.threshold if column.threshold > 0 else 0.0


def column_badge(c: ColumnDrift, *, enough: bool = True) -> Badge:
    """Drift that matters is a failure; drift in what is hardly used is something to know.

    A change that is certain but smaller than the threshold is no drift, and not nothing either.
    """
    if not c.drifted:
        if c.changed:
            return Badge("fail" if c.alarming else "cannot tell", odd_word(False, c.missing_changed))
        certain = c.p_adjusted is not None and c.p_adjusted < 0.05
        if not enough:
            return Badge("cannot tell", "too few rows")
        return Badge("pass", "small change" if certain else "no drift")
    return Badge("cannot tell", "drifted, hardly used") if c.matters is False else Badge("fail", "drifted")


def odd_word(broken: bool, missing: bool) -> str:
    """What alarms without being drift, in a word or two: the worst of it."""
    return "columns broken" if broken else "missing values" if missing else "infinite values"


def threshold_of(c: ColumnDrift) -> str:
    """``0.1``; ``0.31 (own)`` where the reference's own variability is more than the default."""
    return f"{words.short(c.threshold)}{unit(c)}{' (own)' if c.threshold_from == 'reference' else ''}"


def unit(c: ColumnDrift) -> str:
    """Standard deviations of the reference, where values are told by how far they moved."""
    return " sd" if c.distance == "wasserstein" else ""


def effect_said(columns: Sequence[ColumnDrift]) -> str:
    said = ["the Kolmogorov-Smirnov distance for numbers, the Jensen-Shannon distance for categories"]
    if any(c.distance == "wasserstein" for c in columns):
        said.append("how far values moved, in standard deviations (sd), where the reference's own months lie apart")
    if any(c.aspect != "values" for c in columns):
        said.append("of texts, the larger of those of their lengths and their words")
    return f"Effect: {'; '.join(said)}; within 1 % of its threshold unless an interval is shown."


def _missing(c: ColumnDrift) -> str:
    """Before and now; one figure where they read the same."""
    before, now = words.percent(c.reference_missing), words.percent(c.current_missing)
    return before if before == now else f"{before} → {now}"


def _effect(c: ColumnDrift) -> str:
    """With its certified interval, unless that is too narrow to bear on the decision."""
    if c.effect_high - c.effect_low <= 0.02 * c.threshold:
        return f"{words.number(c.effect)}{unit(c)}"
    return f"{words.interval(c.effect, c.effect_low, c.effect_high)}{unit(c)}"


def p_value(p: float | None) -> str:
    """``0.0312``; ``< 0.001`` below that, where more digits say nothing."""
    if p is None:
        return words.NOTHING
    return "< 0.001" if p < 0.001 else words.number(p)

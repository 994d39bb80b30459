"""A drift report as a card: what drifted and matters first."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.drift.results import ColumnDrift, DriftReport, Finding
from ipymlops.views import words
from ipymlops.views.card import Badge, Bar, Card, Cell, Figure, Grid, Lines, Reference, Step, fold, headings


def drift_card(result: DriftReport) -> Card:
    """How many columns drifted, which of them the model leans on, and what else is odd."""
    ref = words.version_ref(result.model, result.version)
    return Card(
        title=f"Drift of {ref} on {result.data}",
        verdict=drift_verdict(result),
        badge=_badge(result),
        figures=_figures(result),
        warnings=_finding_lines(result.findings[:3], more=len(result.findings) - 3),
        steps=_steps(result),
        folds=(
            *fold(
                f"All {words.count(len(result.columns), 'column')}",
                column_grid(ordered(result.columns)),
                open=bool(result.drifted),
            ),
            *fold(f"{words.count(len(result.findings), 'finding')}", Lines(_finding_lines(result.findings))),
            *fold("How this was decided", Lines(_method(result))),
        ),
    )


def ordered(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    """Drifted and relied on first, then drifted, then by effect against its threshold."""
    return sorted(columns, key=lambda c: (-severity(c), -(c.importance or 0.0) * c.drifted, -ratio(c)))


def severity(column: ColumnDrift) -> int:
    """2: drifted and matters (or nobody knows whether), 1: drifted, 0: not."""
    return 2 if column.alarming else int(column.drifted)


def ratio(column: ColumnDrift) -> float:
    """The effect in multiples of its threshold: the one scale that all distances share."""
    return column.effect / column.threshold if column.threshold > 0 else 0.0


def drift_verdict(result: DriftReport) -> str:
    """``Found 3 columns that drifted and matter: income, age and region.``, after what is worse than drift."""
    if not result.broken:
        return _drift_found(result)
    broken = f"{words.count(len(result.broken), 'column')} cannot be given to the model"
    return f"{broken}: {words.listed(result.broken)}. {_drift_found(result)}"


def _drift_found(result: DriftReport) -> str:
    if not result.columns:
        return "No column could be checked."
    if not result.drifted:
        return f"None of {words.count(len(result.columns), 'column')} drifted."
    if all(c.importance is None for c in result.columns):
        return (
            f"Found {words.count(len(result.drifted), 'column')} that drifted: {_names(result)}. "
            "How much the model uses them is not known."
        )
    matter = result.that_matter
    if not matter:
        return (
            f"Found {words.count(len(result.drifted), 'column')} that drifted: {_names(result)}. "
            f"The model hardly uses {'it' if len(result.drifted) == 1 else 'them'}."
        )
    verb = "matters" if len(matter) == 1 else "matter"
    found = f"Found {words.count(len(matter), 'column')} that drifted and {verb}: {_names(result, matter=True)}."
    others = len(result.drifted) - len(matter)
    return found + (f" {others} more drifted that the model hardly uses." if others else "")


def _names(result: DriftReport, *, matter: bool = False) -> str:
    names = [c.column for c in ordered(result.columns) if c.drifted and (c.matters or not matter)]
    return words.listed(names)


def _badge(result: DriftReport) -> Badge:
    if result.alarming:
        return Badge("fail", "drift" if any(c.alarming for c in result.columns) else "columns broken")
    if result.drifted:
        return Badge("cannot tell", "drift in columns hardly used")
    return Badge("pass", "no drift") if result.columns else Badge("cannot tell", "nothing checked")


def _figures(result: DriftReport) -> tuple[Figure, ...]:
    total = f"of {len(result.columns):,} checked"
    figures = [Figure("columns drifted", f"{len(result.drifted):,}", total)]
    if any(c.importance is not None for c in result.columns):
        share = sum(c.importance or 0.0 for c in result.columns if c.drifted)
        figures.append(Figure("of what the model uses", words.percent(share), "rests on drifted columns"))
    figures += [
        Figure("other findings", f"{len(result.findings):,}"),
        Figure("rows checked", f"{result.current_rows:,}", f"against {result.reference_rows:,} of training"),
    ]
    return tuple(figures)


def _finding_lines(findings: Sequence[Finding], more: int = 0) -> tuple[str, ...]:
    lines = tuple(words.stopped(_finding(f)) for f in findings)
    return (*lines, f"{more} more below.") if more > 0 else lines


def _finding(finding: Finding) -> str:
    detail = finding.detail.strip()
    named = finding.column in detail
    return detail if named else f"{finding.column}: {detail}"


def _steps(result: DriftReport) -> tuple[Step, ...]:
    """Broken columns are put right before anything is trained on them."""
    ref = words.version_ref(result.model, result.version)
    retrain = Step("Write the pipeline that retrains it on newer data", f"export {ref} --to pipelines/{result.model}")
    if result.alarming:
        mend = Step("See what the model expects of its columns, and mend the data", f"show {ref}")
        drifted = any(c.alarming for c in result.columns)
        return (*((mend,) if result.broken else ()), *((retrain,) if drifted else ()))
    if not result.columns:
        return (Step("See which columns the model reads", f"show {ref}"),)
    return (Step("Nothing needs doing; check the next data the same way", f"drift {ref} --data NEXT_DATA"),)


def _method(result: DriftReport) -> tuple[str, ...]:
    return (
        "A column drifted if its effect is above the threshold and its p-value, corrected over all columns, "
        f"is below {words.short(result.alpha)}.",
        "Effect: the Kolmogorov-Smirnov distance for numbers, the Jensen-Shannon distance for categories; "
        "within 1 % of its threshold unless an interval is shown.",
        "Use by the model: the share of its permutation importance.",
        *result.notes,
    )


def column_grid(columns: Sequence[ColumnDrift]) -> Grid:
    """Every column with its effect, threshold and what the model makes of it."""
    longest = max((ratio(c) for c in columns), default=0.0) or 1.0
    known = any(c.importance is not None for c in columns)
    names = ["column", "outcome", "#effect", "#threshold", "#corrected p"]
    names += ["#used by model"] if known else []
    names += ["#missing"]
    return Grid(
        "Columns, what matters first",
        headings(*names),
        tuple(_column_row(c, longest, known) for c in columns),
    )


def _column_row(c: ColumnDrift, longest: float, known: bool) -> tuple[Cell, ...]:
    used: tuple[Cell, ...] = ()
    if known:
        used = (Bar(words.percent(c.importance), c.importance) if c.importance is not None else words.NOTHING,)
    return (
        Reference(c.column),
        column_badge(c),
        Bar(_effect(c), ratio(c) / longest),
        words.short(c.threshold),
        p_value(c.p_adjusted),
        *used,
        _missing(c),
    )


def _missing(c: ColumnDrift) -> str:
    """Before and now; one figure where they read the same."""
    before, now = words.percent(c.reference_missing), words.percent(c.current_missing)
    return before if before == now else f"{before} → {now}"


def _effect(c: ColumnDrift) -> str:
    """With its certified interval, unless that is too narrow to bear on the decision."""
    if c.effect_high - c.effect_low <= 0.02 * c.threshold:
        return words.number(c.effect)
    return words.interval(c.effect, c.effect_low, c.effect_high)


def p_value(p: float | None) -> str:
    """``0.0312``; ``< 0.001`` below that, where more digits say nothing."""
    if p is None:
        return words.NOTHING
    return "< 0.001" if p < 0.001 else words.number(p)


def column_badge(c: ColumnDrift) -> Badge:
    """Drift that matters is a failure; drift in what is hardly used is something to know.

    A change that is certain but smaller than the threshold is no drift, and not nothing either.
    """
    if not c.drifted:
        certain = c.p_adjusted is not None and c.p_adjusted < 0.05
        return Badge("pass", "small change" if certain else "no drift")
    return Badge("cannot tell", "drifted, hardly used") if c.matters is False else Badge("fail", "drifted")

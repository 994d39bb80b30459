"""A drift report as a card: what drifted and matters first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.parts_results import DriftInParts, PartDrift
from ipymlops.drift.results import ALL, ColumnDrift, DriftReport, Finding
from ipymlops.views import words
from ipymlops.views.card import Badge, Bar, Card, Cell, Figure, Grid, Lines, Reference, Step, fold, headings
from ipymlops.views.cards import held_out

_NAMED = 2  # columns in a sentence; the table below has all


def drift_card(result: DriftReport) -> Card:
    """How many columns drifted, which of them the model leans on, and what else is odd."""
    ref = words.version_ref(result.model, result.version)
    headline, more = _told(result)
    return Card(
        title=f"Drift of {ref} on {result.data}{against(result)}",
        verdict=headline,
        badge=_badge(result),
        more=" ".join(more),
        figures=_figures(result),
        warnings=_finding_lines(result.findings[:3], more=len(result.findings) - 3),
        steps=_steps(result),
        folds=(
            *held_out.folds(result),
            *fold(
                f"All {words.count(len(result.columns), 'column')}",
                column_grid(ordered(result.columns), enough=result.enough),
                open=bool(result.drifted),
            ),
            *fold(f"{words.count(len(result.findings), 'finding')}", Lines(_finding_lines(result.findings))),
            *fold("How this was decided", Lines(_method(result))),
        ),
    )


def against(result: DriftReport | DriftOverTime) -> str:
    """`` against last_month``; nothing for the training data."""
    return f" against {result.against}" if result.against else ""


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


def drift_verdict(result: DriftReport) -> str:
    """Everything that was found: the headline, and what stands below it."""
    headline, more = _told(result)
    return " ".join([headline, *more])


def _told(result: DriftReport) -> tuple[str, list[str]]:
    """``Found 3 columns that drifted and matter: income, age and term.``, and the rest; worse comes first."""
    beyond = result.held_out
    first = held_out.said_first(beyond) if beyond else []
    for names, what in one_sided(result):
        first.append(f"{words.count(len(names), 'column')} {what}: {words.listed(names, _NAMED)}.")
    odd = [
        f"The share of {which} values changed in {words.count(len(names), 'column')}: {words.listed(names, _NAMED)}."
        for which, names in _other_rates(result).items()
    ]
    last = held_out.said_last(beyond, drifted=bool(result.drifted) or not result.enough) if beyond else []
    found = _drift_found(result, otherwise=bool(odd))
    matter = any(severity(c) == 2 for c in result.columns)
    headline, *more = [*first, *found, *odd, *last] if matter else [*first, *odd, *found, *last]
    if headline.startswith("None of") and more:  # rows as a whole drifted: the first half would mislead
        headline = f"{headline} {more.pop(0)}"
    return headline, more


def one_sided(result: DriftReport | PartDrift | DriftInParts) -> list[tuple[tuple[str, ...], str]]:
    """Columns that could not be compared though they should be, and what is known of them."""
    kinds = (
        (result.broken, "cannot be given to the model"),
        (result.emptied, "without any value now"),
        (result.all_infinite, "without a finite value now"),
        (result.filled, "with values for the first time"),
    )
    return [(names, what) for names, what in kinds if names]


def _other_rates(result: DriftReport) -> dict[str, list[str]]:
    """Missing and infinite values: the columns where another share of rows has them, what matters first."""
    alarming = [c for c in ordered(result.columns) if c.alarming]
    found = {
        "missing": [c.column for c in alarming if c.missing_changed],
        "infinite": [c.column for c in alarming if c.infinite_changed],
    }
    return {which: names for which, names in found.items() if names}


def odd_word(broken: bool, missing: bool) -> str:
    """What alarms without being drift, in a word or two: the worst of it."""
    return "columns broken" if broken else "missing values" if missing else "infinite values"


def _drift_found(result: DriftReport, *, otherwise: bool) -> list[str]:
    if not result.columns:
        return ["No column could be checked."]
    if not result.drifted:
        if not result.enough:
            return [_cannot_tell(result)]
        return [f"None of {words.count(len(result.columns), 'column')} drifted{' otherwise' if otherwise else ''}."]
    drifted = [c for c in ordered(result.columns) if c.drifted]
    matter = [c for c in drifted if c.matters]
    unknown = [c for c in drifted if c.matters is None]
    unused = [c for c in drifted if c.matters is False]
    verb = "matters" if len(matter) == 1 else "matter"
    said = [_found(matter, f"that drifted and {verb}")] if matter else []
    if unknown:
        said += [
            _found(unknown, "that drifted", more=bool(said)),
            f"How much the model uses {_it(unknown)} is not known.",
        ]
    if unused and said:
        said.append(f"{len(unused)} more drifted that the model hardly uses.")
    elif unused:
        said.append(f"{_found(unused, 'that drifted')} The model hardly uses {_it(unused)}.")
    return said


def _found(columns: Sequence[ColumnDrift], which: str, *, more: bool = False) -> str:
    count = f"{len(columns):,} more" if more else words.count(len(columns), "column")
    return f"Found {count} {which}: {words.listed([c.column for c in columns], _NAMED)}."


def _it(columns: Sequence[ColumnDrift]) -> str:
    return "it" if len(columns) == 1 else "them"


def _cannot_tell(result: DriftReport) -> str:
    """``Cannot tell: 3 rows, about 313 are needed.``"""
    rows = words.count(min(result.current_rows, result.reference_rows), "row")
    side = "" if result.current_rows < result.rows_needed else f" of {result.against or 'training data'}"
    return f"Cannot tell: {rows}{side}, about {result.rows_needed:,} are needed."


def _badge(result: DriftReport) -> Badge:
    if result.alarming:
        if any(severity(c) == 2 for c in result.columns):
            return Badge("fail", "drift")
        if result.held_out is not None and result.held_out.alarming:
            return Badge("fail", held_out.badge_word(result.held_out))
        missing = result.emptied or result.filled or "missing" in _other_rates(result)
        return Badge("fail", odd_word(bool(result.broken), bool(missing)))
    if result.drifted:
        return Badge("cannot tell", "drift in columns hardly used")
    if not result.columns:
        return Badge("cannot tell", "nothing checked")
    return Badge("cannot tell", "too few rows") if result.undecided else Badge("pass", "no drift")


def _share_of_use(result: DriftReport) -> str:
    """A column whose importance nobody knows may hold any share, so the sum is then only a lower bound."""
    drifted = [c.importance for c in result.columns if c.drifted]
    share = sum(i for i in drifted if i is not None)
    if None not in drifted:
        return words.percent(share)
    return f"at least {words.percent(share)}" if share > 0 else "not known"


def _figures(result: DriftReport) -> tuple[Figure, ...]:
    total = f"of {len(result.columns):,} checked"
    figures = [Figure("columns drifted", f"{len(result.drifted):,}", total)]
    if result.held_out is not None:
        rows = Figure("rows checked", f"{result.current_rows:,}", f"against {result.reference_rows:,} of training")
        return (*held_out.figures(result.held_out), *figures, rows)
    if any(c.importance is not None for c in result.columns):
        figures.append(Figure("of what the model uses", _share_of_use(result), "rests on drifted columns"))
    figures += [
        Figure("other findings", f"{len(result.findings):,}"),
        Figure(
            "rows checked",
            f"{result.current_rows:,}",
            f"against {result.reference_rows:,} of {result.against or 'training'}",
        ),
    ]
    return tuple(figures)


def _finding_lines(findings: Sequence[Finding], more: int = 0) -> tuple[str, ...]:
    lines = tuple(words.stopped(_finding(f)) for f in findings)
    return (*lines, f"{more} more below.") if more > 0 else lines


def _finding(finding: Finding) -> str:
    detail = finding.detail.strip()
    return detail if finding.column == ALL else f"{finding.column}: {detail}"


def _steps(result: DriftReport) -> tuple[Step, ...]:
    """Broken columns are put right before anything is trained on them."""
    ref = words.version_ref(result.model, result.version)
    retrain = Step("Write the pipeline that retrains it on newer data", f"export {ref} --to pipelines/{result.model}")
    if result.alarming:
        mend = Step("See what the model expects of its columns, and mend the data", f"show {ref}")
        beyond = result.held_out
        retold = beyond is not None and replace(beyond, refused="").alarming
        drifted = retold or any(severity(c) == 2 for c in result.columns)
        odd = one_sided(result) or _other_rates(result) or (beyond is not None and beyond.refused)
        return (*((mend,) if odd else ()), *((retrain,) if drifted else ()))
    if not result.columns:
        return (Step("See which columns the model reads", f"show {ref}"),)
    if result.drifted:
        return (Step("Judge it on new rows once they have labels", f"evaluate {ref} --data X_new y_new"),)
    if not result.enough:
        return (Step("Check again when there are more rows", f"drift {ref} --data MORE_DATA"),)
    return (Step("Nothing needs doing; check the next data the same way", f"drift {ref} --data NEXT_DATA"),)


def _method(result: DriftReport) -> tuple[str, ...]:
    return (
        "A column drifted if its effect is above the threshold and its p-value, corrected over all columns, "
        f"is below {words.short(result.alpha)}.",
        effect_said(result.columns),
        *([result.thresholds] if result.thresholds else []),
        "Use by the model: the share of its permutation importance. Columns that go together share theirs.",
        *result.notes,
    )


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

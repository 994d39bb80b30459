"""A drift report as a card: what drifted and matters first."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.parts_results import DriftInParts, PartDrift
from ipymlops.drift.results import ALL, ColumnDrift, DriftReport, Finding
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Lines, fold
from ipymlops.views.cards import held_out
from ipymlops.views.cards.drift_columns import column_grid, effect_said, odd_word, ordered, severity
from ipymlops.views.cards.drift_steps import drift_steps

_ALL = 0.9995  # from this share on, nothing that would show is left
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
        steps=drift_steps(result),
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
    last = _of_rows_as_a_whole(result)
    found = _drift_found(result, otherwise=bool(odd))
    matter = any(severity(c) == 2 for c in result.columns)
    headline, *more = [*first, *found, *odd, *last] if matter else [*first, *odd, *found, *last]
    if headline.startswith("None of") and more:  # rows as a whole drifted: the first half would mislead
        headline = f"{headline} {more.pop(0)}"
    return headline, more


def _of_rows_as_a_whole(result: DriftReport) -> list[str]:
    if result.held_out is None:
        return []
    drifted = bool(result.drifted) or not result.enough
    return held_out.said_last(result.held_out, drifted=drifted, explained=bool(result.explained_by))


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


def _use(result: DriftReport) -> Figure:
    unknown = not result.changed_use and not result.enough
    figure = ("cannot tell", "too few rows") if unknown else (_share_of_use(result), "rests on changed columns")
    return Figure("of what the model uses", *figure)


def _share_of_use(result: DriftReport) -> str:
    """A column whose importance nobody knows may hold any share, so the sum is then only a lower bound; where nothing
    is left, there is no more to hold."""
    changed = result.changed_use.values()
    share = sum(i for i in changed if i is not None)
    if None not in changed or share >= _ALL:
        return words.percent(min(share, 1.0))
    return f"at least {words.percent(share)}" if share > 0 else "not known"


def _figures(result: DriftReport) -> tuple[Figure, ...]:
    total = f"of {len(result.columns):,} checked"
    figures = [Figure("columns drifted", f"{len(result.drifted):,}", total)]
    if result.held_out is not None:
        rows = Figure("rows checked", f"{result.current_rows:,}", f"against {result.reference_rows:,} of training")
        return (*held_out.figures(result.held_out), *figures, rows)
    known = [*(c.importance for c in result.columns), *result.changed_use.values()]
    if any(importance is not None for importance in known):
        figures.append(_use(result))
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


def _method(result: DriftReport) -> tuple[str, ...]:
    return (
        "A column drifted if its effect is above the threshold and its p-value, corrected over all columns, "
        f"is below {words.short(result.alpha)}.",
        effect_said(result.columns),
        *([result.thresholds] if result.thresholds else []),
        "Use by the model: the share of its permutation importance. Columns that go together share theirs.",
        *result.notes,
    )

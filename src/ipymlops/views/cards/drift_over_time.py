"""Drift over windows as a card: which columns drifted, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipymlops.drift.over_time_results import DriftOverTime, WindowDrift
from ipymlops.drift.results import ColumnDrift
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Figure, Grid, Lines, fold, headings
from ipymlops.views.cards.drift import against, one_sided
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
from ipymlops.views.cards.drift_steps import over_time_steps

_MOST_NOTES = 10
_NAMED = 2  # windows named one by one


def over_time_card(result: DriftOverTime) -> Card:
    """Since when which columns drifted, every column with its largest effect, and every window."""
    ref = words.version_ref(result.model, result.version)
    found = finding_lines(result)
    headline, *more = _told(result)
    return Card(
        title=f"Drift of {ref} on {result.data}{against(result)}, by {_by(result)}",
        verdict=headline,
        more=" ".join(more),
        badge=parts_badge(result),
        figures=_figures(result),
        warnings=(*found[:3], *((f"{len(found) - 3} more below.",) if len(found) > 3 else ())),
        steps=over_time_steps(result),
        folds=(
            *fold(
                f"All {words.count(len(result.columns), 'column')}",
                column_grid(result, f"drifted in {_plural(result)}"),
                open=bool(result.drifted),
            ),
            *fold(f"All {windows_of(result, len(result.windows))}", _window_grid(result)),
            *fold(words.count(len(found), "finding"), Lines(found)),
            *fold("How this was decided", Lines(_method(result))),
        ),
    )


def over_time_verdict(result: DriftOverTime) -> str:
    """``income drifted from 2026-03 on; 2 more columns in single months.``, after what is worse than drift."""
    return " ".join(_told(result))


def _told(result: DriftOverTime) -> list[str]:
    """The headline, and what stands below it."""
    if not result.columns:
        return [*_broken(result), "No column could be checked."]
    names = ordered(result)
    odd = [
        *_when(result, names, lambda c: c.missing_changed and c.alarming, *_another_share("missing")),
        *_when(result, names, lambda c: c.infinite_changed and c.alarming, *_another_share("infinite")),
    ]
    matters = _when(result, names, lambda c: c.drifted and c.alarming, "drifted", "drifted")
    told = {c.column for w in result.windows for c in w.columns if c.drifted and c.alarming}
    unused = [name for name in names if name in result.drifted and name not in told]
    said = [*_broken(result), *matters, *odd]
    if unused and matters:
        said.append(f"{len(unused)} more drifted that the model hardly uses.")
    elif unused:
        found = _when(result, unused, lambda c: c.drifted, "drifted", "drifted")
        said.append(" ".join([*found, f"The model hardly uses {'it' if len(unused) == 1 else 'them'}."]))
    elif not matters:
        said.append(_nothing(result, otherwise=bool(odd)))
    return said


def _another_share(which: str) -> tuple[str, str]:
    return f"has another share of {which} values", f"have another share of {which} values"


def _when(
    result: DriftOverTime, names: Sequence[str], changed: Callable[[ColumnDrift], bool], did: str, they_did: str
) -> list[str]:
    """One sentence, the longest lasting first: throughout, from some window on, in single windows."""
    spans: dict[str, list[str]] = {}
    single: dict[str, list[str]] = {}
    for name in names:
        at = [i for i, c in enumerate(result.of(name)) if c is not None and changed(c)]
        if not at:
            continue
        phrase = _span(result, at)
        if phrase:
            spans.setdefault(phrase, []).append(name)
        else:
            single[name] = [result.windows[i].window for i in at]
    parts = [f"{words.listed(some)} {phrase}" for phrase, some in list(spans.items())[:2]]
    later = sum(len(some) for some in list(spans.values())[2:])
    if later:
        parts.append(f"{later} more at other times")
    if single:
        parts.append(_in_single(result, single, more=bool(spans)))
    if not parts:
        return []
    first = next(iter(spans.items()), None)
    lead = first[1] if first else list(single)
    verb = did if len(lead) == 1 else they_did
    if first:
        parts[0] = f"{words.listed(lead)} {verb} {first[0]}"
    else:
        parts[0] = parts[0].replace("{verb}", verb)
    return ["; ".join(parts) + "."]


def _span(result: DriftOverTime, at: Sequence[int]) -> str:
    """``in every month``, ``from 2026-03 on``, ``from 2026-03 to 2026-06``, ``in 7 of 12 months``; empty for what was
    neither in a row nor most of the time."""
    last = len(result.windows) - 1
    if len(at) == last + 1:
        return f"in every {_single(result)}" if last else f"in {result.windows[0].window}"
    if len(at) > 1 and at[-1] - at[0] == len(at) - 1:
        first, end = result.windows[at[0]].window, result.windows[at[-1]].window
        if at[-1] == last:
            return f"from {first} on"
        if len(at) > 2:
            return f"from {first} to {end}"
    return f"in {len(at)} of {windows_of(result, last + 1)}" if 2 * len(at) > last + 1 else ""


def _in_single(result: DriftOverTime, single: dict[str, list[str]], *, more: bool) -> str:
    if more:
        return f"{words.count(len(single), 'more column', 'more columns')} in single {_plural(result)}"
    if len(single) == 1:
        [(name, seen)] = single.items()
        return f"{name} {{verb}} in {words.listed(seen)}"
    seen = [w.window for w in result.windows if any(w.window in some for some in single.values())]
    where = f"in {words.listed(seen)}" if len(seen) <= _NAMED else f"in single {_plural(result)}"
    return f"{words.listed(list(single))} {{verb}} {where}"


def _broken(result: DriftOverTime) -> list[str]:
    said = []
    for names, what in one_sided(result):
        seen = [w.window for w in result.windows if what in {said for _, said in one_sided(w)}]
        where = "" if len(seen) == len(result.windows) else f" in {words.listed(seen)}"
        said.append(f"{words.count(len(names), 'column')} {what}{where}: {words.listed(names)}.")
    return said


def _nothing(result: DriftOverTime, *, otherwise: bool) -> str:
    short = [w for w in result.windows if not w.enough]
    if len(short) == len(result.windows):
        largest = words.count(max(w.rows for w in short), "row")
        if result.reference_rows < result.rows_needed:
            return (
                f"Cannot tell: {words.count(result.reference_rows, 'row')} of {result.against or 'training data'}, "
                f"about {result.rows_needed:,} are needed."
            )
        return (
            f"Cannot tell: the largest {_single(result)} has {largest}, about {result.rows_needed:,} are needed in one."
        )
    told = windows_of(result, len(result.windows) - len(short))
    said = f"None of {words.count(len(result.columns), 'column')} drifted{' otherwise' if otherwise else ''} in {told}"
    if not short:
        return f"{said}."
    return (
        f"{said}; {windows_of(result, len(short))} with too few rows to tell, about {result.rows_needed:,} are needed."
    )


def windows_of(result: DriftOverTime, n: int) -> str:
    """``3 months``, ``12 windows``."""
    return words.count(n, _single(result))


def _single(result: DriftOverTime) -> str:
    return "window" if result.by.endswith("rows") else result.by


def _plural(result: DriftOverTime) -> str:
    return _single(result) + "s"


def _by(result: DriftOverTime) -> str:
    return f"windows of {result.by}" if result.by.endswith("rows") else result.by


def _figures(result: DriftOverTime) -> tuple[Figure, ...]:
    hit = sum(bool(w.drifted) for w in result.windows)
    all_of_them = f"of {len(result.windows):,}{too_few_said(result, result.rows_needed)}"
    return (
        Figure("columns drifted", f"{len(result.drifted):,}", f"of {len(result.columns):,} checked"),
        Figure(f"{_plural(result)} with drift", f"{hit:,}", all_of_them),
        Figure(
            "rows checked",
            f"{result.current_rows:,}",
            f"against {result.reference_rows:,} of {result.against or 'training'}",
        ),
    )


def _window_grid(result: DriftOverTime) -> Grid:
    heads = headings(_single(result), "outcome", "#rows", "#columns drifted", "which")
    return Grid("In the order of time", heads, tuple(_window_row(w) for w in result.windows))


def _window_row(w: WindowDrift) -> tuple[Cell, ...]:
    return (w.window, part_badge(w), f"{w.rows:,}", f"{len(w.drifted):,}", words.listed(w.drifted) or words.NOTHING)


def _method(result: DriftOverTime) -> tuple[str, ...]:
    more = len(result.notes) - _MOST_NOTES
    return (
        f"Each window is compared with {result.against or 'the profile of the training data'}.",
        "A column drifted in it if its effect is above the threshold and its p-value, corrected over all columns and "
        f"windows together, is below {words.short(result.alpha)}.",
        effect_said([c for w in result.windows for c in w.columns]),
        *enough_said(result, _plural(result), result.rows_needed),
        *([result.thresholds] if result.thresholds else []),
        *result.notes[:_MOST_NOTES],
        *((f"{more} more; --json has all.",) if more > 0 else ()),
    )

"""Which columns drifted, how far, whether the model uses them, and what their values look like now."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.drift.results import ColumnDrift, DriftReport
from ipymlops.views import words
from ipymlops.views.cards.drift import against
from ipymlops.views.cards.drift_columns import ordered, ratio, severity
from ipymlops.views.charts import picked
from ipymlops.views.charts.shapes import answers_chart, shapes_chart
from ipymlops.views.charts.style import CURRENT, GREY, HOST_TEXT, NOTABLE, REFERENCE, WIDTH, data, finished, title

MOST_COLUMNS = 20
_LONGEST_LABEL, _CUT_AT = 160, 136  # px: its room, and where it is cut, as fonts of browsers are wider
_STATES = ("no drift", "drifted, hardly used", "drifted")
_COLORS = (GREY, NOTABLE, CURRENT)
_SHAPES = ("circle", "diamond", "triangle-up")


def drift_charts(result: DriftReport) -> tuple[Any, ...]:
    """Predictions and labels where asked for, effects of the columns and a picked one's values, the worst three."""
    about = f"{words.version_ref(result.model, result.version)} on {result.data}"
    answers = answers_chart(result)
    first = () if answers is None else (finished(answers, f"Predictions and labels, held-out and current, {about}"),)
    return (*first, *_of_columns(result, f"{about}{against(result)}"))


def _of_columns(result: DriftReport, about: str) -> tuple[Any, ...]:
    if not result.columns:
        return ()
    effects = finished(effects_chart(result), f"Drift by column, {about}: {_finding(result)}")
    shapes = shapes_chart(result)
    if shapes is None:
        return (effects,)
    return (effects, finished(shapes, f"Distributions of {result.against or 'training'} and current data, {about}"))


def effects_chart(result: DriftReport) -> Any:
    """A dot with its interval for each column, in multiples of its threshold; beside it, the use by the model."""
    shown = ordered(result.columns)[:MOST_COLUMNS]
    rows = [_row(c) for c in shown]
    order = [r["column"] for r in rows]
    known = any(c.importance is not None for c in shown)
    width = WIDTH - _label_width(order) - 20 - (146 if known else 0)
    drawn = picked.can_be_picked(shown)
    chosen = picked.selection(drawn) if drawn else None
    panel = _effects(rows, order, width)
    if chosen is not None:
        panel = alt.layer(picked.rows_to_click(chosen, drawn, order), *panel.layer).properties(
            width=width, height=alt.Step(20)
        )
    both = alt.hconcat(panel, _use(rows, order), spacing=16) if known else panel
    if chosen is not None:
        below = picked.picked_panel(chosen, drawn, result.against or "training", WIDTH - _label_width(order) - 20)
        both = alt.vconcat(both, below).resolve_scale(
            color="independent", shape="independent", strokeDash="independent"
        )
    return both.properties(title=title(_finding(result), _subtitle(result, len(shown)), WIDTH))


def _label_width(names: list[str]) -> int:
    return min(_LONGEST_LABEL, 7 * max((len(n) for n in names), default=0))


def _finding(result: DriftReport) -> str:
    names = [c.column for c in ordered(result.columns) if c.drifted]
    if not names:
        return "No column is above its threshold" if result.enough else "Too few rows to tell"
    matter = [c.column for c in ordered(result.columns) if severity(c) == 2]
    if matter:
        return f"{words.listed(matter)} drifted"
    return f"{words.listed(names)} drifted, and the model hardly uses {'it' if len(names) == 1 else 'them'}"


def _subtitle(result: DriftReport, shown: int) -> str:
    total = len(result.columns)
    which = f"{shown} of {total} columns, what matters first" if shown < total else "What matters first"
    return (
        f"{which}; {words.count(result.current_rows, 'row')} of {result.data} "
        f"against {result.reference_rows:,} of {result.against or 'training'}"
    )


def _row(c: ColumnDrift) -> dict[str, Any]:
    scale = c.threshold if c.threshold > 0 else 1.0
    return {
        "column": c.column,
        "state": _STATES[severity(c)],
        "ratio": ratio(c),
        "low": c.effect_low / scale,
        "high": c.effect_high / scale,
        "effect": words.number(c.effect),
        "importance": c.importance,
        "percent": words.percent(c.importance) if c.importance is not None else "not known",
    }


def _effects(rows: list[dict[str, Any]], order: list[str], width: int) -> Any:
    y = alt.Y("column:N", sort=order, title=None, axis=alt.Axis(labelLimit=_CUT_AT, grid=False))
    x = alt.X("ratio:Q", title="effect, in multiples of its threshold", scale=alt.Scale(domainMin=0, nice=True))
    states = list(_STATES)
    legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1)
    color = alt.Color("state:N", scale=alt.Scale(domain=states, range=list(_COLORS)), legend=legend)
    shape = alt.Shape("state:N", scale=alt.Scale(domain=states, range=list(_SHAPES)), legend=legend)
    base = alt.Chart(data(rows))
    stems = base.mark_rule(strokeWidth=1, opacity=0.5).encode(x=x, x2=alt.datum(0), y=y, color=color)
    ranges = base.mark_rule(strokeWidth=4, opacity=0.45).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=color)
    dots = base.mark_point(filled=True, opacity=1, size=75).encode(
        x=x, y=y, color=color, shape=shape, tooltip=["column:N", "state:N", "effect:N", "percent:N"]
    )
    limit = alt.Chart(data([{"at": 1}])).mark_rule(strokeDash=[4, 4], color=GREY).encode(x="at:Q")
    return (limit + stems + ranges + dots).properties(width=width, height=alt.Step(20))


def _use(rows: list[dict[str, Any]], order: list[str]) -> Any:
    """How much of the model's permutation importance rests on each column."""
    largest = max((r["importance"] or 0.0 for r in rows), default=0.0) or 1.0
    y = alt.Y("column:N", sort=order, title=None, axis=alt.Axis(labels=False, ticks=False, grid=False))
    base = alt.Chart(data(rows)).encode(y=y)
    x = alt.X(
        "importance:Q",
        title="used by the model",
        scale=alt.Scale(domain=[0, largest * 1.45], nice=False),
        axis=alt.Axis(format="%", tickCount=3, labelOverlap=True, labelSeparation=6),
    )
    bars = base.mark_bar(color=REFERENCE, opacity=0.8, height={"band": 0.55}).encode(x=x)
    texts = base.mark_text(color=HOST_TEXT, align="left", dx=4, fontSize=11).encode(x=x, text="percent:N")
    return (bars + texts).properties(width=120, height=alt.Step(20))

"""Each figure of each group, as dots with intervals."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import Estimate, Evaluation, Fairness
from ipymlops.views import words
from ipymlops.views.cards.fairness import gaps_in_words
from ipymlops.views.charts.style import CURRENT, GREY, REFERENCE, WIDTH, axis_text, data, title

_KINDS = ("part of a gap", "other", "too few rows")
_COLORS = (CURRENT, REFERENCE, GREY)
_SHAPES = ("triangle-up", "circle", "cross")


def fairness_chart(result: Evaluation, found: Fairness) -> Any:
    """A panel a figure, a dot with its interval for each group."""
    ends = {(gap.metric, group) for gap in found.certain for group in (gap.highest, gap.lowest)}
    rows = [
        _row(g.group, e, _KINDS[2 if e.n_rows < found.fewest else 0 if (e.name, g.group) in ends else 1])
        for g in found.groups
        for e in g.figures
        if e.n_rows
    ]
    figures = list(dict.fromkeys(row["metric"] for row in rows))
    unit = found.groups[0].figures[0].unit
    rate = not unit
    scale = alt.Scale(domain=[0, 1], nice=False) if rate else alt.Scale(zero=False, nice=True)
    x = alt.X("value:Q", title=axis_text(unit) or None, scale=scale, axis=alt.Axis(tickCount=3))
    order = [g.group for g in found.groups]
    y = alt.Y("group:N", sort=order, title=None, axis=alt.Axis(labelLimit=130))
    kinds = [kind for kind in _KINDS if any(row["kind"] == kind for row in rows)]
    at = [_KINDS.index(kind) for kind in kinds]
    legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1)
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[_COLORS[i] for i in at]), legend=legend)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[_SHAPES[i] for i in at]), legend=legend)
    base = alt.Chart()
    ranges = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=color)
    dots = base.mark_point(filled=True, opacity=1, size=60).encode(
        x=x, y=y, color=color, shape=shape, tooltip=["group:N", "metric:N", "figure:N", "rows:N"]
    )
    header = alt.Header(title=None, labelFontSize=11, labelFontWeight="bold")
    layers = alt.layer(ranges, dots, data=data(rows)).properties(width=440 // len(figures), height=alt.Step(22))
    made = layers.facet(column=alt.Column("metric:N", sort=figures, title=None, header=header), spacing=12)
    drawn = f"{words.count(result.n_rows, 'row')} of {result.data}; bars: {words.level(found.level)} intervals"
    shown = title(gaps_in_words(found).rstrip("."), drawn, WIDTH)
    return (made if rate else made.resolve_scale(x="independent")).properties(title=shown)


def _row(group: str, e: Estimate, kind: str) -> dict[str, Any]:
    known = e.low == e.low
    return {
        "group": group,
        "metric": words.metric(e.name),
        "kind": kind,
        "value": e.value,
        "low": e.low if known else e.value,
        "high": e.high if known else e.value,
        "figure": words.interval(e.value, e.low, e.high, e.unit),
        "rows": f"{e.n_rows:,}",
    }

"""Weak slices against the rest of the rows, each with its interval."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import Estimate, Evaluation, SliceSearch
from ipymlops.views import words
from ipymlops.views.cards.slices import by_probabilities, worst_slice
from ipymlops.views.charts.style import CURRENT, REFERENCE, WIDTH, axis_text, data, title

_AGAINST_REST = ("in the slice", "on the rest")
_PUT_RIGHT = ("as it is", "probabilities put right")


def slices_chart(result: Evaluation, search: SliceSearch) -> Any:
    """Two dots a slice: the figure in it, and on the rest, or with its probabilities put right."""
    sides = _PUT_RIGHT if by_probabilities(search) else _AGAINST_REST
    rows = [row for s in search.found for row in (_row(s.rule, sides[0], s.here), _row(s.rule, sides[1], s.beside))]
    unit = search.found[0].here.unit
    name = axis_text(words.metric(search.metric) + (f", {unit}" if unit else ""))
    base = alt.Chart(data(rows))
    axis = alt.Axis(labelLimit=230)
    y = alt.Y("slice:N", sort=[s.rule for s in search.found], title=None, axis=axis)
    offset = alt.YOffset("side:N", sort=list(sides))
    x = alt.X("value:Q", title=f"{name} (less is better)", scale=alt.Scale(zero=False, nice=True))
    legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1)
    color = alt.Color("side:N", scale=alt.Scale(domain=list(sides), range=[CURRENT, REFERENCE]), legend=legend)
    shape = alt.Shape("side:N", scale=alt.Scale(domain=list(sides), range=["triangle-up", "circle"]), legend=legend)
    ranges = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y, yOffset=offset, color=color)
    dots = base.mark_point(filled=True, opacity=1, size=60).encode(
        x=x, y=y, yOffset=offset, color=color, shape=shape, tooltip=["slice:N", "side:N", "figure:N", "rows:N"]
    )
    drawn = f"{words.count(search.measured_rows, 'row')} of {result.data} that took no part in the search"
    subtitle = f"{drawn}; bars: {words.level(search.level)} intervals"
    found = worst_slice(search).rstrip(".")
    return (ranges + dots).properties(width=340, height=alt.Step(18), title=title(found, subtitle, WIDTH))


def _row(rule: str, side: str, e: Estimate) -> dict[str, Any]:
    known = e.low == e.low
    return {
        "slice": rule,
        "side": side,
        "value": e.value,
        "low": e.low if known else e.value,
        "high": e.high if known else e.value,
        "figure": words.interval(e.value, e.low, e.high),
        "rows": f"{e.n_rows:,}",
    }

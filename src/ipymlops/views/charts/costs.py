"""The expected cost of a row at each threshold."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import Costs, Evaluation
from ipymlops.views import words
from ipymlops.views.cards.costs import costs_in_words, prices_in_words
from ipymlops.views.charts.style import CURRENT, GREY, REFERENCE, WIDTH, data, title

_MARKS = ("best threshold", "the model's own labels")


def costs_chart(result: Evaluation, found: Costs) -> Any:
    """The curve, and on it what the best threshold and the model's own labels cost, with intervals."""
    points = [{"threshold": c.threshold, "cost": c.cost} for c in found.curve]
    x = alt.X("threshold:Q", title="threshold of the score", scale=alt.Scale(nice=True, zero=False))
    y = alt.Y("cost:Q", title="expected cost of a row", scale=alt.Scale(zero=True, nice=True))
    curve = alt.Chart(data(points)).mark_line(color=GREY, strokeWidth=2).encode(x=x, y=y, order="threshold:Q")
    ends = ((_MARKS[0], found.best_threshold, found.best), (_MARKS[1], found.own_threshold, found.own))
    marked = [
        {"kind": kind, "threshold": at, "cost": e.value, "low": e.low, "high": e.high,
         "figure": words.interval(e.value, e.low, e.high)}
        for kind, at, e in ends
        if at is not None
    ]  # fmt: skip
    layers = [curve]
    if marked:
        kinds = [row["kind"] for row in marked]
        at = [_MARKS.index(kind) for kind in kinds]
        legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1)
        colors, shapes = [(CURRENT, REFERENCE)[i] for i in at], [("triangle-up", "circle")[i] for i in at]
        color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=colors), legend=legend)
        shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=shapes), legend=legend)
        base = alt.Chart(data(marked))
        layers.append(base.mark_rule(strokeWidth=2).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=color))
        layers.append(
            base.mark_point(filled=True, opacity=1, size=70).encode(
                x=x, y=y, color=color, shape=shape, tooltip=["kind:N", "threshold:Q", "figure:N"]
            )
        )
    prices = prices_in_words(result, found)
    level = words.level(found.best.level)
    subtitle = f"{words.count(result.n_rows, 'row')} of {result.data}; {prices}; bars: {level} intervals"
    shown = title(costs_in_words(found, result.positive).rstrip("."), subtitle, WIDTH)
    return alt.layer(*layers).properties(width=540, height=220, title=shown)

"""Predicted against true values, and how the errors spread."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import Evaluation, Residuals
from ipymlops.views import words
from ipymlops.views.charts.style import GREY, PANEL, REFERENCE, axis_text, data, panel_title


def panels(result: Evaluation) -> list[Any]:
    """Scatter and histogram, side by side."""
    residuals = result.residuals
    if residuals is None:
        return []
    drawn = [_scatter(result, residuals)] if residuals.points else []
    return [*drawn, _histogram(result, residuals)] if residuals.counts else drawn


def _unit(result: Evaluation) -> str:
    unit = next((m.unit for m in result.metrics if m.name in ("rmse", "mae") and m.unit), "")
    return axis_text(f" ({unit})") if unit else ""


def _scatter(result: Evaluation, residuals: Residuals) -> Any:
    head = result.headline
    found = f"{words.metric(head.name)} is {words.interval(head.value, head.low, head.high, head.unit)}"
    low = min(min(p) for p in residuals.points)
    high = max(max(p) for p in residuals.points)
    scale = alt.Scale(domain=[low, high], nice=True, zero=False)
    x = alt.X("predicted:Q", title=f"predicted{_unit(result)}", scale=scale)
    y = alt.Y("true:Q", title=f"true{_unit(result)}", scale=scale)
    dots = (
        alt.Chart(data({"predicted": p, "true": t} for p, t in residuals.points))
        .mark_circle(color=REFERENCE, opacity=0.45, size=18)
        .encode(x=x, y=y)
    )
    ideal = (
        alt.Chart(data({"predicted": v, "true": v} for v in (low, high)))
        .mark_line(color=GREY, strokeDash=[4, 4])
        .encode(x=x, y=y)
    )
    shown = words.count(len(residuals.points), "row")
    subtitle = f"{shown} of {result.n_rows:,}, evenly by rank; dashed: perfect"
    return (dots + ideal).properties(
        width=PANEL, height=PANEL, title=panel_title(found[0].upper() + found[1:], subtitle)
    )


def _histogram(result: Evaluation, residuals: Residuals) -> Any:
    edges, counts = residuals.edges, residuals.counts
    rows = [{"from": a, "to": b, "n": n} for a, b, n in zip(edges, edges[1:], counts, strict=False)]
    bars = (
        alt.Chart(data(rows))
        .mark_bar(color=REFERENCE, opacity=0.75)
        .encode(
            x=alt.X("from:Q", bin="binned", title=f"true minus predicted{_unit(result)}", axis=alt.Axis(tickCount=6)),
            x2="to:Q",
            y=alt.Y("n:Q", title="rows"),
        )
    )
    zero = alt.Chart(data([{"at": 0}])).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x="at:Q")
    low, high = residuals.quantiles[0], residuals.quantiles[-1]
    unit = f" {result.headline.unit}" if result.headline.unit else ""
    found = f"9 of 10 errors lie between {words.number(low)} and {words.number(high)}{unit}"
    subtitle = f"{words.count(result.n_rows, 'row')} of {result.data}; dashed: no error"
    return (bars + zero).properties(width=PANEL, height=PANEL, title=panel_title(found, subtitle))

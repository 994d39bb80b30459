"""The estimate over time with its interval, what was expected, and what labels showed."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.label_free.results import PerformanceEstimate, WindowEstimate
from ipymlops.views import words
from ipymlops.views.cards.estimate import estimate_verdict
from ipymlops.views.charts.style import CURRENT, GREY, REFERENCE, WIDTH, axis_text, data, finished, title

_STATES = ("estimated, as expected", "estimated, alert", "shown by labels")
_COLORS = (REFERENCE, CURRENT, "#009E73")
_SHAPES = ("circle", "triangle-up", "diamond")


def estimate_charts(result: PerformanceEstimate) -> tuple[Any, ...]:
    """The deciding metric window by window; nothing where there is one window only: a number says that."""
    windows = result.of(result.primary)
    if len(windows) < 2:
        return ()
    about = f"Estimated {words.metric(result.primary)} of {words.version_ref(result.model, result.version)}"
    return (finished(estimate_chart(result, windows), f"{about} on {result.data}: {estimate_verdict(result)}"),)


def estimate_chart(result: PerformanceEstimate, windows: tuple[WindowEstimate, ...]) -> Any:
    """A dot with its interval for each window; the grey band is what the benchmark leads one to expect."""
    rows = [_row(w) for w in windows]
    shown = [*rows, *(_labels(w) for w in windows if w.realized is not None)]
    order = [w.window for w in windows]
    axis = alt.Axis(labelAngle=0 if len(order) < 9 else -45, grid=False, labelOverlap="greedy")
    x = alt.X(
        "window:N",
        sort=order,
        title=result.by and axis_text(f"window ({result.by}{', UTC' if result.zone else ''})"),
        axis=axis,
    )
    unit = result.reference[0].unit
    name = axis_text(words.metric(result.primary) + (f", {unit}" if unit else ""))
    y = alt.Y("value:Q", title=name, scale=alt.Scale(zero=False, nice=True))
    kinds = [kind for kind in _STATES if any(row["kind"] == kind for row in shown)]
    at = [_STATES.index(kind) for kind in kinds]
    legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1)
    color = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[_COLORS[i] for i in at]), legend=legend)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[_SHAPES[i] for i in at]), legend=legend)
    base = alt.Chart(data(shown))
    band = (
        alt.Chart(data(rows))
        .mark_bar(color=GREY, opacity=0.22, width={"band": 0.9})
        .encode(x=x, y=alt.Y("low_limit:Q", title=name), y2="high_limit:Q")
    )
    ranges = base.mark_rule(strokeWidth=3, opacity=0.5).encode(x=x, y="low:Q", y2="high:Q", color=color)
    dots = base.mark_point(filled=True, opacity=1, size=70).encode(
        x=x, y=y, color=color, shape=shape, tooltip=["window:N", "kind:N", "figure:N", "rows:N"]
    )
    drawn = f"grey: expected from the benchmark; bars: {words.level(windows[0].estimate.level)} intervals"
    subtitle = f"{words.count(result.n_rows, 'row')} of {result.data}; {drawn}"
    found = estimate_verdict(result).rstrip(".")
    return (band + ranges + dots).properties(width=540, height=230, title=title(found, subtitle, WIDTH))


def _row(w: WindowEstimate) -> dict[str, Any]:
    e = w.estimate
    return {
        "window": w.window,
        "kind": _STATES[_is_worse(w)],
        "value": e.value,
        "low": e.low,
        "high": e.high,
        "low_limit": w.low_limit,
        "high_limit": w.high_limit,
        "figure": words.interval(e.value, e.low, e.high),
        "rows": f"{e.n_rows:,}",
    }


def _labels(w: WindowEstimate) -> dict[str, Any]:
    assert w.realized is not None
    value = w.realized.value
    figure = words.number(value)
    rows = f"{w.realized.n_rows:,}"
    return {
        "window": w.window, "kind": _STATES[2], "value": value, "low": value, "high": value, "figure": figure,
        "rows": rows,
    }  # fmt: skip


def _is_worse(w: WindowEstimate) -> bool:
    e = w.estimate
    return e.value < w.low_limit if e.greater_is_better else e.value > w.high_limit

"""The difference of two versions with its interval, against zero and the margin that is accepted."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import Comparison
from ipymlops.retraining.results import Retraining
from ipymlops.views import words
from ipymlops.views.charts.style import (
    CURRENT,
    GOOD,
    GREY,
    HOST_TEXT,
    REFERENCE,
    WIDTH,
    axis_text,
    data,
    finished,
    title,
)

_COLORS = {"better": GOOD, "not worse": REFERENCE, "worse": CURRENT, "cannot tell": GREY}


def comparison_charts(result: Comparison) -> tuple[Any, ...]:
    """One picture."""
    return (finished(difference_chart(result), f"Difference of {result.candidate} to {result.champion}"),)


def retraining_charts(result: Retraining) -> tuple[Any, ...]:
    """Of its comparison, if it came to one."""
    return comparison_charts(result.comparison) if result.comparison else ()


def difference_chart(result: Comparison) -> Any:
    """A dot with its interval; the grey band is what counts as not worse."""
    reach = max(abs(result.low), abs(result.high), abs(result.difference), result.margin) * 1.15 or 1.0
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(format="+~g", tickCount=7)
    x = alt.X(
        "at:Q", scale=scale, axis=axis, title=axis_text(f"difference in {words.metric(result.metric)}: right is better")
    )
    band = alt.Chart(data([{"at": -result.margin, "to": 0}])).mark_rect(color=GREY, opacity=0.22).encode(x=x, x2="to:Q")
    zero = alt.Chart(data([{"at": 0}])).mark_rule(color=GREY).encode(x="at:Q")
    layers = [band, zero, *_estimate(result)]
    return alt.layer(*layers).properties(
        width=560, height=70, title=title(words.sentence(result.words).rstrip("."), _subtitle(result), WIDTH)
    )


def _estimate(result: Comparison) -> list[Any]:
    color = _COLORS[result.verdict]
    row = {"at": result.difference, "low": result.low, "high": result.high, "text": _figures(result)}
    base = alt.Chart(data([row])).encode(y=alt.value(38))
    interval = base.mark_rule(strokeWidth=3, color=color).encode(x="low:Q", x2="high:Q")
    dot = base.mark_point(filled=True, opacity=1, size=110, color=color).encode(x="at:Q")
    text = base.mark_text(color=HOST_TEXT, dy=-16, fontSize=12).encode(x="at:Q", text="text:N")
    return [interval, dot, text]


def _figures(result: Comparison) -> str:
    places = words.decimals(result.difference, result.low, result.high)
    range_ = words.span(result.low, result.high, places=places)
    return f"{words.signed(result.difference, places=places)} ({range_})"


def _subtitle(result: Comparison) -> str:
    drawn = f"{words.level(result.level)} interval, {words.count(result.n_rows, 'row')}"
    accepted = f"grey: a loss of up to {words.short(result.margin)}, accepted as not worse"
    return f"{result.candidate} minus {result.champion}, {drawn}; {accepted}"

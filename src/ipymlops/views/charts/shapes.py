"""Small multiples: the training data's distribution and the current one, column by column."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from ipymlops.drift.results import ColumnDrift, DriftReport, Shape
from ipymlops.drift.shapes import OTHER
from ipymlops.views import words
from ipymlops.views.cards.drift_columns import ordered, unit
from ipymlops.views.charts.style import CURRENT, REFERENCE, WIDTH, data, title

MOST = 3
MOST_CATEGORIES = 6
SIDES = ("training", "current")
COLORS = alt.Scale(domain=list(SIDES), range=[REFERENCE, CURRENT])
_WIDTH, _HEIGHT = 152, 105
_GAP = 70  # holds the labels of a category axis; panels stay in columns


def shapes_chart(result: DriftReport) -> Any | None:
    """The worst three columns that have a shape; None if none has."""
    shown = [c for c in ordered(result.columns) if c.shape and c.shape.reference][:MOST]
    if not shown:
        return None
    subtitle = (
        f"Shares of rows; blue, solid: {words.count(result.reference_rows, 'row')} of {result.against or 'training'}; "
        f"vermilion, dashed: {words.count(result.current_rows, 'row')} of {result.data}"
    )
    return _grid(shown, _finding(shown, result.against), subtitle)


def answers_chart(result: DriftReport) -> Any | None:
    """What the model says, and what is true, against the held-out rows; None where neither was asked."""
    found = result.held_out
    shown = [c for c in (found.prediction, found.target) if c and c.shape] if found else []
    if not found or not shown:
        return None
    drifted = [c.column for c in shown if c.drifted]
    told = f"{' and '.join(drifted).capitalize()} drifted" if drifted else "Answers look as they did on held-out rows"
    subtitle = f"Shares of rows; blue, solid: held-out rows; vermilion, dashed: rows of {result.data}"
    return _grid(shown, told, subtitle)


def _grid(shown: list[ColumnDrift], found: str, subtitle: str) -> Any:
    panels = [_panel(c, last=i == len(shown) - 1) for i, c in enumerate(shown)]
    rows = [_row(panels[i : i + 3]) for i in range(0, len(panels), 3)]
    grid = alt.vconcat(*rows, spacing=14).resolve_scale(yOffset="independent")
    width = min(max(len(shown), 2) * (_WIDTH + _GAP) - _GAP, WIDTH)  # of the panels: a longer title is cut off
    return grid.properties(title=title(found, subtitle, width))


def _row(panels: list[Any]) -> Any:
    return alt.hconcat(*panels, spacing=_GAP, bounds="flush").resolve_scale(yOffset="independent")


def _finding(shown: list[ColumnDrift], against: str) -> str:
    drifted = [c for c in shown if c.drifted]
    if not drifted:
        return f"Current values look like {against or 'the training data'}"
    worst = drifted[0]
    return f"How {worst.column} {'and others ' if len(drifted) > 1 else ''}changed since {against or 'training'}"


def _panel(c: ColumnDrift, *, last: bool) -> Any:
    assert c.shape is not None
    drawn = _bars(c.shape) if c.shape.labels else _steps(c.shape)
    mark = "drifted" if c.drifted else "no drift"
    of = {"lengths": ", characters of texts", "words": ", shares of words"}.get(c.aspect, "")
    subtitle = f"{mark}, effect {words.number(c.effect)}{unit(c)}{of}"
    return drawn.properties(width=_WIDTH, height=_HEIGHT, title=_small_title(c.column, subtitle))


def _small_title(text: str, subtitle: str) -> alt.TitleParams:
    short = text if len(text) <= 20 else text[:18] + "..."
    return alt.TitleParams(
        text=short, subtitle=subtitle, anchor="start", frame="group", fontSize=12, fontWeight=600,
        subtitleFontSize=11, offset=4,
    )  # fmt: skip


def _color() -> alt.Color:
    return alt.Color("side:N", scale=COLORS, legend=None)


def _steps(shape: Shape) -> Any:
    """Outlines of two histograms; heights are shares a unit of width, so unequal bins compare."""
    rows = step_rows(shape)
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=list(SIDES), range=[[1, 0], [5, 2]]), legend=None)
    axis = alt.Axis(tickCount=4, grid=False)
    values = alt.X("at:Q", title=None, scale=alt.Scale(nice=False, zero=False), axis=axis)
    return (
        alt.Chart(data(rows))
        .mark_line(interpolate="step-after", strokeWidth=1.75, strokeJoin="round")
        .encode(
            x=values,
            y=alt.Y("height:Q", title=None, axis=None),
            color=_color(),
            strokeDash=dash,
        )
    )


def step_rows(shape: Shape) -> list[dict[str, Any]]:
    """Corner points of both outlines, from zero back to zero."""
    bins = _finite_bins(shape)
    if not bins:
        return []
    rows = []
    for side, index in (("training", 2), ("current", 3)):
        rows.append({"side": side, "at": bins[0][0], "height": 0.0})
        rows += [{"side": side, "at": b[0], "height": b[index] / (b[1] - b[0])} for b in bins]
        rows.append({"side": side, "at": bins[-1][1], "height": 0.0})
    return rows


def _finite_bins(shape: Shape) -> list[tuple[float, float, float, float]]:
    pairs = zip(shape.edges, shape.edges[1:], shape.reference, shape.current, strict=False)
    return [p for p in pairs if math.isfinite(p[0]) and math.isfinite(p[1]) and p[1] > p[0]]


def _bars(shape: Shape) -> Any:
    """Two thin bars a category, the largest categories first, the rest as one."""
    rows, order = bar_rows(shape)
    return (
        alt.Chart(data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=62, grid=False, ticks=False)),
            yOffset=alt.YOffset("side:N", sort=list(SIDES), scale=alt.Scale(paddingInner=0.05)),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="%", tickCount=3)),
            color=_color(),
        )
    )


def bar_rows(shape: Shape, most: int = MOST_CATEGORIES) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows for both sides and the order of the labels: the largest ``most``, and the rest as one."""
    triples = sorted(zip(shape.labels, shape.reference, shape.current, strict=False), key=lambda t: -max(t[1], t[2]))
    named = [t for t in triples if t[0] != OTHER]
    kept, rest = named[:most], [*named[most:], *(t for t in triples if t[0] == OTHER)]
    if rest:
        kept.append(("the rest", sum(t[1] for t in rest), sum(t[2] for t in rest)))
    rows = [
        {"label": label, "side": side, "share": share}
        for label, reference, current in kept
        for side, share in (("training", reference), ("current", current))
    ]
    return rows, [t[0] for t in kept]

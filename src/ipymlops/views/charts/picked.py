"""One column of a drift list, picked by a click: its distribution in training and in current data.

Numbers and categories share one picture: both are drawn on axes from 0 to 1, and their own values are written as text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np

from ipymlops.drift.results import ColumnDrift, Shape
from ipymlops.views import words
from ipymlops.views.cards.drift_columns import unit
from ipymlops.views.charts.bundle import LIVE
from ipymlops.views.charts.shapes import COLORS, SIDES, bar_rows, step_rows
from ipymlops.views.charts.style import GREY, HOST_TEXT, data, title

_PICKED = "picked_column"
_HEIGHT, _TOP, _BOTTOM = 150, 1.2, -0.3  # px; room for the words above and for the values below, in heights
_TICKS, _BARS = 6, 4
_LABEL = 16  # characters below a bar


def can_be_picked(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    """Those that have something to draw."""
    return [c for c in columns if c.shape and c.shape.reference and (c.shape.labels or step_rows(c.shape))]


def selection(columns: Sequence[ColumnDrift]) -> Any:
    """One column at a time, the first of them before anything is clicked."""
    first = [{"column": columns[0].column}]
    return alt.selection_point(name=_PICKED, fields=["column"], on="click", clear=False, empty=False, value=first)


def rows_to_click(picked: Any, columns: Sequence[ColumnDrift], order: list[str]) -> Any:
    """A band behind each column of the list; that of the picked one is seen."""
    y = alt.Y("column:N", sort=order, title=None)
    return (
        alt.Chart(data({"column": c.column} for c in columns))
        .mark_bar(color=GREY, cursor="pointer", height={"band": 1})
        .encode(y=y, opacity=alt.condition(picked, alt.value(0.22), alt.value(0.0001)), tooltip=alt.value(None))
        .properties(name=f"{LIVE}rows")
        .add_params(picked)
    )


def picked_panel(picked: Any, columns: Sequence[ColumnDrift], reference: str, width: int) -> Any:
    """Both distributions of the picked column."""
    across = alt.Scale(domain=[0, 1], nice=False)
    up = alt.Scale(domain=[_BOTTOM, _TOP], nice=False)
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=up, axis=None)
    color = alt.Color("side:N", scale=COLORS, legend=None)
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=list(SIDES), range=[[1, 0], [5, 2]]), legend=None)

    def only(rows: Iterator[dict[str, Any]]) -> Any:
        return alt.Chart(data(rows)).transform_filter(picked)

    corners = only(row for c in columns for row in _outline(c)).transform_calculate(
        xs="split(datum.xs, ' ')", ys="split(datum.ys, ' ')"
    )
    lines = (
        corners.transform_flatten(["xs", "ys"])
        .transform_calculate(x="toNumber(datum.xs)", y="toNumber(datum.ys)")
        .mark_line(interpolate="step-after", strokeWidth=1.75)
    )
    bars = only(row for c in columns for row in _rectangles(c)).mark_rect()
    values = only(row for c in columns for row in _values(c)).mark_text(
        baseline="top", dy=5, fontSize=11, lineBreak="\n"
    )
    said = only({"column": c.column, "x": 0.0, "y": _TOP, "text": _said(c)} for c in columns)
    ground = alt.Chart(data([{"y": 0.0}])).mark_rule(color=GREY).encode(y=y)
    shown = alt.layer(
        ground,
        lines.encode(x=x, y=y, color=color, strokeDash=dash),
        bars.encode(x=x, x2="x2:Q", y=y, y2=alt.datum(0), color=color),
        values.encode(x=x, y=y, text="text:N", color=alt.value(HOST_TEXT)),
        said.mark_text(align="left", baseline="top", fontSize=12, fontWeight=600).encode(
            x=x, y=y, text="text:N", color=alt.value(HOST_TEXT)
        ),
    )
    heading = title("Click a column above to see its values", f"Blue: {reference}; vermilion, dashed: current", width)
    heading.frame = "group"
    return shown.properties(name=f"{LIVE}picked", width=width, height=_HEIGHT, title=heading)


def _said(c: ColumnDrift) -> str:
    name = c.column if len(c.column) <= 40 else c.column[:38] + "..."
    of = {"lengths": ", characters of texts", "words": ", shares of words"}.get(c.aspect, "")
    return f"{name}: {'drifted' if c.drifted else 'no drift'}, effect {words.number(c.effect)}{unit(c)}{of}"


def _outline(c: ColumnDrift) -> Iterator[dict[str, Any]]:
    """Two histograms as lines, their heights as shares of the highest bar. The corners are two texts, as a notebook
    stores a line for each number of a list."""
    corners = [] if not c.shape or c.shape.labels else step_rows(c.shape)
    low, span = _range(corners)
    most = max((r["height"] for r in corners), default=0.0) or 1.0
    for side in SIDES if corners else ():
        own = [((r["at"] - low) / span, r["height"] / most) for r in corners if r["side"] == side]
        xs, ys = (" ".join(f"{value:.3g}" for value in values) for values in zip(*own, strict=True))
        yield {"column": c.column, "side": side, "xs": xs, "ys": ys}


def _rectangles(c: ColumnDrift) -> Iterator[dict[str, Any]]:
    """Two bars a category, next to each other."""
    rows, order = _categories(c.shape)
    most = max((r["share"] for r in rows), default=0.0) or 1.0
    for row in rows:
        left = (order.index(row["label"]) + (0.1 if row["side"] == SIDES[0] else 0.5)) / len(order)
        right = left + 0.4 / len(order)
        yield {
            "column": c.column, "side": row["side"], "x": round(left, 4), "x2": round(right, 4),
            "y": round(row["share"] / most, 4),
        }  # fmt: skip


def _values(c: ColumnDrift) -> Iterator[dict[str, Any]]:
    """What stands below: a few values of a number or a time, the name of each category with both shares."""
    rows, order = _categories(c.shape)
    for i, label in enumerate(order):
        shares = " → ".join(words.percent(r["share"]) for r in rows if r["label"] == label)
        name = label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"
        yield {"column": c.column, "x": round((i + 0.5) / len(order), 4), "y": 0.0, "text": f"{name}\n{shares}"}
    corners = [] if order or not c.shape else step_rows(c.shape)
    low, span = _range(corners)
    for value in _ticks(low, low + span) if corners else ():
        text = str(np.datetime64(int(value), "s"))[:10] if c.kind == "datetime" else words.short(value)
        yield {"column": c.column, "x": round((value - low) / span, 4), "y": 0.0, "text": text}


def _categories(shape: Shape | None) -> tuple[list[dict[str, Any]], list[str]]:
    return bar_rows(shape, _BARS) if shape and shape.labels else ([], [])


def _range(corners: list[dict[str, Any]]) -> tuple[float, float]:
    at = [r["at"] for r in corners]
    return (min(at), (max(at) - min(at)) or 1.0) if at else (0.0, 1.0)


def _ticks(low: float, high: float) -> list[float]:
    """Round values between the ends: about four."""
    raw = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw)
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]

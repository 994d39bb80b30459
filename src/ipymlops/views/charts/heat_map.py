"""Columns against parts of the data (windows, segments): how far each column was from its reference in each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from ipymlops.drift.results import ColumnDrift
from ipymlops.views import words
from ipymlops.views.cards.drift_columns import ratio, severity
from ipymlops.views.charts.style import CURRENT, GREY, WIDTH, axis_text, data

_LONGEST_LABEL, _CUT_AT = 160, 136  # px: its room, and where it is cut, as fonts of browsers are wider
PADDING = {"left": 16, "top": 5, "right": 5, "bottom": 5}  # browsers' fonts are wider than those of the layout
_DEEPEST = 4.0  # multiples of the threshold from which the colour says no more
# Darker is further, to every kind of colour vision; what was decided is said by a mark.
_RANGE = ("#F5F5F5", "#FAD7B8", CURRENT)
_MARKS = {
    "drifted": "triangle-up",
    "drifted, hardly used": "diamond",
    "missing values changed": "square",
    "infinite values changed": "square",
    "too few rows": "circle",
    "not compared": "cross",
}


def heat_map(
    cells: Sequence[dict[str, Any]], names: Sequence[str], parts: Sequence[str], across: str, said: str
) -> Any:
    """A cell for each column and part, in multiples of the threshold, with a mark where something is to be known.

    ``across`` is the field of the cells that names the part, ``said`` what the axis calls it."""
    angle = 0 if len(parts) < 9 and max(map(len, parts)) < 9 else -45
    x = alt.X(f"{across}:N", sort=list(parts), title=axis_text(said),
              axis=alt.Axis(labelAngle=angle, labelOverlap="greedy", grid=False))  # fmt: skip
    y = alt.Y("column:N", sort=list(names), title=None, axis=alt.Axis(labelLimit=_CUT_AT, grid=False))
    tip = ["column:N", f"{across}:N", "effect:N", "threshold:N", "mark:N", "rows:N"]
    base = alt.Chart(data(cells)).encode(x=x, y=y, tooltip=tip)
    drawn = base.mark_rect(stroke="#88888866", strokeWidth=0.5).encode(color=_depth())
    kinds = [mark for mark in _MARKS if any(row["mark"] == mark for row in cells)]
    width = WIDTH - min(_LONGEST_LABEL, 7 * max(map(len, names))) - 20
    drawn = base.mark_rect(color="#C8C8C8") + drawn  # what is not compared has no ratio, so no colour of its own
    drawn = drawn + _marks(base, kinds) if kinds else drawn
    return drawn.properties(width=width, height=alt.Step(24))


def cell(column: str, c: ColumnDrift | None, rows: str, *, enough: bool) -> dict[str, Any]:
    """What a cell says of one column; ``c`` is None where it was not compared, ``enough`` whether rows were."""
    return {
        "column": column,
        "rows": rows,
        "mark": _mark(c, enough),
        "ratio": None if c is None else ratio(c),
        "effect": words.NOTHING if c is None else words.number(c.effect),
        "threshold": words.NOTHING if c is None else words.short(c.threshold),
    }


def _mark(c: ColumnDrift | None, enough: bool) -> str:
    if c is None:
        return "not compared"
    if c.drifted:
        return "drifted" if severity(c) == 2 else "drifted, hardly used"
    if c.missing_changed:
        return "missing values changed"
    if c.infinite_changed:
        return "infinite values changed"
    return "" if enough else "too few rows"


def _depth() -> Any:
    last = f"datum.value >= {_DEEPEST} ? datum.label + ' or more' : datum.label"
    legend = alt.Legend(orient="bottom", title="effect, in multiples of its threshold", gradientLength=240,
                        values=[0, 1, 2, 3, _DEEPEST], labelExpr=last)  # fmt: skip
    scale = alt.Scale(domain=[0, 1, _DEEPEST], range=list(_RANGE), clamp=True, interpolate="rgb")
    return alt.Color("ratio:Q", scale=scale, legend=legend)


def _marks(base: Any, kinds: list[str]) -> Any:
    """Black on the cells, which are light in every theme; grey in the legend, which lies on the host's ground."""
    legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1,
                        symbolFillColor=GREY, symbolStrokeColor=GREY)  # fmt: skip
    scale = alt.Scale(domain=kinds, range=[_MARKS[kind] for kind in kinds])
    some = base.transform_filter("datum.mark != ''").transform_calculate(ink="'black'")
    return some.mark_point(filled=True, opacity=1, size=45).encode(
        shape=alt.Shape("mark:N", scale=scale, legend=legend),
        fill=alt.Fill("ink:N", scale=None, legend=None),  # a constant would be the legend's too
    )

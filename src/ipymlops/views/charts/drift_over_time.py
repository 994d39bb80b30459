"""Columns against windows: how far each column was from its training data, and when."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.drift.over_time_results import DriftOverTime, WindowDrift
from ipymlops.drift.results import ColumnDrift
from ipymlops.views import words
from ipymlops.views.cards.drift import ratio, severity
from ipymlops.views.cards.drift_over_time import ordered, over_time_verdict, windows_of
from ipymlops.views.charts.style import CURRENT, GREY, WIDTH, axis_text, data, finished, title

MOST_COLUMNS = 20
MOST_WINDOWS = 60
_LONGEST_LABEL = 160  # px
_WRAP = WIDTH * 4 // 5  # long sentences, and fonts of browsers wider than those of the layout
_PADDING = {"left": 16, "top": 5, "right": 5, "bottom": 5}  # for the same reason, before the names of columns
_DEEPEST = 4.0  # multiples of the threshold from which the colour says no more
# Darker is further, to every kind of colour vision; what was decided is said by a mark.
_RANGE = ("#F5F5F5", "#FAD7B8", CURRENT)
_MARKS = {
    "drifted": "triangle-up",
    "drifted, hardly used": "diamond",
    "missing values changed": "square",
    "too few rows": "circle",
    "not compared": "cross",
}


def over_time_charts(result: DriftOverTime) -> tuple[Any, ...]:
    """One heat map; nothing where no column was compared."""
    if not result.columns:
        return ()
    about = f"Drift by column and window, {words.version_ref(result.model, result.version)} on {result.data}"
    chart = finished(over_time_chart(result), f"{about}: {over_time_verdict(result)}")
    return (chart.properties(padding=_PADDING),)


def over_time_chart(result: DriftOverTime) -> Any:
    """A cell for each column and window, in multiples of the threshold, with a mark where something is to be known."""
    names = ordered(result)[:MOST_COLUMNS]
    shown = result.windows[-MOST_WINDOWS:]
    rows = [_cell(w, name) for name in names for w in shown]
    order = [w.window for w in shown]
    angle = 0 if len(order) < 9 and max(map(len, order)) < 9 else -45
    x = alt.X("window:N", sort=order, title=axis_text(f"window ({result.by})"),
              axis=alt.Axis(labelAngle=angle, labelOverlap="greedy", grid=False))  # fmt: skip
    y = alt.Y("column:N", sort=names, title=None, axis=alt.Axis(labelLimit=_LONGEST_LABEL, grid=False))
    tip = ["column:N", "window:N", "effect:N", "threshold:N", "mark:N", "rows:N"]
    base = alt.Chart(data(rows)).encode(x=x, y=y, tooltip=tip)
    cells = base.mark_rect(stroke="#88888866", strokeWidth=0.5).encode(color=_depth())
    kinds = [mark for mark in _MARKS if any(row["mark"] == mark for row in rows)]
    width = WIDTH - min(_LONGEST_LABEL, 7 * max(map(len, names))) - 20
    cells = base.mark_rect(color="#C8C8C8") + cells  # what is not compared has no ratio, so no colour of its own
    drawn = cells + _marks(base, kinds) if kinds else cells
    found = over_time_verdict(result).rstrip(".")
    return drawn.properties(width=width, height=alt.Step(24), title=title(found, _subtitle(result, names), _WRAP))


def _depth() -> Any:
    legend = alt.Legend(orient="bottom", title="effect, in multiples of its threshold", gradientLength=240,
                        values=[0, 1, 2, 3, _DEEPEST])  # fmt: skip
    scale = alt.Scale(domain=[0, 1, _DEEPEST], range=list(_RANGE), clamp=True, interpolate="rgb")
    return alt.Color("ratio:Q", scale=scale, legend=legend)


def _marks(base: Any, kinds: list[str]) -> Any:
    legend = alt.Legend(orient="bottom", title=None, direction="horizontal", symbolOpacity=1, symbolFillColor=GREY)
    scale = alt.Scale(domain=kinds, range=[_MARKS[kind] for kind in kinds])
    some = base.transform_filter("datum.mark != ''")
    return some.mark_point(filled=True, color="black", opacity=1, size=45).encode(
        shape=alt.Shape("mark:N", scale=scale, legend=legend)
    )


def _subtitle(result: DriftOverTime, names: list[str]) -> str:
    total = len(result.columns)
    which = f"{len(names)} of {total} columns, what matters first" if len(names) < total else "What matters first"
    n = len(result.windows)
    last = f", the last {MOST_WINDOWS} of {windows_of(result, n)}" if n > MOST_WINDOWS else ""
    rows = words.count(result.current_rows, "row")
    return f"{which}{last}; {rows} of {result.data} against {result.reference_rows:,} of {result.against or 'training'}"


def _cell(w: WindowDrift, name: str) -> dict[str, Any]:
    c = next((c for c in w.columns if c.column == name), None)
    return {
        "column": name,
        "window": w.window,
        "rows": f"{w.rows:,}",
        "mark": _mark(w, c),
        "ratio": None if c is None else ratio(c),
        "effect": words.NOTHING if c is None else words.number(c.effect),
        "threshold": words.NOTHING if c is None else words.short(c.threshold),
    }


def _mark(w: WindowDrift, c: ColumnDrift | None) -> str:
    if c is None:
        return "not compared"
    if c.drifted:
        return "drifted" if severity(c) == 2 else "drifted, hardly used"
    if c.missing_changed:
        return "missing values changed"
    return "" if w.enough else "too few rows"

"""What all charts share: colours, the width of a cell, titles that wrap. Text colours stay the host's."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

WIDTH = 620  # of a notebook cell
PANEL = 236  # of one of two panels side by side, without its axis

# Okabe-Ito: told apart with every kind of colour vision.
REFERENCE = "#0072B2"
CURRENT = "#D55E00"
NOTABLE = "#E69F00"
GOOD = "#009E73"
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8A8A")
GREY = "#8A8A8A"  # what is unchanged; 3:1 on white and on black

# For text marks: the colour of text around the picture, on a canvas as in an SVG; black in a PNG.
HOST_TEXT = "currentColor"
_TITLE, _SUBTITLE = 9.3, 7.2  # px of a character, on average, in the widest font that browsers take for sans-serif
_UNSAFE = re.compile(r"[\"'\\\n]")
_LINE = 16  # px; the same in both, so that titles of panels line up


def data(rows: Iterable[dict[str, Any]]) -> alt.Data:
    """Rows inline in the specification."""
    return alt.Data(values=list(rows))


def axis_text(text: str) -> str:
    """For names in titles of axes: Vega-Lite writes those into expressions without escaping them."""
    return _UNSAFE.sub("\N{PRIME}", text)


def title(text: str, subtitle: str, width: int = WIDTH) -> alt.TitleParams:
    """The finding, and below it what is drawn; both broken to the width of the chart."""
    return alt.TitleParams(
        text=wrapped(text, width / _TITLE),
        subtitle=wrapped(subtitle, width / _SUBTITLE),
        anchor="start",
        frame="bounds",
        fontSize=14,
        fontWeight=600,
        lineHeight=_LINE,
        subtitleLineHeight=_LINE,
        subtitleFontSize=12,
        subtitlePadding=4,
        offset=12,
    )


def panel_title(text: str, subtitle: str, width: int = PANEL) -> alt.TitleParams:
    """Of one of two panels: begins over its axis labels, on one line with its neighbour's."""
    made = title(text, subtitle, width + 30)
    made.frame, made.dx = "group", -34
    return made


def wrapped(text: str, characters: float) -> list[str]:
    """Lines that fit; a very long name is cut rather than drawn over its neighbour."""
    return textwrap.wrap(text, max(12, int(characters)), max_lines=4, placeholder=" ...") or [""]


def finished(chart: Any, description: str) -> Any:
    """The chart with the shared configuration; nothing in it paints background or text."""
    return (
        chart.properties(background="transparent", description=description)
        .configure_view(stroke=None)
        .configure_axis(
            gridColor="#88888833",
            domainColor="#888888",
            tickColor="#888888",
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            labelLimit=170,
        )
        .configure_legend(
            labelFontSize=11, titleFontSize=11, titleFontWeight="normal", symbolStrokeWidth=2, columnPadding=26
        )  # browsers' fonts are wider than those of the layout
        .configure_concat(spacing=24)
    )


def _tick_room() -> Any:
    """The room of a label at the top of an axis, whether the panel has one there or not: titles stand above it."""
    top = alt.Chart(data([{}])).encode(x=alt.value(0), y=alt.value(0), text=alt.value("|"))
    return top.mark_text(opacity=0, baseline="middle", fontSize=12)


def beside(panels: Sequence[Any]) -> Any:
    """Panels next to each other, their titles beginning on one line."""
    if len(panels) == 1:
        return panels[0]
    lines = max(len(p.title.text) + len(p.title.subtitle) for p in panels)
    for p in panels:
        p.title.subtitle = p.title.subtitle + [""] * (lines - len(p.title.text) - len(p.title.subtitle))
    return alt.hconcat(*(p + _tick_room() for p in panels)).resolve_scale(
        color="independent", shape="independent", strokeDash="independent"
    )

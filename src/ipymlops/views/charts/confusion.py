"""True against predicted classes."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import Evaluation
from ipymlops.views import words
from ipymlops.views.charts.style import PANEL, data, panel_title

MOST_CLASSES = 12
_DARKEST = "#56B4E9"  # black figures read well on it, in light and dark


def panel(result: Evaluation, *, wide: bool = False) -> Any | None:
    """A heat map with counts; None where there are no classes or too many to read."""
    if not result.confusion or len(result.classes) > MOST_CLASSES:
        return None
    rows = _cells(result)
    width = max(PANEL, 44 * len(result.classes)) if wide else PANEL
    base = alt.Chart(data(rows)).encode(
        x=alt.X("predicted:N", sort=None, title="predicted class", axis=alt.Axis(labelAngle=0, labelLimit=70)),
        y=alt.Y("true:N", sort=None, title="true class", axis=alt.Axis(labelLimit=90)),
    )
    tiles = base.mark_rect().encode(color=fill(), tooltip=["true:N", "predicted:N", "n:Q", "percent:N"])
    texts = base.mark_text(fontSize=11, lineBreak="\n").encode(text="label:N", color=ink())
    subtitle = f"Counts and share of the true class; {words.count(result.n_rows, 'row')} of {result.data}"
    return (tiles + texts).properties(
        width=width, height=PANEL if len(result.classes) < 7 else 36 * len(result.classes),
        title=panel_title(finding(result), subtitle, width),
    )  # fmt: skip


def fill() -> Any:
    """The colour of a tile by its share of the true class."""
    scale = alt.Scale(domain=[0, 1], range=["#EEF5FA", _DARKEST], interpolate="rgb")
    return alt.Color("share:Q", scale=scale, legend=None)


def ink() -> Any:
    """Of the figures on a tile."""
    return alt.value("black")


def _cells(result: Evaluation) -> list[dict[str, Any]]:
    cells = []
    detailed = len(result.classes) <= 5
    for true, counts in zip(result.classes, result.confusion, strict=False):
        total = sum(counts)
        for predicted, n in zip(result.classes, counts, strict=False):
            share = n / total if total else 0.0
            label = f"{n:,}\n{words.percent(share)}" if detailed else f"{n:,}"
            cells.append(
                {"true": true, "predicted": predicted, "n": n, "share": share, "label": label,
                 "percent": words.percent(share)}
            )  # fmt: skip
    return cells


def finding(result: Evaluation) -> str:
    """Which mistake is made most, as a share of its true class."""
    wrong = [c for c in _cells(result) if c["true"] != c["predicted"] and c["n"]]
    if not wrong:
        return "No class was taken for another"
    worst = max(wrong, key=lambda c: c["n"])
    return f"Most often, {worst['true']!r} is taken for {worst['predicted']!r}: {worst['percent']} of its rows"

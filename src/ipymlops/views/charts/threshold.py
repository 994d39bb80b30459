"""Move the threshold, see what is confused and what it costs; still, both stand at the model's own threshold."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import CurvePoint, Evaluation
from ipymlops.views import words
from ipymlops.views.charts import confusion
from ipymlops.views.charts.bundle import LIVE
from ipymlops.views.charts.style import GREY, HOST_TEXT, PANEL, SERIES, data, panel_title

_SHARE = alt.Scale(domain=[0, 1], nice=False)
_NAMES = ("precision", "recall", "flagged")
_PICKED = "picked_threshold"
_CLASSES = "class_names"  # as values, so that no name of a class is ever read as an expression
CONFUSED = "confused"  # the view of what is confused, which a page replaces by a table of its own
_LINE = {"align": "left", "baseline": "bottom", "fontSize": 11}  # of words above a panel
CELLS = {"tn": (0, 0), "fp": (0, 1), "fn": (1, 0), "tp": (1, 1)}  # true class, predicted class


def moves(result: Evaluation) -> bool:
    """Whether the counts at every threshold of the curve are known, the model's own among them."""
    own = any(p.threshold == result.threshold for p in result.curve)
    return own and len(result.curve) > 1 and len(result.classes) == 2 == len(result.confusion)


def panels(result: Evaluation) -> list[Any]:
    """The curves, and where the threshold can be moved beside them what it confuses."""
    picked = None
    if moves(result):
        picked = alt.selection_point(
            name=_PICKED, fields=["threshold"], on="pointermove", nearest=True, clear=False, empty=False,
            value=[{"threshold": result.threshold}],
        )  # fmt: skip
    return [_curves(result, picked), *([_confused(result, picked)] if picked is not None else [])]


def _curves(result: Evaluation, picked: Any) -> Any:
    """Precision, recall and the share flagged, by threshold."""
    at = _own(result)
    positive = repr(result.positive) if result.positive is not None else "positives"
    found = (
        f"From {words.short(at.threshold)} up, {words.percent(at.precision)} of flags are right "
        f"and {words.percent(at.recall)} of {positive} are found"
    )
    x = alt.X("threshold:Q", title="threshold of the predicted probability", scale=_SHARE)
    y = alt.Y("share:Q", title="share", scale=_SHARE, axis=alt.Axis(format="%"))
    rows = [row for p in result.curve for row in _shares(p)]
    legend = alt.Legend(orient="bottom", title=None, symbolSize=300, symbolType="stroke")
    color = alt.Color("series:N", scale=alt.Scale(domain=list(_NAMES), range=list(SERIES[:3])), legend=legend)
    dashes = alt.Scale(domain=list(_NAMES), range=[[1, 0], [6, 3], [2, 2]])
    dash = alt.StrokeDash("series:N", scale=dashes, legend=legend)
    base = alt.Chart(data(rows))
    lines = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=color, strokeDash=dash)
    rule = alt.Chart(data([{"threshold": at.threshold}])).mark_rule(color=GREY, strokeDash=[4, 4]).encode(x=x)
    layers = [rule, lines]
    subtitle = f"{words.count(result.n_rows, 'row')} of {result.data}; dashed: {words.short(at.threshold)}"
    if picked is not None:
        points = base.mark_point(filled=True, size=45).encode(
            x=x, y=y, color=color, opacity=alt.condition(picked, alt.value(1), alt.value(0))
        )
        layers += [points.add_params(picked), *_hint()]
    return alt.layer(*layers).properties(width=PANEL, height=PANEL, title=panel_title(found, subtitle))


def _hint() -> list[Any]:
    """What can be done where it can be; elsewhere its room, so that this title is level with its neighbour's."""
    line = alt.Chart(data([{}])).encode(x=alt.value(0), y=alt.value(-5))
    room = line.mark_text(**_LINE, opacity=0).encode(text=alt.value("|"))
    said = line.mark_text(**_LINE, color=HOST_TEXT).encode(text=alt.value("Move the pointer: another threshold"))
    # a layer of its own: Altair gives the selection to every chart here that has a name, and Vega refuses it twice
    return [room, alt.layer(said).properties(name=f"{LIVE}hint")]


def _own(result: Evaluation) -> CurvePoint:
    own = 0.5 if result.threshold is None else result.threshold
    return min(result.curve, key=lambda p: abs(p.threshold - own))


def _shares(p: CurvePoint) -> list[dict[str, Any]]:
    shares = zip(_NAMES, (p.precision, p.recall, p.flagged), strict=True)
    return [
        {"threshold": p.threshold, "series": name, "share": round(share, 5)} for name, share in shares if share == share
    ]


def _confused(result: Evaluation, picked: Any) -> Any:
    """Four tiles, and a line with the threshold and the cost, of the threshold that is picked."""
    names = alt.param(name=_CLASSES, value=list(result.classes))
    here = alt.Chart(data(counts(result))).transform_filter(picked)
    cells = here.transform_fold(list(CELLS), as_=["cell", "n"])
    for side, at in (("true", 0), ("predicted", 1)):
        ones = [name for name, cell in CELLS.items() if cell[at]]
        test = " || ".join(f"datum.cell == '{name}'" for name in ones)
        cells = cells.transform_calculate(**{side: f"{_CLASSES}[{test} ? 1 : 0]"})
    cells = cells.transform_joinaggregate(total="sum(n)", groupby=["true"]).transform_calculate(
        share="datum.total ? datum.n / datum.total : 0", label="[format(datum.n, ','), format(datum.share, '.1%')]"
    )
    order = list(result.classes)
    base = cells.encode(
        x=alt.X("predicted:N", sort=order, title="predicted class", axis=alt.Axis(labelAngle=0, labelLimit=70)),
        y=alt.Y("true:N", sort=order, title="true class", axis=alt.Axis(labelLimit=90)),
    )
    tiles = base.mark_rect().encode(color=confusion.fill(), tooltip=["true:N", "predicted:N", "n:Q"])
    texts = base.mark_text(fontSize=11).encode(text="label:N", color=confusion.ink())
    line = (
        here.transform_calculate(said=_said(result))
        .mark_text(**_LINE, color=HOST_TEXT)
        .encode(text="said:N", x=alt.value(0), y=alt.value(-5))
    )
    subtitle = f"Counts and share of the true class; {words.count(result.n_rows, 'row')} of {result.data}"
    shown = panel_title(confusion.finding(result), subtitle)
    layers = alt.layer(tiles, texts, line).add_params(names)
    return layers.properties(name=CONFUSED, width=PANEL, height=PANEL, title=shown)


def _said(result: Evaluation) -> str:
    flagged = "'From ' + format(datum.threshold, '.3~g') + ' up: ' + format(datum.flagged, '.1%') + ' flagged'"
    return flagged + (" + ', cost ' + format(datum.cost, '.3~g') + ' a row'" if result.costs else "")


def counts(result: Evaluation) -> list[dict[str, Any]]:
    """At each threshold the four counts, the share flagged, and where errors have prices the cost of a row."""
    negatives, positives = (sum(row) for row in result.confusion)
    rows = []
    for p in result.curve:
        fp, tp = round(p.false_positive_rate * negatives), round(p.recall * positives)
        row = {"threshold": p.threshold, "tn": negatives - fp, "fp": fp, "fn": positives - tp, "tp": tp}
        row["flagged"] = round(p.flagged, 4)
        if result.costs:
            paid = result.costs.false_positive * fp + result.costs.false_negative * (positives - tp)
            row["cost"] = round(paid / max(negatives + positives, 1), 5)
        rows.append(row)
    return rows

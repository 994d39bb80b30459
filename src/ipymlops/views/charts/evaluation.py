"""Pictures of an evaluation: curves, calibration, confusion, residuals, and all metrics with intervals."""

from __future__ import annotations

from typing import Any

import altair as alt

from ipymlops.evaluation.results import CalibrationBin, Estimate, Evaluation
from ipymlops.project.results import Pull, Registration, VersionCard
from ipymlops.views import words
from ipymlops.views.charts import confusion, regression, threshold
from ipymlops.views.charts.costs import costs_chart
from ipymlops.views.charts.fairness import fairness_chart
from ipymlops.views.charts.slices import slices_chart
from ipymlops.views.charts.style import (
    GREY,
    HOST_TEXT,
    PANEL,
    REFERENCE,
    SERIES,
    WIDTH,
    axis_text,
    beside,
    data,
    finished,
    panel_title,
    title,
)

_SHARE = alt.Scale(domain=[0, 1], nice=False)


def evaluation_charts(result: Evaluation) -> tuple[Any, ...]:
    """The task's own pictures, then the metrics that share a scale."""
    about = f"{words.version_ref(result.model, result.version)} on {result.data}"
    drawn = [finished(beside(row), f"{name}, {about}") for name, row in _rows(result) if row]
    if result.costs:
        drawn.append(finished(costs_chart(result, result.costs), f"Cost by threshold, {about}"))
    drawn += [finished(fairness_chart(result, f), f"By {f.column}, {about}") for f in result.fairness]
    if result.slices and result.slices.found:
        drawn.append(finished(slices_chart(result, result.slices), f"Weak slices, {about}"))
    metrics = metrics_chart(result)
    return (*drawn, *((finished(metrics, f"Metrics with intervals, {about}"),) if metrics is not None else ()))


def registration_charts(result: Registration | Pull) -> tuple[Any, ...]:
    """Of its evaluation: the first picture only, the card says the rest."""
    return evaluation_charts(result.evaluation)[:1] if result.evaluation else ()


def version_charts(result: VersionCard) -> tuple[Any, ...]:
    """Of its evaluation."""
    return evaluation_charts(result.evaluation) if result.evaluation else ()


def _rows(result: Evaluation) -> list[tuple[str, list[Any]]]:
    if result.task == "regression":
        return [("Predictions and errors", regression.panels(result))]
    curved = len(result.curve) > 1
    calibrated = [calibration_panel(result)] if len(result.calibration) > 1 else []
    if curved and threshold.moves(result):
        name = "ROC curve and calibration" if calibrated else "ROC curve"
        return [
            (name, [roc_panel(result), *calibrated]),
            ("Precision, recall and confusion by threshold", threshold.panels(result)),
        ]
    curves = [roc_panel(result), *threshold.panels(result)] if curved else []
    confused = confusion.panel(result, wide=not calibrated)
    return [
        ("ROC curve, precision and recall", curves),
        ("Calibration and confusion", [*calibrated, *([confused] if confused is not None else [])]),
    ]


def roc_panel(result: Evaluation) -> Any:
    """True against false positive rate, with chance in grey."""
    auc = next((m for m in result.metrics if m.name in ("roc_auc", "auc")), None)
    found = f"ROC AUC {words.interval(auc.value, auc.low, auc.high)}" if auc else "ROC curve"
    points = [{"fpr": p.false_positive_rate, "tpr": p.recall} for p in result.curve]
    points = sorted([{"fpr": 0.0, "tpr": 0.0}, *points, {"fpr": 1.0, "tpr": 1.0}], key=lambda p: (p["fpr"], p["tpr"]))
    x = alt.X("fpr:Q", title="false positive rate", scale=_SHARE)
    y = alt.Y("tpr:Q", title=axis_text(f"found of all {_named(result)}"), scale=_SHARE)
    curve = alt.Chart(data(points)).mark_line(color=REFERENCE, strokeWidth=2).encode(x=x, y=y, order="fpr:Q")
    chance = (
        alt.Chart(data([{"fpr": 0, "tpr": 0}, {"fpr": 1, "tpr": 1}]))
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1)
        .encode(x="fpr:Q", y="tpr:Q")
    )
    subtitle = f"All thresholds, {words.count(result.n_rows, 'row')}; dashed: guessing"
    return (chance + curve).properties(width=PANEL, height=PANEL, title=panel_title(found, subtitle))


def _named(result: Evaluation) -> str:
    return result.positive if result.positive is not None else "positives"


def calibration_panel(result: Evaluation) -> Any:
    """What was promised against what happened, each bin with its interval."""
    bins = [b for b in result.calibration if b.n_rows]
    off = [b for b in bins if not b.low <= b.predicted <= b.high]
    found = (
        f"Predicted probabilities hold in {'all' if not off else len(bins) - len(off)} "
        f"{'' if not off else f'of {len(bins)} '}bins"
    )
    most = min(1.0, 1.05 * max(max(b.predicted, b.high) for b in bins))
    scale = alt.Scale(domain=[0, most], nice=False)
    x = alt.X("predicted:Q", title="predicted probability (mean of the bin)", scale=scale)
    y = alt.Y("observed:Q", title=axis_text(f"observed share of {_named(result)}"), scale=scale)
    base = alt.Chart(data(_calibration_row(b) for b in bins))
    color = alt.Color("held:N", scale=alt.Scale(domain=["holds", "off"], range=[REFERENCE, SERIES[1]]), legend=None)
    shape = alt.Shape("held:N", scale=alt.Scale(domain=["holds", "off"], range=["circle", "triangle-up"]), legend=None)
    ranges = base.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=color)
    dots = base.mark_point(filled=True, opacity=1, size=55).encode(
        x=x, y=y, color=color, shape=shape, tooltip=["predicted:Q", "observed:Q", "n_rows:Q"]
    )
    ideal = (
        alt.Chart(data([{"predicted": 0, "observed": 0}, {"predicted": most, "observed": most}]))
        .mark_line(color=GREY, strokeDash=[4, 4], strokeWidth=1)
        .encode(x=x, y=y)
    )
    marked = "triangles: off; " if off else ""
    subtitle = f"Bars: {_level(result)} intervals; dashed: ideal; {marked}{_bin_rows(bins)} a bin"
    return (ideal + ranges + dots).properties(width=PANEL, height=PANEL, title=panel_title(found, subtitle))


def _calibration_row(b: CalibrationBin) -> dict[str, Any]:
    held = "holds" if b.low <= b.predicted <= b.high else "off"
    return {
        "predicted": b.predicted,
        "observed": b.observed,
        "low": b.low,
        "high": b.high,
        "n_rows": b.n_rows,
        "held": held,
    }


def _bin_rows(bins: list[CalibrationBin]) -> str:
    low, high = min(b.n_rows for b in bins), max(b.n_rows for b in bins)
    return words.count(low, "row") if low == high else f"{low:,} to {words.count(high, 'row')}"


def _level(result: Evaluation) -> str:
    return words.level(result.headline.level)


def metrics_chart(result: Evaluation) -> Any | None:
    """The metrics between 0 and 1 that are better when higher; None if fewer than three share that scale."""
    shown = [m for m in result.metrics if m.greater_is_better and not m.unit and 0 <= m.value <= 1]
    if len(shown) < 3:
        return None
    shown = sorted(shown, key=lambda m: -m.value)[:12]
    head = result.headline
    found = f"{words.metric(head.name)} is {words.interval(head.value, head.low, head.high, head.unit)}"
    subtitle = (
        f"Dots: estimates, bars: {_level(result)} intervals; {words.count(result.n_rows, 'row')} of {result.data}"
    )
    base = alt.Chart(data(_metric_row(m, result.primary) for m in shown))
    y = alt.Y("metric:N", sort=None, title=None)
    x = alt.X("value:Q", title="metric, 1 is perfect", scale=_SHARE)
    color = alt.Color("role:N", scale=alt.Scale(domain=["decides", "other"], range=[REFERENCE, GREY]), legend=None)
    ranges = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q", y=y, color=color)
    dots = base.mark_point(filled=True, opacity=1, size=60).encode(
        x=x, y=y, color=color, tooltip=["metric:N", "text:N"]
    )
    texts = base.mark_text(color=HOST_TEXT, align="left", dx=8, fontSize=11).encode(
        x=alt.X("right:Q"), y=y, text="text:N"
    )
    return (ranges + dots + texts).properties(
        width=340, height=alt.Step(22), title=title(found[0].upper() + found[1:], subtitle, WIDTH)
    )


def _metric_row(m: Estimate, primary: str) -> dict[str, Any]:
    known = m.low == m.low and m.high == m.high
    return {
        "metric": words.metric(m.name),
        "value": m.value,
        "low": m.low if known else m.value,
        "high": m.high if known else m.value,
        "right": 1.0,
        "role": "decides" if m.name == primary else "other",
        "text": words.interval(m.value, m.low, m.high),
    }

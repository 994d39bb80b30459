"""One made-up result of every type that has a view, and some that are hard to show."""

from __future__ import annotations

import dataclasses
import itertools
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ipymlops.drift.held_out_results import ErrorChange, Separation
from ipymlops.drift.over_time_results import DriftOverTime, WindowDrift
from ipymlops.drift.results import ColumnDrift, DriftReport, Finding, HeldOut, Shape
from ipymlops.drift.segments_results import DriftBySegment, SegmentDrift
from ipymlops.evaluation.label_free.results import PerformanceEstimate, WindowEstimate
from ipymlops.evaluation.results import (
    CalibrationBin,
    Comparison,
    CostPoint,
    Costs,
    CurvePoint,
    Estimate,
    Evaluation,
    Fairness,
    Footprint,
    Gap,
    Gate,
    GroupFigures,
    Latency,
    Residuals,
    SliceSearch,
    WeakSlice,
)
from ipymlops.evaluation.stored import to_record
from ipymlops.pipelines.marking import MarkedCell, MarkedNotebook, Passage
from ipymlops.pipelines.results import Export, PipelineInput, Verification
from ipymlops.project.results import Approval, Promotion, Pull, Push, Registration, SignedVersion, VersionCard
from ipymlops.registry.approvals import standing
from ipymlops.registry.backup import Backup
from ipymlops.registry.differences import Difference, VersionDiff
from ipymlops.registry.lineage import Ancestor, Commit, Lineage, ReadFile, SliceCell, Surroundings
from ipymlops.registry.records import Event, History, ModelList, ModelSummary, Version
from ipymlops.registry.timeline import live_then
from ipymlops.registry.upkeep import Checkup, Collection, Fault, Leftover
from ipymlops.retraining.results import Retraining

NAN = math.nan
BEGAN = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
DIFF = VersionDiff(
    "credit-risk@1",
    "credit-risk@2",
    (
        Difference("model", "estimator", "LogisticRegression", "RandomForestClassifier"),
        Difference("parameters", "C", "0.1", "none"),
        Difference("data", "column region", "category", "none"),
        Difference("environment", "numpy", "2.4.5", "2.4.6"),
        Difference("metrics", "roc_auc", "0.71 (0.69 to 0.73)", "0.78 (0.76 to 0.80)"),
        Difference("origin", "git commit", "not known", "a1b2c3d4e5f6, with changes"),
    ),
    ("--- credit-risk@1", "+++ credit-risk@2", "@@ -1 +1 @@", "-model = LogisticRegression(C=0.1)", "+model = RF()"),
)
OLD = Leftover("a1" * 32, 4_100, 30.0)
BACKUP = Backup("models.tar", 2, 7, 31, 12_000_000)
FAULTS = (
    Fault("changed", "credit-risk@2", "model.skops: The stored file a1b2 was changed after it was stored"),
    Fault("missing", "credit-risk@3", "bundle.json: The stored file c3d4 is missing from blobs"),
    Fault("alias", "credit-risk@champion", "points to version 3, its last event to version 2"),
)


def estimate(name: str, value: float, half: float = 0.015, **more: Any) -> Estimate:
    return Estimate(name, value, value - half, value + half, 0.95, 4000, "bootstrap, 1,000 resamples", **more)


def curve() -> tuple[CurvePoint, ...]:
    points = []
    for i in range(101):
        t = i / 100
        recall, fpr = (1 - t) ** 1.1, (1 - t) ** 4
        flagged = 0.25 * recall + 0.75 * fpr
        points.append(CurvePoint(t, 0.25 * recall / flagged if flagged else NAN, recall, fpr, flagged))
    return tuple(points)


def calibration() -> tuple[CalibrationBin, ...]:
    bins = []
    for i in range(10):
        p = (i + 0.5) / 10
        seen = p + (0.12 if i == 8 else 0.012 * (-1) ** i)
        bins.append(CalibrationBin(p, seen, seen - 0.05, min(1.0, seen + 0.05), 900 - 80 * i))
    return tuple(bins)


def binary(model: str = "credit-risk", version: int | None = 2, data: str = "benchmark") -> Evaluation:
    return Evaluation(
        model, version, "binary", 4000, data, "roc_auc",
        (
            estimate("roc_auc", 0.812),
            estimate("average_precision", 0.604, 0.024),
            estimate("accuracy", 0.841, 0.011),
            estimate("balanced_accuracy", 0.702),
            estimate("precision", 0.613, 0.03),
            estimate("recall", 0.483, 0.031),
            estimate("f1", 0.54, 0.026),
            estimate("log_loss", 0.392, 0.013, greater_is_better=False),
            estimate("brier", 0.121, 0.005, greater_is_better=False),
        ),
        classes=("repaid", "default"), positive="default", confusion=((2850, 230), (475, 445)),
        curve=curve(), calibration=calibration(), notes=("12 rows without a label were left out.",),
    )  # fmt: skip


def weak() -> Evaluation:
    def one(rule: str, here: float, p_value: float) -> WeakSlice:
        figures = (estimate("log_loss", v, greater_is_better=False) for v in (here, 0.36))
        return WeakSlice(rule, 210, *figures, here - 0.36, here - 0.46, here - 0.26, p_value)

    found = (one("age above 61.5 and region = north", 0.61, 1e-9), one("<b>it's \\</b> is missing", 0.48, 0.012))
    return dataclasses.replace(binary(), slices=SliceSearch("log_loss", found, 10, 2000, 2000, 0.95))


def by_group(*, alike: bool = False, alone: bool = False) -> Evaluation:
    def figures(group: str, rows: int, recall: float) -> GroupFigures:
        made = (estimate("selection_rate", 0.2), estimate("recall", recall))
        return GroupFigures(group, rows, tuple(dataclasses.replace(e, n_rows=rows) for e in made))

    groups = (figures("m", 2400, 0.75), figures("f", 1580, 0.45), figures("<b>x'</b>", 12, 0.9))
    gap = Gap("recall", "m", "f", 0.3, -0.01 if alike else 0.104, 0.466, 2, highest_rows=2400, lowest_rows=1580)
    gaps = () if alone else (gap, Gap("selection_rate", "m", "f", 0.01, -0.02, 0.04, 2))
    return dataclasses.replace(binary(), fairness=(Fairness("sex", groups, gaps, 20, 0.95),))


def priced(low: float = 0.08, best: float | None = 0.17) -> Evaluation:
    points = tuple(CostPoint(i / 20, 0.3 + (i / 20 - 0.17) ** 2) for i in range(21))
    ends = (estimate("cost", value, greater_is_better=False) for value in (0.3, 0.42))
    priced_ = Costs(1.0, 5.0, points, best, next(ends), 0.5, next(ends), 0.12, low, 0.16)
    return dataclasses.replace(binary(), costs=priced_)


def measured() -> Evaluation:
    taken = (Latency(1, 0.0021, 0.0094, 70), Latency(1000, 1.25, 1.5, 3))
    return dataclasses.replace(binary(), footprint=Footprint(2_400_000, taken, "<b>a chip</b>", 2))


def sound() -> Evaluation:
    return dataclasses.replace(binary(), slices=SliceSearch("log_loss", (), 10, 2000, 2000, 0.95))


def multiclass() -> Evaluation:
    classes = ("setosa", "versicolor", "virginica", "other")
    confusion = ((98, 2, 0, 0), (1, 80, 19, 0), (0, 9, 90, 1), (5, 5, 5, 85))
    return Evaluation(
        "iris", 1, "multiclass", 400, "benchmark", "balanced_accuracy",
        (estimate("balanced_accuracy", 0.88), estimate("accuracy", 0.883), estimate("f1_macro", 0.879)),
        classes=classes, confusion=confusion,
    )  # fmt: skip


def regression() -> Evaluation:
    points = tuple((float(i), i + 20 * math.sin(i * 1.7) + 6 * math.cos(i * 0.9)) for i in range(300))
    counts = (3, 12, 40, 88, 130, 160, 141, 92, 39, 15, 4)
    edges = tuple(-55.0 + 10 * i for i in range(12))
    return Evaluation(
        "delay", 1, "regression", 724, "benchmark", "rmse",
        (
            estimate("rmse", 14.7, 0.9, greater_is_better=False, unit="minutes"),
            estimate("mae", 10.2, 0.6, greater_is_better=False, unit="minutes"),
            estimate("r2", 0.43, 0.04),
        ),
        residuals=Residuals(edges, counts, (-24.1, -9.0, 0.3, 9.4, 24.9), points),
    )  # fmt: skip


def column(name: str, effect: float, importance: float | None, **more: Any) -> ColumnDrift:
    drifted = effect > 0.1
    matters = None if importance is None else importance >= 0.02
    values: dict[str, Any] = {
        "kind": "number", "distance": "ks", "effect_low": effect - 1e-5, "effect_high": effect + 1e-5,
        "threshold": 0.1, "p_value": 0.0 if drifted else 0.4, "p_adjusted": 1e-9 if drifted else 0.6,
        "reference_missing": 0.01, "current_missing": 0.013, "shape": bell(effect * 3),
    }  # fmt: skip
    return ColumnDrift(
        name, effect=effect, drifted=drifted, importance=importance, matters=matters, **{**values, **more}
    )


def over_time(*effects: dict[str, float], enough: bool = True, columns: int = 0, **findings: Finding) -> DriftOverTime:
    """Windows 2026-01, 2026-02, ... with these effects a column; ``columns`` more that stay as they were."""
    importance = {"income": 0.4, "age": 0.2, "phone_prefix": 0.0}
    windows = []
    for i, some in enumerate(effects):
        more = {f"feature_{n}": 0.03 for n in range(columns)}
        made = tuple(column(n, e, importance.get(n, 0.01), shape=None) for n, e in {**some, **more}.items())
        month = f"2026-{i + 1:02}"
        found = tuple(f for at, f in findings.items() if at == f"m{i + 1}")
        windows.append(WindowDrift(month, 1000, made, found, enough))
    notes = ("'day' cuts the windows and was not compared.",)
    rows = 1000 * len(windows)
    return DriftOverTime("credit-risk", 2, "this_year", "month", 20_000, rows, 0.05, tuple(windows), notes, 350)


def by_segment(
    *effects: dict[str, float], enough: bool = True, mix: float = 0.02, segments: int = 0, **more: Any
) -> DriftBySegment:
    """Segments north, south, ... with these effects a column."""
    importance = {"income": 0.4, "age": 0.2, "phone_prefix": 0.0}
    names = ("north", "south", "east", "west", *(f"a region with a long name {i:02}" for i in range(segments)))
    made = []
    for name, some in zip(names, effects, strict=False):
        columns = tuple(column(n, e, importance.get(n, 0.01), shape=None) for n, e in some.items())
        found = () if enough else (Finding("(all columns)", "too-few-rows", "the data has 40 rows"),)
        made.append(SegmentDrift(name, 400, 1000, columns, found, enough))
    return DriftBySegment(
        "credit-risk", 2, "this_year", "region", "the 1,600 held-out rows stored with credit-risk@2", 1600, 4000, 0.05,
        tuple(made), column("region", mix, 0.1, kind="category", distance="jensen-shannon"), rows_needed=350,
        **{"new": {}, "gone": {}, **more},
    )  # fmt: skip


CALM = {"income": 0.02, "age": 0.03, "phone_prefix": 0.01}


def bell(shift: float, n: int = 24) -> Shape:
    edges = tuple(-3 + 7 * i / n for i in range(n + 1))
    middles = [(a + b) / 2 for a, b in itertools.pairwise(edges)]
    reference, current = ([math.exp(-((m - at) ** 2) / 2) for m in middles] for at in (0.0, shift))
    return Shape(tuple(v / sum(reference) for v in reference), tuple(v / sum(current) for v in current), edges=edges)


def categories() -> Shape:
    labels = ("north", "south", "east", "west", "abroad", "islands", "unknown", "overseas")
    return Shape(
        (0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02), (0.2, 0.15, 0.2, 0.1, 0.25, 0.05, 0.03, 0.02), labels=labels
    )


def drift() -> DriftReport:
    columns = (
        column("income", 0.31, 0.34), column("age", 0.04, 0.12), column("region", 0.22, 0.08, kind="category",
        distance="jensen-shannon", shape=categories()), column("phone_prefix", 0.4, 0.001),
        column("loan_amount", 0.16, 0.25), column("employment_years", 0.07, 0.1), column("purpose", 0.02, 0.05),
        column("has_mortgage", 0.01, 0.06, kind="boolean", p_value=None, p_adjusted=None),
    )  # fmt: skip
    findings = (
        Finding("channel", "missing-column", "is in the reference and not in the data"),
        Finding("region", "new-categories", "2 new categories: mars, moon (1.2 % of rows)"),
    )
    return DriftReport("credit-risk", 2, "latest_applications", 20_000, 5_312, 0.05, columns, findings)


def beyond(*, calm: bool = False, few: bool = False) -> DriftReport:
    """Every question beyond columns: all of them alarm, or none, or rows are too few for any."""
    columns = (column("income", 0.04, 0.34), column("age", 0.02, 0.12))
    scores = column("predictions", 0.03 if calm or few else 0.21, None)
    labels = column("labels", 0.02 if calm or few else 0.15, None, kind="category", distance="jensen-shannon",
                    shape=categories())  # fmt: skip
    errors = ErrorChange("error rate", 0.1, 0.1 if calm else 0.15, 1600, 4000, -0.02 if calm else 0.03, 0.07, 0.95,
                         "Newcombe")  # fmt: skip
    told = Separation(
        0.81, 0.79, 0.83, 0.95, 0.55, 1600, 10_000, 1600, 40_000, (("income", 0.6), ("age", 0.4)), True, 200,
        apart=0.51, gained=0.27,
    )  # fmt: skip
    if calm:
        told = dataclasses.replace(told, auc=0.51, low=0.49, high=0.53, columns=(), matters=None)
    if few:
        told = dataclasses.replace(told, auc=NAN, low=NAN, high=NAN, current_rows=40, of_current=40, columns=())
        errors = dataclasses.replace(errors, low=NAN, high=NAN, method="no interval: too few rows")
    notes = ("12 rows have no label yet and do not count",)
    against = "the 1,600 held-out rows stored with credit-risk@2"
    found = HeldOut(against, scores, labels, errors, told, not few, notes)
    return DriftReport("credit-risk", 2, "this_year", 20_000, 40_000, 0.05, columns, held_out=found)


def wide_drift() -> DriftReport:
    columns = tuple(
        column(f"feature_with_a_rather_long_name_{i:02d}", 0.3 / (1 + i / 6), 0.3 / 2 ** (i / 3),
               others={"psi": 0.1, "wasserstein": 0.2})
        for i in range(50)
    )  # fmt: skip
    return DriftReport("wide", 1, "df", 1_000_000, 1_000_000, 0.05, columns)


def comparison(verdict: str = "better") -> Comparison:
    said = {
        "better": (0.012, 0.004, 0.020, "credit-risk@2 is better than credit-risk@1: 0.012 higher (0.004 to 0.020)"),
        "worse": (-0.02, -0.031, -0.009, "credit-risk@2 is worse than credit-risk@1: 0.020 lower (0.009 to 0.031)"),
        "cannot tell": (0.001, -0.011, 0.013, "cannot tell: about 4,200 more labels needed"),
        "not worse": (0.001, -0.003, 0.005, "credit-risk@2 is not worse than credit-risk@1 by more than 0.005"),
    }[verdict]  # fmt: skip
    difference, low, high, text = said
    return Comparison(
        "roc_auc", "credit-risk@1", "credit-risk@2", 0.8, 0.8 + difference, difference, low, high, 0.95, 0.005, 4000,
        verdict, text, "paired DeLong",  # type: ignore[arg-type]
    )  # fmt: skip


def gates(ok: bool = True) -> tuple[Gate, ...]:
    recall = "recall on 'self-employed' fell by 0.06 (0.03 to 0.09)"
    return (
        Gate(
            "not-worse", "Not worse than the champion", "blocks", "pass" if ok else "fail", "+0.012" if ok else recall
        ),
        Gate("verified", "The pipeline reproduces the model", "blocks", "pass", "identical"),
        Gate("calibrated", "Probabilities hold", "warns", "fail", "off in 1 of 10 bins"),
        Gate("slices", "No weak slice", "blocks", "not applicable", "no columns were named"),
    )


def without_labels(*states: str) -> PerformanceEstimate:
    """One window a state; the deciding metric and another one."""
    months = ["2026-05", "2026-06", "2026-07"] if len(states) > 1 else ["all rows"]
    windows = []
    for name, usual in (("roc_auc", 0.81), ("accuracy", 0.9)):
        for month, state in zip(months, states, strict=False):
            value = usual - (0.06 if state == "alert" else 0.0)
            shown = estimate(name, usual - 0.2, 0.02) if state == "disagrees" else None
            windows.append(
                WindowEstimate(month, estimate(name, value), usual - 0.04, usual + 0.04, shown, state)  # type: ignore[arg-type]
            )
    return PerformanceEstimate(
        "credit-risk", 2, "scored", "binary", "CBPE", "roc_auc", 4000 * len(states), 1000,
        (estimate("roc_auc", 0.81), estimate("accuracy", 0.9)), tuple(windows), "month" if len(states) > 1 else "",
        ("12 rows have no time and are in no window.",),
    )  # fmt: skip


def _on_few_rows(result: PerformanceEstimate) -> PerformanceEstimate:
    first, *others = result.windows
    few = dataclasses.replace(first.estimate, low=0.5, high=0.9, n_rows=12)
    return dataclasses.replace(result, windows=(dataclasses.replace(first, estimate=few), *others))


def _with_labels(result: PerformanceEstimate) -> PerformanceEstimate:
    return dataclasses.replace(
        result, windows=tuple(dataclasses.replace(w, realized=estimate(w.estimate.name, 0.8)) for w in result.windows)
    )


def version(number: int = 2, model: str = "credit-risk", **more: Any) -> Version:
    record = to_record(binary(model, number))
    facts = {
        "estimator": "HistGradientBoostingClassifier", "task": "binary", "risk": "medium", "primary": "roc_auc",
        "metrics": record, "rows": 20_000, "features": 8,
    }  # fmt: skip
    return Version(
        model, number, BEGAN + timedelta(days=20 * number), "ada", "ab" * 32, more.pop("facts", facts), **more
    )


def events() -> tuple[Event, ...]:
    story: list[tuple[Any, int | None, int, dict[str, Any], str]] = [
        ("register", 1, 0, {}, "first try"),
        ("promote", 1, 1, {"alias": "champion", "previous": None}, "the first version"),
        ("export", 1, 2, {"verdict": "identical"}, ""),
        ("register", 2, 20, {}, "October data"),
        ("refuse", 2, 21, {}, "worse on self-employed"),
        ("register", 3, 40, {}, "November data"),
        ("verify", 3, 41, {"verdict": "identical"}, ""),
        ("alias", 3, 42, {"alias": "challenger", "previous": None}, ""),
        ("promote", 3, 44, {"alias": "champion", "previous": 1}, "gates passed"),
    ]
    return tuple(
        Event(i + 1, kind, "credit-risk", v, "ada", BEGAN + timedelta(days=day), why, evidence)
        for i, (kind, v, day, evidence, why) in enumerate(story)
    )


INPUTS = (
    PipelineInput("applications", "data/applications.csv", "cd" * 32, 5_120_000),
    PipelineInput("regions", "data/regions.csv", None),
)
FILES = tuple(ReadFile(f"part_{n}", f"a/very/long/path/to/the/parts/part_{n}.parquet", "ab" * 32, n) for n in range(9))
PROVED = Verification(
    "identical", compared=("predict on 600 benchmark rows", "predict_proba on 600 benchmark rows"), seconds=4.2,
    python="3.11.9", script_sha256="ef" * 32,
)  # fmt: skip
BROKEN = Verification(
    "not reproduced", cause="name 'scaler' is not defined at line 12 (cell [7])", widened=5, seconds=31
)


def export(verification: Verification = PROVED) -> Export:
    source = '"""credit-risk@2"""\nimport pandas as pd\n\nif a < b:\n    print("<script>")\n'
    folder = Path("pipelines/credit-risk")
    return Export(
        "credit-risk", 2, folder, folder / "retrain.py", INPUTS, 37, 112, 14, 41, verification, source,
        ("Cell [9] had no seed; future runs use 20261123.",),
    )  # fmt: skip


def marked(*left_out: str) -> MarkedNotebook:
    chain = ("In [2]", "In [4]", "In [5]", "In [6]", "In [7]", "`model`")
    pandas = Passage(2, 2, "in", "defines `pd`, which In [2] needs", chain)
    table = Passage(1, 2, "in", "defines `df`, which In [7] needs", chain[-2:])
    files = Passage(1, 1, "stays", "defines `files`, which `model` needs", chain[-1:]) if left_out else out(1)
    cells = (
        MarkedCell(1, "%matplotlib inline\nimport pandas as pd", (pandas,)),
        MarkedCell(2, "# the <table>\ndf = pd.read_csv('x.csv')\ndf.head()", (table, out(3))),
        MarkedCell(3, "df.plot()", (out(1),)),
        MarkedCell(4, "print(1)", (out(1),)),
        MarkedCell(7, "files = %sx ls\n1 / 0", (files, out(2)), raised=True),
    )
    return MarkedNotebook("credit-risk", 2, "work.ipynb", ("model", "X", "y"), cells, 2, 7, left_out)


def out(line: int) -> Passage:
    return Passage(line, line, "out")


def version_page() -> VersionCard:
    columns: tuple[dict[str, Any], ...] = (
        {"name": "income", "kind": "number", "minimum": 0.0, "maximum": 250_000.0},
        {"name": "region", "kind": "category", "categories": ["north", "south", "east", "west", "abroad", "islands"]},
    )
    files: tuple[dict[str, Any], ...] = ({"name": "model.skops", "size": 1_234_567, "sha256": "12" * 32},)
    return VersionCard(
        version(aliases=("champion",)), binary(), columns, files, INPUTS, events(), "# credit-risk\n",
        lineage(3), standing(said(), 2),
    )  # fmt: skip


def lineage(versions: int = 1, **changes: Any) -> Lineage:
    """Of the newest of so many versions: the first from a notebook, the others retrained, the last but one in use."""
    numbers = range(1, versions + 1)
    chain = tuple(
        Ancestor(n, n > 1, BEGAN + timedelta(days=20 * n), "ada" if n == 1 else "ci", n == max(1, versions - 1))
        for n in numbers
    )
    files = (
        ReadFile("applications", "data/applications.csv", "cd" * 32, 5_120_000),
        ReadFile("regions", "data/regions.csv", None, None),
    )
    cells = tuple(SliceCell(n, f"cell-{n}", 2) for n in (1, 2, 5, 7, 9)) if versions == 1 else None
    made: dict[str, Any] = {
        "model": "credit-risk", "version": versions, "made": "notebook" if versions == 1 else "pipeline",
        "notebook": "notebooks/credit.ipynb" if versions == 1 else None, "cells": cells,
        "executed": 41 if versions == 1 else None, "pipeline": None if versions == 1 else "credit-risk@1",
        "inputs": files, "commit": Commit("a1" * 20, True, True), "training_rows": 20_000, "fingerprint": "fe" * 32,
        "environment": Surroundings("3.11.9", 14, "0b" * 32), "chain": chain,
    }  # fmt: skip
    return Lineage(**made | changes)


def unrecorded() -> Lineage:
    """Of a version of an older release, of which nothing but the version itself is known."""
    nothing = dict.fromkeys(
        ("notebook", "cells", "executed", "inputs", "commit", "training_rows", "fingerprint", "environment")
    )
    return lineage(made="python", **nothing)


def said(*more: tuple[Any, str, str]) -> tuple[Event, ...]:
    """What people said of version 2, which ada made: a rejection that stands, and ``more`` (kind, who, why)."""
    story = [("register", "ada", ""), ("reject", "grace", "worse on self-employed"), *more]
    return tuple(
        Event(20 + i, kind, "credit-risk", 2, who, BEGAN + timedelta(days=20 + 4 * i), why)
        for i, (kind, who, why) in enumerate(story)
    )


def rejected_in_between() -> History:
    """The story of the line with what people said of version 2 in it."""
    words = said(("approve", "ada", "it is the sample"), ("approve", "lin", "fine by me"))[1:]
    line = sorted((*events(), *words), key=lambda e: e.when)
    return History("credit-risk", tuple(dataclasses.replace(e, number=n) for n, e in enumerate(line, 1)))


def judged(kind: Any = "reject", *more: tuple[Any, str, str]) -> Approval:
    """The last of them as a result."""
    line = said(*more)
    assert line[-1].kind == kind
    return Approval(version(2), line[-1], line[-1].who != "ada", standing(line, 2))


def promotion(ok: bool = True) -> Promotion:
    event = Event(9, "promote" if ok else "refuse", "credit-risk", 2, "ada", BEGAN)
    return Promotion("credit-risk", 2, 1, "champion", event, gates(ok), "medium")


def approval(counts: bool = True) -> Approval:
    event = Event(8, "approve", "credit-risk", 2, "grace" if counts else "ada", BEGAN, "seen")
    return Approval(version(2), event, counts, standing((event,), 2))


PUSH = Push(
    version(2), "http://mlflow.example:5000", "credit-risk", 4, "5f" * 16, True, ("champion", "staging"), 13, 1_200_000,
    Event(9, "push", "credit-risk", 2, "ada", BEGAN),
)  # fmt: skip


def pull(found: Evaluation | None) -> Pull:
    words = ("It was stored by scikit-learn 1.7.0 and is read by 1.9.1: answers may differ",)
    return Pull(version(2), "http://mlflow.example:5000", "churn", 4, "", "sklearn", True, found, words)


def signed(believed: bool | None = True) -> SignedVersion:
    return SignedVersion(version(2), Event(9, "sign", "credit-risk", 2, "ada", BEGAN, "ours"), "ab" * 32, believed)


def retraining(decision: str = "promoted") -> Retraining:
    used = ({"name": "applications", "path": "new_month.csv", "sha256": "cd" * 32, "changed": True},)
    after = 2 if decision == "promoted" else 1
    return Retraining(
        "credit-risk", decision, "credit-risk@2 was trained on new data, is better than credit-risk@1, and is "  # type: ignore[arg-type]
        "the champion now", 2, 1, after, used, binary(), comparison(), gates(decision != "refused"), 12.4,
    )  # fmt: skip


def samples() -> dict[str, Any]:
    champion, newest = version(1, aliases=("champion",), verification="identical"), version(3)
    bare = version(1, model="bare", facts={})
    models = ModelList(
        "/home/ada/credit",
        (ModelSummary("credit-risk", 3, newest, champion), ModelSummary("bare", 1, bare, None)),
    )
    registered = Registration(
        version(1, aliases=("champion",)), binary(version=1), ("targets: X_train, y_train (--train)",),
        ("36 rows of the test data are also in the training data (0.9 %)",), {"check": 0.01, "pack": 0.31},
    )  # fmt: skip
    nothing_learned = Evaluation(
        "noise", None, "binary", 90, "df", "roc_auc", 
        (estimate("roc_auc", 0.52, 0.06), Estimate("f1", 0.2, NAN, NAN, 0.95, 90, "none")),
    )  # fmt: skip
    calm = DriftReport("credit-risk", 2, "df", 100, 100, 0.05, (column("income", 0.02, None),), notes=("Sampled.",))
    return {
        "binary": binary(), "weak slices": weak(), "no weak slice": sound(), "size and latency": measured(),
        "costs": priced(), "costs, nothing saved": priced(-0.01), "costs, none flagged": priced(best=None),
        "groups": by_group(), "groups alike": by_group(alike=True), "one group": by_group(alone=True),
        "multiclass": multiclass(), "regression": regression(), "nothing learned": nothing_learned,
        **{f"comparison {v}": comparison(v) for v in ("better", "worse", "cannot tell", "not worse")},
        "estimate": without_labels("expected"), "estimate, alert": without_labels("alert"),
        "estimate, windows": without_labels("expected", "alert", "expected"),
        "estimate, few": _on_few_rows(without_labels("expected")),
        "estimate, some few": _on_few_rows(without_labels("expected", "expected", "expected")),
        "estimate, labelled": _with_labels(without_labels("expected")),
        "estimate, contradicted": without_labels("expected", "alert", "disagrees"),
        "gate": gates()[0], "drift": drift(), "wide drift": wide_drift(), "calm drift": calm,
        "over time": over_time(CALM, {**CALM, "age": 0.2}, *2 * [{**CALM, "income": 0.4}], {**CALM, "income": 0.5}),
        "over time, calm": over_time(CALM, CALM), "over time, few": over_time(CALM, CALM, enough=False),
        "over time, wide": over_time(*100 * [{**CALM, "income": 0.15}], columns=60),
        "over time, unused": over_time(CALM, {**CALM, "phone_prefix": 0.3}),
        "over time, broken": over_time(CALM, {"age": 0.3}, m2=Finding("income", "all-missing", "has no value")),
        "over time, nothing": over_time({}),
        "segments": by_segment({**CALM, "income": 0.4}, {**CALM, "age": 0.2, "income": 0.2}, CALM, mix=0.2,
                               new={"islands": 120}, gone={"abroad": 14}),
        "segments, calm": by_segment(CALM, CALM), "segments, few": by_segment(CALM, CALM, enough=False),
        "segments, unused": by_segment(CALM, {**CALM, "phone_prefix": 0.3}), "segments, nothing": by_segment({}),
        "segments, wide": by_segment(*44 * [{**CALM, "income": 0.15}], segments=40),
        "segments, mix": by_segment(CALM, CALM, mix=0.3, new={"islands": 800}),
        "beyond": beyond(), "beyond, calm": beyond(calm=True), "beyond, few": beyond(few=True),
        "empty drift": DriftReport("m", None, "df", 0, 0, 0.05, ()),
        "marked": marked(), "marked, not all": marked("`files = %sx ls` asks the notebook or the shell, in In [7]"),
        "export": export(), "broken export": export(BROKEN), "verification": PROVED, "broken": BROKEN,
        "not verified": Verification("not verified"),
        "attempt": Verification("not verified", "the input rows is missing: no file is at rows.csv"),
        **{f"retraining {d}": retraining(d) for d in ("promoted", "refused", "registered", "nothing to do")},
        "models": models, "no models": ModelList("/home/ada/new", ()), "history": History("credit-risk", events()),
        "diff": DIFF, "no difference": VersionDiff("credit-risk@1", "credit-risk@2", ()),
        "diff without notebooks": dataclasses.replace(DIFF, code=(), code_known=False),
        "live then": live_then("credit-risk", events(), events()[-1].when),
        "nothing live": live_then("credit-risk", events(), events()[0].when - timedelta(days=1)),
        "rolled back": events()[-1], "alias gone": dataclasses.replace(
            events()[0], kind="alias", version=None, evidence={"alias": "staging", "previous": 2}),
        "sound project": Checkup(3, 14, 5_200_000), "empty project": Checkup(0, 0, 0),
        "damaged project": Checkup(3, 14, 5_200_000, FAULTS),
        "aliases astray": Checkup(3, 14, 5_200_000, FAULTS[2:]),
        "unsigned project": Checkup(3, 14, 5_200_000, (Fault("unsigned", "credit-risk@3", "is not signed"),)),
        "repaired project": Checkup(3, 14, 5_200_000, (dataclasses.replace(FAULTS[2], repaired=True),)),
        "leftovers": Collection((OLD, Leftover("b2" * 32, 5_000_000, 720.0)), 1, 24.0, False),
        "no leftovers": Collection((), 0, 24.0, False),
        "removed": Collection((dataclasses.replace(OLD, removed=True),), 0, 24.0, True),
        "backup": BACKUP, "restored": dataclasses.replace(BACKUP, restored=True),
        "pushed": PUSH, "pushed before": dataclasses.replace(PUSH, new=False, aliases=()),
        "pulled": pull(binary()), "pulled before": dataclasses.replace(pull(None), new=False),
        "pulled, not judged": pull(None),
        "no history": History("credit-risk", ()), "version": version(), "bare version": bare,
        "version page": version_page(), "registration": registered, "promotion": promotion(),
        "refusal": promotion(False), "approval": approval(), "own approval": approval(False),
        "signed": signed(), "signed, to be believed by nobody": signed(None),
        "rejection": judged(), "approved, and rejected": judged("approve", ("approve", "lin", "fine by me")),
        "history, rejected": rejected_in_between(),
        "lineage": lineage(), "lineage, retrained": lineage(3), "lineage, long": lineage(12),
        "lineage, elsewhere": lineage(2, pipeline=None), "lineage, many files": lineage(inputs=FILES),
        "lineage, no files": lineage(inputs=()), "lineage, not recorded": unrecorded(),
    }  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``result`` runs once for each sample."""
    if "result" in metafunc.fixturenames:
        made = samples()
        metafunc.parametrize("result", list(made.values()), ids=list(made))


@pytest.fixture
def made() -> dict[str, Any]:
    """All samples by name."""
    return samples()

"""Exit codes from outcomes, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ipymlops import errors
from ipymlops.apps.commands.outcome import exit_code
from ipymlops.drift.results import ColumnDrift, DriftReport, Finding, HeldOut
from ipymlops.evaluation.results import Comparison, Estimate, Evaluation, Gate, TrainedOn
from ipymlops.pipelines.marking import MarkedNotebook
from ipymlops.pipelines.results import NOT_TRIED, Export, Verification
from ipymlops.project.results import Promotion
from ipymlops.registry.records import Event, ModelList
from ipymlops.registry.upkeep import Checkup, Fault
from ipymlops.retraining.results import Retraining


def column(name: str = "score", *, drifted: bool = False, matters: bool | None = None) -> ColumnDrift:
    return ColumnDrift(name, "number", "ks", 0.3, 0.3, 0.3, 0.1, 0.0, 0.0, drifted, 0.0, 0.0, matters=matters)


def drift(*columns: tuple[bool, bool | None], finding: Any = None) -> DriftReport:
    checked = tuple(column(f"c{i}", drifted=drifted, matters=matters) for i, (drifted, matters) in enumerate(columns))
    findings = (Finding("age", finding, "..."),) if finding else ()
    return DriftReport("m", 1, "df", 100, 100, 0.05, checked, findings)


def evaluated(*metric: Any, trained_on: Any = None, rows: int = 1000) -> Evaluation:
    """One with a single figure: (name, value, low, high)."""
    found = Estimate(*metric, 0.95, rows, "delong")
    half = ((rows // 4, rows // 4), (rows // 4, rows // 4))
    return Evaluation("m", 1, "binary", rows, "df", metric[0], (found,), ("0", "1"), "1", half, trained_on=trained_on)


def beside(found: Evaluation, *metric: Any) -> Evaluation:
    """The same with one more figure."""
    return replace(found, metrics=(*found.metrics, Estimate(*metric, 0.95, found.n_rows, "bootstrap")))


def compared(verdict: Any) -> Comparison:
    return Comparison("auc", "m@1", "m@2", 0.8, 0.7, -0.1, -0.12, -0.08, 0.95, 0.005, 100, verdict, "", "")


def promoted(kind: Any, outcome: Any) -> Promotion:
    event = Event(1, kind, "m", 2, "ada", datetime.now(UTC))
    return Promotion("m", 2, 1, "champion", event, (Gate("not-worse", "Not worse", "blocks", outcome, ""),))


def retrained(decision: Any) -> Retraining:
    return Retraining("m", decision, "", None, 1, 1, (), None, None, (), 1.0)


def exported(verdict: Any, cause: str = "") -> Export:
    return Export("m", 1, Path("p"), Path("p/retrain.py"), (), 3, 9, 1, 2, Verification(verdict, cause), "")


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (ModelList("here", ()), 0),
        (None, 0),
        (drift(), 5),  # no column was compared
        (drift((False, None)), 0),
        (drift((True, True)), 3),
        (drift((True, None)), 3),
        (drift((True, False)), 0),
        (drift((True, False), (True, True)), 3),
        (replace(drift((False, None)), rows_needed=200), 5),
        (replace(drift((True, True)), rows_needed=200), 3),
        (replace(drift((True, False)), rows_needed=200), 0),
        (replace(drift((False, None)), held_out=HeldOut("rows", prediction=column(), enough=False)), 5),
        (replace(drift((False, None)), held_out=HeldOut("rows", prediction=column())), 0),
        (evaluated("roc_auc", 0.8, 0.75, 0.85), 0),
        (evaluated("roc_auc", 0.52, 0.48, 0.56), 5),
        (evaluated("roc_auc", 0.3, 0.25, 0.35), 3),
        (evaluated("accuracy", 0.3, 0.25, 0.35), 0),
        (beside(evaluated("rmse", 3.0, 2.95, 3.05), "r2", 0.4, 0.3, 0.5), 0),
        (beside(evaluated("rmse", 3.0, 2.95, 3.05), "r2", 0.04, -0.3, 0.2), 5),
        (beside(evaluated("rmse", 3.0, 2.95, 3.05), "r2", -25.0, -27.0, -22.8), 3),
        (beside(evaluated("log_loss", 1.1, 1.05, 1.15), "balanced_accuracy", 0.5, 0.45, 0.55), 5),
        (beside(evaluated("log_loss", 1.1, 1.05, 1.15), "balanced_accuracy", 0.3, 0.25, 0.35), 3),
        (evaluated("roc_auc", 0.8, 0.75, 0.85, rows=12), 5),
        (evaluated("roc_auc", 0.8, 0.75, 0.85, trained_on=TrainedOn(1000, 1000, 900, beyond_chance=True)), 5),
        (evaluated("roc_auc", 0.3, 0.25, 0.35, trained_on=TrainedOn(1000, 1000, 900, beyond_chance=True)), 5),
        (drift((False, None), finding="extra-column"), 0),
        (drift(finding="missing-column"), 3),
        (compared("better"), 0),
        (compared("not worse"), 0),
        (compared("cannot tell"), 5),
        (compared("worse"), 3),
        (promoted("promote", "pass"), 0),
        (replace(promoted("promote", "pass"), event=None), 0),
        (promoted("refuse", "not applicable"), 3),
        (promoted("refuse", "fail"), 3),
        (exported("identical"), 0),
        (exported("within tolerance"), 0),
        (exported("not verified"), 3),
        (exported("not verified", NOT_TRIED), 0),
        (exported("not reproduced"), 3),
        (Verification("not reproduced"), 3),
        (Verification("not verified", "an input is missing"), 3),
        (MarkedNotebook("m", 1, None, ("model",), (), 2, 7), 0),
        (MarkedNotebook("m", 1, None, ("model",), (), 2, 7, ("`%sx ls` runs in the shell",)), 3),
        (Checkup(1, 3, 90), 0),
        (Checkup(1, 3, 90, (Fault("unsigned", "m@1", "is not signed"),)), 3),
        (Checkup(1, 3, 90, (Fault("alias", "m@champion", "points nowhere"),)), 3),
        (Checkup(1, 3, 90, (Fault("changed", "m@1", "model.skops"), Fault("unsigned", "m@1", "is not signed"))), 1),
        (Checkup(1, 3, 90, (Fault("alias", "m@champion", "points nowhere", repaired=True),)), 0),
        (retrained("promoted"), 0),
        (retrained("refused"), 3),
        (retrained("nothing to do"), 4),
    ],
)
def test_the_outcome_decides(result: Any, code: int) -> None:
    assert exit_code(result) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BadInput("x"), 2),
        (errors.UnknownName("x"), 2),
        (errors.ProjectError("x"), 2),
        (errors.UnsafeModel("x"), 2),
        (errors.Conflict("x"), 2),
        (errors.IntegrityError("x"), 1),
        (errors.NotSigned("x"), 3),
        (errors.NotAllowed("x"), 3),
        (errors.MlopsError("training stopped"), 1),
    ],
)
def test_an_error_decides_too(error: errors.MlopsError, code: int) -> None:
    assert error.exit_code == code

"""Each gate as a table of cases."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ipymlops.evaluation import gates
from ipymlops.evaluation.results import (
    CalibrationBin,
    Comparison,
    Estimate,
    Evaluation,
    Fairness,
    Footprint,
    Gap,
    Latency,
    SliceSearch,
    WeakSlice,
)

AUC = Estimate("roc_auc", 0.8, 0.75, 0.85, 0.95, 1000, "DeLong")
RMSE = Estimate("rmse", 12.0, 11.0, 13.0, 0.95, 1000, "bootstrap", greater_is_better=False)
R2 = Estimate("r2", 0.3, 0.1, 0.5, 0.95, 1000, "bootstrap")
GOOD = Evaluation("m", 2, "binary", 1000, "benchmark", "roc_auc", (AUC,), classes=("no", "yes"))
NUMBERS = Evaluation("m", 2, "regression", 1000, "benchmark", "rmse", (RMSE, R2))
EVEN = Comparison(
    "roc_auc", "m@1", "m@2", 0.8, 0.8, 0.0, -0.004, 0.004, 0.95, 0.005, 1000, "not worse", "not worse", "DeLong"
)
BIN = CalibrationBin(0.20, 0.22, 0.18, 0.26, 300)
EVIDENCE = gates.Evidence(GOOD, EVEN, "identical", "ada", "grace")


RARE = gates.Evidence(replace(GOOD, confusion=((900, 71), (9, 20))))


def _with(**changes: object) -> gates.Evidence:
    return replace(EVIDENCE, **changes)  # type: ignore[arg-type]


def _auc(**changes: float) -> Evaluation:
    return replace(GOOD, metrics=(replace(AUC, **changes),))  # type: ignore[arg-type]


def _bins(*bins: CalibrationBin) -> Evaluation:
    return replace(GOOD, calibration=bins)


OFF = replace(BIN, predicted=0.40)  # 0.14 above its interval

LOSS = Estimate("log_loss", 0.5, 0.4, 0.6, 0.95, 100, "t", greater_is_better=False)
SLICE = WeakSlice("age above 60", 100, LOSS, replace(LOSS, value=0.49), 0.01, 0.004, 0.02, 0.001)


def _slices(*found: WeakSlice, metric: str = "log_loss", note: str = "") -> gates.Evidence:
    return _with(evaluation=replace(GOOD, slices=SliceSearch(metric, found, 10, 500, 500, 0.95, note)))


RECALL = Gap("recall", "m", "f", 0.08, 0.02, 0.14, 2)


def _gaps(*gaps: Gap) -> gates.Evidence:
    return _with(evaluation=replace(GOOD, fairness=(Fairness("sex", (), gaps, 20, 0.95),)))


TAKES = _with(
    evaluation=replace(
        GOOD, footprint=Footprint(2_000_000, (Latency(1, 0.002, 0.009, 60), Latency(1000, 0.1, 0.2, 3)), "a chip", 2)
    )
)

CASES: list[tuple[gates.Demand, gates.Evidence, str, str]] = [
    (gates.EnoughRows(1000), EVIDENCE, "pass", "1,000 rows, 1,000 are asked for"),
    (gates.EnoughRows(1001), EVIDENCE, "fail", "1,000 rows, 1,001 are asked for"),
    (gates.EnoughRows(200, 30), RARE, "fail", "1,000 rows, 200 are asked for; 29 of class yes, 30 are asked for"),
    (gates.EnoughRows(200, 29), RARE, "pass", "29 of class yes, 29 are asked for"),
    (gates.BeatsChance(), EVIDENCE, "pass", "ROC AUC 0.800 (0.750 to 0.850); guessing gives 0.500"),
    (gates.BeatsChance(), _with(evaluation=_auc(low=0.5)), "fail", "guessing gives 0.500"),
    (gates.BeatsChance(), _with(evaluation=_auc(low=math.nan)), "fail", "without an interval"),
    (gates.BeatsChance(), _with(evaluation=NUMBERS), "pass", "R² 0.300 (0.100 to 0.500); guessing gives 0.000"),
    (gates.BeatsChance(), _with(evaluation=replace(NUMBERS, metrics=(RMSE,))), "not applicable", "guessing"),
    (gates.Floor(0.8), EVIDENCE, "pass", "ROC AUC is 0.8; at least 0.8"),
    (gates.Floor(0.81), EVIDENCE, "fail", "at least 0.81 is asked for"),
    (gates.Floor(12.0), _with(evaluation=NUMBERS), "pass", "root mean squared error is 12; at most 12"),
    (gates.Floor(11.9), _with(evaluation=NUMBERS), "fail", "at most 11.9"),
    (gates.NotBelowChampion(), _with(comparison=None), "not applicable", "no champion"),
    (gates.NotBelowChampion(), _with(comparison=replace(EVEN, difference=-0.005)), "pass", "against the champion's"),
    (gates.NotBelowChampion(), _with(comparison=replace(EVEN, difference=-0.006)), "fail", "against the champion's"),
    (gates.NotWorse(0.95), _with(comparison=None), "not applicable", "no champion"),
    (gates.NotWorse(0.95), EVIDENCE, "pass", "ROC AUC 0.8 against the champion's 0.8: not worse"),
    (gates.NotWorse(0.95), _with(comparison=replace(EVEN, low=-0.006)), "fail", "against"),
    (gates.NotWorse(0.95), _with(comparison=replace(EVEN, low=math.nan)), "fail", "against"),
    (gates.NotWorse(0.95), _with(comparison=replace(EVEN, low=-0.004, high=-0.001)), "fail", "against"),
    (gates.NotWorse(0.95), _with(comparison=replace(EVEN, doubt="12 rows are too few")), "fail", "12 rows are too few"),
    (gates.NotBelowChampion(), _with(comparison=replace(EVEN, doubt="12 rows")), "fail", "12 rows"),
    (gates.NotWorse(0.99), EVIDENCE, "fail", "compared at 95 %, but 99 % is asked for"),
    (gates.NotWorse(0.99), _with(comparison=replace(EVEN, level=0.99)), "pass", "against"),
    (gates.Calibrated(0.05), EVIDENCE, "not applicable", "no probabilities"),
    (gates.Calibrated(0.05), _with(evaluation=_bins(BIN, BIN)), "pass", "every one of 2 bins"),
    (gates.Calibrated(0.05), _with(evaluation=_bins(BIN, OFF)), "fail", "40.0 % promised, 22.0 % observed in 300 rows"),
    (gates.Calibrated(0.15), _with(evaluation=_bins(OFF)), "pass", "15.0 % beyond its interval is allowed"),
    (gates.NoWeakSlice(0.02), EVIDENCE, "not applicable", "no weak slices were looked for"),
    (gates.NoWeakSlice(0.02), _slices(note="100 rows are too few"), "not applicable", "100 rows are too few"),
    (gates.NoWeakSlice(0.02), _slices(SLICE, metric="rmse"), "not applicable", "without probabilities"),
    (gates.NoWeakSlice(0.02), _slices(), "pass", "10 candidates, none is weak for certain"),
    (
        gates.NoWeakSlice(0.02),
        _slices(SLICE),
        "pass",
        "age above 60: 0.010 (0.004 to 0.020) of log loss could be saved",
    ),
    (gates.NoWeakSlice(0.005), _slices(SLICE), "fail", "in 100 rows; 0.005 is allowed"),
    (gates.FairEnough(0.05), EVIDENCE, "not applicable", "no column was named"),
    (gates.FairEnough(0.05), _gaps(), "not applicable", "no two groups have enough rows"),
    (gates.FairEnough(0.05), _gaps(replace(RECALL, metric="selection_rate")), "not applicable", "no two groups"),
    (gates.FairEnough(0.05), _gaps(RECALL), "fail", "by sex, recall is higher for m than for f by 0.080 (0.020 to"),
    (gates.FairEnough(0.05), _gaps(replace(RECALL, low=-0.01)), "pass", "0.05 is allowed where it is certain"),
    (gates.FairEnough(0.10), _gaps(RECALL), "pass", "0.10 is allowed"),
    (gates.FastEnough(10), EVIDENCE, "not applicable", "not measured"),
    (gates.FastEnough(10), TAKES, "pass", "2 ms in the median, 9 ms at 99 % of 60 times on a chip; 10 ms are allowed"),
    (gates.FastEnough(5), TAKES, "fail", "5 ms are allowed"),
    (gates.SmallEnough(1), EVIDENCE, "not applicable", "not known"),
    (gates.SmallEnough(2), TAKES, "pass", "2,000,000 bytes; 2 MB are allowed"),
    (gates.SmallEnough(1.5), TAKES, "fail", "1.5 MB are allowed"),
    (gates.Verified(), EVIDENCE, "pass", "verification: identical"),
    (gates.Verified(), _with(verification="within tolerance"), "pass", "within tolerance"),
    (gates.Verified(), _with(verification="not reproduced"), "fail", "not reproduced"),
    (gates.Verified(), _with(verification=""), "fail", "not verified"),
    (gates.Signed(), _with(signature=gates.Signature(True, "m@2 is signed by team.pub")), "pass", "by team.pub"),
    (gates.Signed(), _with(signature=gates.Signature(False, "m@2 is not signed")), "fail", "is not signed"),
    (gates.Signed(), _with(signature=gates.Signature(None, "no key is trusted")), "not applicable", "no key"),
    (gates.Signed(), _with(signature=gates.Signature(None, "not checked", trusted=True)), "fail", "not checked"),
    (gates.Signed(), _with(signature=gates.Signature(None, "not checked", required=True)), "fail", "not checked"),
    (gates.Signed("warns"), _with(signature=gates.Signature(False, "m@2 is not signed")), "fail", "is not signed"),
    (gates.Signed("warns"), EVIDENCE, "not applicable", "no key is trusted here"),
    (gates.Approved(), EVIDENCE, "pass", "approved by grace"),
    (gates.Approved(), _with(rejected="grace rejected it: slow"), "fail", "grace rejected it: slow"),
    (gates.Approved(), _with(approved_by=""), "fail", "nobody has approved it"),
    (gates.Approved(), _with(approved_by="ada"), "fail", "a second person is asked for"),
]


@pytest.mark.parametrize(("demand", "evidence", "outcome", "words"), CASES)
def test_the_outcome_and_its_evidence(demand: gates.Demand, evidence: gates.Evidence, outcome: str, words: str) -> None:
    found = gates.answer(demand, evidence)
    assert found.outcome == outcome
    assert words in found.evidence
    assert (found.code, found.title, found.severity) == (demand.code, demand.title, demand.severity)


def test_every_gate_has_cases_for_passing_and_failing() -> None:
    every = {v for v in vars(gates).values() if isinstance(v, type) and "look" in vars(v) and v is not gates.Demand}
    seen = {(type(demand), outcome) for demand, _, outcome, _ in CASES}
    assert {(gate, outcome) for gate in every for outcome in ("pass", "fail")} <= seen
    assert len({gate.code for gate in every}) == len(every)

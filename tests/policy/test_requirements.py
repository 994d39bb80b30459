"""What each tier demands, and what it takes to get through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from ipymlops.errors import UnknownName
from ipymlops.evaluation.gates import Signature
from ipymlops.evaluation.results import (
    CalibrationBin,
    Comparison,
    Estimate,
    Evaluation,
    Fairness,
    Footprint,
    Gap,
    Gate,
    Latency,
    SliceSearch,
    WeakSlice,
)
from ipymlops.policy.limits import Limits
from ipymlops.policy.requirements import demands, judge, passed, refusal, unsigned
from ipymlops.policy.risk_tier import TIERS, RiskTier, tier_of

EVALUATION = Evaluation(
    "m",
    2,
    "binary",
    1000,
    "benchmark",
    "roc_auc",
    (Estimate("roc_auc", 0.8, 0.75, 0.85, 0.95, 1000, "DeLong"),),
    classes=("no", "yes"),
    calibration=(CalibrationBin(0.20, 0.22, 0.18, 0.26, 300),),
    footprint=Footprint(2_000_000, (Latency(1, 0.002, 0.009, 60),), "a chip", 2),
)
LOSS = Estimate("log_loss", 0.5, 0.4, 0.6, 0.95, 100, "t", greater_is_better=False)
OFF = WeakSlice("age above 60", 100, LOSS, LOSS, 0.1, 0.05, 0.2, 0.001)
UNFAIR = Fairness("sex", (), (Gap("recall", "m", "f", 0.3, 0.2, 0.4, 2),), 20, 0.95)
BETTER = Comparison(
    "roc_auc", "m@1", "m@2", 0.79, 0.8, 0.01, 0.002, 0.018, 0.99, 0.01, 1000, "better", "better by 0.010", "DeLong"
)
UNSURE = replace(BETTER, difference=0.0, low=-0.05, high=0.05, verdict="cannot tell", words="cannot tell")
WORSE = replace(BETTER, difference=-0.05, low=-0.06, high=-0.04, verdict="worse", words="worse by 0.050")
BEST: dict[str, Any] = {
    "evaluation": EVALUATION,
    "comparison": BETTER,
    "verification": "identical",
    "author": "ada",
    "approved_by": "grace",
    "signature": Signature(True, "m@2 is signed by team.pub"),
}
UNSIGNED = Signature(False, "m@2 is not signed")


@pytest.mark.parametrize(
    ("changes", "tiers"),
    [
        ({}, {"low", "medium", "high"}),
        ({"comparison": None}, {"low", "medium", "high"}),
        ({"comparison": UNSURE}, {"low"}),
        ({"comparison": WORSE}, set()),
        ({"comparison": replace(BETTER, level=0.95)}, {"low", "medium"}),
        ({"verification": "not verified"}, {"low", "medium"}),
        ({"verification": "not reproduced"}, {"low", "medium"}),
        ({"approved_by": ""}, {"low", "medium"}),
        ({"approved_by": "ada"}, {"low", "medium"}),
        ({"signature": UNSIGNED}, {"low", "medium"}),
        ({"signature": Signature()}, {"low", "medium", "high"}),
        ({"signature": replace(UNSIGNED, required=True)}, set()),
        ({"evaluation": replace(EVALUATION, n_rows=300)}, {"low", "medium"}),
        ({"evaluation": replace(EVALUATION, n_rows=20)}, {"low"}),
        ({"floor": 0.9}, set()),
        ({"floor": 0.7}, {"low", "medium", "high"}),
        ({"limits": Limits(size_mb=2)}, {"low", "medium", "high"}),
        ({"limits": Limits(size_mb=1)}, set()),
        ({"limits": Limits(latency_ms=10)}, {"low", "medium", "high"}),
        ({"limits": Limits(latency_ms=5)}, set()),
        (
            {"evaluation": replace(EVALUATION, slices=SliceSearch("log_loss", (OFF,), 10, 9, 9, 0.95))},
            {"low", "medium"},
        ),
        ({"evaluation": replace(EVALUATION, fairness=(UNFAIR,))}, {"low", "medium"}),
        ({"evaluation": replace(EVALUATION, calibration=(CalibrationBin(0.5, 0.3, 0.25, 0.35, 200),))}, {"low"}),
    ],
)
def test_who_gets_through(changes: dict[str, Any], tiers: set[str]) -> None:
    through = {tier for tier in TIERS if passed(judge(tier, **(BEST | changes)))}
    assert through == tiers


def test_a_higher_tier_demands_everything_of_the_lower() -> None:
    codes = {tier: {d.code for d in demands(TIERS[tier])} for tier in TIERS}
    assert codes["low"] - {"not-below-champion"} < codes["medium"] < codes["high"]
    assert TIERS["low"].level <= TIERS["medium"].level < TIERS["high"].level
    assert TIERS["low"].margin >= TIERS["medium"].margin >= TIERS["high"].margin
    assert not TIERS["high"].unattended_promotion


@pytest.mark.parametrize("tier", TIERS)
def test_a_floor_is_asked_for_only_where_one_is_given(tier: RiskTier) -> None:
    assert "floor" not in {gate.code for gate in judge(tier, **BEST)}
    assert "floor" in {gate.code for gate in judge(tier, **BEST, floor=0.7)}


def _gate(severity: Any, outcome: Any) -> Gate:
    return Gate("code", "A title", severity, outcome, "evidence")


@pytest.mark.parametrize(
    ("answers", "through"),
    [
        ([("blocks", "pass")], True),
        ([("blocks", "pass"), ("warns", "fail")], True),
        ([("blocks", "pass"), ("blocks", "fail")], False),
        ([("blocks", "not applicable")], False),
        ([("blocks", "not applicable"), ("warns", "fail")], False),
        ([], False),
    ],
)
def test_not_applicable_is_never_a_pass(answers: list[tuple[str, str]], through: bool) -> None:
    assert passed(_gate(*answer) for answer in answers) is through


def test_a_refusal_says_what_stands_in_the_way() -> None:
    answers = judge("medium", **(BEST | {"comparison": WORSE, "verification": "not verified"}))
    assert refusal(answers).startswith("not met: shown not to be worse than the champion (ROC AUC 0.8 against")
    assert "verification" not in refusal(answers)
    assert refusal(judge("high", **BEST)) == ""


@pytest.mark.parametrize("tier", TIERS)
def test_an_unsigned_model_passes_no_other_gate(tier: RiskTier) -> None:
    first, *others = unsigned(tier, UNSIGNED)
    assert (first.code, first.outcome, first.evidence) == ("signature", "fail", "m@2 is not signed")
    assert {g.outcome for g in others} == {"not applicable"}
    assert {first.code, *(g.code for g in others)} == {d.code for d in demands(TIERS[tier])}
    assert not passed([first, *others])
    assert refusal([first, *others]) == "not met: signed by a trusted key (m@2 is not signed)"


def test_tiers_by_name() -> None:
    assert {tier_of(name).name for name in get_args(RiskTier)} == set(TIERS)
    with pytest.raises(UnknownName, match="did you mean 'medium'"):
        tier_of("medum")


@pytest.mark.parametrize("tier", TIERS)
def test_whoever_names_groups_gets_an_answer(tier: RiskTier) -> None:
    found = {g.code: g for g in judge(tier, **{**BEST, "evaluation": replace(EVALUATION, fairness=(UNFAIR,))})}
    unfair = [g for g in found.values() if "recall" in g.evidence and "sex" in g.evidence]
    assert [g.outcome for g in unfair] == ["fail"]
    assert unfair[0].severity == ("blocks" if tier == "high" else "warns")

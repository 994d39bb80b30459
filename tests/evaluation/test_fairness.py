"""Figures by group against counts by hand, gaps that are there and gaps that are not, and groups that are too small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from ipymlops.errors import UnknownName
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.fairness import fairness
from ipymlops.evaluation.groups import groups_of
from ipymlops.evaluation.results import Fairness
from ipymlops.evaluation.stored import from_record, to_record
from ipymlops.evaluation.uncertainty import newcombe, wilson
from ipymlops.frames import as_table


def binary(counts: dict[str, tuple[int, int, int, int]]) -> Fairness:
    """By group: true positives, false negatives, false positives, true negatives."""
    cells = [(1, 1), (1, 0), (0, 1), (0, 0)]
    rows = [
        (name, *cell) for name, four in counts.items() for cell, n in zip(cells, four, strict=True) for _ in range(n)
    ]
    group, true, predicted = (np.array(values) for values in zip(*rows, strict=True))
    return fairness(as_table(pd.DataFrame({"sex": group})), "sex", Predictions("binary", true, predicted, (0, 1)))


def test_figures_are_those_counted_by_hand() -> None:
    found = binary({"f": (30, 20, 10, 90), "m": (45, 5, 30, 50)})
    figures = {g.group: {e.name: e for e in g.figures} for g in found.groups}
    assert {g.group: g.n_rows for g in found.groups} == {"f": 150, "m": 130}
    assert {k: v.value for k, v in figures["f"].items()} == pytest.approx(
        {"selection_rate": 40 / 150, "recall": 30 / 50, "false_positive_rate": 10 / 100, "precision": 30 / 40}
    )
    recall = figures["m"]["recall"]
    assert (recall.low, recall.high) == wilson(45, 50)[:2]
    gap = next(g for g in found.gaps if g.metric == "recall")
    assert (gap.highest, gap.lowest) == ("m", "f")
    assert gap.difference == pytest.approx(0.3)
    assert (gap.low, gap.high) == pytest.approx(
        newcombe((45, 30), (50, 50), 1 - 0.05 / 4)[:2]
    )  # one pair, four figures
    assert gap.certain


def test_three_groups_are_corrected_for_three_pairs() -> None:
    found = binary({"a": (30, 20, 10, 90), "b": (45, 5, 30, 50), "c": (40, 10, 20, 60)})
    gap = next(g for g in found.gaps if g.metric == "recall")
    assert (gap.low, gap.high) == pytest.approx(newcombe((45, 30), (50, 50), 1 - 0.05 / 4 / 3)[:2])
    assert gap.groups == 3


def test_a_small_group_takes_no_part() -> None:
    found = binary({"a": (30, 20, 10, 90), "b": (29, 21, 11, 89), "tiny": (0, 10, 9, 0)})
    gap = next(g for g in found.gaps if g.metric == "recall")
    assert {gap.highest, gap.lowest} == {"a", "b"}
    assert not gap.certain
    assert binary({"a": (30, 20, 10, 90), "tiny": (0, 10, 9, 0)}).gaps == ()


@pytest.mark.parametrize("groups", [2, 5])
def test_groups_that_are_alike_seldom_show_a_gap(groups: int) -> None:
    random = np.random.default_rng(0)
    alarms = {"binary": 0, "regression": 0}
    for _ in range(200):
        table = as_table(pd.DataFrame({"g": random.choice(list("abcdefg")[:groups], 600)}))
        true = (random.random(600) < 0.4).astype(np.intp)
        predicted = np.where(random.random(600) < 0.2, 1 - true, true)
        errors = random.normal(size=600)
        alarms["binary"] += bool(fairness(table, "g", Predictions("binary", true, predicted, (0, 1))).certain)
        alarms["regression"] += bool(fairness(table, "g", Predictions("regression", errors, np.zeros(600))).certain)
    assert max(alarms.values()) <= 10


def test_regression() -> None:
    random = np.random.default_rng(0)
    region = random.choice(["north", "south"], 800)
    error = random.normal(np.where(region == "north", 1.0, 0.0), 1.0)
    found = fairness(
        as_table(pd.DataFrame({"region": region})), "region", Predictions("regression", error, np.zeros(800))
    )
    mean = next(g for g in found.gaps if g.metric == "mean_error")
    assert (mean.highest, mean.lowest, mean.certain) == ("north", "south", True)
    assert mean.low < 1 < mean.high
    assert found.groups[0].figures[0].value == pytest.approx(error[region == found.groups[0].group].mean())


GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "levels by size": (["b", "a", "a"], ("a", "b")),
    "missing": (["a", None, "a"], ("a", "(missing)")),
    "few numbers": ([1, 2, 2], ("2", "1")),
    "numbers of many digits": ([0.1 + 0.2, 0.3, 1 / 3, 1 / 3, 1 / 3, -0.1], ("0.3333", "0.3", "-0.1")),
    "numbers told apart late": ([0.12345, 0.123456, 0.123456], ("0.12346", "0.12345")),
    "large numbers": ([1234567.0, 1234568.0, 1234568.0, np.nan], ("1,234,568", "1,234,567", "(missing)")),
    "booleans": ([True, False, True], ("True", "False")),
    "quarters": (range(1, 101), ("up to 25", "above 25 to 50", "above 50 to 75", "above 75")),
    "quarters with missing": (
        [*map(float, range(1, 101)), np.nan],
        ("up to 25", "above 25 to 50", "above 50 to 75", "above 75", "(missing)"),
    ),
    "many levels": ([f"{i:02}" for i in range(15)], (*(f"{i:02}" for i in range(10)), "(all others)")),
}


@pytest.mark.parametrize("case", GROUPS)
def test_the_groups_of_a_column(case: str) -> None:
    values, expected = GROUPS[case]
    names, codes = groups_of(as_table(pd.DataFrame({"c": list(values)})), "c")
    assert names == expected
    assert set(codes.tolist()) == set(range(len(names)))


@pytest.mark.parametrize("model", [LogisticRegression(), LinearRegression()])
def test_a_column_that_the_model_does_not_take(model: Any) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"x": random.normal(size=500), "sex": random.choice(["f", "m"], 500)})
    y = np.where(np.arange(500) % 7 == 0, np.nan, X["x"] + random.normal(size=500) > 0)
    known = ~np.isnan(y)
    fitted = model.fit(X.loc[known, ["x"]], y[known])
    found = evaluate(fitted, X[["x"]], y, name="m", sensitive=["sex", "sex"], beside=X)
    assert [f.column for f in found.fairness] == ["sex"]
    assert sum(g.n_rows for g in found.fairness[0].groups) == known.sum()
    assert from_record(to_record(found)) == found
    with pytest.raises(UnknownName, match="did you mean 'sex'"):
        evaluate(fitted, X[["x"]], y, name="m", sensitive=["sexx"], beside=X)

"""Figures of a regression are told in the unit of the target's column, wherever they stand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.label_free.estimating import estimate

RANDOM = np.random.default_rng(0)
X = pd.DataFrame({"area": RANDOM.uniform(30, 120, 2000), "age": RANDOM.choice(["old", "new"], 2000)})
Y = 2 * X["area"] + RANDOM.normal(0, np.where(X["age"] == "old", 30, 5))


class ByArea:
    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(2 * X["area"])


@pytest.mark.parametrize(
    ("target", "unit"), [("price", "units of price"), ("", "target units"), ("target", "target units")]
)
def test_every_figure_has_the_unit(target: str, unit: str) -> None:
    found = evaluate(ByArea(), X, Y, name="m", target=target, sensitive=["age"], slices=True)
    assert found.headline.unit == unit
    assert {f.unit for g in found.fairness[0].groups for f in g.figures} == {unit}
    assert {gap.unit for gap in found.fairness[0].gaps} == {unit}
    assert found.slices is not None
    assert [s.here.unit for s in found.slices.found] == [unit] * len(found.slices.found) != []
    assert found.metric("r2").unit == ""


def test_so_has_an_estimate_without_labels() -> None:
    model = LinearRegression().fit(X[["area"]], Y)
    rows = X[["area"]]
    found = estimate(model, (rows[:500], Y[:500]), rows[500:], name="m", version=1, data="new", target="price")
    assert {w.estimate.unit for w in found.windows} == {"units of price"}

"""Searches over distributions are stored and read again; texts that no search wrote are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV

from ipymlops.errors import UnsafeModel
from ipymlops.registry.serializers import sklearn as serializer
from ipymlops.registry.serializers.distributions import StoredDistribution

GIVEN = {
    "C": stats.loguniform(1e-3, 10),
    "tol": stats.uniform(loc=np.float64(1e-4), scale=1e-3),
    "max_iter": stats.randint(2000, 3000),
    "intercept_scaling": stats.expon,
}


def test_a_search_over_distributions_comes_back() -> None:
    X, y = load_iris(return_X_y=True)
    search = RandomizedSearchCV(LogisticRegression(), GIVEN, n_iter=3, cv=3, random_state=0).fit(X, y)
    files, facts = serializer.dump(search)
    again = serializer.load(files.__getitem__, facts)
    assert (again.predict_proba(X) == search.predict_proba(X)).all()
    for name, distribution in GIVEN.items():
        drawn = again.param_distributions[name].rvs(size=20, random_state=1)
        assert (drawn == distribution.rvs(size=20, random_state=1)).all()
    assert search.param_distributions == GIVEN  # the model itself is left as it was


def test_parameters_that_are_no_numbers_are_refused() -> None:
    X, y = load_iris(return_X_y=True)
    search = RandomizedSearchCV(LogisticRegression(max_iter=2000), {"C": stats.uniform(1, 2)}, n_iter=1, cv=3).fit(X, y)
    search.param_distributions["C"].args = (object(),)
    with pytest.raises(UnsafeModel, match="distribution uniform with parameters that are not a few numbers"):
        serializer.dump(search)


HOSTILE = [
    {"name": "sys", "args": [], "kwds": {}},
    {"name": "rv_histogram", "args": [], "kwds": {}},
    {"name": "norm", "args": ["import os"], "kwds": {}},
    {"name": "norm", "args": [], "kwds": {"seed": {}}},
]


@pytest.mark.parametrize("record", HOSTILE)
def test_texts_that_no_search_wrote_are_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="distribution"):
        StoredDistribution(json.dumps(record))

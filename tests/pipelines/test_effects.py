"""The table of knowledge is checked against the libraries it speaks of."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.pipelines import effects, methods
from ipymlops.pipelines.effects import Effect

OBJECTS: dict[str, Callable[[], Any]] = {
    "frame": lambda: pd.DataFrame({"a": [3.0, None, 1.0], "c": ["u", "v", "u"]}),
    "series": lambda: pd.Series([3.0, None, 1.0], name="a"),
    "text series": lambda: pd.Series(["b", "a", "b"]),
    "index": lambda: pd.Index([3, 1, 2]),
    "array": lambda: np.array([3.0, 1.0, 2.0]),
    "list": lambda: [3, 1, 2],
    "dictionary": lambda: {"b": 1, "a": 2},
    "set": lambda: {1, 2},
    "estimator": lambda: LogisticRegression().fit([[0.0], [1.0]], [0, 1]),
}
# These would open a window, wait, or reach for the clipboard.
NOT_CALLED = {"astype", "select_dtypes", "to_clipboard", "show", "plot", "hist", "boxplot"}


def content(value: Any) -> str:
    return repr(vars(value)) if isinstance(value, LogisticRegression) else repr(value)


def attempts(value: Any, name: str) -> None:
    """Call the method in a few simple ways; most do not fit, and that is fine.

    No whole numbers: to a writer they are open files.
    """
    for arguments in [(), (1.5,), ("c",), ([0],), (value,), (len,)]:
        with contextlib.suppress(Exception):
            getattr(value, name)(*arguments)


@pytest.mark.parametrize("kind", OBJECTS)
def test_methods_said_to_be_pure_leave_their_object_as_it_was(
    kind: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    changed = []
    for name, effect in methods.METHODS.items():
        value = OBJECTS[kind]()
        if effect.receiver or name in NOT_CALLED or not hasattr(value, name):
            continue
        before = content(value)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            attempts(value, name)
        if content(value) != before:
            changed.append(name)
    assert changed == []


@pytest.mark.parametrize(
    ("path", "effect"),
    [
        ("pandas.read_csv", effects.FRAME),
        ("pandas.DataFrame.from_dict", effects.FRAME),
        ("numpy.random.rand", Effect(draws=("numpy",), kind="array")),
        ("numpy.linalg.norm", effects.ARRAY),
        ("sklearn.linear_model.LogisticRegression", effects.CONSTRUCTOR),
        ("sklearn.model_selection.GridSearchCV", effects.CLONING),
        ("lightgbm.LGBMClassifier", effects.CONSTRUCTOR),
        ("matplotlib.pyplot.plot", effects.FIGURE),
        ("somebody.function", effects.UNKNOWN),
    ],
)
def test_the_longest_row_wins(path: str, effect: Effect) -> None:
    assert effects.of_function(path) == effect


@pytest.mark.parametrize(
    ("path", "keywords", "draws"),
    [
        ("sklearn.ensemble.RandomForestClassifier", (), "numpy"),
        ("sklearn.linear_model.LogisticRegression", (), ""),
        ("sklearn.linear_model.LogisticRegression", ("solver",), "numpy"),
        ("sklearn.model_selection.KFold", (), ""),
        ("sklearn.model_selection.KFold", ("shuffle",), "numpy"),
        ("sklearn.linear_model.LinearRegression", (), ""),
        ("xgboost.XGBClassifier", (), ""),
    ],
)
def test_which_estimators_draw_from_the_global_generator(path: str, keywords: tuple[str, ...], draws: str) -> None:
    assert effects.draws_when_used(path, keywords) == draws

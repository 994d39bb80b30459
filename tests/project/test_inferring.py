"""What the record tells is checked against the model and the data before it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.project.candidate import Candidate
from ipymlops.project.inferring import Inferred, infer

CELLS = (
    "from sklearn.model_selection import train_test_split\nX_train, X_test, y_train, y_test = train_test_split(X, y)",
    "model.fit(X_train, y_train)",
)
JOURNAL = Journal(tuple(CellRun(n, source, evidence=False) for n, source in enumerate(CELLS, 1)))


def _data() -> dict[str, Any]:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200)})
    y = pd.Series((table["a"] + random.normal(size=200) > 0).astype(int), name="t")
    return {"X_train": table[:150], "y_train": y[:150], "X_test": table[150:], "y_test": y[150:]}


def _infer(model: Any, data: dict[str, Any]) -> Inferred:
    def value(expression: str) -> Any:
        if expression not in data:
            raise BadInput(f"No name is called {expression!r}")
        return data[expression]

    return infer(Candidate(model, "m", None, None, journal=JOURNAL, targets=("model",)), value)


def _fitted() -> LogisticRegression:
    data = _data()
    return LogisticRegression().fit(data["X_train"], data["y_train"])


def test_what_fits_is_used() -> None:
    done = _infer(_fitted(), _data())
    assert done.unclear == ()
    assert len(done.found) == 2
    assert done.candidate.targets == ("model", "X_train", "y_train")


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("X_train", lambda X: X.assign(c=1), "X_train has 3 columns and the model was fitted on 2: give --train X y"),
        ("X_train", lambda X: X[["b", "a"]], "X_train has other columns than the model was fitted on: give --train"),
        ("X_train", lambda X: X[:100], "`X_train` has 100 rows and `y_train` 150 targets: give --train X y"),
        ("X_test", lambda X: X.assign(p=1), "X_test has 3 columns and the model was fitted on 2: give --test X y"),
        ("y_test", lambda y: y[:9], "`X_test` has 50 rows and `y_test` 9 targets: give --test X y"),
        ("y_test", lambda y: y + 1, "y_test holds 1 label that the model was not trained on: give --test X y"),
        ("X_test", lambda X: object(), "`X_test` and `y_test` cannot be read as rows and targets"),
    ],
)
def test_what_does_not_fit_is_said_and_not_used(name: str, changed: Any, words: str) -> None:
    data = _data()
    done = _infer(_fitted(), data | {name: changed(data[name])})
    [said] = done.unclear
    assert said.startswith(words)
    given = done.candidate.train if "train" in name else done.candidate.test
    assert given is None


def test_names_that_are_gone_are_said() -> None:
    data = _data()
    del data["X_test"]
    assert _infer(_fitted(), data).unclear == (
        "`X_test` cannot be evaluated now (No name is called 'X_test'): give --test X y",
    )


def test_a_model_that_remembers_its_rows_is_asked() -> None:
    data = _data()
    model = KNeighborsClassifier().fit(data["X_train"][:99], data["y_train"][:99])
    assert "X_train has 150 rows and the model was fitted on 99: give --train X y" in _infer(model, data).unclear


def test_the_python_api_infers_where_it_can_evaluate(project: Project) -> None:
    data = _data()
    done = project.register(
        _fitted(), name="m", journal=JOURNAL, targets=("model",), value=data.__getitem__, inferred=("as told",)
    )
    assert done.inferred[0] == "as told"
    assert len(done.inferred) == 3
    assert done.evaluation is not None
    plain = project.register(_fitted(), name="plain", journal=JOURNAL, targets=("model",))
    assert plain.inferred == ()
    assert plain.evaluation is None


def test_the_same_test_data_again_needs_no_words(project: Project) -> None:
    data = _data()
    for _ in range(2):
        done = project.register(_fitted(), name="m", journal=JOURNAL, targets=("model",), value=data.__getitem__)
        assert done.warnings == ()


AGAIN = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)"
FITTED_ROWS = [
    ("bound again", (*CELLS, AGAIN), ("model", "X_train", "y_train"), 2),
    ("bound again, and parts of names", (CELLS[0], "model.fit(d.X[['a']], d['y'])", "d = 1"), None, 2),
    ("made by a call", (CELLS[0], "model.fit(f(X), y)", "X = 1"), ("model",), None),
    ("without targets", (CELLS[0], "model.fit(X_train)", AGAIN), ("model",), None),
]


@pytest.mark.parametrize(("cells", "targets", "as_of"), [c[1:] for c in FITTED_ROWS], ids=[c[0] for c in FITTED_ROWS])
def test_rows_that_were_bound_again_are_left_to_the_proof(
    cells: tuple[str, ...], targets: tuple[str, ...] | None, as_of: int | None
) -> None:
    journal = Journal(tuple(CellRun(n, source, evidence=False) for n, source in enumerate(cells, 1)))
    candidate = Candidate(_fitted(), "m", None, None, journal=journal, targets=("model",))
    done = infer(candidate, lambda expression: _data()[expression])
    assert done.candidate.train is None
    assert done.unclear
    assert done.candidate.as_of == as_of
    assert done.candidate.targets == (targets or ("model", "d.X[['a']]", "d['y']"))

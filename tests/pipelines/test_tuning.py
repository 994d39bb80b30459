"""Parameters tuned in the notebook stay as tuned: what a search found there is all that later runs try."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.pipelines.script import write_script
from ipymlops.pipelines.tuned import Tuning, tried_by
from ipymlops.retraining import Pipeline

IMPORT = "from sklearn.model_selection import GridSearchCV"
CELLS = (
    f"import pandas as pd\n{IMPORT}\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler\nfrom sklearn.neighbors import KNeighborsClassifier",
    'df = pd.read_csv("rows.csv")\nX = df[["a", "b"]]; y = df["t"]',
    "search = GridSearchCV(\n    make_pipeline(StandardScaler(), KNeighborsClassifier()),\n"
    '    {"kneighborsclassifier__n_neighbors": [1, 45]},\n    cv=3,\n)',
    "search.fit(X, y)\nmodel = search.best_estimator_",
)


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        ([[IMPORT], ["model = GridSearchCV(m, g)"]], ['GridSearchCV(m, g), "In [2] 1")']),
        ([[f"{IMPORT} as Grid"], ["model = Grid(m, g).fit(X, y)"]], ['(Grid(m, g), "In [2] 1").fit(X, y)']),
        (
            [["import sklearn.model_selection as ms"], ["model = ms.RandomizedSearchCV(m, g)"]],
            ['(ms.RandomizedSearchCV(m, g), "In [2] 1")'],
        ),
        (
            [[IMPORT], ["first = GridSearchCV(m, g)", "model = GridSearchCV(first, g)"]],
            ['(GridSearchCV(m, g), "In [2] 1")', '(GridSearchCV(first, g), "In [2] 2")'],
        ),
        ([[IMPORT], ["model = GridSearchCV(GridSearchCV(m, g), h)"]], ['(GridSearchCV(GridSearchCV(m, g), h), "In [2']),
        ([[IMPORT], ["def made(g):\n    return GridSearchCV(m, g)"], ["model = made(g)"]], ['"In [2] 1")']),
        ([[IMPORT], ["pipeline = GridSearchCV(m, g)", "model = pipeline"]], ["= retraining.as_tuned(GridSearchCV(m"]),
    ],
)
def test_every_search_is_handed_to_the_pipeline(make_slice: Any, cells: list[list[str]], written: list[str]) -> None:
    script = write_script(make_slice(*cells), (), model="line", version=1, notebook=None)
    assert all(text in script for text in written), script
    assert script.count("as_tuned(") == len(written)


def test_a_class_of_the_authors_own_is_not_a_search(make_slice: Any) -> None:
    slice_ = make_slice(["from mine import GridSearch"], ["model = GridSearch(m, g)"])
    assert "as_tuned" not in write_script(slice_, (), model="line", version=1, notebook=None)


def searches() -> list[Any]:
    from scipy.stats import randint
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    tree, rest = DecisionTreeClassifier(random_state=0), {"cv": 2}
    text = make_pipeline(CountVectorizer(), MultinomialNB())
    return [
        GridSearchCV(tree, {"max_depth": [1, 2, None]}, **rest),
        GridSearchCV(LogisticRegression(), [{"C": [1.0, 2.0]}, {"C": [3.0], "fit_intercept": [False]}], **rest),
        GridSearchCV(text, {"countvectorizer__ngram_range": [(1, 1), (1, 2)]}, **rest),
        RandomizedSearchCV(tree, {"max_depth": randint(1, 9)}, n_iter=4, random_state=0, **rest),
        HalvingGridSearchCV(tree, {"max_depth": [1, 2, 3]}, random_state=0, **rest),
        HalvingRandomSearchCV(tree, {"max_depth": randint(1, 9)}, random_state=0, **rest),
    ]


def seen(depth: str) -> Any:
    """What a proof records of the first of the searches."""
    return {"found": {"max_depth": depth}, "tried": tried_by(searches()[0])}


@pytest.mark.parametrize("number", range(6))
def test_what_was_found_is_all_that_is_tried_after_a_trip_through_json(number: int) -> None:
    random = np.random.default_rng(0)
    X: Any = random.normal(size=(80, 2))
    y = (X[:, 0] > 0).astype(int)
    if number == 2:
        X = [f"{'good' if v else 'bad'} word{i % 7}" for i, v in enumerate(y)]
    watching = Tuning()
    first = watching.watched(searches()[number], "In [1] 1").fit(X, y)
    tuning = Tuning(json.loads(json.dumps(watching.found())))
    again = tuning.settled(searches()[number], "In [1] 1").fit(X, y)
    assert tuning.notes == []
    assert again.best_params_ == first.best_params_
    assert {json.dumps(p) for p in again.cv_results_["params"]} == {json.dumps(p) for p in [again.best_params_]}


def test_a_search_made_in_a_loop_is_known_by_its_turn() -> None:
    tuning = Tuning({"In [1] 1": [seen("1"), seen("2")]})
    grids = [tuning.settled(searches()[0], "In [1] 1").param_grid for _ in range(3)]
    assert grids == [{"max_depth": [1]}, {"max_depth": [2]}, {"max_depth": [1, 2, None]}]
    assert tuning.notes == ["search 1 of In [1] searched again: no proof has recorded what it found in the notebook"]


@pytest.mark.parametrize(
    ("recorded", "again", "note"),
    [
        ({}, False, "no proof has recorded what it found in the notebook"),
        ({"In [1] 1": [None]}, False, "no proof has recorded what it found in the notebook"),
        ({"In [1] 1": [seen("1")]}, True, "as --retune asks"),
    ],
)
def test_what_is_not_known_is_searched_again_and_told(recorded: Any, again: bool, note: str) -> None:
    tuning = Tuning(recorded, again)
    assert tuning.settled(searches()[0], "In [1] 1").param_grid == {"max_depth": [1, 2, None]}
    assert len(tuning.notes) == 1
    assert tuning.notes[0].endswith(note)


def test_an_estimator_among_the_values_is_not_recorded() -> None:
    search = searches()[0]
    search.best_params_ = {"estimator": search.estimator}
    tuning = Tuning()
    tuning.watched(search, "In [1] 1")
    tuning.watched(searches()[0], "In [1] 2")  # never fitted
    assert tuning.found() == {"In [1] 1": [None], "In [1] 2": [None]}


@pytest.mark.parametrize(
    ("number", "edit", "what"),
    [
        (0, {"param_grid": {"max_depth": [1, 2, 3]}}, "max_depth is"),
        (0, {"param_grid": {"max_depth": [1, 2, None], "max_features": [1]}}, "max_features is"),
        (0, {"param_grid": [{"max_depth": [1]}, {"max_depth": [2, None]}]}, "max_depth is"),
        (0, {"scoring": "f1"}, "scoring is"),
        (1, {"param_grid": [{"C": [1.0, 2.0]}, {"C": [4.0], "fit_intercept": [True]}]}, "C and fit_intercept are"),
        (2, {"estimator__multinomialnb": None}, "estimator is"),
        (3, {"n_iter": 9}, "n_iter is"),
        (3, {"param_distributions": {"max_depth": list(range(1, 9))}}, "max_depth is"),
        (4, {"param_grid": {"max_depth": list(range(200))}}, "max_depth is"),
        (5, {"n_candidates": 3}, "n_candidates is"),
    ],
)
def test_a_search_edited_by_hand_is_made_again_and_told(number: int, edit: dict[str, Any], what: str) -> None:
    from sklearn.naive_bayes import BernoulliNB

    record = {"found": {"max_depth": "1"}, "tried": tried_by(searches()[number])}
    tuning = Tuning(json.loads(json.dumps({"In [1] 1": [record]})))
    edited = searches()[number].set_params(**{k: BernoulliNB() if v is None else v for k, v in edit.items()})
    before = tried_by(edited)
    assert tried_by(tuning.settled(edited, "In [1] 1")) == before
    assert tuning.told() == [f"search 1 of In [1] searched again: its {what} not as in the notebook"]


def test_numbers_of_numpy_are_those_of_python() -> None:
    one, other = searches()[0], searches()[0]
    one.param_grid, other.param_grid = {"C": np.linspace(0, 1, 3)}, {"C": [0.0, 0.5, 1.0]}
    assert tried_by(one) == tried_by(other)


class Odd:
    """A distribution of the author's own."""

    def rvs(self, **_: Any) -> int:
        return 1


def test_what_cannot_be_compared_is_searched_again_and_told() -> None:
    search = searches()[3].set_params(param_distributions={"max_depth": Odd()})
    tuning = Tuning({"In [1] 1": [seen("1")]})
    assert tuning.settled(search, "In [1] 1").n_iter == 4
    assert "cannot be compared" in tuning.told()[0]
    watching = Tuning()
    watching.watched(search, "In [1] 1").best_params_ = {"max_depth": 1}
    assert watching.found() == {"In [1] 1": [None]}


def test_values_that_a_script_gives_to_a_settled_search_later_are_told() -> None:
    tuning = Tuning({"In [1] 1": [seen("1")]})
    search = tuning.settled(searches()[0], "In [1] 1")
    assert tuning.told() == []
    search.param_grid = {"max_depth": np.array([5, 6])}
    assert tuning.told() == ["search 1 of In [1] searched again: it got other values after it was made"]


OWN = f"""{IMPORT} as Search
from sklearn.neighbors import KNeighborsClassifier

def tuned(X, y):
    return Search(KNeighborsClassifier(), {{"n_neighbors": [1, 45]}}, cv=3).fit(X, y).best_estimator_
"""


def test_a_search_in_a_module_beside_the_script_is_told(
    run_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / "tuning_of_ours.py").write_text(OWN)
    rows(shift=0, noise=0, seed=0).to_csv(tmp_path / "work" / "rows.csv", index=False)
    monkeypatch.syspath_prepend(tmp_path / "work")
    project = run_notebook(CELLS[0] + "\nfrom tuning_of_ours import tuned", CELLS[1], "model = tuned(X, y)")
    exported = project.export("line@1", tmp_path / "work" / "out", lock=False)
    assert exported.verification.verdict == "identical"
    (told,) = [note for note in exported.notes if "searches for parameters itself" in note]
    assert told == "tuning_of_ours.py searches for parameters itself (GridSearchCV): every run does so again"
    command = [sys.executable, "out/retrain.py", "--dry-run", "--force", "--json"]
    said = subprocess.run(command, cwd=tmp_path / "work", capture_output=True, text=True, check=True)
    assert told in json.loads(said.stdout)["notes"]


def test_a_grid_edited_in_the_script_is_searched_and_told(run_notebook: Any, tmp_path: Path) -> None:
    rows(shift=0, noise=0, seed=0).to_csv(tmp_path / "work" / "rows.csv", index=False)
    run_notebook(*CELLS).export("line@1", tmp_path / "out", lock=False)
    script = tmp_path / "out" / "retrain.py"
    script.write_text(script.read_text().replace("[1, 45]", "[3, 5]"))
    pipeline = loaded(tmp_path / "out")
    assert pipeline.fit({"rows": str(tmp_path / "work" / "rows.csv")})[0][-1].n_neighbors in (3, 5)
    (told,) = pipeline.tuning.told()
    assert told.endswith("its kneighborsclassifier__n_neighbors is not as in the notebook")


def rows(*, shift: float, noise: float, seed: int) -> pd.DataFrame:
    """Neighbours alone tell the class where there is no noise; with noise only many of them do."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"a": random.normal(size=240), "b": random.normal(size=240)})
    checks = (np.floor(table["a"] * 2) + np.floor(table["b"] * 2)) % 2 if not noise else table["a"] > 0
    flipped = random.random(240) < noise
    return table.assign(a=table["a"] + shift, t=np.where(flipped, 1 - checks, checks).astype(int))


def loaded(folder: Path) -> Pipeline:
    names: dict[str, Any] = {"__name__": "retrain_under_test", "__file__": str(folder / "retrain.py")}
    exec(compile((folder / "retrain.py").read_text(), "retrain.py", "exec"), names)
    pipeline = names["pipeline"]
    assert isinstance(pipeline, Pipeline)
    return pipeline


def test_new_data_refit_the_scaler_and_leave_the_parameters(run_notebook: Any, tmp_path: Path) -> None:
    rows(shift=0, noise=0, seed=0).to_csv(tmp_path / "work" / "rows.csv", index=False)
    exported = run_notebook(*CELLS).export("line@1", tmp_path / "out", lock=False)
    assert exported.verification.verdict == "identical"
    record = json.loads((tmp_path / "out" / "slice.json").read_text())
    (search,) = record["tuned"]["In [3] 1"]
    assert search["found"] == {"kneighborsclassifier__n_neighbors": "1"}
    assert search["tried"]["kneighborsclassifier__n_neighbors"] == "[1, 45]"
    new = rows(shift=5, noise=0.4, seed=1)
    new.to_csv(tmp_path / "new.csv", index=False)
    pipeline = loaded(tmp_path / "out")
    inputs = {"rows": str(tmp_path / "new.csv")}
    one, other = pipeline.fit(inputs)[0], pipeline.fit(inputs)[0]
    assert pipeline.tuning.notes == []
    assert one[-1].n_neighbors == 1
    assert one[0].mean_ == pytest.approx(new[["a", "b"]].mean())
    assert (one.predict_proba(new[["a", "b"]]) == other.predict_proba(new[["a", "b"]])).all()
    pipeline.retune = True
    assert pipeline.fit(inputs)[0][-1].n_neighbors == 45


def test_the_program_says_that_it_searched_again(run_notebook: Any, tmp_path: Path) -> None:
    rows(shift=0, noise=0, seed=0).to_csv(tmp_path / "work" / "rows.csv", index=False)
    run_notebook(*CELLS).export("line@1", tmp_path / "work" / "out", lock=False)
    command = [sys.executable, "out/retrain.py", "--dry-run", "--retune", "--json"]
    said = subprocess.run(command, cwd=tmp_path / "work", capture_output=True, text=True, check=True)
    answer = json.loads(said.stdout)
    assert answer["decision"] == "checked"
    assert "search 1 of In [3] searched again, as --retune asks" in answer["notes"]

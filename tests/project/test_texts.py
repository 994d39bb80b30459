"""A model of texts, fitted on one column: it is never given a table, wherever its rows come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler

from ipymlops.capture.recorder import Recorder
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.registry.pyfunc import PyfuncModel

CELLS = (
    "import pandas as pd\nfrom sklearn.feature_extraction.text import TfidfVectorizer\n"
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import train_test_split\n"
    "from sklearn.pipeline import Pipeline",
    "df = pd.read_csv('reviews.csv')",
    "X_train, X_test, y_train, y_test = train_test_split({X}, df['label'], random_state=0)",
    "model = Pipeline([('words', TfidfVectorizer()), ('says', LogisticRegression())]).fit(X_train, y_train)",
)


def reviews(seed: int = 0, rows: int = 240) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    words = (["great", "fine", "happy", "love", "warm"], ["bad", "awful", "sad", "poor", "cold"])
    bad = random.integers(0, 2, rows)
    said = [words[b if random.random() < 0.8 else 1 - b] for b in bad]
    texts = [" ".join([*random.choice(of, 5), f"w{n % 40}"]) for n, of in enumerate(said)]
    return pd.DataFrame({"text": texts, "label": np.where(bad, "bad", "good")})


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(X: str) -> tuple[Project, dict[str, Any]]:
        monkeypatch.chdir(tmp_path)
        reviews().to_csv("reviews.csv", index=False)
        names: dict[str, Any] = {"__name__": "__main__"}
        recorder = Recorder(names, folder=str(tmp_path), notebook="work.ipynb")
        for number, source in enumerate((c.replace("{X}", X) for c in CELLS), 1):
            recorder.before(source, number, None)
            exec(compile(source, f"<{number}>", "exec"), names)
            recorder.after(True, None)
        project = Project.open(tmp_path)
        done = project.register(
            names["model"], name="line", journal=recorder.journal(), targets=("model",),
            value=lambda expression: eval(expression, names),
        )  # fmt: skip
        assert done.warnings == ()
        assert done.evaluation is not None
        assert done.evaluation.headline.value > 0.7
        return project, names

    return run


def test_a_column_of_texts_from_registration_to_proof(registered: Any, tmp_path: Path) -> None:
    project, names = registered("df['text']")
    expected = names["model"].predict(names["X_test"]).tolist()
    bundle = project.bundle(project.registry.resolve("line@1"))
    assert project.load("line@1").predict(names["X_test"]).tolist() == expected
    assert project.evaluate("line").n_rows == len(expected)
    assert [c.name for c in bundle.schema().columns] == ["text"]
    assert isinstance(bundle.benchmark()[0], pd.Series)
    report = project.drift("line", names["X_test"], name="test")
    assert [c.column for c in report.columns] == ["text"]
    assert report.drifted == ()
    assert project.export("line", tmp_path / "out").verification.verdict == "identical"


def test_whatever_holds_the_texts_the_model_gets_a_column(registered: Any) -> None:
    project, names = registered("df['text']")
    model = PyfuncModel(project.bundle(project.registry.resolve("line@1")))
    texts = names["X_test"]
    expected = names["model"].predict(texts).tolist()
    given = (
        texts, texts.rename("review"), texts.tolist(), texts.to_numpy(), texts.to_frame(), texts.to_frame("review"),
        names["df"].loc[texts.index], pl.from_pandas(texts.to_frame()), pl.from_pandas(texts),
        texts.to_frame().to_numpy(),
    )  # fmt: skip
    for rows in given:
        assert model.predict(rows).tolist() == expected, type(rows)
    with pytest.raises(BadInput, match=r"Found 2 columns\. Expected: 1: text"):
        model.predict(names["df"][["label"]].assign(other=1))


@pytest.mark.parametrize("X", ["df['text'].to_list()", "df['text'].to_numpy()"])
def test_texts_without_a_name(registered: Any, X: str) -> None:
    project, names = registered(X)
    assert project.show("line@1").columns
    loaded = project.load("line@1")
    assert loaded.predict(names["X_test"]).tolist() == names["model"].predict(names["X_test"]).tolist()


SPARSE = TfidfVectorizer().fit_transform(reviews()["text"])
LABELS = reviews()["label"]
NUMBERS = np.random.default_rng(0).normal(size=(60, 2))
REFUSED: dict[str, tuple[Any, Any, str]] = {
    "a sparse matrix": (
        LogisticRegression().fit(SPARSE, LABELS), (SPARSE, LABELS),
        "Found a sparse matrix of 240 rows and 50 columns.*into one Pipeline, fit that",
    ),
    "several targets": (
        LinearRegression().fit(NUMBERS, NUMBERS), (NUMBERS, NUMBERS),
        r"Found targets of shape \(60, 2\).*one model for each column of y",
    ),
    "groups": (KMeans(2, n_init=1).fit(NUMBERS), (NUMBERS, NUMBERS[:, 0]), "KMeans, a clusterer.*on its groups"),
    "a transformer": (StandardScaler().fit(NUMBERS), (NUMBERS, NUMBERS[:, 0]), "without a predict .*into a Pipeline"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "train", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_says_the_way_out(project: Project, model: Any, train: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        project.register(model, name="line", train=train)
    assert "\n" not in str(caught.value)

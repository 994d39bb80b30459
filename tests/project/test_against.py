"""``drift --against``: another reference than the training data, weighed as the version uses its columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from ipymlops.apps.commands.execute import execute
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import FileResolve, NotebookResolve
from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.results import DriftReport
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.views.cards.drift import drift_card, drift_verdict
from ipymlops.views.cards.drift_over_time import over_time_card
from ipymlops.views.table import charts


def applications(seed: int, income: float = 0.0, rows: int = 2000) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.normal(size=(rows, 3)), columns=["income", "age", "debt"])
    X["income"] += income
    return X.assign(code=random.choice(["01", "02", "03"], rows))


@pytest.fixture
def credit(project: Project) -> Project:
    train, test = applications(0), applications(1)
    y, truth = ((X["income"] + 0.5 * X["age"] > 0).astype(int) for X in (train, test))
    numbers = ["income", "age", "debt"]
    model = DecisionTreeClassifier(max_depth=5, random_state=0).fit(train[numbers], y)
    project.register(model, name="credit", train=(train[numbers], y), test=(test[numbers], truth))
    return project


def said(credit: Project, words: str, names: dict[str, Any]) -> DriftReport | DriftOverTime:
    request = parse(["drift", "credit", *words.split()], "ipymlops")
    assert request is not None
    report = execute(request, NotebookResolve(names, lambda: None), credit.root)
    assert isinstance(report, DriftReport | DriftOverTime)
    return report


def test_last_month_instead_of_the_training_data(credit: Project) -> None:
    names = {"may": applications(2, income=1), "june": applications(3, income=1)}
    trained = said(credit, "--data june", names)
    assert isinstance(trained, DriftReport)
    assert trained.drifted == ("income",)
    assert trained.against == ""
    report = said(credit, "--data june --against may", names)
    assert isinstance(report, DriftReport)
    assert report.drifted == ()
    assert (report.against, report.reference_rows) == ("may", 2000)
    assert [c.importance for c in sorted(report.columns, key=lambda c: c.column)] == [
        c.importance for c in sorted(trained.columns, key=lambda c: c.column)
    ]
    card = drift_card(report)
    assert card.title == "Drift of credit@1 on june against may"
    assert "against 2,000 of may" in str(card.figures)
    assert all("training" not in str(chart.to_dict()["title"]) for chart in charts(report))
    assert "of may" in str(charts(report)[0].to_dict()["title"])


def test_what_changed_since_last_month(credit: Project) -> None:
    report = said(credit, "--data june --against may", {"may": applications(2, income=1), "june": applications(3)})
    assert isinstance(report, DriftReport)
    assert drift_verdict(report) == "Found 1 column that drifted and matters: income."


def test_over_windows(credit: Project) -> None:
    names = {"may": applications(2, income=1), "june": pd.concat([applications(3, income=1), applications(4)])}
    report = said(credit, "--data june --against may --by 1000", names)
    assert isinstance(report, DriftOverTime)
    assert [w.drifted for w in report.windows] == [(), (), ("income",), ("income",)]
    card = over_time_card(report)
    assert card.title == "Drift of credit@1 on june against may, by windows of 1,000 rows"
    assert "Each window is compared with may." in str(card.folds[-1])


def test_files(credit: Project, tmp_path: Path) -> None:
    for name, income in (("may", 1), ("june", 1)):
        applications(len(name), income=income).to_csv(tmp_path / f"{name}.csv", index=False)
    report = said(credit, f"--data {tmp_path}/june.csv --against {tmp_path}/may.csv", {})
    assert isinstance(report, DriftReport)
    assert report.drifted == ()


FORMS = "Expected: another table, as --data takes one.* such as --data june.parquet --against may.parquet"


@pytest.mark.parametrize("resolve", ["notebook", "shell"])
@pytest.mark.parametrize("word", ["mya.csv", "training", "credit@1", "month last", "may.xlsx"])
def test_a_word_that_names_no_table(
    credit: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, resolve: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("may", "june"):
        applications(2).to_csv(tmp_path / f"{name}.csv", index=False)
    request = parse(["drift", "credit", "--data", "june.csv", "--against", word], "ipymlops")
    assert request is not None
    side = NotebookResolve({}, lambda: None) if resolve == "notebook" else FileResolve()
    with pytest.raises(BadInput, match=f"Found --against {word}: .*{FORMS}") as caught:
        execute(request, side, credit.root)
    assert "without --against it is compared with the training data" in caught.value.next_step
    assert ("did you mean 'may.csv'" in caught.value.found) == (word == "mya.csv")


def test_a_file_that_is_there_says_itself_what_is_wrong(credit: Project, tmp_path: Path) -> None:
    applications(2).to_csv(tmp_path / "may.csv", index=False, sep=";")
    applications(2).to_csv(tmp_path / "june.csv", index=False)
    with pytest.raises(BadInput, match="Expected: columns parted by commas"):
        said(credit, f"--data {tmp_path}/june.csv --against {tmp_path}/may.csv", {})


def test_a_column_on_its_threshold_is_resolved(credit: Project) -> None:
    may, june = applications(2), applications(3, income=0.25)
    report = credit.drift("credit", june, against=("may", may))
    assert all(c.effect_low <= c.threshold < c.effect_high for c in report.columns) is False
    assert not [note for note in report.notes if "lies on its threshold" in note]


@pytest.mark.parametrize(
    ("may", "said"),
    [
        (applications(2).drop(columns="age"), r"'age' of may: is in the reference and not in the data"),
        (applications(2).assign(age="old"), r"'age' of may: was numbers and is categories"),
        (applications(2)[:0], "rows"),
    ],
    ids=["a column less", "another type", "empty"],
)
def test_a_table_that_is_no_reference(credit: Project, may: pd.DataFrame, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        credit.drift("credit", applications(3), against=("may", may))
    assert "\n" not in str(caught.value)

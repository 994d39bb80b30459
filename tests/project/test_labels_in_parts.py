"""``drift --labels`` on a folder: what it says of the same table in memory, with no more than a part at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from ipymlops.apps.commands.execute import execute
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import FileResolve, NotebookResolve
from ipymlops.drift.results import DriftReport, HeldOut
from ipymlops.errors import BadInput, UnknownName
from ipymlops.partitions import ParquetTable, parquet
from ipymlops.project import Project
from ipymlops.registry.bundle import Bundle
from ipymlops.views.table import render_text
from tests.project.test_drift_beyond_columns import applications, with_labels

ROWS = 1500
PARTS = 3
Folder = Any  # (table) -> its folder of Parquet files


@pytest.fixture(scope="module")
def credit(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Registered once: no test here changes it."""
    project = Project.open(tmp_path_factory.mktemp("credit"))
    train, test = applications(2000, 0), applications(1500, 1)
    project.register(LogisticRegression().fit(*train), name="credit", train=train, test=test)
    project.register(LogisticRegression().fit(*train), name="untested", train=train)
    said = [(X, y.map({0: "no", 1: "yes"})) for X, y in (train, test)]
    project.register(LogisticRegression().fit(*said[0]), name="words", train=said[0], test=said[1])
    return project


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Writes a table as three files, which are read a few hundred values at a time and never whole."""
    monkeypatch.setattr(parquet, "VALUES", 400)

    def refuse(*_: Any) -> Any:
        raise AssertionError("the table was read whole")

    for method in ("whole", "column"):
        monkeypatch.setattr(ParquetTable, method, refuse)

    def written(table: pd.DataFrame) -> Path:
        place = tmp_path / "new"
        place.mkdir()
        for number, rows in enumerate(np.array_split(np.arange(len(table)), PARTS)):
            part = table.iloc[rows].convert_dtypes() if number == 1 else table.iloc[rows]
            part.to_parquet(place / f"{number}.parquet", row_group_size=300)
        return place

    return written


def beyond(report: DriftReport) -> HeldOut:
    assert report.held_out is not None
    return report.held_out


def gaps(y: pd.Series, every: int = 3) -> pd.Series:
    """The same labels, of which some have not come yet."""
    return y.where(np.arange(len(y)) % every > 0)


LABELS: dict[str, Any] = {
    "whole numbers": lambda y: y,
    "with gaps": gaps,
    "none in the first file": lambda y: y.where(np.arange(ROWS) >= ROWS // PARTS),
    "booleans": lambda y: y.astype(bool),
    "booleans with gaps": lambda y: gaps(y.astype(bool).astype(object)),
    "a class that is new": lambda y: y.where(np.arange(ROWS) % 4 > 0, 2),
    "texts with gaps": lambda y: gaps(y.map({0: "no", 1: "yes"})),
    "categories": lambda y: y.map({0: "no", 1: "yes"}).astype("category"),
}
IN_WORDS = ("texts with gaps", "categories")


@pytest.mark.parametrize("shift", [0.0, 2.0])
@pytest.mark.parametrize("kind", LABELS)
def test_it_says_what_it_says_in_memory(credit: Project, folder: Folder, kind: str, shift: float) -> None:
    X, y = applications(ROWS, 2, shift=shift)
    new = X.assign(repaid=LABELS[kind](y))
    name = "words" if kind in IN_WORDS else "credit"
    whole = credit.drift(name, new, name="new", labels="repaid")
    streamed = credit.drift(name, folder(new), name="new", labels="repaid")
    assert beyond(streamed) == beyond(whole)
    assert beyond(streamed).target is not None
    assert [(c.column, c.p_value, c.effect) for c in streamed.columns] == [
        (c.column, c.p_value, c.effect) for c in whole.columns
    ]
    assert (streamed.findings, streamed.notes, streamed.alarming) == (whole.findings, whole.notes, whole.alarming)


def test_more_true_answers_of_one_kind_are_drift(credit: Project, folder: Folder) -> None:
    new = with_labels(applications(ROWS, 2, shift=2.0))
    found = beyond(credit.drift("credit", folder(new), labels="repaid"))
    assert found.target is not None
    assert found.target.drifted


@pytest.mark.parametrize("moved", [0.0, 1.0])
def test_so_are_larger_numbers(project: Project, folder: Folder, moved: float) -> None:
    X, _ = applications(1500, 0)
    y = pd.Series(X["income"] * 3 + np.random.default_rng(0).normal(size=1500), name="price")
    project.register(
        LinearRegression().fit(X[:700], y[:700]), name="price", train=(X[:700], y[:700]), test=(X[700:], y[700:])
    )
    new, _ = applications(900, 2)
    new = new.assign(price=gaps(new["income"] * 3 + moved))
    whole, streamed = (beyond(project.drift("price", data, labels="price")) for data in (new, folder(new)))
    assert whole.target is not None
    assert streamed.target is not None
    for figure in ("effect", "effect_low", "effect_high", "p_value", "p_adjusted", "drifted", "shape"):
        assert getattr(streamed.target, figure) == getattr(whole.target, figure), figure
    assert (streamed.notes, streamed.enough, streamed.target.drifted) == (whole.notes, whole.enough, moved > 0)


def test_no_model_is_loaded(credit: Project, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Bundle) -> Any:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(Bundle, "model", refuse)
    assert beyond(credit.drift("credit", folder(with_labels(applications(ROWS, 2))), labels="repaid")).target


def test_with_predictions_the_report_says_that_errors_were_not_compared(credit: Project, folder: Folder) -> None:
    new = folder(with_labels(applications(ROWS, 2)))
    report = credit.drift("credit", new, labels="repaid", predictions=True)
    found = beyond(report)
    assert found.target is not None
    assert (found.prediction, found.errors, found.refused) == (None, None, "")
    assert "Predictions and errors were not compared" in render_text(report)


def test_from_words_to_a_report(credit: Project, folder: Folder) -> None:
    place = folder(with_labels(applications(ROWS, 2, shift=2.0)))
    request = parse(["drift", "credit", "--data", str(place), "--labels", "repaid"], "ipymlops")
    assert request is not None
    report = execute(request, FileResolve(), credit.root)
    assert isinstance(report, DriftReport)
    assert "Labels drifted." in render_text(report)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ("--labels repayed", UnknownName, "did you mean 'repaid'.*labels of a table in parts are one of its columns"),
        ("--labels truth", UnknownName, "No column of the table in parts is called 'truth'"),
        ("--labels truth.csv", UnknownName, "No column of the table in parts is called 'truth.csv'"),
        ("--labels age", BadInput, "'age' is one that the model reads"),
        ("--labels empty", BadInput, "no row with a label"),
        ("--classifier --labels repaid", BadInput, "--classifier on a table in parts"),
        ("--predictions", BadInput, "--predictions on a table in parts"),
    ],
)
def test_what_cannot_be_asked_of_a_table_in_parts(
    credit: Project, folder: Folder, words: str, error: type[Exception], said: str
) -> None:
    new = with_labels(applications(ROWS, 2)).assign(empty=np.nan)
    request = parse(["drift", "credit", "--data", str(folder(new)), *words.split()], "ipymlops")
    assert request is not None
    with pytest.raises(error, match=said) as refused:
        execute(request, NotebookResolve({"truth": new["repaid"]}, lambda: None), credit.root)
    assert "\n" not in str(refused.value)


def test_labels_themselves_are_refused(credit: Project, folder: Folder) -> None:
    X, y = applications(ROWS, 2)
    with pytest.raises(BadInput, match="labels apart from a table in parts"):
        credit.drift("credit", folder(X), labels=y)


def test_a_file_without_the_labels_is_named(credit: Project, folder: Folder) -> None:
    place = folder(with_labels(applications(ROWS, 2)))
    applications(100, 3)[0].to_parquet(place / "9.parquet")
    with pytest.raises(BadInput, match=r"no column 'repaid' in '9\.parquet'"):
        credit.drift("credit", place, labels="repaid")


def test_without_held_out_rows_nothing_is_read(
    credit: Project, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("rows were read")

    monkeypatch.setattr(ParquetTable, "each", refuse)
    with pytest.raises(BadInput, match="no held-out rows"):
        credit.drift("untested", folder(with_labels(applications(ROWS, 2))), labels="repaid")


@pytest.fixture
def file(folder: Folder, tmp_path: Path) -> Folder:
    """Writes a table as one file of several row groups, which ``folder`` keeps from being read whole."""

    def written(table: pd.DataFrame) -> Path:
        place = tmp_path / "new.parquet"
        table.to_parquet(place, row_group_size=300)
        return place

    return written


@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_one_file_is_read_by_row_groups_too(
    credit: Project, file: Folder, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    new = with_labels(applications(ROWS, 2, shift=shift))
    whole = credit.drift("credit", new, name="new", labels="repaid")
    place = file(new)

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the file was read whole")

    monkeypatch.setattr("ipymlops.project.reading.read_data", refuse)
    streamed = credit.drift("credit", place, name="new", labels="repaid")
    assert beyond(streamed) == beyond(whole)
    assert (streamed.findings, streamed.notes, streamed.alarming) == (whole.findings, whole.notes, whole.alarming)


@pytest.mark.parametrize("more", [{"predictions": True}, {"classifier": True}])
def test_one_file_is_read_whole_where_its_rows_are_asked(credit: Project, file: Folder, more: dict[str, bool]) -> None:
    new = with_labels(applications(ROWS, 2))
    whole = credit.drift("credit", new, name="new", labels="repaid", **more)
    assert beyond(credit.drift("credit", file(new), name="new", labels="repaid", **more)) == beyond(whole)


def test_labels_beside_one_file_are_taken_from_where_they_are(credit: Project, file: Folder) -> None:
    X, y = applications(ROWS, 2, shift=2.0)
    found = beyond(credit.drift("credit", file(X), name="new", labels=y))
    assert found == beyond(credit.drift("credit", X, name="new", labels=y))
    assert found.target is not None
    assert found.target.drifted


def test_a_dask_dataframe_has_labels_too(credit: Project) -> None:
    dd = pytest.importorskip("dask.dataframe", reason="Dask is not installed: pip install ipymlops[dask]")
    new = with_labels(applications(ROWS, 2, shift=2.0))
    whole = credit.drift("credit", new, name="new", labels="repaid")
    asked = credit.drift("credit", dd.from_pandas(new, npartitions=4), name="new", labels="repaid")
    assert beyond(asked) == beyond(whole)

"""Labels as a column of the table, a variable, a file or values; a column of labels never reaches the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.apps.commands.execute import execute
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import FileResolve, NotebookResolve, Resolve
from ipymlops.errors import BadInput, UnknownName
from ipymlops.project import Project
from ipymlops.project.labelling import apart

Data = tuple[pd.DataFrame, pd.Series]
FRAME = pd.DataFrame({"age": [31, 44, 50], "income": [1.0, 2.0, 3.0], "paid": [0, 1, 1]})


@pytest.fixture(scope="module")
def credit(tmp_path_factory: pytest.TempPathFactory, model: Any, train: Data, test: Data) -> Project:
    project = Project.open(tmp_path_factory.mktemp("credit"))
    project.register(model, name="credit", train=train, test=test)
    project.register(LogisticRegression().fit(train[0].to_numpy(), train[1]), name="arrays",
                     train=(train[0].to_numpy(), train[1]), test=(test[0].to_numpy(), test[1]))  # fmt: skip
    return project


def run(project: Project, words: list[str], resolve: Resolve) -> Any:
    request = parse(words, "ipymlops")
    assert request is not None
    return execute(request, resolve, project.root)


def of_a_notebook(**names: Any) -> NotebookResolve:
    return NotebookResolve(names, lambda: None)


VERBS: dict[str, tuple[list[str], Callable[[Any], int]]] = {
    "evaluate": (["evaluate", "MODEL", "--data", "new", "LABELS"], lambda e: int(e.n_rows)),
    "estimate": (["estimate", "MODEL", "--data", "new", "--labels", "LABELS"],
                 lambda e: int(e.of("accuracy")[0].realized.n_rows)),
    "drift": (["drift", "MODEL", "--data", "new", "--predictions", "--labels", "LABELS"],
              lambda d: int(d.held_out.errors.now_rows)),
}  # fmt: skip


@pytest.mark.parametrize("labels", ["defaulted", "y", "new['defaulted']"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_column_a_variable_and_an_expression_are_labels(credit: Project, test: Data, verb: str, labels: str) -> None:
    words, counted = VERBS[verb]
    words = [{"MODEL": "credit", "LABELS": labels}.get(word, word) for word in words]
    new = test[0].assign(defaulted=test[1])
    assert counted(run(credit, words, of_a_notebook(new=new, y=test[1]))) == len(test[1])


@pytest.mark.parametrize("verb", ["evaluate", "estimate"])
def test_a_model_that_knows_columns_by_position_gets_those_without_labels(
    credit: Project, test: Data, verb: str
) -> None:
    words, counted = VERBS[verb]
    words = [{"MODEL": "arrays", "LABELS": "defaulted"}.get(word, word) for word in words]
    new = test[0].assign(defaulted=test[1])[["defaulted", "income", "age"]]
    assert counted(run(credit, words, of_a_notebook(new=new))) == len(test[1])


@pytest.mark.parametrize("verb", VERBS)
def test_on_the_command_line(credit: Project, test: Data, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(credit.root.parent)
    test[0].assign(defaulted=test[1]).to_parquet("new.parquet")
    test[1].to_frame().to_csv("y.csv", index=False)
    words, counted = VERBS[verb]
    for labels in ("defaulted", "y.csv"):
        said = [{"MODEL": "credit", "LABELS": labels, "new": "new.parquet"}.get(word, word) for word in words]
        assert counted(run(credit, said, FileResolve())) == len(test[1])
    said = [{"MODEL": "credit", "LABELS": "defautled", "new": "new.parquet"}.get(word, word) for word in words]
    with pytest.raises(UnknownName, match="No column of the table is called 'defautled'; did you mean 'defaulted'"):
        run(credit, said, FileResolve())


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("verb", VERBS)
def test_labels_asked_for_and_not_named(
    credit: Project, test: Data, tmp_path: Path, verb: str, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory, and for drift also in parts; the columns that the model does not read are named."""
    monkeypatch.chdir(tmp_path)
    table = test[0].assign(defaulted=test[1], region="north")
    words = [{"MODEL": "credit", "new": "new"}.get(word, word) for word in VERBS[verb][0] if word != "LABELS"]
    words = [word for word in words if whole or word != "--predictions"]
    (tmp_path / "new").mkdir()
    table.to_parquet(tmp_path / "new" / "part.parquet")
    with pytest.raises(BadInput, match="without the true answers") as caught:
        run(credit, words, of_a_notebook(new=table) if whole else FileResolve())
    assert "the model does not read (defaulted and region)" in caught.value.expected
    option = "--data X" if verb == "evaluate" else "--labels"
    assert caught.value.next_step == f"name them: {option} defaulted"


def test_labels_not_named_of_a_table_that_the_model_reads_whole(credit: Project, test: Data) -> None:
    with pytest.raises(BadInput, match=r"Expected: labels apart, one a row\. Next: name them: --labels LABELS"):
        credit.estimate("credit", test[0], labels="")


def test_a_label_that_is_infinite_is_named_with_its_column(credit: Project, test: Data) -> None:
    labels = test[1].astype(float)
    labels.iloc[[3, 5]] = np.inf
    with pytest.raises(BadInput, match="Found 2 infinite values in 'defaulted', the column of labels"):
        credit.evaluate("credit", (test[0].assign(defaulted=labels), "defaulted"))


@pytest.mark.parametrize("verb", VERBS)
def test_labels_in_other_words_than_the_classes_say_how_to_map_them(credit: Project, test: Data, verb: str) -> None:
    table = test[0].assign(defaulted=np.where(test[1] == 1, "yes", "no"))
    words = [{"MODEL": "credit", "LABELS": "defaulted"}.get(word, word) for word in VERBS[verb][0]]
    with pytest.raises(BadInput, match=r"map them, each to its class: y = y\.map\({'no': CLASS, 'yes': CLASS}\)"):
        run(credit, words, of_a_notebook(new=table))


def test_other_words_are_no_drift(credit: Project, test: Data, tmp_path: Path) -> None:
    table = test[0].assign(defaulted=np.where(test[1] == 1, "yes", "no"))
    table.to_parquet(tmp_path / "new.parquet")
    for data in (table, tmp_path / "new.parquet", tmp_path):
        with pytest.raises(
            BadInput, match=r"Found the labels '.* no held-out row has .*y\.map\({'no': CLASS, 'yes': CLASS}\)"
        ):
            credit.drift("credit", data, labels="defaulted")


CONTAINERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda f: f,
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
    "names that are numbers": lambda f: f.set_axis([0, 1, 2], axis=1),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_column_is_taken_out_of_the_table(container: str) -> None:
    given = CONTAINERS[container](FRAME)
    name = "2" if container.startswith("names") else "paid"
    data, labels = apart(given, name, reads=["age", "income"])
    assert type(data) is type(given)
    assert data.shape == (3, 2)
    assert labels.tolist() == [0, 1, 1]


def test_a_column_of_an_array() -> None:
    data, labels = apart(FRAME.to_numpy(), "x2", reads=["x0", "x1"])
    assert (data.shape, labels.tolist()) == ((3, 2), [0, 1, 1])


def test_a_column_comes_before_a_variable_but_one_that_the_model_reads_after() -> None:
    assert apart(FRAME, "paid", reads=["age"], value=lambda _: [7, 7, 7])[1].tolist() == [0, 1, 1]
    data, labels = apart(FRAME, "age", reads=["age"], value=lambda _: [7, 7, 7])
    assert (data.shape, labels.tolist()) == ((3, 3), [7, 7, 7])


def nothing(name: str) -> Any:
    raise UnknownName.of("name in this notebook", name, ["y_true", "X"], next_step="run the cell that defines it")


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "a column that the model reads": ("age", BadInput, "'age' is one that the model reads"),
    "another length": ([0, 1], BadInput, "Found 3 rows and 2 labels"),
    "neither in a notebook": (
        "piad",
        UnknownName,
        r"No column of the table and no name in this notebook is called 'piad'; did you mean 'paid'\? "
        r"Expected: a column of the table \(one of paid, age, income\), or a variable that holds the labels\. "
        r"Next: name the column, or run the cell that defines it\.$",
    ),
    "a variable mistyped": (
        "y_ture",
        UnknownName,
        "No column of the table and no name in this notebook is called 'y_ture'; did you mean 'y_true'",
    ),
    "a column with a space": ("pa id", UnknownName, "No column of the table .* 'pa id'; did you mean 'paid'"),
    "an expression that fails": ("X['paid", UnknownName, "No name in this notebook"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_labels(case: str) -> None:
    labels, error, said = WRONG[case]
    with pytest.raises(error, match=said):
        apart(FRAME, labels, reads=["age"], value=nothing)


def test_a_table_of_nothing_but_labels() -> None:
    with pytest.raises(BadInput, match="no column but the labels"):
        apart(FRAME[["paid"]], "paid", reads=["age"])


def test_labels_of_another_length_are_refused_before_anything_is_learned(
    credit: Project, test: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ipymlops.evaluation.label_free import estimating

    def refuse(*_: Any) -> Any:
        raise AssertionError("something was learned")

    monkeypatch.setattr(estimating, "_learn", refuse)
    with pytest.raises(BadInput, match="as many labels as rows"):
        credit.estimate("credit", test[0], labels=test[1].head(7))


def test_a_folder_of_parquet_files_is_one_table(credit: Project, test: Data, tmp_path: Path) -> None:
    table = test[0].assign(defaulted=test[1], region=np.where(test[0]["age"] > 40, "north", "south"))
    for month, part in (("2026-01", table[:300]), ("2026-02", table[300:])):
        (tmp_path / "new" / f"month={month}").mkdir(parents=True)
        part.to_parquet(tmp_path / "new" / f"month={month}" / "part.parquet")
    whole = credit.estimate("credit", table, labels="defaulted")
    parts = credit.estimate("credit", tmp_path / "new", labels="defaulted")
    assert parts.rows() == whole.rows()
    found = credit.evaluate("credit", (tmp_path / "new", "defaulted"), sensitive=["month", "region"])
    assert found.metrics == credit.evaluate("credit", (table, "defaulted")).metrics
    assert {g.group: g.n_rows for g in found.fairness[0].groups} == {"2026-01": 300, "2026-02": 500}

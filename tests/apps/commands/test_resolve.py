"""What words stand for, in a notebook and on the command line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ipymlops.apps.commands.resolve import FileResolve, NotebookResolve, is_table_path, visible_names
from ipymlops.errors import BadInput, UnknownName


def notebook(**names: object) -> NotebookResolve:
    return NotebookResolve(dict(names), journal=lambda: None, hidden=("get_ipython",))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "june.csv"
    pd.DataFrame({"age": [31, 44]}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("expression", "value"), [("x", 3), ("x + 1", 4), ("d['a b']", 5), ("[x for x in (1, 2)]", [1, 2])]
)
def test_an_expression_is_evaluated(expression: str, value: object) -> None:
    assert notebook(x=3, d={"a b": 5}).value(expression) == value


def test_an_expression_changes_no_name() -> None:
    names: dict[str, object] = {"x": 3}
    NotebookResolve(names, journal=lambda: None).value("[y for y in (1, 2)]")
    assert set(names) - {"__builtins__"} == {"x"}


def test_a_missing_name_is_met_with_the_closest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'X_train'") as caught:
        notebook(X_train=1, y_train=2, _hidden=3, get_ipython=4).value("X_trian")
    assert "_hidden" not in str(caught.value)
    assert "get_ipython" not in str(caught.value)


def test_a_missing_name_inside_an_expression_is_named_alone() -> None:
    with pytest.raises(UnknownName, match="called 'latst'"):
        notebook(latest=1).value("latst[latst.age > 3]")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1 +", "a name or a Python expression"),
        ("", "a name"),
        ("1 / 0", "ZeroDivisionError"),
        ("x.y", "AttributeError"),
    ],
)
def test_an_expression_that_fails_is_said_in_a_line(expression: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        notebook(x=3).value(expression)


def test_a_path_is_read_on_both_sides(table: Path) -> None:
    for resolve in (notebook(), FileResolve()):
        assert resolve.data(str(table))["age"].tolist() == [31, 44]


def test_an_attribute_that_ends_like_a_file_stays_an_expression() -> None:
    class Store:
        csv = "the attribute"

    assert notebook(store=Store()).data("store.csv") == "the attribute"


def test_a_file_comes_before_an_attribute_of_a_variable(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(table.parent)
    assert notebook(june=pd.DataFrame({"age": [1]})).data("june.csv")["age"].tolist() == [31, 44]
    with pytest.raises(BadInput, match=r"No file is at 'july\.csv'"):
        notebook(july=pd.DataFrame({"age": [1]})).data("july.csv")


def test_an_expression_longer_than_a_path_may_be_is_one() -> None:
    assert notebook(x=1).data(" + ".join(["x"] * 100)) == 100


def test_a_folder_is_a_path_unless_a_name_begins_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "months" / "2026").mkdir(parents=True)
    assert notebook().data("months/2026", Path) == Path("months/2026")
    assert notebook().data("months", Path) == Path("months")
    assert notebook(months=3).data("months", Path) == 3


def test_a_missing_file_is_said() -> None:
    with pytest.raises(BadInput, match=r"No file is at 'july\.parquet'"):
        FileResolve().data("july.parquet")


def test_a_name_on_the_command_line_is_no_table() -> None:
    with pytest.raises(BadInput, match=r"\.csv, \.parquet"):
        FileResolve().data("latest")


def test_a_model_on_the_command_line_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(BadInput, match="%mlops register in the notebook"):
        FileResolve().value("model.skops")


@pytest.mark.parametrize(
    ("text", "is_path"),
    [("a.csv", True), ("x/y.PARQUET", True), ("a.feather", True), ("a.pq", True), ("df", False), ("a.xlsx", False)],
)
def test_paths_are_known_by_their_ending(text: str, is_path: bool) -> None:
    assert is_table_path(text) is is_path


def test_names_a_person_made() -> None:
    assert visible_names({"a": 1, "_b": 2, "In": 3}, hidden=("In",)) == ["a"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_file_that_is_not_read_is_no_unknown_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    if exists:
        (tmp_path / "june.xlsx").write_bytes(b"PK")
    for resolve in (notebook(), FileResolve(), notebook(june=pd.DataFrame({"age": [1]}))):
        with pytest.raises(BadInput, match=r"Found the file 'june\.xlsx'.* pd\.read_excel\('june\.xlsx'\)"):
            resolve.data("june.xlsx")


def test_an_attribute_that_ends_like_such_a_file_stays_an_expression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Store:
        json = "the attribute"

    monkeypatch.chdir(tmp_path)
    (tmp_path / "store.json").write_text("{}")
    assert notebook(store=Store()).data("store.json") == "the attribute"

"""Files that cannot be read as a table: one line says which can, and what to do with this one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames import READERS, is_unread, read_table

FRAME = pd.DataFrame({"age": [31, 44], "income": [1.5, 2.5], "paid": ["yes", "no"]})


def refused(path: Path | str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("june.xlsx", "pd.read_excel('june.xlsx')"),
        ("JUNE.XLS", "pd.read_excel('JUNE.XLS')"),
        ("june.json", "pd.read_json('june.json')"),
        ("june.jsonl", "pd.read_json('june.jsonl', lines=True)"),
        ("june.csv.gz", "pd.read_csv('june.csv.gz')"),
        ("data/june.v2.csv.zip", "pd.read_csv('data/june.v2.csv.zip')"),
        ("june.jsonl.gz", "pd.read_json('june.jsonl.gz', lines=True)"),
        ("june.tsv", r"pd.read_csv('june.tsv', sep='\t')"),
    ],
)
def test_another_kind_of_file_says_what_is_read_and_how_to_convert(name: str, call: str) -> None:
    error = refused(name)
    assert is_unread(name)
    assert error.found == f"Found the file {Path(name).name!r}"
    assert error.expected == "a table in " + ", ".join(READERS)
    assert f"df = {call};" in error.next_step
    assert "df.to_parquet(" in error.next_step


@pytest.mark.parametrize("name", ["june", "june.doc", "june.gz"])
def test_what_nobody_knows_how_to_read_gets_no_advice(name: str) -> None:
    error = refused(name)
    assert error.expected.startswith("a table in .csv")
    assert error.next_step == ""


def test_the_advice_leads_to_a_file_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("june.csv.gz", index=False)
    advice = refused("june.csv.gz").next_step
    names: dict[str, pd.DataFrame] = {}
    exec(advice[advice.index("df = ") : advice.index(";")], {"pd": pd}, names)
    names["df"].to_parquet(advice.split("to_parquet('")[1].partition("'")[0])
    assert read_table("june.parquet").equals(FRAME)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path).found == f"Found the folder {tmp_path.name!r}"


@pytest.mark.parametrize("suffix", [".pq", ".parq"])
def test_other_endings_of_parquet_files_are_read(tmp_path: Path, suffix: str) -> None:
    FRAME.to_parquet(tmp_path / f"june{suffix}")
    assert read_table(tmp_path / f"june{suffix}").equals(FRAME)


@pytest.mark.parametrize(("sign", "typed"), [(";", "';'"), ("\t", r"'\t'"), ("|", "'|'")])
@pytest.mark.parametrize("decimal", [".", ","])
def test_another_separator_is_told_and_never_guessed(tmp_path: Path, sign: str, typed: str, decimal: str) -> None:
    path = tmp_path / "june.csv"
    FRAME.to_csv(path, sep=sign, decimal=decimal, index=False)
    error = refused(path)
    assert error.found == f"Found 'june.csv' with one column, called {sign.join(FRAME.columns)!r}"
    assert error.expected == "columns parted by commas"
    assert f"pd.read_csv({str(path)!r}, sep={typed})" in error.next_step
    assert ("decimal=','" in error.next_step) == (sign == ";")


def test_names_with_commas_hide_no_other_separator(tmp_path: Path) -> None:
    path = tmp_path / "june.csv"
    path.write_text("age;income (net, monthly);paid\n31;1;yes\n")
    assert "2 columns, called 'age;income (net, monthly);paid'" in refused(path).found


@pytest.mark.parametrize("header", ["paid", "a;b,c,d", '"a;b","c"'.replace('"c"', '"c",d')])
def test_a_separator_in_a_name_is_no_separator(tmp_path: Path, header: str) -> None:
    path = tmp_path / "june.csv"
    path.write_text(f"{header}\n{','.join(['1'] * (header.count(',') + 1))}\n")
    assert len(read_table(path)) == 1


def test_a_column_that_the_model_knows_is_one(tmp_path: Path) -> None:
    path = tmp_path / "june.csv"
    path.write_text("a;b\n1\n")
    assert read_table(path, like={"a;b": "integer"})["a;b"].tolist() == [1]


def test_a_path_mistyped_is_met_with_the_closest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("june.csv", index=False)
    assert refused("jnue.csv").found == "No file is at 'jnue.csv'; did you mean 'june.csv'?"
    assert refused("nowhere/june.csv").found == "No file is at 'nowhere/june.csv'"

"""CSV files on the command line: dates, codes with leading zeros and truths are what they were in training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ipymlops.apps import cli
from ipymlops.project import Project


def _customers(rows: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "income": random.normal(50, 10, rows),
            "zip": random.choice(["01067", "04103", "80331"], rows),
            "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 90, rows), unit="D"),
            "member": random.random(rows) < 0.5,
        }
    )
    risky = random.random(rows) < np.where(table["zip"] == "01067", 0.8, 0.2)
    return table, pd.Series(risky.astype(int), name="defaulted")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one version, and beside it the very data that it was trained on, as CSV."""
    here = tmp_path_factory.mktemp("customers")
    X, y = _customers(600, 0)
    columns = make_column_transformer((OneHotEncoder(), ["zip"]), ("passthrough", ["income", "member"]))
    model = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(X, y)
    Project.open(here).register(model, name="m", train=(X, y), test=_customers(300, 1))
    X.to_csv(here / "same.csv", index=False)
    y.to_csv(here / "y.csv", index=False)
    X.assign(when=X["when"].dt.strftime("%d/%m/%Y")).to_csv(here / "other_dates.csv", index=False)
    return here


def test_training_data_from_a_csv_file_has_not_drifted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert cli.main(["drift", "m", "--data", "same.csv", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["findings"] == []
    assert len(report["columns"]) == 4


def test_a_version_is_evaluated_on_csv_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert cli.main(["evaluate", "m", "--data", "same.csv", "y.csv", "--json"]) == 5  # rows it was trained on
    accuracy = next(m for m in json.loads(capsys.readouterr().out)["metrics"] if m["name"] == "accuracy")
    X, y = _customers(600, 0)
    assert accuracy["value"] == pytest.approx((Project.open(folder).load("m").predict(X) == y).mean())


def test_dates_that_could_mean_two_days_are_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert cli.main(["drift", "m", "--data", "other_dates.csv", "--json"]) == 3
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["column"] == "when"


@pytest.mark.parametrize("verb", ["drift", "estimate"])
@pytest.mark.parametrize("column", ["when", "applied_on"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M+01:00", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y"])
def test_the_dates_of_a_csv_file_cut_it_into_months(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: str, column: str, form: str
) -> None:
    """Whether the model was trained on them or they stand beside what it takes."""
    monkeypatch.chdir(folder)
    X, _ = _customers(600, 2)
    written = X["when"].dt.strftime(form)
    table = X.assign(when=written) if column == "when" else X.assign(applied_on=written)
    table.to_csv("year.csv", index=False)
    cli.main([verb, "m", "--data", "year.csv", "--by", "month", "--time", column, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer.get("error") is None
    cut = answer["windows"]
    months = [w.get("window") or w.get("label") for w in cut]
    assert months[-3:] == ["2026-01", "2026-02", "2026-03"]


@pytest.mark.parametrize("verb", ["drift", "estimate"])
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("03/04/2026", r"The day and the month of '03/04/2026' in column 'applied_on' cannot be told apart"),
        ("soon", r"Every value of column 'applied_on' cannot be read as a date or time, such as 'soon'"),
    ],
)
def test_dates_that_nobody_can_read_are_refused_to_a_shell(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verb: str,
    written: str,
    said: str,
) -> None:
    monkeypatch.chdir(folder)
    _customers(600, 2)[0].assign(applied_on=written).to_csv("bad.csv", index=False)
    assert cli.main([verb, "m", "--data", "bad.csv", "--by", "month", "--time", "applied_on"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "2026-12-31" in told
    assert "df[" not in told

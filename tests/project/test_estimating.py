"""``estimate`` on simulated credit applications, whose labels come late and whose truth is known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from ipymlops.apps.commands.outcome import exit_code
from ipymlops.errors import CANNOT_TELL, DONE, NO, BadInput, UnknownName
from ipymlops.evaluation.label_free.results import PerformanceEstimate
from ipymlops.project import Project, estimating
from ipymlops.views.table import render_text, report_page

NUMBERS = ["income", "age", "debt"]


def applications(rows: int, seed: int, *, shift: float = 0.0, other_rules: bool = False) -> pd.DataFrame:
    """Defaults follow income, age and debt; with ``other_rules`` they follow them the other way round."""
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.normal(shift, 1, (rows, 3)), columns=NUMBERS)
    odds = 2.5 * X["income"] - 1.5 * X["age"] + X["debt"]
    X["defaulted"] = (random.random(rows) < 1 / (1 + np.exp(odds if other_rules else -odds))).astype(int)
    X["loss"] = 10 * X["income"] + random.normal(0, np.where(X["age"] > 0, 8, 1))
    X["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(rows) * 120 / rows, unit="D")
    return X


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project.open(tmp_path_factory.mktemp("credit"))
    train, test = applications(3000, 0), applications(2000, 1)
    for name, target, model in (
        ("credit", "defaulted", HistGradientBoostingClassifier(max_iter=30, random_state=0)),
        ("losses", "loss", HistGradientBoostingRegressor(max_iter=30, random_state=0)),
    ):
        model.fit(train[NUMBERS], train[target])
        made.register(model, name=name, train=(train[NUMBERS], train[target]), test=(test[NUMBERS], test[target]))
    return made


def test_what_is_as_before_is_as_expected(project: Project) -> None:
    report = project.estimate("credit", applications(3000, 2)[NUMBERS], name="new")
    assert (report.method, report.primary, report.metrics[0]) == ("CBPE", "roc_auc", "roc_auc")
    assert not report.alarming
    assert exit_code(report) == DONE
    assert [w.window for w in report.of("roc_auc")] == ["all rows"]


def test_harder_rows_are_worse_by_as_much_as_their_labels_then_show(project: Project) -> None:
    """Everybody earns about the same: the model ranks them worse, and no label is needed to know it."""
    new = applications(3000, 3)
    new["income"] *= 0.05
    odds = 2.5 * new["income"] - 1.5 * new["age"] + new["debt"]
    new["defaulted"] = (np.random.default_rng(5).random(3000) < 1 / (1 + np.exp(-odds))).astype(int)
    report = project.estimate("credit", new[NUMBERS], name="new", labels=new["defaulted"])
    [head] = report.of("roc_auc")
    assert head.realized is not None
    assert head.state == "alert"
    assert head.estimate.value == pytest.approx(head.realized.value, abs=0.03)
    assert exit_code(report) == NO


def test_labels_that_follow_other_rules_are_told(project: Project) -> None:
    old, new = applications(2000, 4), applications(2000, 5, other_rules=True)
    new["day"] += pd.Timedelta(days=120)
    both = pd.concat([old, new], ignore_index=True)
    labels = both["defaulted"].astype("float").where(np.arange(len(both)) % 3 > 0)  # some have not come
    report = project.estimate("credit", both, name="both", by="month", time="day", labels=labels)
    states = {w.window: w.state for w in report.of("roc_auc")}
    assert set(states.values()) == {"expected", "disagrees"}
    assert [m for m, state in states.items() if state == "disagrees"] == ["2026-05", "2026-06", "2026-07", "2026-08"]
    assert report.contradicted
    assert exit_code(report) == NO


def test_a_regression_has_larger_errors_where_its_rows_are_hard(project: Project) -> None:
    new = applications(3000, 6)
    old_people = new[new["age"] > 0]
    report = project.estimate("losses", old_people, name="old", labels=old_people["loss"])
    assert (report.method, report.metrics) == ("DLE", ("rmse", "mae"))
    for window in report.windows:
        assert window.state == "alert"
        assert window.realized is not None
        assert window.estimate.value == pytest.approx(window.realized.value, rel=0.1)


def test_rows_come_from_a_file_and_the_answer_goes_into_a_table(project: Project, tmp_path: Path) -> None:
    new = applications(1200, 7)
    new.to_csv(tmp_path / "new.csv", index=False)
    data = project.read_data("credit", tmp_path / "new.csv")
    report = project.estimate("credit", data, name="new.csv", by="400")
    table = pd.DataFrame(report.rows())
    assert list(table.loc[table["metric"] == "roc_auc", "window"]) == ["1-400", "401-800", "801-1,200"]
    assert table[["estimate", "low", "high", "low_limit", "high_limit"]].notna().all(axis=None)
    assert report.by == "400 rows"


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "time without windows": ({"time": "day"}, BadInput, "--by month"),
    "an unknown column": ({"by": "month", "time": "dya"}, UnknownName, "day"),
    "too few labels": ({"labels": [0, 1]}, BadInput, "as many labels"),
    "labels of another kind": ({"labels": ["yes", "no"] * 50}, BadInput, "not trained on"),
    "an unknown stretch": ({"by": "decade"}, UnknownName, "decade"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_asked_wrongly(project: Project, case: str) -> None:
    options, error, said = WRONG[case]
    with pytest.raises(error, match=said):
        project.estimate("credit", applications(100, 8), **options)


def test_without_a_benchmark_there_is_nothing_to_learn_from(project: Project) -> None:
    train = applications(200, 9)
    model = HistGradientBoostingClassifier(max_iter=5).fit(train[NUMBERS], train["defaulted"])
    project.register(model, name="bare", train=(train[NUMBERS], train["defaulted"]))
    with pytest.raises(BadInput, match="--test"):
        project.estimate("bare", train[NUMBERS])


def test_a_report_is_plain_data(project: Project) -> None:
    report = project.estimate("credit", applications(300, 10)[NUMBERS])
    assert isinstance(report, PerformanceEstimate)
    assert {row["state"] for row in report.rows()} <= {"expected", "alert", "disagrees"}


def test_every_window_is_drawn(project: Project) -> None:
    from ipymlops.views.charts.estimate import estimate_charts

    new = applications(2000, 8)
    for labels in (None, new["defaulted"]):
        report = project.estimate("credit", new, name="new", by="month", time="day", labels=labels)
        assert len(estimate_charts(report)) == 1


def test_three_rows_are_too_few_to_tell(project: Project) -> None:
    report = project.estimate("credit", applications(2000, 8)[NUMBERS].head(3), name="new")
    assert [w.window for w in report.too_wide] == ["all rows"]
    assert re.match(r"3 rows are too few to say much: .* only; about [\d,]+ are needed for 0\.05$", report.doubt)


def test_the_long_steps_are_told(project: Project) -> None:
    steps: list[str] = []
    asked: dict[str, Any] = {"name": "new", "by": None, "time": None, "labels": None, "level": 0.95}
    estimating.estimate(project, "credit", applications(500, 2)[NUMBERS], **asked, progress=steps.append)
    assert steps == ["load the model", "learn from 2,000 labelled rows, and estimate"]
    estimating.estimate(project, "losses", applications(500, 2)[NUMBERS], **asked, progress=steps.append)
    assert steps[-1] == "learn how large errors are from 2,000 rows, 6 of 6"


def test_labels_of_rows_that_it_was_trained_on_contradict_nothing(project: Project) -> None:
    """They are known by heart, so they show a better figure than new rows will."""
    train = applications(3000, 0)
    report = project.estimate("credit", train[NUMBERS], name="train", labels=train["defaulted"])
    assert report.trained_on is not None
    assert (report.trained_on.equal, report.flattered) == (3000, True)
    assert (report.contradicted, exit_code(report)) == (False, CANNOT_TELL)
    said = render_text(report)
    assert "All 3,000 rows were trained on: the figures flatter it." in said
    assert "trained on these rows" in said
    new = applications(3000, 2)
    assert not project.estimate("credit", new[NUMBERS], name="new", labels=new["defaulted"]).flattered


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_handful_of_rows_says_that_they_are_too_few(project: Project, rows: int) -> None:
    report = project.estimate("credit", applications(3000, 2)[NUMBERS][:rows], name="few")
    said = render_text(report)
    assert "Too few rows to tell" in said
    assert report_page(report, "few")
    assert (not report.of("roc_auc")) == (rows == 1)


def test_windows_of_too_few_rows_are_not_ticked_off(project: Project) -> None:
    report = project.estimate("credit", applications(40, 2), name="few", by="month", time="day")
    assert len(report.too_wide) == len(report.of("roc_auc"))
    assert "✓" not in "".join(line for line in render_text(report).splitlines() if "ROC AUC" in line)


@pytest.mark.parametrize(
    ("by", "time", "said"),
    [("month", "day", " --by month --time day"), ("month", None, " --by month --time day"), ("500", None, " --by 500")],
)
def test_the_next_step_cuts_the_same_windows(project: Project, by: str, time: str | None, said: str) -> None:
    report = project.estimate("credit", applications(1500, 2), name="new", by=by, time=time)
    assert f"estimate credit@1 --data new{said} --labels y" in render_text(report)

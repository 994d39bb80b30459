"""``drift --by`` from the command line's words to the card, the chart, the page and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

from ipymlops.apps.commands.execute import execute, plain
from ipymlops.apps.commands.outcome import exit_code
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.errors import DONE, NO, BadInput
from ipymlops.project import Project, drifting
from ipymlops.views.cards.drift_over_time import over_time_verdict
from ipymlops.views.table import charts


def applications(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.normal(size=(rows, 3)), columns=["income", "age", "debt"])
    X["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(rows) * 120 / rows, unit="D")
    return X


@pytest.fixture
def credit(project: Project) -> Project:
    train, test = applications(3000, 0).drop(columns="day"), applications(1000, 1).drop(columns="day")
    y, truth = ((X["income"] - X["age"] > 0).astype(int) for X in (train, test))
    model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(train, y)
    project.register(model, name="credit", train=(train, y), test=(test, truth))
    return project


def moved() -> pd.DataFrame:
    new = applications(4000, 2)
    months = new["day"].dt.month
    new.loc[months >= 3, "income"] += 0.8
    new.loc[months == 2, "age"] -= 0.8
    return new


def test_from_words_to_a_page(credit: Project, tmp_path: Path) -> None:
    page = tmp_path / "drift.html"
    request = parse(
        ["drift", "credit", "--data", "new", "--by", "month", "--time", "day", "--html", str(page)], "ipymlops"
    )
    assert request is not None
    report = execute(request, NotebookResolve({"new": moved()}, lambda: None), credit.root)
    assert isinstance(report, DriftOverTime)
    assert over_time_verdict(report) == "income drifted from 2026-03 on; 1 more column in single months."
    assert exit_code(report) == NO
    assert len(charts(report)) == 1
    assert "income drifted from 2026-03 on" in page.read_text(encoding="utf-8")
    wired = json.loads(json.dumps(plain(report)))
    assert [w["drifted"] for w in wired["windows"]] == [[], ["age"], ["income"], ["income"]]


def test_no_change_is_a_yes(credit: Project) -> None:
    report = credit.drift_over_time("credit", applications(4000, 3), by="1000")
    assert exit_code(report) == DONE
    assert over_time_verdict(report) == "None of 3 columns drifted in 4 windows."


def test_time_alone_is_not_enough(credit: Project) -> None:
    request = parse(["drift", "credit", "--data", "new", "--time", "day"], "ipymlops")
    assert request is not None
    with pytest.raises(BadInput, match="--by month"):
        execute(request, NotebookResolve({"new": moved()}, lambda: None), credit.root)


def test_windows_are_told_one_by_one(credit: Project) -> None:
    steps: list[str] = []
    drifting.drift_over_time(credit, "credit", moved(), name="new", by="month", time="day", progress=steps.append)
    assert steps[:2] == ["read the rows", "window 2026-01, 1 of 4"]
    assert steps[-1] == "compare 4 windows"

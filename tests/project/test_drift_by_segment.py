"""``drift --segment`` from the command line's words to the card, the chart, the page and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from ipymlops.apps.commands.execute import execute, plain
from ipymlops.apps.commands.outcome import exit_code
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.drift.segments_results import DriftBySegment
from ipymlops.errors import DONE, NO, BadInput
from ipymlops.project import Project, drifting
from ipymlops.views.cards.segments import segments_verdict
from ipymlops.views.table import charts


def applications(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.normal(size=(rows, 2)), columns=["income", "age"])
    table["region"] = random.choice(["north", "south"], rows)
    return table


def fitted(X: pd.DataFrame, y: pd.Series) -> object:
    encoder = make_column_transformer((OneHotEncoder(), ["region"]), remainder="passthrough")
    return make_pipeline(encoder, DecisionTreeClassifier(max_depth=4, random_state=0)).fit(X, y)


@pytest.fixture
def credit(project: Project) -> Project:
    train, test = applications(2000, 0), applications(2000, 1)
    y, truth = ((X["income"] - X["age"] > 0).astype(int) for X in (train, test))
    project.register(fitted(train, y), name="credit", train=(train, y), test=(test, truth))
    project.register(fitted(train, y), name="untested", train=(train, y))
    return project


def moved() -> pd.DataFrame:
    new = applications(2000, 2)
    new.loc[new["region"] == "south", "income"] += 0.8
    return new


def test_from_words_to_a_page(credit: Project, tmp_path: Path) -> None:
    page = tmp_path / "drift.html"
    request = parse(["drift", "credit", "--data", "new", "--segment", "region", "--html", str(page)], "ipymlops")
    assert request is not None
    report = execute(request, NotebookResolve({"new": moved()}, lambda: None), credit.root)
    assert isinstance(report, DriftBySegment)
    assert segments_verdict(report) == "income drifted in south."
    assert report.against == "the 2,000 held-out rows stored with credit@1"
    assert exit_code(report) == NO
    assert len(charts(report)) == 1
    assert "income drifted in south" in page.read_text(encoding="utf-8")
    wired = json.loads(json.dumps(plain(report)))
    assert {s["segment"]: s["drifted"] for s in wired["segments"]} == {"south": ["income"], "north": []}


def test_no_change_is_a_yes(credit: Project) -> None:
    report = credit.drift_by_segment("credit", applications(2000, 3), by="region")
    assert exit_code(report) == DONE
    assert segments_verdict(report) == "None of 2 columns drifted in 2 segments."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["credit", "--segment", "region", "--by", "100"], "--by and --segment"),
        (["untested", "--segment", "region"], "no held-out rows.*--test"),
    ],
)
def test_what_cannot_be_asked(credit: Project, words: list[str], said: str) -> None:
    request = parse(["drift", *words, "--data", "new"], "ipymlops")
    assert request is not None
    with pytest.raises(BadInput, match=said):
        execute(request, NotebookResolve({"new": moved()}, lambda: None), credit.root)


def test_segments_are_told_one_by_one(credit: Project) -> None:
    steps: list[str] = []
    drifting.drift_by_segment(credit, "credit", moved(), name="new", by="region", progress=steps.append)
    assert steps[:2] == ["read the rows", "cut the rows by region"]
    assert steps[-1] == "compare 2 segments"

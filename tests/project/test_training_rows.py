"""A version judged on the rows it was trained on says so first, in text, HTML and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ipymlops.project import Project
from ipymlops.views.table import render_html, render_text
from ipymlops.wire import to_wire

Data = tuple[pd.DataFrame, pd.Series]


@pytest.fixture
def stored(project: Project, model: Any, train: Data, test: Data) -> Project:
    project.register(model, name="credit-risk", train=train, test=test)
    return project


# training rows among 800: what stands in the first line, in a note, nowhere
SHARES = {
    0: (None, None),
    8: (None, "8 of 800 rows (1.0 %) were trained on."),
    320: ("320 of 800 rows (40.0 %) were trained on: the figures flatter it.", None),
    800: ("All 800 rows were trained on: the figures flatter it.", None),
}


@pytest.mark.parametrize("seen", SHARES)
def test_the_share_of_rows_that_were_trained_on(stored: Project, train: Data, test: Data, seen: int) -> None:
    first, note = SHARES[seen]
    X, y = (pd.concat([old[:seen], new[seen:]], ignore_index=True) for old, new in zip(train, test, strict=True))
    found = stored.evaluate("credit-risk", (X, y))
    text, html = render_text(found), render_html(found)
    assert to_wire(found)["trained_on"] == {
        "rows": 800, "looked_at": 800, "equal": seen, "share": seen / 800, "flatters": seen >= 320,
        "beyond_chance": seen > 0,
    }  # fmt: skip
    if first:
        assert text.splitlines()[1].endswith(first)
        assert f"{first}</h3>" in html
        assert "--data X_test y_test" in text
        assert "promote" not in text
    else:
        assert "flatter" not in text + html
        assert ("were trained on" in text) is bool(note)
        assert (note or "") in text


def test_the_benchmark_is_not_training_data(stored: Project) -> None:
    found = stored.evaluate("credit-risk").trained_on
    assert found is not None
    assert (found.equal, found.beyond_chance) == (0, False)


def test_a_test_set_that_is_the_training_set(project: Project, model: Any, train: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=train)
    assert "All 1,200 rows were trained on" in render_text(project.evaluate("credit-risk"))


def test_without_training_data_nothing_is_said(project: Project, model: Any, test: Data) -> None:
    project.register(model, name="credit-risk", train=None, test=test)
    assert project.evaluate("credit-risk").trained_on is None


@pytest.mark.parametrize("way", ["csv", "parquet", "reordered"])
def test_the_same_rows_by_another_way(project: Project, tmp_path: Path, way: str) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame({
        "code": random.choice(["01067", "10115", "80331"], 600), "sum": random.normal(50, 10, 600).round(2),
        "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 300, 600), "D"),
        "new": random.random(600) < 0.5,
    })  # fmt: skip
    y = pd.Series(random.integers(0, 2, 600), name="paid")
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression()).fit(X, y)
    project.register(model, name="codes", train=(X, y))
    whole = X.assign(paid=y)
    if way == "csv":
        whole.to_csv(tmp_path / "rows.csv", index=False)
    whole.to_parquet(tmp_path / "rows.parquet")
    given = {
        "csv": tmp_path / "rows.csv", "parquet": tmp_path / "rows.parquet",
        "reordered": whole[["paid", "new", "when", "sum", "code"]],
    }[way]  # fmt: skip
    found = project.evaluate("codes", (given, "paid")).trained_on
    assert found is not None
    assert (found.equal, found.flatters) == (600, True)

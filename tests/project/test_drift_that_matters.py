"""Drift of a registered version: what the model leans on, as measured when it was registered."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from ipymlops.project import Project
from ipymlops.shares import percent
from ipymlops.views.table import render_text


@pytest.fixture
def split() -> Any:
    return train_test_split(*load_breast_cancer(return_X_y=True, as_frame=True), random_state=0)


@pytest.mark.parametrize("tested", [True, False])
def test_drift_in_a_column_that_a_nearly_perfect_forest_uses_alarms(project: Project, split: Any, tested: bool) -> None:
    fitted, held_out, target, truth = split
    model = RandomForestClassifier(50, random_state=0).fit(fitted, target)
    project.register(model, name="biopsies", train=(fitted, target), test=(held_out, truth) if tested else None)
    report = project.drift(
        "biopsies@1", _all(fitted, held_out).assign(**{"worst area": lambda X: 1.5 * X["worst area"]})
    )
    assert report.that_matter == ("worst area",)
    assert report.alarming


def test_what_it_uses_is_measured_on_rows_that_it_was_not_trained_on(project: Project, split: Any) -> None:
    """A column that repeats the training targets and is noise elsewhere: learned by heart, and of no use."""
    fitted, held_out, target, truth = split
    fitted, held_out = fitted.assign(leak=target + 0.0), held_out.assign(leak=0.0)
    model = RandomForestClassifier(50, random_state=0).fit(fitted, target)
    for name, test in (("tested", (held_out, truth)), ("untested", None)):
        project.register(model, name=name, train=(fitted, target), test=test)
    shares = [
        project.bundle(project.registry.resolve(n)).json("training.json")["importance"] for n in ("tested", "untested")
    ]
    assert shares[0]["leak"] == 0
    assert shares[1]["leak"] > 0.1


def test_a_column_that_is_gone_weighs_what_the_model_made_of_it(project: Project, split: Any) -> None:
    fitted, held_out, target, truth = split
    model = RandomForestClassifier(50, random_state=0).fit(fitted, target)
    project.register(model, name="biopsies", train=(fitted, target), test=(held_out, truth))
    known = project.bundle(project.registry.resolve("biopsies")).json("training.json")["importance"]["worst area"]
    everything = _all(fitted, held_out)
    for broken in (everything.drop(columns="worst area"), everything.assign(**{"worst area": float("inf")})):
        report = project.drift("biopsies", broken)
        assert report.changed_use == {"worst area": known}
        assert f"{percent(known)} rests on changed columns" in " ".join(render_text(report, width=200).split())


def _all(*tables: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)

"""``register --time``: from the words of a cell to the thresholds of a drift check."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from ipymlops.apps.commands.execute import execute
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import DriftReport
from ipymlops.errors import BadInput, MlopsError
from ipymlops.project import Project
from ipymlops.project.dating import times_of
from ipymlops.project.results import Registration
from ipymlops.views.cards.drift import drift_card
from ipymlops.views.cards.drift_over_time import over_time_card


def rides(first: str, seed: int, rows: int = 6000) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    hour = pd.Timestamp(first) + pd.to_timedelta(np.sort(random.uniform(0, 365, rows)), unit="D")
    warm = -np.cos(2 * np.pi * (hour.day_of_year - 15) / 365)
    table = pd.DataFrame({"hour": hour, "temp": 12 + 9 * warm + random.normal(0, 4, rows), "wind": random.random(rows)})
    return table.assign(count=table.temp * 3 - table.wind * 5 + random.normal(size=rows))


@pytest.fixture(scope="module")
def cell() -> dict[str, Any]:
    """What a notebook holds whose split shuffled the rows: X_train knows where its rows were."""
    table = rides("2024-01-01", 0)
    random = table.sample(frac=1, random_state=0)
    X_train, X_test = random[["temp", "wind"]][:5000], random[["temp", "wind"]][5000:]
    y_train, y_test = random["count"][:5000], random["count"][5000:]
    model = LinearRegression().fit(X_train, y_train)
    return {"table": table, "X_train": X_train, "y_train": y_train, "X_test": X_test, "y_test": y_test, "model": model}


def registered(project: Project, cell: dict[str, Any], *more: str) -> Registration:
    words = ["register", "model", "--name", "rides", "--train", "X_train", "y_train", "--test", "X_test", "y_test"]
    request = parse([*words, *more], "ipymlops")
    assert request is not None
    result = execute(request, NotebookResolve(cell, lambda: None), project.root)
    assert isinstance(result, Registration)
    return result


def profile(project: Project) -> Profile:
    return Profile.from_bytes(project.bundle(project.registry.resolve("rides")).read("profile.json"))


def test_a_column_beside_the_models(project: Project, cell: dict[str, Any]) -> None:
    assert not registered(project, cell, "--time", "table.hour").warnings
    own = profile(project).variability
    assert own is not None
    assert own.time == "hour"
    assert own.stretches["month"].chunks == 12
    assert list(own.stretches["month"].effects) == ["temp"]
    july = rides("2025-01-01", 1).query("hour.dt.month == 7")
    report = project.drift("rides", july)
    assert isinstance(report, DriftReport)
    assert not report.alarming
    assert [f.code for f in report.findings] == ["extra-column"]  # count, the target
    folds = [str(fold) for fold in drift_card(report).folds]
    assert "sd (own)" in folds[0]
    assert "12 months of the training data, by 'hour'" in folds[-1]
    hot = project.drift("rides", july.assign(temp=july.temp + 9))
    assert hot.that_matter == ("temp",)


def test_a_month_that_it_was_trained_on_drifts_until_it_is_registered_as_the_step_says(
    project: Project, cell: dict[str, Any]
) -> None:
    registered(project, cell)
    july = rides("2024-01-01", 0).query("hour.dt.month == 7")
    by_month = project.drift_over_time("rides", july, by="month")
    for report, card in (
        (once := project.drift("rides", july), drift_card(once)),
        (by_month, over_time_card(by_month)),
    ):
        assert report.drifted == ("temp",)
        assert [s.command for s in card.steps][-1] == "register model --name rides --time TABLE.hour"
    registered(project, cell, "--time", "table.hour")
    again = project.drift("rides@2", july)
    assert not again.alarming
    assert not any("register" in s.command for s in drift_card(again).steps)


def test_over_time(project: Project, cell: dict[str, Any]) -> None:
    registered(project, cell, "--time", "table.hour")
    report = project.drift_over_time("rides", rides("2025-01-01", 1), by="month")
    assert not report.alarming
    assert "12 months of the training data, by 'hour'" in str(over_time_card(report).folds[-1])
    registered(project, cell)
    assert project.drift_over_time("rides@2", rides("2025-01-01", 1), by="month").drifted == ("temp",)


def test_too_short_a_time_is_a_warning(project: Project, cell: dict[str, Any]) -> None:
    short = cell["table"].assign(hour=pd.Timestamp("2024-05-01"))
    found = registered(project, {**cell, "short": short}, "--time", "short.hour")
    assert any("Too short or too few rows by 'hour'" in warning for warning in found.warnings)
    assert "cannot be told" in project.drift("rides", cell["X_test"]).thresholds


X = rides("2024-01-01", 0, 100)


@pytest.mark.parametrize(
    "time",
    [
        "hour",
        X.hour,
        X.hour.dt.tz_localize("Europe/Rome", nonexistent="shift_forward", ambiguous="NaT"),
        X.hour.to_numpy(),
        list(X.hour),
        X.hour.astype(str),
        pd.concat([X.hour, X.hour + pd.Timedelta(days=1)], ignore_index=True).set_axis(range(50, 250)),
    ],
    ids=["column", "series", "zone", "array", "list", "texts", "longer"],
)
def test_times_of_rows(time: Any) -> None:
    rows = X.set_axis(range(50, 150))
    found = times_of(rows, time, None)
    assert found.rows == 100
    assert found.kinds == {"time" if isinstance(time, np.ndarray | list) else "hour": "datetime"}


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("houre", "did you mean 'hour'"),
        ("temp", "holds no times"),
        (X.hour.astype(str) + " h", "Every value.*cannot be read as a date"),
        (X.hour[:50], "100 training rows and 50 times"),
        (pd.concat([X.hour, X.hour], ignore_index=True), "100 training rows and 200 times"),
    ],
    ids=["misspelt", "numbers", "texts", "short", "an index that only counts"],
)
def test_no_times(time: Any, said: str) -> None:
    with pytest.raises(MlopsError, match=said) as caught:
        times_of(X, time, None)
    assert "\n" not in str(caught.value)


def test_a_time_without_data(project: Project, cell: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="without training data"):
        project.register(cell["model"], name="rides", time=cell["table"].hour)


def test_a_name_that_is_nowhere(project: Project, cell: dict[str, Any]) -> None:
    with pytest.raises(MlopsError, match=r"--time applications\.applied_on"):
        registered(project, cell, "--time", "hour")

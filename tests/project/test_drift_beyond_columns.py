"""``drift --classifier --predictions --labels``: what is found against held-out rows, and what alarms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from ipymlops.apps.commands.execute import execute, plain
from ipymlops.apps.commands.outcome import exit_code
from ipymlops.apps.commands.parsing import parse
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.drift.results import DriftReport, HeldOut
from ipymlops.errors import DONE, NO, BadInput, UnknownName
from ipymlops.evaluation.uncertainty import newcombe, welch
from ipymlops.project import Project
from ipymlops.registry.bundle import Bundle
from ipymlops.views.cards.drift import drift_verdict
from ipymlops.views.table import charts, render_text

Data = tuple[pd.DataFrame, Any]


def applications(rows: int, seed: int, *, correlation: float = 0.7, shift: float = 0.0) -> Data:
    """Debt and income of this correlation; repaid by their difference, more often with ``shift``."""
    random = np.random.default_rng(seed)
    debt = random.normal(size=rows)
    income = correlation * debt + np.sqrt(1 - correlation**2) * random.normal(size=rows)
    X = pd.DataFrame({"debt": debt, "income": income, "age": random.normal(size=rows)})
    repaid = random.random(rows) < 1 / (1 + np.exp(-2 * (income - debt) - shift))
    return X, pd.Series(repaid.astype(int), name="repaid")


def with_labels(data: Data) -> pd.DataFrame:
    return data[0].assign(repaid=data[1])


@pytest.fixture
def credit(project: Project) -> Project:
    train, test = applications(2000, 0), applications(1500, 1)
    project.register(LogisticRegression().fit(*train), name="credit", train=train, test=test)
    project.register(LogisticRegression().fit(*train), name="untested", train=train)
    return project


def beyond(report: DriftReport) -> HeldOut:
    assert report.held_out is not None
    return report.held_out


def test_from_words_to_a_page(credit: Project, tmp_path: Path) -> None:
    page = tmp_path / "drift.html"
    words = ["drift", "credit", "--data", "new", "--classifier", "--predictions", "--labels", "repaid", "--html"]
    request = parse([*words, str(page)], "ipymlops")
    assert request is not None
    new = with_labels(applications(1500, 2, correlation=-0.7))
    report = execute(request, NotebookResolve({"new": new}, lambda: None), credit.root)
    assert isinstance(report, DriftReport)
    assert report.drifted == ()
    assert "Predictions drifted. None of 3 columns drifted. Taken together they did: rows are told" in drift_verdict(
        report
    )
    assert {name for name, _ in beyond(report).separation.columns} == {"debt", "income"}  # type: ignore[union-attr]
    assert exit_code(report) == NO
    assert len(charts(report)) == 3
    assert "the 1,500 held-out rows stored with credit@1" in page.read_text(encoding="utf-8")
    wired = json.loads(json.dumps(plain(report)))
    assert wired["held_out"]["separation"]["separated"] is True
    assert not any(f.column == "repaid" for f in report.findings)


def test_no_change_is_a_yes(credit: Project) -> None:
    new = with_labels(applications(1500, 3))
    report = credit.drift("credit", new, classifier=True, predictions=True, labels="repaid")
    assert exit_code(report) == DONE
    assert drift_verdict(report) == "None of 3 columns drifted."
    assert "not told apart" in render_text(report)


def test_a_plain_check_and_labels_alone_load_no_model(credit: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Bundle) -> Any:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(Bundle, "model", refuse)
    new = with_labels(applications(1500, 2, shift=2.0))
    assert credit.drift("credit", new[["debt", "income", "age"]]).held_out is None
    found = beyond(credit.drift("credit", new, classifier=True, labels="repaid"))
    assert found.target is not None
    assert found.target.drifted
    assert found.errors is None
    with pytest.raises(AssertionError, match="was loaded"):
        credit.drift("credit", new, predictions=True)


def test_more_errors_alarm_with_the_interval_of_newcombe(credit: Project) -> None:
    X, y = applications(1500, 2)
    flipped = y.where(np.arange(1500) % 5 > 0, 1 - y)
    report = credit.drift("credit", X.assign(repaid=flipped), predictions=True, labels="repaid")
    errors = beyond(report).errors
    assert errors is not None
    model, (held_X, held_y) = credit.load("credit"), applications(1500, 1)
    wrong = [int((model.predict(a) != b).sum()) for a, b in ((X, flipped), (held_X, held_y))]
    assert (errors.now, errors.before) == (wrong[0] / 1500, wrong[1] / 1500)
    assert (errors.low, errors.high) == newcombe((wrong[0], wrong[1]), (1500, 1500))[:2]
    assert errors.worse
    assert exit_code(report) == NO
    assert drift_verdict(report).startswith("The model is wrong more often: error rate ")


def test_the_effect_on_predictions_is_that_of_scipy(credit: Project) -> None:
    X, _ = applications(1200, 2, correlation=0.2)
    found = beyond(credit.drift("credit", X, predictions=True))
    model = credit.load("credit")
    scores = [model.predict_proba(some)[:, 1] for some in (applications(1500, 1)[0], X)]
    assert found.prediction is not None
    exact = stats.ks_2samp(*scores).statistic
    assert found.prediction.effect_low - 1e-12 <= exact <= found.prediction.effect_high + 1e-12


def test_labels_that_have_not_come_do_not_count(credit: Project) -> None:
    X, y = applications(1500, 3)
    waiting = y.astype(float).where(np.arange(1500) % 3 > 0)  # whole numbers became 0.0 and 1.0
    report = credit.drift("credit", X.assign(repaid=waiting), predictions=True, labels="repaid")
    found = beyond(report)
    assert not report.alarming
    assert found.errors is not None
    assert found.errors.now_rows == 1000
    assert "500 rows have no label yet and do not count" in found.notes


def test_regression_compares_sizes_of_errors(project: Project) -> None:
    X, _ = applications(1500, 0)
    random = np.random.default_rng(0)
    y = pd.Series(X["income"] * 3 + random.normal(size=1500), name="price")
    project.register(LinearRegression().fit(X[:700], y[:700]), name="price", train=(X[:700], y[:700]),
                     test=(X[700:], y[700:]))  # fmt: skip
    new, _ = applications(900, 2)
    true = new["income"] * 3 + random.normal(0, 2, size=900)
    report = project.drift("price", new.assign(price=true), predictions=True, labels="price")
    errors = beyond(report).errors
    assert errors is not None
    model = project.load("price")
    sizes = [np.abs(model.predict(a) - b) for a, b in ((new, true), (X[700:], y[700:]))]
    means, variances = [float(s.mean()) for s in sizes], [float(s.var(ddof=1)) / len(s) for s in sizes]
    expected = welch(means[0] - means[1], (variances[0], variances[1]), (900, 800), 0.95)
    assert (errors.figure, errors.now) == ("mean absolute error", pytest.approx(means[0]))
    assert (errors.low, errors.high) == pytest.approx(expected[:2])
    assert errors.worse


@pytest.mark.parametrize(
    ("model", "kind"),
    [(SVC(), "number"), (DecisionTreeClassifier(max_depth=3), "category")],
    ids=["scores", "labels of three classes"],
)
def test_what_stands_for_a_prediction(project: Project, model: Any, kind: str) -> None:
    X, y = applications(1200, 0)
    classes = y if kind == "number" else pd.Series(np.digitize(X["income"], [-0.5, 0.5])).map(dict(enumerate("abc")))
    project.register(model.fit(X[:600], classes[:600]), name="m", train=(X[:600], classes[:600]),
                     test=(X[600:], classes[600:]))  # fmt: skip
    new, _ = applications(800, 2)
    new["income"] += 1
    found = beyond(project.drift("m", new, predictions=True))
    assert found.prediction is not None
    assert (found.prediction.kind, found.prediction.drifted) == (kind, True)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ("credit --classifier --by 100", BadInput, "--classifier with --by"),
        ("credit --labels repaid --segment age", BadInput, "--labels with --segment"),
        ("untested --classifier", BadInput, "no held-out rows.*--test"),
        ("credit --labels repayed", UnknownName, "repayed"),
        ("credit --labels age", BadInput, "'age' is one that the model reads"),
        ("credit --labels empty", BadInput, "no row with a label"),
        ("credit --predictions --labels odd", BadInput, "maybe"),
    ],
)
def test_what_cannot_be_asked(credit: Project, words: str, error: type[Exception], said: str) -> None:
    request = parse(["drift", *words.split(), "--data", "new"], "ipymlops")
    assert request is not None
    new = with_labels(applications(300, 2)).assign(empty=np.nan, odd="maybe")
    with pytest.raises(error, match=said) as refused:
        execute(request, NotebookResolve({"new": new}, lambda: None), credit.root)
    assert "\n" not in str(refused.value)


class Strict(LogisticRegression):
    """Raises what its author chose for rows that it does not like."""

    def predict(self, X: pd.DataFrame) -> Any:
        if (X["age"] > 50).any():
            raise ZeroDivisionError("nobody is that old")
        return super().predict(X)

    def predict_proba(self, X: pd.DataFrame) -> Any:
        self.predict(X)
        return super().predict_proba(X)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        pytest.param({"debt": "much"}, "debt", id="words for numbers"),
        pytest.param({"debt": np.nan}, "missing values", id="no values"),
        pytest.param({"debt": np.inf}, "infin", id="infinite"),
    ],
)
@pytest.mark.parametrize("labels", [None, "repaid"])
def test_rows_that_the_model_refuses_keep_their_column_check(
    credit: Project, changed: dict[str, Any], why: str, labels: str | None
) -> None:
    new = with_labels(applications(1500, 2)).assign(age=lambda t: t["age"] + 1, **changed)
    report = credit.drift("credit", new, name="new", predictions=True, labels=labels)
    assert "age" in report.drifted
    found = beyond(report)
    assert why in found.refused
    assert (found.prediction, found.errors) == (None, None)
    assert (found.target is not None) == (labels is not None)
    assert drift_verdict(report).startswith("Predictions could not be compared: ")
    assert report.alarming
    assert "could not be compared" in render_text(report)


def test_whatever_a_models_own_code_raises_is_a_refusal(credit: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    train = applications(500, 0)
    monkeypatch.setattr(Bundle, "model", lambda self: Strict().fit(*train))
    report = credit.drift("credit", applications(500, 2)[0].assign(age=90.0), name="new", predictions=True)
    assert beyond(report).refused == "ZeroDivisionError: nobody is that old"


def test_a_model_that_cannot_be_loaded_is_no_refusal(credit: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Bundle) -> Any:
        raise BadInput("Found no model")

    monkeypatch.setattr(Bundle, "model", broken)
    with pytest.raises(BadInput, match="Found no model"):
        credit.drift("credit", applications(500, 2)[0], name="new", predictions=True)


def test_errors_on_rows_that_it_was_trained_on_are_not_compared(credit: Project) -> None:
    train = applications(2000, 0)
    report = credit.drift("credit", with_labels(train), name="train", predictions=True, labels="repaid")
    found = beyond(report)
    assert found.errors is None
    assert "Errors were not compared: 2,000 of 2,000 rows were trained on" in found.notes
    assert found.target is not None

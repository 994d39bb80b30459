"""What to do next hangs on where a version stands: no champion is promoted again, and a refusal leads to its gate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.errors import BadInput
from ipymlops.evaluation.place import Place
from ipymlops.project import Project
from ipymlops.project.placing import place_of
from ipymlops.views.table import render_text, view_of

Data = tuple[pd.DataFrame, pd.Series]


@pytest.fixture
def stored(project: Project, model: Any, train: Data, test: Data) -> Project:
    """A version, and one that learned from incomes of which little is left: worse, and better than guessing."""
    X, y = train
    blurred = X.assign(income=X["income"] + np.random.default_rng(0).normal(0, 60, len(X)))
    for one in (model, LogisticRegression().fit(blurred, y)):
        project.register(one, name="credit-risk", train=train, test=test, risk="low")
    return project


def steps(result: Any) -> list[str]:
    return [step.command for step in view_of(result).card(result).steps]


def stands(project: Project, number: int) -> Place:
    return place_of(project, project.registry.resolve(f"credit-risk@{number}"))


def test_the_champion_is_not_to_be_promoted(stored: Project) -> None:
    assert steps(stored.evaluate("credit-risk@1")) == ["promote credit-risk@1"]
    stored.promote("credit-risk@1")
    assert stands(stored, 1) == Place(champion=True)
    assert steps(stored.evaluate("credit-risk@1")) == ["drift credit-risk@1 --data NEW_DATA"]


def test_after_a_refusal_the_next_step_is_about_the_gate_and_no_circle(stored: Project) -> None:
    stored.promote("credit-risk@1")
    refused = stored.promote("credit-risk@2")
    assert steps(refused) == ["compare credit-risk@champion credit-risk@2"]
    found = stored.evaluate("credit-risk@2")
    assert found.place == Place(refused_by=("not-below-champion",))
    assert steps(found) == ["register MODEL --name credit-risk"]
    assert "promotion was refused (not-below-champion)" in render_text(found, width=200)


@pytest.mark.parametrize("changes", ["an approval", "another champion"])
def test_a_refusal_is_over_when_something_changed(
    stored: Project, model: Any, train: Data, test: Data, changes: str
) -> None:
    stored.promote("credit-risk@1")
    stored.promote("credit-risk@2")
    stored.alias("credit-risk@2", "staging")
    assert stands(stored, 2).refused_by
    if changes == "an approval":
        stored.approve("credit-risk@2", why="looked at it")
    else:
        stored.register(model, name="credit-risk", train=train, test=test)
        stored.registry.set_alias("credit-risk", "champion", 3, kind="promote", who="ada", why="", evidence={})
    assert stands(stored, 2) == Place()


def test_who_takes_an_own_rejection_back_is_waited_for_no_more(stored: Project) -> None:
    stored.reject("credit-risk@1", why="columns mixed up")
    assert stands(stored, 1) == Place(refused_by=("approval",))
    stored.approve("credit-risk@1", why="no, they are not")
    assert stands(stored, 1) == Place()
    assert steps(stored.evaluate("credit-risk@1")) == ["promote credit-risk@1"]


def test_what_was_never_evaluated_is_registered_again(project: Project, model: Any, train: Data) -> None:
    project.register(model, name="bare", train=train)
    refused = project.promote("bare@1")
    assert steps(refused) == ["register MODEL --name bare --test X_test y_test"]
    assert place_of(project, project.registry.resolve("bare@1")).refused_by == ("evaluated",)


def test_a_version_without_data_says_that_it_lacks_them(project: Project, model: Any, test: Data) -> None:
    """Nothing says which columns it takes, so no advice to name labelled rows is given."""
    project.register(model, name="bare")
    with pytest.raises(BadInput) as raised:
        project.evaluate("bare@1")
    assert "--data" not in str(raised.value)
    for asked in (lambda: project.evaluate("bare@1", test), lambda: project.drift("bare@1", test[0])):
        with pytest.raises(BadInput, match="training data"):
            asked()


def test_the_form_in_which_labels_were_given_is_suggested_again(stored: Project, train: Data, test: Data) -> None:
    table, labels = test[0].assign(defaulted=test[1]), test[1]
    for given, command in (
        ((table.head(5), "defaulted"), "evaluate credit-risk@1 --data TABLE_more defaulted"),
        ((test[0].head(5), labels.head(5)), "evaluate credit-risk@1 --data X_more y_more"),
        ((train[0].assign(defaulted=train[1]), "defaulted"), "evaluate credit-risk@1 --data TABLE_test defaulted"),
    ):
        assert steps(stored.evaluate("credit-risk@1", given)) == [command]


@pytest.mark.parametrize(
    ("data", "labels", "command"),
    [
        ("table", "defaulted", "evaluate credit-risk@1 --data june defaulted"),
        ("apart", "y_june", "evaluate credit-risk@1 --data june y_june"),
        ("apart", None, "evaluate credit-risk@1 --data X_labelled y_labelled"),
    ],
)
def test_an_estimate_with_labels_names_them(
    stored: Project, test: Data, data: str, labels: str | None, command: str
) -> None:
    given = test[0].assign(defaulted=test[1]) if data == "table" else test[0]
    found = stored.estimate("credit-risk@1", given, name="june", labels=labels or test[1], value=lambda _: test[1])
    assert steps(found) == [command]


def test_a_gap_that_tier_low_lets_through_is_in_the_headline(project: Project, model: Any, train: Data) -> None:
    X, y = train
    project.register(model, name="credit-risk", train=train, test=(X.assign(age=X["age"] + 0.5), y), risk="low")
    done = project.promote("credit-risk@1", sensitive=["income"])
    card = view_of(done).card(done)
    assert done.promoted
    assert done.tier == "low"
    gap = next(g for g in done.gates if g.code == "fairness-gap")
    assert gap.outcome == "fail"
    assert f"let through by tier low: groups are treated alike ({gap.evidence})" in card.verdict
    assert card.badge is not None
    assert (card.badge.state, card.badge.word) == ("cannot tell", "promoted with a gap")


def test_nothing_let_through_is_a_plain_promotion(stored: Project) -> None:
    done = stored.promote("credit-risk@1")
    card = view_of(done).card(done)
    assert card.verdict == "credit-risk@1 is the champion now."
    assert card.badge is not None
    assert (card.badge.state, card.badge.word) == ("pass", "promoted")

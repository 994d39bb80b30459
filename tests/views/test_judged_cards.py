"""What the cards say of the class that is flagged, of costs, and of the step after a refusal."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import Any

import pytest

from ipymlops.views.cards.refusal import step_after_refusal
from ipymlops.views.table import render_html, render_text


def said(result: Any) -> str:
    return " ".join(render_text(result, width=200).split())


def folded(result: Any) -> str:
    """What the card says, its closed folds as well."""
    return html.unescape(re.sub(r"<[^>]*>", " ", render_html(result)))


def test_the_class_that_is_flagged_is_said(made: dict[str, Any]) -> None:
    assert "Flagged: 'default'." in said(made["binary"])
    told = folded(made["binary"])
    assert "The class that is flagged (positive) is 'default': precision, recall, F1" in told
    assert "--positive CLASS names the other one." in told
    for name in ("multiclass", "regression"):
        assert "flagged" not in folded(made[name]).lower()


def test_prices_say_which_class_is_taken_for_which(made: dict[str, Any]) -> None:
    told = folded(made["costs"])
    assert "1 a false positive ('repaid' flagged as 'default'), 5 a false negative ('default' not flagged)" in told


def test_groups_say_how_many_rows_each_figure_rests_on(made: dict[str, Any]) -> None:
    assert "0.750 (0.735 to 0.765), n 2,400" in said(made["groups"])


def test_estimates_and_comparisons_say_it_where_they_tell_how(made: dict[str, Any]) -> None:
    for name in ("estimate", "comparison better"):
        assert "The class that is flagged" not in folded(made[name])
        asked = dataclasses.replace(made[name], positive="bad")
        assert "The class that is flagged (positive) is 'bad'" in folded(asked)


@pytest.mark.parametrize(
    ("code", "first", "then"),
    [
        ("verified-pipeline", "export m@2 --to pipelines/m", "export m@2 --to pipelines/m"),
        ("approval", "approve m@2", "approve m@2"),
        ("enough-rows", *["register MODEL --name NEW_NAME --test X_test y_test"] * 2),
        ("not-worse", "compare m@champion m@2", "register MODEL --name m"),
        ("fairness-gap", "evaluate m@2 --sensitive COLUMN", "register MODEL --name m"),
        ("floor", "evaluate m@2", "register MODEL --name m"),
    ],
)  # fmt: skip
def test_each_gate_has_its_step_and_figures_that_were_seen_are_not_shown_again(
    code: str, first: str, then: str
) -> None:
    assert step_after_refusal((code,), "m", 2, seen=False).command == first
    assert step_after_refusal((code,), "m", 2, seen=True).command == then

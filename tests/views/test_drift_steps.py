"""What to do next after a drift check, as a table of cases."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ipymlops.drift.results import Finding, FindingCode
from ipymlops.views import words
from ipymlops.views.card import Badge, Card
from ipymlops.views.table import view_of

EXPORT = "export credit-risk@2 --to pipelines/credit-risk"
SHOW = "show credit-risk@2"
MENDED = "drift credit-risk@2 --data MENDED_DATA"
WINDOWS = "--by month --time applied_on"


def card_of(result: Any) -> Card:
    return view_of(result).card(result)


def commands(result: Any) -> list[str]:
    return [step.command for step in card_of(result).steps]


def moved(made: dict[str, Any]) -> Any:
    """Three columns drifted, and none is broken."""
    return dataclasses.replace(made["drift"], findings=())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("missing-column", "column income is gone"),
        ("type-changed", "column income is of another type"),
        ("all-missing", "column income has no value"),
        ("all-infinite", "column income has no finite value"),
        ("constant", "column income holds one value only"),
        ("infinite", "column income has infinite values"),
        ("missing-rate", "column income is missing in another share of rows"),
    ],
)
def test_a_broken_feed_is_mended_before_anything_is_retrained(
    made: dict[str, Any], code: FindingCode, said: str
) -> None:
    report = dataclasses.replace(made["drift"], findings=(Finding("income", code, "is odd"),))
    steps = card_of(report).steps
    assert steps[0].words == f"Mend the feed first: {said}; see what the model expects"
    assert [s.command for s in steps] == [SHOW, MENDED, EXPORT]  # other columns drifted, too
    assert steps[2].words.startswith("If it still drifts then, write the pipeline")


def test_no_retraining_is_proposed_where_nothing_but_the_broken_column_moved(made: dict[str, Any]) -> None:
    constant = dataclasses.replace(made["drift"].columns[0], column="income")
    fault = Finding("income", "constant", "holds one value only")
    assert commands(dataclasses.replace(made["drift"], columns=(constant,), findings=(fault,))) == [SHOW, MENDED]


def test_drift_alone_is_retrained(made: dict[str, Any]) -> None:
    assert commands(moved(made)) == [EXPORT]


def test_an_alarm_always_has_a_next_step(made: dict[str, Any]) -> None:
    """As where the share of missing values changed and nothing more is known of it."""
    odd = dataclasses.replace(made["calm drift"].columns[0], missing_changed=True)
    assert commands(dataclasses.replace(made["calm drift"], columns=(odd,))) == [SHOW]


def test_two_faults_are_named_and_the_rest_is_counted(made: dict[str, Any]) -> None:
    faults = tuple(Finding(f"x{i}", "missing-column", "is gone") for i in range(5))
    words_ = card_of(dataclasses.replace(made["drift"], findings=faults)).steps[0].words
    assert words_.startswith("Mend the feed first: column x0 is gone, column x1 is gone and 3 more; see")


def test_windows_say_where_a_fault_is(made: dict[str, Any]) -> None:
    report = dataclasses.replace(made["over time, broken"], time="applied_on")
    steps = card_of(report).steps
    assert steps[0].words.startswith("Mend the feed first: column income has no value in 2026-02;")
    assert [s.command for s in steps] == [SHOW, f"{MENDED} {WINDOWS}", EXPORT]


@pytest.mark.parametrize("name", ["drift", "over time"])
def test_a_season_is_offered_where_the_training_data_could_be_dated(made: dict[str, Any], name: str) -> None:
    report = moved(made) if name == "drift" else made[name]
    hint = "register model --name credit-risk --time applied_on"
    assert commands(dataclasses.replace(report, datable="applied_on")) == [EXPORT, hint]
    assert commands(report) == [EXPORT]


def test_no_season_explains_a_broken_feed_and_none_is_needed_where_nothing_moved(made: dict[str, Any]) -> None:
    empty = Finding("income", "all-missing", "has no value", importance=0.4)
    broken = dataclasses.replace(made["calm drift"], findings=(empty,))
    for report in (broken, made["calm drift"], made["over time, calm"]):
        assert not any("register" in c for c in commands(dataclasses.replace(report, datable="day")))


def test_a_season_may_explain_what_drifted_beside_a_broken_feed(made: dict[str, Any]) -> None:
    for name in ("drift", "over time, broken"):
        steps = commands(dataclasses.replace(made[name], datable="day"))
        assert steps[-1] == "register model --name credit-risk --time day", name
        assert steps[0] == SHOW


def test_many_windows_with_a_fault_are_counted(made: dict[str, Any]) -> None:
    report = made["over time"]
    fault = (Finding("income", "all-missing", "has no value"),)
    windows = tuple(dataclasses.replace(w, findings=fault if i else ()) for i, w in enumerate(report.windows))
    step = card_of(dataclasses.replace(report, windows=windows)).steps[0]
    assert "column income has no value in 4 of 5; see" in step.words


def test_the_same_windows_are_cut_again(made: dict[str, Any]) -> None:
    calm = dataclasses.replace(made["over time, calm"], time="applied_on", against="last year.csv")
    assert commands(calm) == [f"drift credit-risk@2 --data NEXT_DATA --against 'last year.csv' {WINDOWS}"]
    by_rows = dataclasses.replace(made["over time, calm"], by="5,000 rows")
    assert commands(by_rows) == ["drift credit-risk@2 --data NEXT_DATA --by 5000"]


@pytest.mark.parametrize(
    ("by", "time", "said"),
    [
        ("", "", ""),
        ("month", "", " --by month"),
        ("month", "applied_on", " --by month --time applied_on"),
        ("week", "applied on", " --by week --time 'applied on'"),
        ("5,000 rows", "", " --by 5000"),
        ("1 row", "", " --by 1"),
    ],
)
def test_options_that_cut(by: str, time: str, said: str) -> None:
    assert words.cut_again(by, time) == said


@pytest.mark.parametrize("name", ["segments, calm", "over time, calm"])
def test_too_few_rows_in_a_part_is_no_nothing_needs_doing(made: dict[str, Any], name: str) -> None:
    report = made[name]
    short = dataclasses.replace(report.parts()[1], enough=False, rows=40)
    field = "segments" if name.startswith("segments") else "windows"
    report = dataclasses.replace(report, **{field: (report.parts()[0], short)})
    card = card_of(report)
    (step,) = card.steps
    assert step.words.startswith(f"Cannot tell of {short.label()}: about 350 rows are needed in each")
    assert step.command.startswith("drift credit-risk@2 --data MORE_DATA")
    assert "with too few rows to tell, about 350 are needed" in card.verdict
    assert card.badge == Badge("cannot tell", "too few rows")
    assert any(
        "About 350 rows tell a change at the threshold; 1 of 2" in line for line in card.folds[-1].parts[0].items
    )  # type: ignore[union-attr]


def test_more_data_do_not_help_where_the_held_out_rows_are_few(made: dict[str, Any]) -> None:
    report = made["segments, calm"]
    few = tuple(dataclasses.replace(s, enough=False, reference_rows=30) for s in report.segments)
    (step,) = card_of(dataclasses.replace(report, segments=few)).steps
    assert "there are fewer held-out ones" in step.words
    assert step.command == "drift credit-risk@2 --data this_year --segment COLUMN"


def test_an_estimate_hands_its_windows_on(made: dict[str, Any]) -> None:
    alert = dataclasses.replace(made["estimate, windows"], time="applied_on")
    assert commands(alert) == [f"drift credit-risk@2 --data scored {WINDOWS}"]
    assert commands(made["estimate, alert"]) == ["drift credit-risk@2 --data scored"]
    calm = dataclasses.replace(made["estimate"], by="month", time="applied_on")
    assert commands(calm) == [f"estimate credit-risk@2 --data scored {WINDOWS} --labels y"]

"""What the cards say, in words."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ipymlops.apps.commands.outcome import says_no
from ipymlops.drift.results import ColumnDrift, Finding, FindingCode
from ipymlops.evaluation.place import GivenLabels
from ipymlops.evaluation.results import Costs, Estimate
from ipymlops.pipelines.results import Lock
from ipymlops.views import words
from ipymlops.views.card import Badge, Bar, Card, Grid, Listing, Step
from ipymlops.views.cards.costs import costs_in_words
from ipymlops.views.cards.drift_in_parts import column_grid
from ipymlops.views.table import render_text, view_of


def card_of(result: Any) -> Card:
    return view_of(result).card(result)


def said(card: Card) -> str:
    """The headline, and what stands below it."""
    return f"{card.verdict} {card.more}".rstrip()


@pytest.mark.parametrize(
    ("name", "state", "verdict"),
    [
        ("binary", None, "ROC AUC is 0.812 (0.797 to 0.827) on 4,000 rows."),
        ("nothing learned", "cannot tell", "does not rule out a model that has learned nothing"),
        ("drift", "fail", "Found 3 columns that drifted and matter: income, loan_amount and region. 1 more drifted"),
        ("calm drift", "pass", "None of 1 column drifted."),
        ("empty drift", "cannot tell", "No column could be checked."),
        ("over time", "fail", "income drifted from 2026-03 on; 1 more column in single months."),
        ("over time, calm", "pass", "None of 3 columns drifted in 2 months."),
        (
            "over time, few",
            "cannot tell",
            "Cannot tell: the largest month has 1,000 rows, about 350 are needed in one.",
        ),
        ("over time, wide", "fail", "income drifted in every month."),
        ("over time, unused", "cannot tell", "phone_prefix drifted in 2026-02. The model hardly uses it."),
        (
            "over time, broken",
            "fail",
            "1 column without any value now in 2026-02: income. age drifted in 2026-02",
        ),
        ("over time, nothing", "cannot tell", "No column could be checked."),
        (
            "segments",
            "fail",
            "income drifted in north and south; age drifted in south. The mix of region changed: islands 0 % → 3.8 %.",
        ),
        (
            "beyond",
            "fail",
            "The model is wrong more often: error rate 0.100 → 0.150, 0.0500 (0.0300 to 0.0700) more. Predictions and "
            "labels drifted. None of 2 columns drifted. Taken together they did: rows are told from held-out ones "
            "(AUC 0.810 (0.790 to 0.830)) by income and age.",
        ),
        ("beyond, calm", "pass", "None of 2 columns drifted."),
        (
            "beyond, few",
            "cannot tell",
            "None of 2 columns drifted. Too few rows to tell of errors, predictions, labels and rows as a whole.",
        ),
        ("segments, calm", "pass", "None of 3 columns drifted in 2 segments."),
        ("segments, few", "cannot tell", "Cannot tell: no segment has more than 400 rows on both sides, about 350"),
        ("segments, unused", "cannot tell", "phone_prefix drifted in south; the model hardly uses that."),
        ("segments, nothing", "cannot tell", "No column could be checked."),
        ("segments, wide", "fail", "income drifted in every region."),
        (
            "segments, mix",
            "fail",
            "None of 3 columns drifted in 2 segments. The mix of region changed: islands 0 % → 28.6 %.",
        ),
        ("estimate", "pass", "ROC AUC is likely to be 0.810 (0.795 to 0.825), as expected (0.770 to 0.850)."),
        ("estimate, alert", "fail", "ROC AUC is likely to be 0.750 (0.735 to 0.765), worse than expected"),
        ("estimate, windows", "fail", "ROC AUC is likely to be worse than expected in 1 of 3 windows: 2026-06."),
        (
            "estimate, few",
            "cannot tell",
            "Too few rows to tell: ROC AUC is likely to be 0.810 (0.500 to 0.900), where 0.770 to 0.850 is expected.",
        ),
        (
            "estimate, some few",
            "cannot tell",
            "Too few rows to tell in 1 of 3 windows: 2026-05. ROC AUC is likely to be as expected in the other 2.",
        ),
        ("estimate, labelled", "pass", "as expected (0.770 to 0.850). The 4,000 labels show 0.800 (0.785 to 0.815)."),
        ("estimate, contradicted", "fail", "Labels contradict the estimate in 1 of 3 windows: 2026-07."),
        ("comparison better", "pass", "credit-risk@2 is better than credit-risk@1"),
        ("comparison not worse", "pass", "is not worse than"),
        ("comparison worse", "fail", "is worse than"),
        ("comparison cannot tell", "cannot tell", "about 4,200 more labels needed"),
        ("export", "pass", "reproduces the model bit for bit"),
        ("broken export", "fail", "does not reproduce the model: name 'scaler' is not defined"),
        ("not verified", "cannot tell", "Nobody has checked yet"),
        ("marked", None, "2 of 7 statements lead to `model`, `X` and `y`."),
        ("marked, not all", "fail", "cannot be made outside of this notebook as it stands."),
        ("attempt", "cannot tell", "Cannot tell whether the pipeline reproduces the model: the input rows is missing"),
        ("retraining promoted", "pass", "is the champion now"),
        ("retraining refused", "fail", "credit-risk@2"),
        ("retraining nothing to do", "not applicable", "credit-risk@2"),
        ("models", None, "2 models in this project; 1 without a champion."),
        ("no models", None, "No model is registered in this project yet."),
        ("history", None, "Version 3 is the champion; 9 events on 3 versions."),
        ("no history", None, "There is no champion; 0 events on 0 versions."),
        ("rejection", "fail", "grace rejected credit-risk@2: worse on self-employed."),
        ("approved, and rejected", "cannot tell", "lin approved credit-risk@2."),
        ("lineage", None, "credit-risk@1 was registered from notebooks/credit.ipynb."),
        ("lineage, retrained", None, "credit-risk@3 was retrained by the pipeline of credit-risk@1, after version 2."),
        ("lineage, elsewhere", None, "credit-risk@2 was retrained by a pipeline that is not of this project, after"),
        ("lineage, not recorded", None, "credit-risk@1 was registered by code of which there is no record."),
        ("damaged project", "fail", "3 faults in 3 places: 1 changed, 1 missing, 1 alias."),
        ("aliases astray", "fail", "1 fault in 1 place: 1 alias."),
        ("unsigned project", "fail", "byte for byte. No key that mlops.toml trusts signed credit-risk@3, as it is"),
        ("registration", "pass", "Registered credit-risk@1 as champion. ROC AUC is 0.812"),
        (
            "promotion",
            "cannot tell",
            "credit-risk@2 is the champion now, in place of version 1. Not met, and let through by tier medium: "
            "probabilities hold (off in 1 of 10 bins).",
        ),
        ("refusal", "fail", "Not ready to promote: recall on 'self-employed' fell by 0.06 (0.03 to 0.09). Version 1"),
    ],
)
def test_verdicts(made: dict[str, Any], name: str, state: str | None, verdict: str) -> None:
    card = card_of(made[name])
    assert verdict in said(card)
    assert (card.badge.state if card.badge else None) == state


@pytest.mark.parametrize("name", ["history, rejected", "version page", "rejection", "approved, and rejected"])
def test_a_rejection_that_stands_is_told_with_whose_word_it_waits_for(made: dict[str, Any], name: str) -> None:
    told = "credit-risk@2 is not promoted: grace rejected it: worse on self-employed. It waits for grace to approve it."
    assert card_of(made[name]).warnings[0] == told
    assert not any("is not promoted" in w for w in card_of(made["history"]).warnings)


def test_a_rejection_of_what_is_in_use_offers_the_way_back(made: dict[str, Any]) -> None:
    rejected = made["rejection"]
    used = dataclasses.replace(rejected, version=dataclasses.replace(rejected.version, aliases=("champion",)), before=1)
    assert [s.command for s in card_of(used).steps] == ["rollback credit-risk"]
    assert [s.command for s in card_of(dataclasses.replace(used, before=None)).steps] == ["promote credit-risk@NUMBER"]


def test_an_approval_that_takes_a_rejection_back_says_so(made: dict[str, Any]) -> None:
    taken = dataclasses.replace(made["own approval"], takes_back=True)
    assert "and with that took the own rejection of it back" in card_of(taken).verdict


def test_a_score_the_wrong_way_round_says_so(made: dict[str, Any]) -> None:
    report = made["nothing learned"]
    inverted = dataclasses.replace(report.headline, value=0.1, low=0.05, high=0.2)
    card = card_of(dataclasses.replace(report, metrics=(inverted,)))
    assert card.verdict.endswith("It ranks the wrong way round: the labels or the score may be inverted.")
    assert card.badge == Badge("fail", "wrong way round")


def test_a_figure_beside_the_deciding_one_tells_a_model_from_guessing(made: dict[str, Any]) -> None:
    """An RMSE has no value that guessing gives; R² beside it has."""
    evaluation = made["nothing learned"]
    head = dataclasses.replace(evaluation.headline, name="rmse", value=9.0, low=8.8, high=9.2, unit="units of price")
    beside = dataclasses.replace(evaluation.headline, name="r2", value=-25.0, low=-27.0, high=-23.0)
    found = dataclasses.replace(evaluation, primary="rmse", metrics=(head, beside))
    assert "R² is -25.0 (-27.0 to -23.0): the mean of the true values" in card_of(found).verdict
    assert card_of(found).badge == Badge("fail", "worse than the mean")
    unsure = dataclasses.replace(found, metrics=(head, dataclasses.replace(beside, low=-60.0, high=0.2)))
    assert "does not rule out a model that has learned nothing" in card_of(unsure).verdict
    assert card_of(unsure).badge == Badge("cannot tell", "no better than chance?")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "weak slices",
            "Its probabilities are off where age above 61.5 and region = north: log loss (lower is better) is 0.610 on "
            "those 210 rows and would be 0.360, 41.0 % less, if they were put right; and likewise in 1 other slice.",
        ),
        ("groups", "By sex: recall is higher for m (2,400 rows) than for f (1,580) by 0.300 (0.104 to 0.466)."),
        (
            "groups",
            "Too small to say anything (fewer than 20 rows count): <b>x'</b> (12 rows): selection rate and recall.",
        ),
        (
            "costs",
            "Flagging 'default' from 0.17 up saves 0.120 (0.080 to 0.160) a row, against the model's own labels.",
        ),
        (
            "costs, nothing saved",
            "No threshold is cheaper than the model's own labels for certain; flagging 'default' from 0.17 up",
        ),
        ("costs, none flagged", "Flagging none saves 0.120"),
        ("groups alike", "By sex: no gap between groups is certain (95 %)."),
        ("one group", "By sex: cannot tell, fewer than two groups have 20 rows that count."),
        ("no weak slice", "No slice is weak for certain (95 %)."),
    ],
)
def test_costs_groups_and_weak_slices_in_words(made: dict[str, Any], name: str, said: str) -> None:
    assert said in " ".join(render_text(made[name], width=200).split())


def test_size_and_latency_are_a_fold(made: dict[str, Any]) -> None:
    found = next(f for f in card_of(made["size and latency"]).folds if f.title == "Size and latency")
    assert not found.open
    size, grid, how = found.parts
    assert size.items == ("The model is 2.4 MB on disk.",)
    assert grid.rows[0] == ("1", "2.1 ms", "9.4 ms", "70 times")
    assert grid.rows[1][1:3] == ("1.25 s", "1.50 s")
    assert "Measured on <b>a chip</b>, 2 cores" in how.items[0]


@pytest.mark.parametrize("name", ["binary", "registration", "version page"])
def test_rows_left_out_of_an_evaluation_are_told_at_once(made: dict[str, Any], name: str) -> None:
    result = made[name] if name == "binary" else dataclasses.replace(made[name], evaluation=made["binary"])
    assert "12 rows without a label were left out." in render_text(result)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("binary", "promote credit-risk@2"),
        ("drift", "export credit-risk@2 --to pipelines/credit-risk"),
        ("calm drift", "drift credit-risk@2 --data NEXT_DATA"),
        ("comparison better", "promote credit-risk@2"),
        ("comparison worse", "show credit-risk@2"),
        ("export", "python pipelines/credit-risk/retrain.py --input applications=NEW_FILE"),
        ("broken export", "export credit-risk@2 --to pipelines/credit-risk --force"),
        ("registration", "export credit-risk@1 --to pipelines/credit-risk"),
        ("retraining registered", "promote credit-risk@2"),
        ("retraining refused", "compare credit-risk@champion credit-risk@2"),
        ("refusal", "compare credit-risk@champion credit-risk@2"),
        ("estimate", "estimate credit-risk@2 --data scored --labels y"),
        ("estimate, labelled", "evaluate credit-risk@2 --data X_labelled y_labelled"),
        ("damaged project", "restore FILE --project NEW"),
        ("aliases astray", "fsck --repair"),
        ("unsigned project", "sign credit-risk@3 --key FILE"),
        ("no models", "register model --name credit-risk --train X_train y_train --test X_test y_test"),
    ],
)
def test_next_steps(made: dict[str, Any], name: str, command: str) -> None:
    assert command in [s.command for s in card_of(made[name]).steps]


def test_labels_that_came_in_part_are_named_again(made: dict[str, Any]) -> None:
    result = dataclasses.replace(made["estimate"], given=GivenLabels("paid back", in_table=True))
    (step,) = card_of(result).steps
    assert step.command == 'estimate credit-risk@2 --data scored --labels "paid back"'
    assert step.words == "Hold it against the labels when they come"
    windows = made["estimate, windows"].windows
    first = dataclasses.replace(windows[0], realized=windows[0].estimate, state="expected")
    rest = [dataclasses.replace(w, state="expected") for w in windows[1:]]
    (step,) = card_of(dataclasses.replace(result, windows=(first, *rest), by="month")).steps
    assert step.command == 'estimate credit-risk@2 --data scored --by month --labels "paid back"'
    assert step.words == "Hold it against the other labels when they come"


def test_a_line_to_copy_names_the_project_where_it_works_on_it() -> None:
    assert Step("Look", "show m@1").in_project("a b").line("ipymlops") == "ipymlops show m@1 --project 'a b'"
    assert Step("Again", "register m --name m").in_project("p").line("ipymlops") == "%mlops register m --name m"
    run = Step("Retrain", "python retrain.py", shell=True)
    assert run.in_project("p").line("ipymlops") == "python retrain.py --project p"
    assert Step("Load it there", "load()", shell=True, here=False).in_project("p").line("ipymlops") == "load()"


@pytest.mark.parametrize(
    ("lock", "words"),
    [
        (Lock("requirements.txt", 46, "uv"), "46 distributions, with hashes"),
        (Lock("requirements.txt", 46, "", "why"), "46 distributions, no hashes"),
        (None, ""),
    ],
)
def test_an_export_says_what_it_locked(made: dict[str, Any], lock: Lock | None, words: str) -> None:
    figures = card_of(dataclasses.replace(made["export"], lock=lock)).figures
    assert [f"{f.value} {f.note}" for f in figures if f.label == "locked"] == [words] * bool(words)


def test_drift_that_matters_comes_first(made: dict[str, Any]) -> None:
    grid = card_of(made["drift"]).folds[0].parts[0]
    assert isinstance(grid, Grid)
    assert [getattr(row[0], "text", "") for row in grid.rows][:5] == [
        "income", "loan_amount", "region", "phone_prefix", "employment_years",
    ]  # fmt: skip


def test_drift_in_columns_hardly_used_is_no_alarm(made: dict[str, Any]) -> None:
    report = made["drift"]
    calm = tuple(c for c in report.columns if not c.matters)
    card = card_of(dataclasses.replace(report, columns=calm, findings=()))
    assert card.badge == Badge("cannot tell", "drift in columns hardly used")
    assert card.verdict == "Found 1 column that drifted: phone_prefix. The model hardly uses it."
    assert [s.command for s in card.steps] == ["evaluate credit-risk@2 --data X_new y_new"]


def test_drift_of_unknown_importance_is_not_played_down(made: dict[str, Any]) -> None:
    report = made["drift"]
    unknown = tuple(dataclasses.replace(c, importance=None, matters=None) for c in report.columns)
    card = card_of(dataclasses.replace(report, columns=unknown))
    assert card.badge == Badge("fail", "drift")
    assert said(card).endswith("How much the model uses them is not known.")
    assert "used by model" not in [h.text for h in card.folds[0].parts[0].headings]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["drift", "calm drift", "wide drift", "empty drift"])
@pytest.mark.parametrize("broken", [True, False])
@pytest.mark.parametrize("used", [True, False, None])
def test_badge_step_and_alarm_agree(made: dict[str, Any], name: str, broken: bool, used: bool | None) -> None:
    report = made[name]
    columns = tuple(dataclasses.replace(c, matters=used) for c in report.columns)
    report = dataclasses.replace(report, columns=columns, findings=made["drift"].findings if broken else ())
    card = card_of(report)
    calm = any("Nothing needs doing" in step.words for step in card.steps)
    assert card.badge is not None
    assert report.alarming == (card.badge.state == "fail") == says_no(report)
    assert calm == (bool(report.columns) and not report.alarming and not report.drifted)
    assert ("1 column cannot be given to the model: channel." in said(card)) == broken


def test_too_few_rows_cannot_tell(made: dict[str, Any]) -> None:
    report = dataclasses.replace(made["calm drift"], current_rows=3, rows_needed=313)
    card = card_of(report)
    assert card.verdict == "Cannot tell: 3 rows, about 313 are needed."
    assert card.badge == Badge("cannot tell", "too few rows")
    assert [s.command for s in card.steps] == ["drift credit-risk@2 --data MORE_DATA"]
    grid = card.folds[0].parts[0]
    assert isinstance(grid, Grid)
    assert {row[1] for row in grid.rows} == {Badge("cannot tell", "too few rows")}
    seen = card_of(dataclasses.replace(made["drift"], current_rows=3, rows_needed=313))
    assert "Found 3 columns that drifted and matter" in said(seen)


@pytest.mark.parametrize(("used", "alarm"), [(True, True), (None, True), (False, False)])
def test_new_missing_values_alarm_unless_the_column_is_hardly_used(
    made: dict[str, Any], used: bool | None, alarm: bool
) -> None:
    report = made["calm drift"]
    changed = dataclasses.replace(report.columns[0], missing_changed=True, matters=used)
    report = dataclasses.replace(report, columns=(changed,))
    card = card_of(report)
    assert says_no(report) == alarm == (card.badge == Badge("fail", "missing values"))
    assert ("share of missing values changed in 1 column: " + changed.column in said(card)) == alarm
    assert [s.command for s in card.steps] == (
        ["show credit-risk@2"] if alarm else ["drift credit-risk@2 --data NEXT_DATA"]
    )


def test_drift_of_which_the_use_is_known_in_part(made: dict[str, Any]) -> None:
    report = made["drift"]
    columns = tuple(
        dataclasses.replace(c, importance=None, matters=None) if c.column == "region" else c for c in report.columns
    )
    card = card_of(dataclasses.replace(report, columns=columns, findings=()))
    assert card.verdict == "Found 2 columns that drifted and matter: income and loan_amount."
    assert said(card) == (
        "Found 2 columns that drifted and matter: income and loan_amount. Found 1 more that drifted: region. "
        "How much the model uses it is not known. 1 more drifted that the model hardly uses."
    )


def test_broken_columns_are_mended_first(made: dict[str, Any]) -> None:
    card = card_of(dataclasses.replace(made["calm drift"], findings=made["drift"].findings))
    assert card.badge == Badge("fail", "columns broken")
    mended = ["show credit-risk@2", "drift credit-risk@2 --data MENDED_DATA"]
    assert [step.command for step in card.steps] == mended
    assert [step.command for step in card_of(made["drift"]).steps][:2] == mended


USE = "of what the model uses"


@pytest.mark.parametrize(
    ("code", "importance", "share"),
    [
        ("missing-column", 0.21, "88.1 %"),
        ("all-missing", 0.21, "88.1 %"),
        ("all-infinite", 0.21, "88.1 %"),
        ("missing-column", None, "at least 67.1 %"),
        ("new-categories", 0.21, "67.1 %"),
    ],
)
def test_what_the_model_uses_of_broken_columns_counts_as_changed(
    made: dict[str, Any], code: FindingCode, importance: float | None, share: str
) -> None:
    gone = Finding("channel", code, "is odd", True, importance)
    card = card_of(dataclasses.replace(made["drift"], findings=(gone,)))
    assert [(f.value, f.note) for f in card.figures if f.label == USE] == [(share, "rests on changed columns")]


def test_where_every_column_is_broken_their_weight_is_told_all_the_same(made: dict[str, Any]) -> None:
    gone = Finding("income", "missing-column", "is gone", None, 0.7)
    card = card_of(dataclasses.replace(made["calm drift"], columns=(), findings=(gone,)))
    assert [f.value for f in card.figures if f.label == USE] == ["70.0 %"]


@pytest.mark.parametrize(("weight", "share"), [(1.0, "100 %"), (0.9996, "> 99.9 %"), (0.99, "at least 99.0 %")])
def test_where_nothing_is_left_an_unknown_weight_adds_nothing(made: dict[str, Any], weight: float, share: str) -> None:
    gone = [Finding(name, "missing-column", "is gone", None, known) for name, known in (("a", weight), ("b", None))]
    card = card_of(dataclasses.replace(made["calm drift"], columns=(), findings=tuple(gone)))
    assert [f.value for f in card.figures if f.label == USE] == [share]


def test_the_weight_of_what_changed_cannot_be_told_of_too_few_rows(made: dict[str, Any]) -> None:
    known = dataclasses.replace(made["calm drift"].columns[0], importance=0.3, matters=True)
    report = dataclasses.replace(made["calm drift"], columns=(known,))
    assert [f.value for f in card_of(report).figures if f.label == USE] == ["0 %"]
    few = dataclasses.replace(report, current_rows=3, rows_needed=313)
    assert [(f.value, f.note) for f in card_of(few).figures if f.label == USE] == [("cannot tell", "too few rows")]


@pytest.mark.parametrize("name", ["over time, calm", "segments, calm"])
def test_windows_that_cannot_tell_are_counted_among_all_of_them(made: dict[str, Any], name: str) -> None:
    result = made[name]
    few, large = (
        dataclasses.replace(part, enough=i > 0, columns=tuple(_drifts(c, i == 0) for c in part.columns))
        for i, part in enumerate(result.parts())
    )
    changed: dict[str, Any] = {"windows" if name.startswith("over") else "segments": (few, large)}
    result = dataclasses.replace(result, **changed)
    outcomes = {row[1].word for row in column_grid(result).rows}  # type: ignore[union-attr]
    assert outcomes == {"1 of 2", "0 of 2, 1 can tell"}
    few = ", 1 with too few rows to show a small change: about 350 are needed"
    assert any(few in f.note for f in card_of(result).figures)


def _drifts(column: ColumnDrift, first: bool) -> ColumnDrift:
    return dataclasses.replace(column, drifted=first and column.column == "income")


def test_what_a_classifier_found_is_told_of_columns_together_only_where_they_do_not_explain_it(
    made: dict[str, Any],
) -> None:
    together = made["beyond"]
    assert "it is how columns go together that changed" in render_text(together, width=300)
    told = dataclasses.replace(together.held_out.separation, apart=0.805, gained=-0.01)
    infinite = dataclasses.replace(together.columns[0], infinite_changed=True)
    apart = dataclasses.replace(
        together,
        columns=(infinite, *together.columns[1:]),
        held_out=dataclasses.replace(together.held_out, separation=told),
    )
    card = card_of(apart)
    assert "drifted otherwise. Rows are told from held-out ones" in said(card)
    assert "Taken together" not in said(card)
    shown = render_text(apart, width=300)
    assert "what columns show one by one explains it, not how they go together" in shown


def test_failed_gates_stand_first_and_warnings_do_not_count_as_failed(made: dict[str, Any]) -> None:
    card = card_of(made["refusal"])
    grid = card.folds[0].parts[0]
    assert isinstance(grid, Grid)
    assert grid.rows[0][1] == Badge("fail", "fail")
    assert {f.label: f.value for f in card.figures} == {
        "passed": "1",
        "failed": "1",
        "warn": "1",
        "not applicable": "1",
    }


def test_facts_of_any_shape_are_survived(made: dict[str, Any]) -> None:
    version = made["version"]
    for facts in ({}, {"metrics": None}, {"metrics": [1]}, {"metrics": {"metrics": [{"name": "a"}]}, "primary": "a"}):
        assert card_of(dataclasses.replace(version, facts=facts)).title == "Version credit-risk@2"


def test_a_marked_notebook_shows_each_cell_that_is_needed_and_folds_the_rest(made: dict[str, Any]) -> None:
    (fold,) = card_of(made["marked"]).folds
    listings = [p for p in fold.parts if isinstance(p, Listing)]
    assert fold.open
    assert [(x.title, x.note, x.folded) for x in listings] == [
        ("In [1]", "1 of 1 statement kept", False),
        ("In [2]", "1 of 2 statements kept", False),
        ("In [3] to In [7]", "not needed", True),
    ]
    assert [(line.state, line.note) for line in listings[1].lines] == [
        ("pass", "defines df → In [7] → model"), ("pass", ""), (None, ""),
    ]  # fmt: skip


def test_a_marked_notebook_says_what_is_needed_and_cannot_leave(made: dict[str, Any]) -> None:
    text = render_text(made["marked, not all"])
    assert "✕ files = %sx ls  # defines files → model" in text
    assert "then it raised" in text
    assert "defines pd → In [2] → In [4] → … → In [7] → model" in text
    (step,) = card_of(made["marked, not all"]).steps
    assert step.command == "register model --name credit-risk"
    assert "prove" not in step.words


def test_a_version_and_its_aliases_in_words(made: dict[str, Any]) -> None:
    page = dataclasses.replace(made["version page"].version, aliases=("champion", "prod"))
    assert "; it is the champion, and the alias prod points to it." in card_of(page).verdict
    assert "; the alias prod points to it." in card_of(dataclasses.replace(page, aliases=("prod",))).verdict
    assert "; there it is the champion, and the alias staging points to it now." in card_of(made["pushed"]).verdict


def test_a_signature_that_nobody_can_believe_says_what_to_write_and_where_to_look(made: dict[str, Any]) -> None:
    (step,) = card_of(dataclasses.replace(made["signed"], believed=None)).steps
    assert step.command == "show credit-risk@2"
    assert step.words.endswith("and see what this one is worth")


@pytest.mark.parametrize("name", ["over time, calm", "segments, calm"])
@pytest.mark.parametrize(
    ("enough", "drifted", "shown"),
    [
        pytest.param((False, True), False, 1, id="the small part does not count"),
        pytest.param((True, True), False, 0, id="the larger effect of two"),
        pytest.param((False, True), True, 0, id="a small part that drifted for certain counts"),
        pytest.param((False, False), False, None, id="none can tell"),
    ],
)
def test_the_largest_effect_is_of_a_part_with_rows_enough(
    made: dict[str, Any], name: str, enough: tuple[bool, bool], drifted: bool, shown: int | None
) -> None:
    result = made[name]
    parts = result.parts()
    effects = (0.09, 0.04)
    told = [
        dataclasses.replace(
            part,
            enough=one,
            columns=(dataclasses.replace(part.columns[0], effect=effect, drifted=drifted and not i),),
        )
        for i, (part, one, effect) in enumerate(zip(parts, enough, effects, strict=True))
    ]
    changed: dict[str, Any] = {"windows" if name.startswith("over") else "segments": tuple(told)}
    _, _, effect, _, where, *_ = column_grid(dataclasses.replace(result, **changed)).rows[0]
    if shown is None:
        assert (where, effect) == (words.NOTHING, words.NOTHING)
    else:
        assert where == parts[shown].label()
        assert isinstance(effect, Bar)
        assert effect.text == words.number(effects[shown])


@pytest.mark.parametrize("name", ["drift", "wide drift", "beyond", "over time", "over time, wide", "segments"])
def test_a_headline_is_short_and_the_rest_stands_below(made: dict[str, Any], name: str) -> None:
    card = card_of(made[name])
    assert len(card.verdict) < 130
    assert card.verdict in render_text(made[name], width=200)
    assert card.more in " ".join(render_text(made[name], width=2000).split("\n"))


def test_a_threshold_that_costs_more_saves_nothing() -> None:
    cost = Estimate("cost", 0.23, 0.2, 0.26, 0.95, 1200, "bootstrap", False)
    found = Costs(1.0, 5.0, (), None, cost, 0.5, cost, -0.005, -0.01, 0.001)
    assert costs_in_words(found) == "No threshold is cheaper than the model's own labels for certain."


@pytest.mark.parametrize(
    ("good", "was_signed", "sentence", "warns"),
    [
        (None, False, "", False),
        (False, False, "It is worded.", False),
        (None, True, "It is worded.", False),
        (True, True, "It is worded.", False),
        (False, True, "", True),
    ],
)
def test_a_page_says_what_a_signature_is_worth_where_somebody_could_ask(
    made: dict[str, Any], good: bool | None, was_signed: bool, sentence: str, warns: bool
) -> None:
    page = made["version page"]
    events = (*page.events, dataclasses.replace(page.events[0], kind="sign")) if was_signed else page.events
    shown = dataclasses.replace(page, signature="is worded", signature_good=good, events=events)
    card = card_of(shown)
    assert card.more == sentence
    assert any(w == f"{page.version.ref} is worded." for w in card.warnings) is warns

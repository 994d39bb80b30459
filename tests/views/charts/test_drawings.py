"""What the charts draw, read from their specifications."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.drift.results import Shape
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.stored import from_record, to_record
from ipymlops.registry.records import Event
from ipymlops.views import words
from ipymlops.views.charts import threshold
from ipymlops.views.charts.bundle import CONVERTER_VERSION, specification
from ipymlops.views.charts.shapes import bar_rows, step_rows
from ipymlops.views.charts.svg import pictures
from ipymlops.views.table import charts


def titles(result: Any) -> list[str]:
    """The text of every title in the charts, panels included."""
    found = []

    def look(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("title"), dict) and "text" in node["title"]:
                text = node["title"]["text"]
                found.append(" ".join(text) if isinstance(text, list) else text)
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    for chart in charts(result):
        look(specification(chart))
    return found


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("binary", "ROC AUC 0.812 (0.797 to 0.827)"),
        ("binary", "Predicted probabilities hold in 9 of 10 bins"),
        ("binary", "Most often, 'default' is taken for 'repaid': 51.6 % of its rows"),
        (
            "weak slices",
            "Its probabilities are off where age above 61.5 and region = north: log loss (lower is better) is 0.610",
        ),
        ("groups", "By sex: recall is higher for m (2,400 rows) than for f (1,580) by 0.300 (0.104 to 0.466)"),
        ("costs", "Flagging 'default' from 0.17 up saves 0.120 (0.080 to 0.160) a row"),
        ("multiclass", "Most often, 'versicolor' is taken for 'virginica': 19.0 % of its rows"),
        ("regression", "9 of 10 errors lie between -24.1 and 24.9 minutes"),
        ("estimate, windows", "ROC AUC is likely to be worse than expected in 1 of 3 windows: 2026-06"),
        ("over time", "income drifted from 2026-03 on; 1 more column in single months"),
        ("over time, calm", "None of 3 columns drifted in 2 months"),
        ("segments", "income drifted in north and south; age drifted in south. The mix of region"),
        ("drift", "income, loan_amount and region drifted"),
        ("calm drift", "No column is above its threshold"),
        ("comparison cannot tell", "Cannot tell: about 4,200 more labels needed"),
        ("history", "Version 3 has been the champion since"),
        ("lineage, retrained", "credit-risk@3 was retrained by the pipeline of credit-risk@1, after version 2"),
    ],
)
def test_titles_state_the_finding(made: dict[str, Any], name: str, finding: str) -> None:
    assert any(finding in t for t in titles(made[name])), titles(made[name])


def test_the_threshold_chart_and_the_metrics_give_the_same_figures() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = X[:, 0] + random.normal(size=300) > 0.8
    found = evaluate(LogisticRegression().fit(X, y), X, y, name="m")
    precision, recall = (words.percent(found.metric(name).value) for name in ("precision", "recall"))
    title = f"From 0.5 up, {precision} of flags are right and {recall} of 'True' are found"
    assert title in titles(found)
    assert title in titles(from_record(to_record(found)))


@pytest.mark.parametrize(
    "name", ["gate", "no models", "no history", "empty drift", "over time, nothing", "not verified", "promotion"]
)
def test_no_chart_where_a_number_does(made: dict[str, Any], name: str) -> None:
    assert charts(made[name]) == ()


def test_one_blue_for_reference_and_one_vermilion_for_current(made: dict[str, Any]) -> None:
    shapes = json.dumps(specification(charts(made["drift"])[1]))
    assert '"domain": ["training", "current"], "range": ["#0072B2", "#D55E00"]' in shapes


def test_a_wide_table_shows_twenty_columns_and_says_so(made: dict[str, Any]) -> None:
    spec = json.dumps(specification(charts(made["wide drift"])[0]))
    assert "20 of 50 columns" in spec
    assert "name_19" in spec
    assert "name_20" not in spec


def test_reigns_follow_each_other(made: dict[str, Any]) -> None:
    (chart,) = charts(made["history"])
    rows = specification(chart)["layer"][0]["data"]["values"]
    assert [r["version"] for r in rows] == ["version 1", "version 3"]
    assert rows[0]["to"] == rows[1]["from"] < rows[1]["to"]


def test_only_the_last_word_of_each_person_is_a_mark(made: dict[str, Any]) -> None:
    history = made["history, rejected"]
    again = Event(40, "approve", "credit-risk", 2, "grace", history.events[-1].when, "looked again")
    for events, expected in (
        (history.events, ["ada approved", "grace rejected", "lin approved"]),
        ((*history.events, again), ["ada approved", "grace approved", "lin approved"]),
    ):
        (chart,) = charts(dataclasses.replace(history, events=events))
        marks = specification(chart)["layer"][1]["data"]["values"]
        told = sorted(f"{m['who']} {m['what']}" for m in marks if m["what"] in ("approved", "rejected"))
        assert told == expected


def drawn(result: Any) -> tuple[list[dict[str, Any]], str]:
    """The boxes of a lineage, and its whole specification."""
    (chart,) = charts(result)
    spec = specification(chart)
    boxes = [row for layer in spec["layer"] if layer["mark"]["type"] == "rect" for row in layer["data"]["values"]]
    return boxes, json.dumps(spec, ensure_ascii=False)


@pytest.mark.parametrize("name", ["lineage", "lineage, retrained", "lineage, long", "lineage, many files"])
def test_no_box_of_a_lineage_touches_another_or_leaves_the_picture(made: dict[str, Any], name: str) -> None:
    boxes, _ = drawn(made[name])
    assert all(0 <= b["x"] < b["x2"] <= 620 for b in boxes)
    for one, other in itertools.combinations(boxes, 2):
        apart = one["x2"] < other["x"] or other["x2"] < one["x"] or one["y2"] < other["y"] or other["y2"] < one["y"]
        assert apart, (one["name"], other["name"])


def test_a_long_line_is_shortened_in_the_middle_and_says_so(made: dict[str, Any]) -> None:
    boxes, spec = drawn(made["lineage, long"])
    line = sorted((b for b in boxes if b["y"] == 0 and b["name"] != "credit-risk@12"), key=lambda b: b["x"])
    assert [b["name"] for b in line] == ["@1", "… 8 more …", "@10", "@11"]
    assert "11 versions that it came after, 8 of them not drawn" in spec
    five, _ = drawn(dataclasses.replace(made["lineage, long"], version=5, chain=made["lineage, long"].chain[:5]))
    assert [b["name"] for b in five if b["name"][0] in "@…"] == ["@1", "@2", "@3", "@4"]


def test_the_champion_has_a_word_and_a_line_of_its_own(made: dict[str, Any]) -> None:
    (chart,) = charts(made["lineage, retrained"])
    thick = [v for v in specification(chart)["layer"] if v["mark"].get("stroke") == "#0072B2"]
    assert [[r["name"] for r in v["data"]["values"]] for v in thick] == [["@2"]]
    assert [r["note"] for r in thick[0]["data"]["values"]] == ["★ champion"]


def test_many_files_are_counted_and_what_was_not_recorded_is_said_so(made: dict[str, Any]) -> None:
    boxes, _ = drawn(made["lineage, many files"])
    assert [b["name"] for b in boxes if b["x"] == 0][3:] == ["and 6 more files"]
    notes = [b["note"] for b in drawn(made["lineage, not recorded"])[0]]
    assert notes.count("not recorded") == 5
    assert "no files" in [b["name"] for b in drawn(made["lineage, no files"])[0]]


def test_a_single_moment_has_no_timeline(made: dict[str, Any]) -> None:
    history = made["history"]
    same = tuple(dataclasses.replace(e, when=history.events[0].when) for e in history.events)
    assert charts(dataclasses.replace(history, events=same)) == ()


def test_steps_begin_and_end_at_zero_and_leave_out_endless_bins() -> None:
    inf = float("inf")
    shape = Shape((0.1, 0.6, 0.2, 0.1), (0.2, 0.2, 0.5, 0.1), edges=(-inf, 0.0, 1.0, 3.0, inf))
    rows = [r for r in step_rows(shape) if r["side"] == "training"]
    assert [(r["at"], r["height"]) for r in rows] == [(0.0, 0.0), (0.0, 0.6), (1.0, 0.1), (3.0, 0.0)]


def test_small_categories_are_added_up() -> None:
    labels = tuple("abcdefgh")
    shape = Shape((0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.06, 0.04), (0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05), labels=labels)
    rows, order = bar_rows(shape)
    assert order == [*"abcdef", "the rest"]
    assert sum(r["share"] for r in rows if r["side"] == "current") == pytest.approx(1)


def test_drift_over_time_is_marked_as_well_as_coloured(made: dict[str, Any]) -> None:
    spec = json.dumps(specification(charts(made["over time"])[0]))
    cells = [row for row in _rows(made["over time"]) if row["mark"] == "drifted"]
    assert {(c["column"], c["window"]) for c in cells} == {
        ("age", "2026-02"), ("income", "2026-03"), ("income", "2026-04"), ("income", "2026-05")
    }  # fmt: skip
    assert "triangle-up" in spec
    assert {row["mark"] for row in _rows(made["over time, few"])} == {"too few rows"}
    assert {row["mark"] for row in _rows(made["over time, broken"])} == {"", "not compared", "drifted"}


@pytest.mark.parametrize("name", ["over time", "segments"])
def test_the_deepest_colour_is_said_to_hold_for_more(made: dict[str, Any], name: str) -> None:
    pytest.importorskip("vl_convert")
    drawn = " ".join(picture.svg for chart in charts(made[name]) for picture in pictures(chart, "a") or ())
    assert ">4 or more<" in drawn
    assert ">3<" in drawn


def test_a_wide_heat_map_shows_what_matters_and_the_last_windows(made: dict[str, Any]) -> None:
    rows = _rows(made["over time, wide"])
    assert len(rows) == 20 * 60
    assert rows[0]["column"] == "income"
    assert any(
        "20 of 63 columns" in t and "the last 60 of 100 months" in t for t in _subtitles(made["over time, wide"])
    )


def _rows(result: Any) -> list[dict[str, Any]]:
    [chart] = charts(result)
    found = json.loads(json.dumps(specification(chart)))
    return next(values for values in _values(found) if "mark" in values[0])


def _values(node: Any) -> Any:
    if isinstance(node, dict):
        if isinstance(node.get("values"), list) and node["values"] and isinstance(node["values"][0], dict):
            yield node["values"]
        for child in node.values():
            yield from _values(child)
    elif isinstance(node, list):
        for child in node:
            yield from _values(child)


def _subtitles(result: Any) -> list[str]:
    return [" ".join(chart.title.subtitle) for chart in charts(result)]


def test_every_threshold_has_its_counts_and_its_cost() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = X[:, 0] + random.normal(size=300) > 0.8
    model = LogisticRegression().fit(X, y)
    found = evaluate(model, X, y, name="m", cost={"fp": 1, "fn": 5})
    score = model.predict_proba(X)[:, 1]
    for row in threshold.counts(found):
        flagged = score >= row["threshold"]
        assert (row["tp"], row["fp"]) == ((flagged & y).sum(), (flagged & ~y).sum())
        assert (row["fn"], row["tn"]) == ((~flagged & y).sum(), (~flagged & ~y).sum())
        assert row["cost"] == pytest.approx((row["fp"] + 5 * row["fn"]) / 300, abs=1e-4)
    at = next(row for row in threshold.counts(found) if row["threshold"] == found.threshold)
    assert ((at["tn"], at["fp"]), (at["fn"], at["tp"])) == found.confusion


def test_no_live_chart_names_a_signal_twice(made: dict[str, Any]) -> None:
    """Vega refuses such a chart where it is drawn, and nobody but the reader sees it: pictures leave live views out."""
    vl_convert = pytest.importorskip("vl_convert")
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = X[:, 0] + random.normal(size=300) > 0.8
    movable = evaluate(LogisticRegression().fit(X, y), X, y, name="m")
    drawn = [(name, chart) for name, result in {**made, "movable": movable}.items() for chart in charts(result)]
    chosen = 0
    for name, chart in drawn:
        compiled = vl_convert.vegalite_to_vega(specification(chart), vl_version=CONVERTER_VERSION)
        for scope in _scopes(compiled):
            names = [signal["name"] for signal in scope]
            assert len(names) == len(set(names)), name
            chosen += any(n.endswith("_tuple") for n in names)
    assert chosen >= 2  # a threshold and a column that can be picked


def _scopes(node: Any) -> Iterator[list[dict[str, Any]]]:
    """The signals of each group of a compiled chart."""
    if isinstance(node, dict):
        if isinstance(node.get("signals"), list):
            yield node["signals"]
        for child in node.values():
            yield from _scopes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _scopes(child)


def test_the_threshold_moves_and_a_picture_stands_at_the_model_s_own() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = np.where(X[:, 0] + random.normal(size=300) > 0.8, 'it\'s "b" \\', "a'; alert(1)")
    found = evaluate(LogisticRegression().fit(X, y), X, y, name="m", cost={"fp": 1, "fn": 5})
    chart = charts(found)[1]
    text = json.dumps(specification(chart))
    assert '"on": "pointermove"' in text
    assert f'"value": [{{"threshold": {found.threshold}}}]' in text
    expressions = re.findall(r'"(?:calculate|filter|test)": "([^"]*)"', text)
    assert expressions
    assert not any("alert" in e for e in expressions)
    svg = " ".join(picture.svg for picture in pictures(chart, "a") or ())
    for n in (n for row in found.confusion for n in row):
        assert f">{n}<" in svg
    assert "From 0.5 up: " in svg

"""Results as JSON: every type we have, awkward values included, and TypeScript that says the same."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath
from types import MappingProxyType, ModuleType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipymlops.drift.results import ColumnDrift, DriftReport
from ipymlops.evaluation.results import Estimate, Evaluation
from ipymlops.registry.records import Event, History, ModelList, ModelSummary, Version
from ipymlops.wire import VERDICTS, error_wire, models_wire, no_project, to_wire

GENERATOR = Path(__file__).parents[1] / "labextension" / "generate_wire.py"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OneValue:
    value: Any


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (0.1, 0.1),
        (True, True),
        (None, None),
        (NOON, "2026-03-01T12:00:00Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2026-03-01T12:00:00Z"),
        (NOON.replace(tzinfo=None), "2026-03-01T12:00:00Z"),
        (NOON.date(), "2026-03-01"),
        (PurePosixPath("pipelines/churn"), "pipelines/churn"),
        ((1, (2.5, math.nan)), [1, [2.5, None]]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (MappingProxyType({1: (NOON,)}), {"1": ["2026-03-01T12:00:00Z"]}),
        (np.float64(math.nan), None),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array([[1.0, math.nan]]), [[1.0, None]]),
        (OneValue(math.nan), {"value": None}),
    ],
)
def test_each_value_has_one_form(value: Any, expected: Any) -> None:
    wired = to_wire(OneValue(value))
    assert wired == {"kind": "one-value", "value": expected}
    assert type(wired["value"]) is type(expected)


def test_what_has_no_form_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="bytes cannot be said in JSON"):
        to_wire(OneValue(b"raw"))
    with pytest.raises(TypeError, match="dict"):
        to_wire({"not": "a result"})
    with pytest.raises(TypeError, match="type"):
        to_wire(OneValue)


def test_properties_travel_too() -> None:
    column = ColumnDrift("age", "number", "ks", 0.3, 0.3, 0.3, 0.1, 0.001, 0.002, True, 0.0, 0.0, matters=True)
    wired = to_wire(DriftReport("churn", 1, "march.csv", 100, 100, 0.05, (column,)))
    assert wired["kind"] == "drift-report"
    assert wired["drifted"] == wired["that_matter"] == ["age"]
    assert wired["columns"][0]["kind"] == "number"


def test_an_event_keeps_its_own_kind() -> None:
    event = Event(1, "promote", "churn", 2, "ada", NOON)
    assert to_wire(event)["kind"] == "promote"
    assert to_wire(History("churn", (event,)))["events"][0]["ref"] == "churn@2"


RESULT_MODULES = (
    "drift.held_out_results",
    "drift.over_time_results",
    "drift.results",
    "drift.segments_results",
    "evaluation.results",
    "pipelines.results",
    "project.results",
    "registry.records",
    "retraining.results",
)
RESULTS = [
    member
    for name in RESULT_MODULES
    for module in [importlib.import_module(f"ipymlops.{name}")]
    for member in vars(module).values()
    if dataclasses.is_dataclass(member) and member.__module__ == module.__name__
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda t: t.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_every_result_type_becomes_json_that_a_browser_reads(result: type, data: st.DataObject) -> None:
    text = json.dumps(to_wire(data.draw(_values(result))), allow_nan=False)
    assert "kind" in json.loads(text)


SCALARS = {
    datetime: st.datetimes(timezones=st.just(UTC)),
    Path: st.lists(st.sampled_from(["pipelines", "churn", "été"])).map(lambda parts: Path(*parts)),
}
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


def _values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a result's type, field by field; NaN, infinities and odd texts included."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return ANYTHING
    if dataclasses.is_dataclass(hint):
        fields = {name: _values(field) for name, field in get_type_hints(hint).items()}
        return st.builds(hint, **fields).map(_with_a_headline)
    if origin is tuple:
        if arguments[-1] is ...:
            return st.lists(_values(arguments[0]), max_size=2).map(tuple)
        return st.tuples(*map(_values, arguments))
    if origin in (dict, Mapping):
        return st.dictionaries(_values(arguments[0]), _values(arguments[1]), max_size=2)
    if origin in (Union, UnionType):
        return st.one_of(*map(_values, arguments))
    return SCALARS[hint] if hint in SCALARS else st.from_type(hint)


def _with_a_headline(value: Any) -> Any:
    """An evaluation always holds its primary metric."""
    if not isinstance(value, Evaluation):
        return value
    estimate = Estimate(value.primary, 0.5, math.nan, math.nan, 0.95, 10, "")
    return dataclasses.replace(value, metrics=(*value.metrics, estimate))


# --- what the panel is told ----------------------------------------------------------------------------------------

METRICS = [
    {"name": "brier", "value": 0.14, "low": 0.13, "high": 0.15, "level": 0.95, "n_rows": 500},
    {"name": "roc_auc", "value": 0.81, "low": None, "high": None, "level": 0.95, "n_rows": 500},
]


def _version(number: int, **facts: Any) -> Version:
    aliases = ("champion", "live") if number == 1 else ()
    return Version("churn", number, NOON, "ada", "0" * 64, facts, aliases, "identical" if number == 1 else "odd")


def _wired(*versions: Version, events: tuple[Event, ...] = ()) -> Any:
    champion = next((v for v in versions if "champion" in v.aliases), None)
    summary = ModelSummary("churn", len(versions), versions[-1], champion)
    return models_wire(ModelList("/home/ada/credit", (summary,)), {"churn": versions}, {"churn": events})


def test_the_newest_version_comes_first_and_the_champion_is_marked() -> None:
    wired = _wired(_version(1), _version(2))
    assert wired["project"] == {"name": "credit", "folder": "/home/ada/credit"}
    (model,) = wired["models"]
    assert model["champion"] == 1
    assert [(v["number"], v["champion"]) for v in model["versions"]] == [(2, False), (1, True)]
    assert model["versions"][1]["aliases"] == ["champion", "live"]


@pytest.mark.parametrize(
    "facts",
    [
        {"primary": "roc_auc", "metrics": METRICS},
        {"primary": "roc_auc", "metrics": {"metrics": METRICS}},
        {"metrics": {"primary": "roc_auc", "metrics": METRICS}},
    ],
)
def test_the_headline_is_the_primary_metric(facts: dict[str, Any]) -> None:
    version = _wired(_version(1, **facts))["models"][0]["versions"][0]
    assert [m["name"] for m in version["metrics"]] == ["brier", "roc_auc"]
    headline = {"name": "roc_auc", "value": 0.81, "low": None, "high": None, "level": 0.95, "unit": ""}
    assert version["headline"] == headline


@pytest.mark.parametrize("facts", [{}, {"metrics": None}, {"metrics": "?"}, {"primary": "f1", "metrics": [3, {}]}])
def test_facts_of_another_format_do_not_break_the_list(facts: dict[str, Any]) -> None:
    version = _wired(_version(1, **facts))["models"][0]["versions"][0]
    assert version["headline"] is None
    assert version["metrics"] == []


@pytest.mark.parametrize(("rows", "expected"), [(12, 12), (["a", "b"], 2), (True, None), ("12", None), (None, None)])
def test_counts_are_numbers_or_nothing(rows: Any, expected: int | None) -> None:
    assert _wired(_version(1, features=rows))["models"][0]["versions"][0]["features"] == expected


def test_an_unknown_verdict_is_not_taken_for_a_proof() -> None:
    assert [v["verification"] for v in _wired(_version(1), _version(2))["models"][0]["versions"]] == [
        "not verified",
        "identical",
    ]


def test_a_version_shows_its_last_events_newest_first_and_the_last_cause() -> None:
    first = Event(1, "verify", "churn", 1, "ada", NOON, "", {"verdict": "not reproduced", "cause": "a file is gone"})
    later = tuple(Event(n, "approve", "churn", 1, "grace", NOON, f"reason {n}") for n in range(2, 12))
    other = Event(12, "register", "churn", 2, "ada", NOON)
    version = _wired(_version(1), events=(first, *later, other))["models"][0]["versions"][0]
    assert [e["number"] for e in version["events"]] == list(range(11, 3, -1))
    assert version["verification_cause"] == "a file is gone"


def test_no_project_and_errors_are_answers_too() -> None:
    assert no_project() == {"kind": "models", "project": None, "models": []}
    assert error_wire("Found\n  this.") == {"kind": "error", "message": "Found this."}


# --- TypeScript ----------------------------------------------------------------------------------------------------


def test_typescript_is_current() -> None:
    generator = _load(GENERATOR)
    assert generator.TARGET.read_text() == generator.render(), "run: make wire"


def test_typescript_knows_every_verdict() -> None:
    text = _load(GENERATOR).render()
    assert all(f'"{verdict}"' in text for verdict in VERDICTS)


def test_a_shape_that_typescript_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="No TypeScript is known"):
        _load(GENERATOR)._type(bytes)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

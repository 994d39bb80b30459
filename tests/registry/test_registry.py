"""The contract of a registry, on every back end that there is: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from ipymlops.errors import BadInput, Conflict, MlopsError, NotAllowed, ProjectError, UnknownName
from ipymlops.registry.protection import Protection
from ipymlops.registry.records import Ref
from ipymlops.registry.registry import Registry
from ipymlops.storage.blobs import Blobs
from ipymlops.storage.database import Database


@dataclass(frozen=True)
class Open:
    """Opens the same registry again, in any process."""

    url: str
    folder: Path

    def __call__(self) -> Registry:
        return Registry(Database(self.url), Blobs(self.folder / "blobs"))


@pytest.fixture(params=["sqlite", "postgres"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "postgres":
        return Open(request.getfixturevalue("postgres").url(), tmp_path)
    return Open(f"sqlite:///{tmp_path / 'registry.db'}", tmp_path)


@pytest.fixture
def registry(reopen: Open) -> Registry:
    return reopen()


def _sqlite(folder: Path) -> Registry:
    return Open(f"sqlite:///{folder / 'registry.db'}", folder)()


def add(registry: Registry, model: str = "credit-risk", **changes: Any) -> int:
    manifest = registry.blobs.put(f"manifest of {model}".encode())
    said: dict[str, Any] = {"who": "ada", "why": "", "evidence": {}} | changes
    facts = said.pop("facts", {"task": "binary"})
    return registry.add_version(model, manifest, facts, **said).number


def point(registry: Registry, number: int, alias: str = "champion", **changes: Any) -> Any:
    said: dict[str, Any] = {"kind": "promote", "who": "ada", "why": "better", "evidence": {}} | changes
    return registry.set_alias("credit-risk", alias, number, **said)


@pytest.mark.parametrize("value", [np.nan, math.inf, [-math.inf], {"p": np.float32("nan")}])
def test_the_tables_hold_json_that_any_reader_takes(registry: Registry, tmp_path: Path, value: Any) -> None:
    registry.add_version("m", "0" * 64, {"x": value}, who="a", why="", evidence={"x": value})
    with registry.database.read() as connection:
        texts = [
            connection.exec_driver_sql(f"SELECT {c}").scalar() for c in ("facts FROM versions", "evidence FROM events")
        ]
    for text in texts:
        json.loads(str(text), parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


# --- versions ---------------------------------------------------------------------------------------------------


def test_numbers_are_consecutive_and_lines_do_not_share_them(registry: Registry) -> None:
    assert [add(registry), add(registry), add(registry, "churn"), add(registry)] == [1, 2, 1, 3]
    assert [v.ref for v in registry.versions("credit-risk")] == ["credit-risk@1", "credit-risk@2", "credit-risk@3"]
    assert registry.names() == ("churn", "credit-risk")


def test_what_was_said_is_kept(registry: Registry, reopen: Open) -> None:
    facts = {"metrics": {"auc": np.float64(0.9), "low": float("nan")}, "columns": ["größe", "💰"], "rows": np.int64(3)}
    added = registry.add_version("m", "0" * 64, facts, who="Ådå", why="so", evidence={"gates": ["ok"]})
    found = reopen().resolve("m@1")
    assert (found.who, found.manifest, found.created) == ("Ådå", "0" * 64, added.created)
    assert found.facts["columns"] == ["größe", "💰"]
    assert found.facts["metrics"] == {"auc": 0.9, "low": None}
    assert found.facts == added.facts
    (event,) = reopen().events("m")
    assert (event.kind, event.ref, event.who, event.why, event.evidence) == (
        "register",
        "m@1",
        "Ådå",
        "so",
        {"gates": ["ok"]},
    )
    assert event.when.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


def test_facts_that_are_no_json_are_refused_before_anything_is_stored(registry: Registry) -> None:
    with pytest.raises(BadInput, match="JSON"):
        add(registry, facts={"model": object()})
    assert registry.names() == ()


@pytest.mark.parametrize("name", ["", " ", "größe", "a b", "../x", "-a", "a@1", "x" * 101, "模型", "a\n", "a/b"])
def test_names_that_cannot_be_a_models(registry: Registry, name: str) -> None:
    with pytest.raises(BadInput, match="letters, digits"):
        add(registry, name)
    assert registry.names() == ()


def test_a_list_shows_each_line_with_its_newest_and_its_champion(registry: Registry) -> None:
    add(registry)
    point(registry, 1)
    add(registry)
    add(registry, "churn")
    churn, credit = registry.models()
    assert (churn.name, churn.versions, churn.newest.number, churn.champion) == ("churn", 1, 1, None)
    assert (credit.name, credit.versions, credit.newest.number) == ("credit-risk", 2, 2)
    assert credit.champion is not None
    assert credit.champion.number == 1


def test_an_empty_registry(registry: Registry) -> None:
    assert (registry.names(), registry.models(), registry.events()) == ((), (), ())
    with pytest.raises(UnknownName, match="nothing is registered here yet"):
        registry.resolve("credit-risk")


# --- references -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("credit-risk", 2),
        ("credit-risk@1", 1),
        ("credit-risk@3", 3),
        ("credit-risk@champion", 2),
        ("credit-risk@old", 1),
    ],
)
def test_a_reference_means_one_version(registry: Registry, ref: str, number: int) -> None:
    for _ in range(3):
        add(registry)
    point(registry, 2)
    point(registry, 1, "old", kind="alias")
    assert registry.resolve(ref).number == number
    assert registry.resolve(Ref.parse(ref)).number == number


def test_without_a_champion_a_bare_name_means_the_newest(registry: Registry) -> None:
    add(registry)
    add(registry)
    assert registry.resolve("credit-risk").number == 2


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("credit-rsik", r"No model is called 'credit-rsik'; did you mean 'credit-risk'\?"),
        (
            "credit-risk@campion",
            r"No alias of credit-risk is called 'campion'; did you mean 'champion'\?.* number",
        ),
        ("credit-risk@9", r"credit-risk has no version 9.*Expected: a version number, 1 to 2"),
        ("credit-risk@0", r"no version 0"),
        ("credit-risk@-1", r"No alias of credit-risk is called '-1'"),
        ("credit-risk@²", r"No alias of credit-risk is called '²'"),
        ("churn@campion", r"churn has no alias yet"),
    ],
)
def test_an_unknown_reference_is_answered_with_the_closest(registry: Registry, ref: str, words: str) -> None:
    add(registry)
    point(registry, 1)
    add(registry)
    add(registry, "churn")
    with pytest.raises(UnknownName, match=words):
        registry.resolve(ref)


@settings(max_examples=50)
@given(text=st.text(max_size=20))
def test_any_text_as_a_reference_is_a_version_or_an_error_of_ours(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    registry = _sqlite(tmp_path_factory.getbasetemp())
    with pytest.raises(MlopsError):
        registry.resolve(text)


# --- aliases ----------------------------------------------------------------------------------------------------


def test_an_alias_moves_and_its_history_stays(registry: Registry) -> None:
    add(registry)
    add(registry)
    point(registry, 1)
    event = point(registry, 2, why="higher auc", evidence={"gates": 3})
    assert registry.aliases("credit-risk") == {"champion": 2}
    assert registry.events("credit-risk")[-1] == event
    assert (event.why, event.evidence) == ("higher auc", {"gates": 3, "alias": "champion", "previous": 1})
    assert registry.versions("credit-risk")[1].aliases == ("champion",)


@pytest.mark.parametrize(("expected", "wins"), [(1, True), (2, False), (None, False)])
def test_a_promotion_happens_only_if_nobody_was_faster(registry: Registry, expected: int | None, wins: bool) -> None:
    add(registry)
    add(registry)
    point(registry, 1, who="grace")
    before = registry.events()
    if wins:
        assert point(registry, 2, expected=expected).version == 2
        return
    with pytest.raises(Conflict, match="credit-risk@champion was set to version 1 by grace at 20"):
        point(registry, 2, expected=expected)
    assert registry.aliases("credit-risk") == {"champion": 1}
    assert registry.events() == before


def test_who_may_not_move_an_alias_changes_nothing(registry: Registry) -> None:
    add(registry)
    point(registry, 1, "prod", kind="alias")
    point(registry, 1, "canary", kind="alias")
    rules = Protection({"champion": ("grace", "ci"), "canary": ("ada",)}, permanent=("prod",))
    registry.protection = lambda: rules
    before = registry.events()
    with pytest.raises(
        NotAllowed, match=r"ada may not move credit-risk@champion\. Expected: grace or ci, says \[aliases"
    ):
        point(registry, 1)
    with pytest.raises(NotAllowed, match="ask grace"):
        point(registry, 1, kind="rollback", expected=None)
    with pytest.raises(NotAllowed, match=r"grace may not move credit-risk@canary\. Expected: ada"):
        registry.remove_alias("credit-risk", "canary", who="grace", why="")
    with pytest.raises(NotAllowed, match=r"may not be taken away: it is permanent.*alias credit-risk@NUMBER prod"):
        registry.remove_alias("credit-risk", "prod", who="ada", why="")
    assert (registry.events(), registry.aliases("credit-risk")) == (before, {"canary": 1, "prod": 1})
    assert registry.remove_alias("credit-risk", "canary", who="ada", why="").version is None
    assert point(registry, 1, who="ci").who == "ci"
    assert point(registry, 1, "staging", kind="alias", who="anybody").version == 1


def test_whether_somebody_may_is_decided_with_the_lock_held(registry: Registry) -> None:
    """A rule that is made while the writer waits for its turn holds for it."""
    add(registry)

    def asked() -> Protection:
        assert registry.database._writing.connection is not None
        return Protection({"champion": ("grace",)})

    registry.protection = asked

    def told_and_moved() -> None:
        with registry.database.write():
            registry.record("alert", "credit-risk", 1, who="ada")
            point(registry, 1)

    with pytest.raises(NotAllowed):
        told_and_moved()
    assert [e.kind for e in registry.events()] == ["register"]  # nothing of the transaction stays


def test_a_rejected_version_is_not_promoted_though_its_gates_were_passed_before(registry: Registry) -> None:
    add(registry)
    add(registry)
    registry.record("reject", "credit-risk", 2, who="grace", why="worse on small loans")
    with pytest.raises(
        NotAllowed, match=r"@2 may not be promoted: grace rejected it: worse on small loans\. Expected: gr"
    ):
        point(registry, 2)
    assert registry.aliases("credit-risk") == {}
    assert point(registry, 1).version == 1  # another version is none of its business
    assert point(registry, 2, "staging", kind="alias").version == 2  # to look at it is no promotion
    registry.record("approve", "credit-risk", 2, who="grace")
    assert point(registry, 2).version == 2


def test_a_refusal_by_gates_is_no_persons_rejection_however_it_was_stored(registry: Registry) -> None:
    add(registry)
    registry.record(
        "reject", "credit-risk", 1, who="ada", evidence={"gates": [], "reason": "worse"}
    )  # an older release
    assert registry.events()[-1].kind == "refuse"
    assert point(registry, 1).version == 1


def test_a_first_promotion_expects_none(registry: Registry) -> None:
    add(registry)
    with pytest.raises(Conflict, match="is not set"):
        point(registry, 1, expected=1)
    assert point(registry, 1, expected=None).version == 1


@pytest.mark.parametrize("alias", ["3", "", "a b", "größe"])
def test_names_that_cannot_be_an_alias(registry: Registry, alias: str) -> None:
    add(registry)
    with pytest.raises(BadInput):
        point(registry, 1, alias)


def test_an_alias_needs_a_version_that_exists(registry: Registry) -> None:
    add(registry)
    with pytest.raises(UnknownName, match="no version 2"):
        point(registry, 2)
    assert registry.aliases("credit-risk") == {}


# --- events -----------------------------------------------------------------------------------------------------


def test_the_last_verification_is_the_versions(registry: Registry) -> None:
    add(registry)
    add(registry)
    registry.record("export", "credit-risk", 1, who="ada", evidence={"verdict": "not reproduced"})
    registry.record("verify", "credit-risk", 1, who="ada", evidence={"verdict": "identical"})
    registry.record("export", "credit-risk", 1, who="ada", evidence={"folder": "said nothing"})
    assert [v.verification for v in registry.versions("credit-risk")] == ["identical", "not verified"]


def test_an_event_needs_a_kind_and_a_version_that_exist(registry: Registry) -> None:
    add(registry)
    with pytest.raises(UnknownName, match="kind of event"):
        registry.record("promted", "credit-risk", 1, who="ada")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="no version 5"):
        registry.record("verify", "credit-risk", 5, who="ada")
    assert len(registry.events()) == 1
    assert registry.record("alert", "credit-risk", None, who="ada").ref == "credit-risk"


@pytest.mark.parametrize("table", ["events", "versions"])
@pytest.mark.parametrize("change", ["UPDATE {} SET who = 'mallory'", "DELETE FROM {}"])
def test_history_cannot_be_changed_with_any_tool(registry: Registry, table: str, change: str) -> None:
    add(registry)
    with registry.database.backend.engine.begin() as raw, pytest.raises(DBAPIError, match="only ever added"):
        raw.exec_driver_sql(change.format(table))
    assert registry.events()[0].who == "ada"


def test_a_newer_format_is_refused(registry: Registry, reopen: Open) -> None:
    add(registry)
    with registry.database.write() as connection:
        connection.exec_driver_sql("UPDATE formats SET number = 2")
    with pytest.raises(ProjectError, match="holds a registry of format 2"):
        reopen().names()


# --- many at once, and sudden ends ------------------------------------------------------------------------------


def _register_ten(reopen: Open, process: int, start: Any) -> None:
    start.wait()
    registry = reopen()
    for _ in range(10):
        add(registry, who=f"process {process}")


def _promote(reopen: Open, number: int, start: Any, outcomes: Any) -> None:
    registry = reopen()
    start.wait()
    try:
        point(registry, number, expected=1, who=f"process {number}")
        outcomes.put(("won", number))
    except Conflict as conflict:
        outcomes.put((str(conflict), number))


def _start(target: Callable[..., None], arguments: list[tuple[Any, ...]]) -> list[Any]:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=target, args=each) for each in arguments]
    for process in processes:
        process.start()
    return processes


def test_four_processes_register_ten_versions_each_on_an_empty_store(reopen: Open) -> None:
    start = multiprocessing.get_context("spawn").Event()
    processes = _start(_register_ten, [(reopen, n, start) for n in range(4)])
    start.set()
    for process in processes:
        process.join(timeout=100)
    assert [p.exitcode for p in processes] == [0] * 4
    registry = reopen()
    assert [v.number for v in registry.versions("credit-risk")] == list(range(1, 41))
    assert [(e.number, e.kind) for e in registry.events()] == [(n, "register") for n in range(1, 41)]


def test_of_two_promotions_at_once_one_wins_and_the_other_learns_of_it(registry: Registry, reopen: Open) -> None:
    for _ in range(3):
        add(registry)
    point(registry, 1)
    spawn = multiprocessing.get_context("spawn")
    start, outcomes = spawn.Event(), spawn.Queue()
    processes = _start(_promote, [(reopen, n, start, outcomes) for n in (2, 3)])
    start.set()
    said = dict(outcomes.get(timeout=60) for _ in range(2))
    for process in processes:
        process.join(timeout=60)
    winner = said["won"]
    (lost,) = [words for words in said if words != "won"]
    assert registry.aliases("credit-risk") == {"champion": winner}
    assert f"set to version {winner} by process {winner}" in lost


def _register_for_ever(reopen: Open, begun: Any) -> None:
    registry = reopen()
    for n in range(100_000):
        data = os.urandom(200_000)
        manifest = registry.blobs.put(data)
        registry.add_version("credit-risk", manifest, {}, who="ada", why="", evidence={})
        if n == 0:
            begun.set()


@pytest.mark.parametrize("pause", [0.0, 0.05, 0.11, 0.17])
def test_a_killed_process_leaves_only_whole_versions(reopen: Open, pause: float) -> None:
    begun = multiprocessing.get_context("spawn").Event()
    (process,) = _start(_register_for_ever, [(reopen, begun)])
    assert begun.wait(timeout=60)
    time.sleep(pause)
    os.kill(process.pid, signal.SIGKILL)
    process.join(timeout=60)

    registry = reopen()
    versions = registry.versions("credit-risk")
    assert [v.number for v in versions] == list(range(1, len(versions) + 1))
    assert [e.version for e in registry.events() if e.kind == "register"] == [v.number for v in versions]
    for version in versions:
        assert len(registry.blobs.get(version.manifest)) == 200_000
    assert add(registry) == len(versions) + 1

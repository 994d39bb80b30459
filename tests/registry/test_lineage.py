"""The line of versions that led to one, from events alone; and what a bundle tells, or does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.lineage import Commit, ReadFile, SliceCell, chain_to, lineage
from ipymlops.registry.records import Event, EventKind, Version
from ipymlops.storage.blobs import Blobs

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def events(*story: tuple[EventKind, int] | tuple[EventKind, int, dict[str, Any]]) -> list[Event]:
    found = []
    for n, (kind, version, *evidence) in enumerate(story, 1):
        said = {"alias": "champion"} if kind in ("promote", "rollback") else {}
        when = START + timedelta(days=n)
        found.append(Event(n, kind, "m", version, "ada", when, "", {**said, **(evidence[0] if evidence else {})}))
    return found


def version(number: int) -> Version:
    return Version("m", number, START, "ada", "0" * 64, {"rows": 90})


BY_1 = {"pipeline": "m@1"}
CHAINS: dict[str, tuple[list[Event], int, str | None, list[int]]] = {
    "the first": (events(("register", 1)), 1, None, [1]),
    "retrained, each promoted": (
        events(
            ("register", 1), ("promote", 1), ("register", 2), ("retrain", 2, {"previous": 1, **BY_1}), ("promote", 2),
            ("register", 3), ("retrain", 3, {"previous": 2, **BY_1}),
        ), 3, "m@1", [1, 2, 3],
    ),
    "one that was refused is not on the way": (
        events(
            ("register", 1), ("promote", 1), ("register", 2), ("retrain", 2, {"previous": 1}),
            ("register", 3), ("retrain", 3, {"previous": 1}),
        ), 3, "m@1", [1, 3],
    ),
    "without a champion, after its pipeline's version": (
        events(("register", 1), ("register", 2), ("retrain", 2, {"previous": None, **BY_1})), 2, "m@1", [1, 2],
    ),
    "as an older release recorded it": (
        events(("register", 1), ("register", 2), ("retrain", 2, {"previous": None})), 2, "m@1", [1, 2],
    ),
    "from a notebook, after a champion": (events(("register", 1), ("promote", 1), ("register", 2)), 2, None, [1, 2]),
    "from a notebook, after none": (events(("register", 1), ("register", 2)), 2, None, [2]),
    "judged against the champion before somebody moved it": (
        events(
            ("register", 1), ("register", 2), ("promote", 2), ("register", 3), ("promote", 1),
            ("register", 4), ("retrain", 4, {"previous": 2}),
        ), 4, None, [2, 4],
    ),
    "a pipeline of another line": (events(("register", 1), ("register", 2)), 2, "other@1", [2]),
    "a parent that is itself": (events(("register", 1)), 1, "m@1", [1]),
    "a parent yet to come": (events(("register", 1)), 1, "m@7", [1]),
}  # fmt: skip


@pytest.mark.parametrize("case", CHAINS)
def test_each_version_came_after_the_champion_then(case: str) -> None:
    line, number, parent, expected = CHAINS[case]
    assert [a.number for a in chain_to(version(number), line, parent)] == expected


def test_the_champion_of_now_is_marked_and_retrainings_are_told() -> None:
    line = CHAINS["retrained, each promoted"][0]
    assert [(a.retrained, a.champion) for a in chain_to(version(3), line)] == [
        (False, False),
        (True, True),
        (True, False),
    ]


def made(folder: Path, files: dict[str, Any], **facts: Any) -> Bundle:
    blobs = Blobs(folder / "blobs")
    data = {name: json.dumps(content).encode() for name, content in files.items()}
    for content in data.values():
        blobs.put(content)
    return Bundle.from_blobs(blobs, blobs.put(pack(data, facts)))


def test_all_that_a_bundle_tells(tmp_path: Path) -> None:
    read = {"name": "rows", "default": "rows.csv", "sha256": "a" * 64, "size": 7}
    needed = {
        "targets": ["m"],
        "inputs": [read],
        "cells": [{"execution": 3, "id": "c1", "statements": 2}],
        "executed": 9,
    }
    files = {
        "targets.json": needed, "journal.json": {}, "training.json": {"rows": 70, "fingerprint": "fe"},
        "environment.json": {"python": "3.11.1", "packages": {"numpy": "2.0"}},
    }  # fmt: skip
    git = {"commit": "c0", "dirty": True, "has_notebook": False}
    found = lineage(
        version(1),
        made(tmp_path, files, notebook="m.ipynb", notebook_path="work/m.ipynb", git=git),
        events(("register", 1)),
    )
    assert (found.made, found.notebook, found.executed, found.pipeline) == ("notebook", "work/m.ipynb", 9, None)
    assert found.cells == (SliceCell(3, "c1", 2),)
    assert found.inputs == (ReadFile("rows", "rows.csv", "a" * 64, 7),)
    assert found.commit == Commit("c0", dirty=True, has_notebook=False)
    assert (found.training_rows, found.fingerprint) == (70, "fe")
    assert found.environment is not None
    assert (found.environment.python, found.environment.packages) == ("3.11.1", 1)


def test_what_an_older_version_did_not_record_is_not_known(tmp_path: Path) -> None:
    old = {"targets.json": {"targets": ["m"], "inputs": []}, "journal.json": {}}
    git = {"commit": "c0", "dirty": False}
    found = lineage(version(1), made(tmp_path, old, notebook="m.ipynb", git=git), events(("register", 1)))
    assert (found.notebook, found.cells, found.executed, found.inputs) == ("m.ipynb", None, None, None)
    assert found.commit == Commit("c0", dirty=False, has_notebook=None)
    assert (found.training_rows, found.fingerprint, found.environment) == (90, None, None)
    bare = lineage(version(1), made(tmp_path, {}), events(("register", 1)))
    assert (bare.made, bare.commit, bare.inputs, bare.notebook) == ("python", None, None, None)


def test_a_slice_that_reads_no_file_is_known_to_read_none(tmp_path: Path) -> None:
    files = {"targets.json": {"targets": ["m"], "inputs": [], "cells": [], "executed": 1}, "journal.json": {}}
    assert lineage(version(1), made(tmp_path, files), events(("register", 1))).inputs == ()


def test_a_pipeline_from_elsewhere_is_one(tmp_path: Path) -> None:
    found = lineage(version(1), made(tmp_path, {}), events(("register", 1), ("retrain", 1)))
    assert (found.made, found.pipeline) == ("pipeline", None)

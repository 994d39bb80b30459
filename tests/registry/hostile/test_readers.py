"""Every reader of a stored document, fed with what is nearly right: one of our errors comes out, or a valid value."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipymlops.capture.journal import Journal
from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.errors import MlopsError
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.stored import from_record, to_record
from ipymlops.frames import as_table
from ipymlops.registry import serializers
from ipymlops.registry.benchmark import TABLE, benchmark_files, read_benchmark
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.code import codes_in
from ipymlops.registry.schema import Schema
from ipymlops.registry.stored_records import check_record

LETTERS = "abcdefghij"
FRAME = pd.DataFrame(
    {
        "number": np.arange(60) / 7,
        "whole": np.arange(60) % 5,
        "yes": np.arange(60) % 2 == 0,
        "word": [LETTERS[i % 3] for i in range(60)],
        "time": pd.date_range("2024-01-01", periods=60, freq="D"),
        "text": [f"several words of letters {LETTERS[i % 9]} {LETTERS[i % 7]} {i}" for i in range(60)],
    }
)
TABLE_OF_IT = as_table(FRAME)


def _of_bundle(data: bytes, folder: Path) -> Any:
    (folder / "bundle.json").write_bytes(data)
    bundle = Bundle.from_folder(folder)
    codes_in(bundle.manifest, bundle.read)
    for use in (lambda: bundle.model_size, lambda: bundle.model_hashes, bundle.schema, bundle.model):
        use()
    return bundle


def _of_profile(data: bytes, _folder: Path) -> Any:
    profile = Profile.from_bytes(data)
    assert Profile.from_bytes(profile.to_bytes()) == profile
    with np.errstate(all="ignore"):
        check_drift(profile, TABLE_OF_IT, model="m", version=1, data="d")
    return profile


def _of_schema(data: bytes, _folder: Path) -> Any:
    schema = Schema.from_json(data)
    assert Schema.from_json(schema.to_json()) == schema
    schema.conform(FRAME)
    return schema


def _of_metrics(data: bytes, folder: Path) -> Any:
    evaluation = from_record(_record("metrics.json", data, folder))
    evaluation.rows()
    return to_record(evaluation)


def _of_journal(data: bytes, _folder: Path) -> Any:
    journal = Journal.from_json(data)
    assert Journal.from_json(journal.to_json()) == journal
    return journal


def _record(name: str, data: bytes, folder: Path) -> Any:
    import hashlib

    entry = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    (folder / name).write_bytes(data)
    (folder / "bundle.json").write_bytes(json.dumps({"format": 1, "files": {name: entry}}).encode())
    return Bundle.from_folder(folder).json(name)


def _of_record(name: str) -> Callable[[bytes, Path], Any]:
    def read(data: bytes, folder: Path) -> Any:
        record = _record(name, data, folder)
        check_record(name, record)
        return record

    return read


@dataclass(frozen=True)
class Reader:
    valid: bytes
    read: Callable[[bytes, Path], Any]


def _manifest() -> bytes:
    from sklearn.linear_model import Ridge

    files, facts = serializers.dump(Ridge().fit(FRAME[["number"]], FRAME["whole"]))
    files["schema.json"] = Schema.of(as_table(FRAME[["number"]]), task="regression").to_json()
    FILES.update(files)
    return pack(files, facts)


def _metrics() -> bytes:
    from sklearn.linear_model import LogisticRegression

    X, y = FRAME[["number", "whole"]], FRAME["yes"].astype(int)
    model = LogisticRegression().fit(X, y)
    found = evaluate(model, X, y, name="m", cost={"fp": 1.0, "fn": 2.0}, sensitive=("whole",), slices=True)
    return json.dumps(to_record(found)).encode()


FILES: dict[str, bytes] = {}
INPUT = {"name": "rows", "default": "rows.csv", "sha256": "0" * 64, "size": 3}
NEEDED = {"execution": 1, "id": "a1", "statements": 2}
CELL = {"execution": 1, "source": "x = 1", "rebound": ["x"], "random_before": {"numpy": None}, "aliases": [["a", "b"]]}
READERS: dict[str, Reader] = {
    "bundle.json": Reader(_manifest(), _of_bundle),
    "schema.json": Reader(Schema.of(TABLE_OF_IT, task="binary", classes=(0, 1)).to_json(), _of_schema),
    "profile.json": Reader(Profile.of(TABLE_OF_IT, {"number": 1.0}).to_bytes(), _of_profile),
    "metrics.json": Reader(_metrics(), _of_metrics),
    "journal.json": Reader(json.dumps({"format": 1, "cells": [CELL], "kernel": "k"}).encode(), _of_journal),
    "targets.json": Reader(
        json.dumps({"targets": ["m"], "inputs": [INPUT], "cells": [NEEDED], "executed": 2}).encode(),
        _of_record("targets.json"),
    ),
    "environment.json": Reader(
        json.dumps({"python": "3.11.1", "packages": {"numpy": "2.0"}, "arithmetic": {"BLAS": "x"}}).encode(),
        _of_record("environment.json"),
    ),
    "benchmark_seen.json": Reader(
        json.dumps({"coincidence": 0.0, "frozen": True, "rows": 5, "seen": [1]}).encode(),
        _of_record("benchmark_seen.json"),
    ),
}
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(-1), st.just(10**30), st.floats(), st.text(max_size=5),
    st.just([]), st.just({}), st.just([[1], "x", None]), st.just({"__class__": "x"}), st.just("\ud800"),
    st.just(base64.b64encode(b"\xff" * 16).decode()), st.just(base64.b64encode(b"\xff" * 3).decode()),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


def places(document: Any) -> list[tuple[Any, ...]]:
    """The path to every value in it."""
    found: list[tuple[Any, ...]] = [()]
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inside:
        found += [(key, *path) for path in places(value)]
    return found


def mutated(document: Any, draw: Any) -> Any:
    """A copy with one value changed, gone, doubled or nested."""
    changed = copy.deepcopy(document)
    path = draw(st.sampled_from(places(changed)))
    how = draw(st.sampled_from(["replace", "replace", "delete", "double", "nest", "rename"]))
    if not path:
        return draw(STRANGE) if how == "replace" else changed
    owner = changed
    for key in path[:-1]:
        owner = owner[key]
    last = path[-1]
    if how == "replace":
        owner[last] = draw(STRANGE)
    elif how == "delete":
        del owner[last]
    elif how == "double":
        owner[last] = [owner[last], owner[last]]
    elif how == "nest":
        for _ in range(draw(st.integers(1, 60))):
            owner[last] = [owner[last]]
    elif isinstance(owner, dict):
        owner[draw(st.text(max_size=4))] = owner.pop(last)
    return changed


def in_one_line(read: Callable[[], Any]) -> None:
    """Whatever it gives; of errors only ours come out."""
    said = ""
    with contextlib.suppress(MlopsError):
        try:
            read()
        except MlopsError as error:
            said = str(error)
            raise
    assert "\n" not in said


def check(name: str, data: bytes, folder: Path) -> None:
    for file, content in FILES.items():
        (folder / file).write_bytes(content)
    in_one_line(lambda: READERS[name].read(data, folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


FUZZ = settings(max_examples=300, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READERS)
def test_a_document_with_one_value_changed(name: str, folder: Path) -> None:
    document = json.loads(READERS[name].valid)

    @FUZZ
    @given(st.data())
    def run(data: Any) -> None:
        changed = document
        for _ in range(data.draw(st.integers(1, 3))):
            changed = mutated(changed, data.draw)
        check(name, json.dumps(changed).encode(), folder)

    run()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READERS)
def test_bytes_that_are_changed_cut_or_none(name: str, folder: Path) -> None:
    valid = READERS[name].valid

    @FUZZ
    @given(st.data())
    def run(data: Any) -> None:
        start, end = sorted((data.draw(st.integers(0, len(valid))), data.draw(st.integers(0, len(valid)))))
        middle = data.draw(st.binary(max_size=6))
        kept = data.draw(
            st.sampled_from([valid[:start], valid[:start] + valid[start + 1 :], valid[:start] + valid[end:]])
        )
        check(
            name,
            data.draw(st.sampled_from([middle, kept, kept + middle, valid[:start] + middle + valid[start:]])),
            folder,
        )

    run()


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "data", [b"[" * 10**5, b'{"a":' * 10**5, b"9" * 10**5, b"NaN", b"\xff", b"", b"null", b"[]", b"{}"]
)
def test_bytes_that_no_parser_likes(name: str, data: bytes, folder: Path) -> None:
    check(name, data, folder)


@pytest.mark.parametrize("name", READERS)
def test_a_valid_document_is_read(name: str, folder: Path) -> None:
    for file, content in FILES.items():
        (folder / file).write_bytes(content)
    assert READERS[name].read(READERS[name].valid, folder) is not None


def test_a_table_of_changed_bytes(folder: Path) -> None:
    files = benchmark_files(TABLE_OF_IT, FRAME["whole"])
    valid = files[TABLE]

    @settings(FUZZ, max_examples=100)
    @given(st.data())
    def run(data: Any) -> None:
        changed = bytearray(valid)
        for _ in range(data.draw(st.integers(1, 3))):
            changed[data.draw(st.integers(0, len(valid) - 1))] = data.draw(st.integers(0, 255))
        in_one_line(lambda: read_benchmark({**files, TABLE: bytes(changed)}.__getitem__, "pandas"))

    run()

"""A stranger's slice.json: one line wherever it is read, never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ipymlops.errors import BadInput, IntegrityError
from ipymlops.pipelines import proof
from ipymlops.pipelines.slice_record import MOST, read_record, ref_of
from ipymlops.pipelines.verification import attempt
from ipymlops.project import Project
from ipymlops.retraining import Pipeline

GOOD: dict[str, Any] = {
    "model": "line", "version": 1, "folder": ".", "inputs": [{"name": "rows", "default": "rows.csv", "sha256": None}],
    "random_states": {},
}  # fmt: skip


def text(**changed: Any) -> bytes:
    return json.dumps({**GOOD, **changed}).encode()


def of_input(**changed: Any) -> bytes:
    return text(inputs=[{**GOOD["inputs"][0], **changed}])


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "half of it": text()[:40],
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 200_000,
    "a number of too many digits": b'{"version": ' + b"9" * 6000 + b"}",
    "a list": b"[]",
    "an object without anything": b"{}",
    "no folder": text(folder=None),
    "inputs that are a text": text(inputs="rows"),
    "an input without a path": text(inputs=[{"name": "rows", "sha256": None}]),
    "a path that is a list": of_input(default=["rows.csv"]),
    "a hash that is a number": of_input(sha256=5),
    "files that are a list": of_input(files=["a.csv"]),
    "a zero byte in a path": of_input(default="rows\0.csv"),
    "a zero byte in a file's name": of_input(files={"a\0": "0" * 64}),
    "a zero byte in the folder": text(folder="\0"),
    "a path longer than any": of_input(default="a" * 5000),
    "half of a character": of_input(default="\ud800"),
    "random states that are a list": text(random_states=[]),
    "a version that is a text": text(version="1"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What an exported folder consists of, as far as it is looked at before its script runs."""
    made = tmp_path / "out"
    (made / "bundle").mkdir(parents=True)
    (made / "retrain.py").write_text("")
    (made / "slice.json").write_bytes(text())
    (made / "bundle" / "bundle.json").write_text('{"format": 1, "files": {}}')
    return made


def test_a_good_one_is_read(folder: Path) -> None:
    assert read_record(folder) == GOOD
    assert ref_of(read_record(folder)) == "line@1"
    assert "the input rows is missing" not in attempt(folder).verification.cause  # it was not there before either


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_one_is_one_line(folder: Path, tmp_path: Path, data: bytes) -> None:
    (folder / "slice.json").write_bytes(data)
    project = Project.at(tmp_path / ".mlops")
    for read in (
        lambda: attempt(folder),
        lambda: project.prove_again(folder),
        lambda: Pipeline("line", folder / "bundle").record,
    ):
        with pytest.raises(IntegrityError, match=r"slice\.json of this pipeline cannot be read: it ") as caught:
            read()
        assert "\n" not in caught.value.message


def test_a_pipeline_of_no_version_is_told(folder: Path, tmp_path: Path) -> None:
    record = {k: v for k, v in GOOD.items() if k != "version"}
    with pytest.raises(IntegrityError, match="it does not say of which version the pipeline is"):
        ref_of(record)


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_no_link_is_followed_and_nothing_huge_is_read(folder: Path, tmp_path: Path) -> None:
    record = folder / "slice.json"
    with record.open("r+b") as file:
        file.truncate(MOST + 10)
    with pytest.raises(IntegrityError, match="it has more than"):
        read_record(folder)
    record.rename(tmp_path / "elsewhere.json")
    record.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(IntegrityError, match="is a link"):
        read_record(folder)
    record.unlink()
    with pytest.raises(BadInput, match=r"slice\.json of this pipeline cannot be read: it is not in"):
        read_record(folder)


def test_a_proof_that_is_nested_too_deeply_is_none(folder: Path) -> None:
    (folder / proof.PROOF).write_bytes(b"[" * 200_000)
    assert proof.read(folder) == {}

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from ipymlops.errors import BadInput, IntegrityError, ProjectError
from ipymlops.frames import as_table
from ipymlops.registry import serializers
from ipymlops.registry.benchmark import benchmark_files
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.schema import Schema
from ipymlops.storage import disk
from ipymlops.storage.blobs import Blobs, digest


@pytest.fixture(scope="module")
def trained() -> tuple[RandomForestClassifier, Any, Any]:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 4))
    y = np.where(X[:, 0] > 0, "yes", "no").astype(object)
    return RandomForestClassifier(5, random_state=0).fit(X, y), X, y


@pytest.fixture
def files(trained: tuple[Any, Any, Any]) -> dict[str, bytes]:
    model, X, y = trained
    table = as_table(X)
    schema = Schema.of(table, task="binary", classes=model.classes_)
    return serializers.dump(model)[0] | {"schema.json": schema.to_json()} | benchmark_files(table, y)


@pytest.fixture
def facts(trained: tuple[Any, Any, Any]) -> dict[str, Any]:
    return serializers.dump(trained[0])[1] | {"model": "credit-risk"}


@pytest.fixture
def bundle(files: dict[str, bytes], facts: dict[str, Any], tmp_path: Path) -> Bundle:
    blobs = Blobs(tmp_path / "blobs")
    for data in files.values():
        blobs.put(data)
    return Bundle.from_blobs(blobs, blobs.put(pack(files, facts)))


def test_a_forest_goes_in_and_comes_out_the_same(bundle: Bundle, trained: tuple[Any, Any, Any]) -> None:
    model, X, y = trained
    again = bundle.model()
    table, target = bundle.benchmark()
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    assert (table == X).all()
    assert (target == y).all()
    assert bundle.schema().names == ("x0", "x1", "x2", "x3")


def test_an_extracted_folder_is_the_same_bundle(bundle: Bundle, trained: tuple[Any, Any, Any], tmp_path: Path) -> None:
    bundle.extract(tmp_path / "deep" / "bundle")
    folder = Bundle.from_folder(tmp_path / "deep" / "bundle")
    assert folder.manifest == bundle.manifest
    assert (folder.model().predict(trained[1]) == trained[0].predict(trained[1])).all()
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["bundle"]


def manifest(**changes: Any) -> bytes:
    return json.dumps({"format": 1, "files": {}} | changes).encode()


def written(folder: Path, raw: bytes, **files: bytes) -> Path:
    folder.mkdir()
    (folder / "bundle.json").write_bytes(raw)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def entry(data: bytes) -> dict[str, Any]:
    return {"sha256": digest(data), "size": len(data)}


# --- what is written ---------------------------------------------------------------------------------------------


def test_equal_files_and_facts_are_equal_bytes(files: dict[str, bytes], facts: dict[str, Any]) -> None:
    turned = dict(reversed(files.items())), dict(reversed(facts.items()))
    assert pack(files, facts) == pack(*turned)
    assert pack(files, facts) != pack(files | {"more": b""}, facts)


@pytest.mark.parametrize("name", ["größe.json", "data/profile.npz", "a b.txt", ".hidden", "模型/模型.skops"])
def test_names_that_a_file_may_have(tmp_path: Path, name: str) -> None:
    blobs = Blobs(tmp_path / "blobs")
    blobs.put(b"content")
    bundle = Bundle.from_blobs(blobs, blobs.put(pack({name: b"content"}, {})))
    bundle.extract(tmp_path / "bundle")
    assert Bundle.from_folder(tmp_path / "bundle").read(name) == b"content"


NAMES_OUTSIDE = [
    "../secret",
    "/etc/passwd",
    "a/../../b",
    "..",
    ".",
    "",
    "a//b",
    "./a",
    "a/",
    "..\\b",
    "C:\\b",
    "c:b",
    "nul\x00",
    "a\nb",
    "bundle.json",
    "BUNDLE.JSON",
    "trailing.",
    "trailing ",
]


@pytest.mark.parametrize("name", NAMES_OUTSIDE)
def test_names_that_leave_the_bundle_are_neither_written_nor_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="file name"):
        pack({name: b""}, {})
    raw = manifest(files={name: entry(b"x")})
    with pytest.raises(IntegrityError, match=r"outside of the bundle.*do not use"):
        Bundle.from_folder(written(tmp_path / "bundle", raw))
    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(IntegrityError, match="outside of the bundle"):
        Bundle.from_blobs(blobs, blobs.put(raw))


# --- what is read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (b"", IntegrityError, "is not JSON"),
        (b"\xff\xfe", IntegrityError, "is not JSON"),
        pytest.param(b"[" * 100_000, IntegrityError, "is not JSON", id="deep"),
        (b"[]", IntegrityError, "names no bundle format"),
        (b"{}", IntegrityError, "names no bundle format"),
        (manifest(format=True), IntegrityError, "names no bundle format"),
        (manifest(format=0), IntegrityError, "names no bundle format"),
        (manifest(format=2), ProjectError, "of format 2.*format 1 or older.*newer ipymlops"),
        (manifest(files=[]), IntegrityError, "lists no files"),
        (manifest(files={"a": {"sha256": "xyz", "size": 1}}), IntegrityError, "no sha256 and size for a"),
        (manifest(files={"a": {"sha256": "0" * 64}}), IntegrityError, "no sha256 and size for a"),
        (manifest(files={"a": 3}), IntegrityError, "no sha256 and size for a"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, raw: bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Bundle.from_folder(written(tmp_path / "bundle", raw))


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no bundle\.json"):
        Bundle.from_folder(tmp_path)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(b"")
    with pytest.raises(ProjectError, match="A file stands where a folder is needed"):
        Bundle.from_folder(tmp_path / "bundle")


@pytest.mark.parametrize("damage", [b"", b"shorter", b"other content of it", b"longer than what was registered"])
def test_a_changed_file_is_not_given_out(tmp_path: Path, damage: bytes) -> None:
    raw = manifest(files={"a": entry(b"what was registered")})
    bundle = Bundle.from_folder(written(tmp_path / "bundle", raw, a=damage))
    with pytest.raises(IntegrityError, match="a was changed after it was registered"):
        bundle.read("a")


def test_a_missing_file_and_one_that_was_never_there(tmp_path: Path) -> None:
    bundle = Bundle.from_folder(written(tmp_path / "bundle", manifest(files={"a": entry(b"")})))
    with pytest.raises(IntegrityError, match="a is missing"):
        bundle.read("a")
    with pytest.raises(IntegrityError, match="has no b"):
        bundle.read("b")
    assert "a" in bundle
    assert "b" not in bundle


@pytest.mark.parametrize("linked", ["a", "bundle.json"])
def test_links_are_not_followed(tmp_path: Path, linked: str) -> None:
    folder = written(tmp_path / "bundle", manifest(files={"a": entry(b"secret")}), a=b"secret")
    (folder / linked).rename(tmp_path / "elsewhere")
    (folder / linked).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError, match="is a link"):
        Bundle.from_folder(folder).read("a")


def test_a_linked_folder_inside_is_not_followed(tmp_path: Path) -> None:
    folder = written(tmp_path / "bundle", manifest(files={"d/a": entry(b"secret")}))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_bytes(b"secret")
    (folder / "d").symlink_to(tmp_path / "d")
    with pytest.raises(IntegrityError, match="is a link"):
        Bundle.from_folder(folder).read("d/a")


def test_a_damaged_model_is_never_constructed(bundle: Bundle, tmp_path: Path) -> None:
    bundle.extract(tmp_path / "bundle")
    path = tmp_path / "bundle" / "model.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(IntegrityError, match=r"model\.skops was changed"):
        Bundle.from_folder(tmp_path / "bundle").model()


# --- extraction --------------------------------------------------------------------------------------------------


def test_a_folder_that_exists_is_left_alone(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(BadInput, match="exists already"):
        bundle.extract(tmp_path / "mine")


def test_a_damaged_bundle_is_not_extracted_in_part(bundle: Bundle, tmp_path: Path) -> None:
    name = bundle.manifest["files"]["schema.json"]["sha256"]
    (tmp_path / "blobs" / name[:2] / name[2:]).unlink()
    with pytest.raises(IntegrityError, match="missing"):
        bundle.extract(tmp_path / "out" / "bundle")
    assert list((tmp_path / "out").iterdir()) == []


# The tests may run as root, for whom permission bits mean nothing, so the operating system's refusal is simulated.
def test_a_full_disk_leaves_no_half_extracted_folder(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk.os, "fsync", refuse)
    with pytest.raises(ProjectError, match="is full"):
        bundle.extract(tmp_path / "out" / "bundle")
    assert list((tmp_path / "out").iterdir()) == []


def test_nothing_can_be_written_below_a_file(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ProjectError, match="A file stands where a folder is needed"):
        bundle.extract(tmp_path / "file" / "bundle")

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from ipymlops.errors import IntegrityError, ProjectError
from ipymlops.storage import disk
from ipymlops.storage.blobs import Blobs


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Each test of these runs on a folder and on a real S3 server."""
    if request.param == "s3":
        return Blobs(request.getfixturevalue("bucket") + "/team/models")
    return Blobs(tmp_path / "blobs")


def overwrite(blobs: Blobs, name: str, data: bytes) -> None:
    blobs.place.write(f"{name[:2]}/{name[2:]}", data)


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 1000])
def test_what_is_put_is_what_is_got(blobs: Blobs, data: bytes) -> None:
    name = blobs.put(data)
    assert name == hashlib.sha256(data).hexdigest()
    assert blobs.has(name)
    assert blobs.get(name) == data
    assert blobs.put(data) == name


def test_a_missing_blob_is_named(blobs: Blobs) -> None:
    absent = "0" * 64
    blobs.put(b"another")
    assert not blobs.has(absent)
    with pytest.raises(IntegrityError, match=r"000000000000 is missing.*restore the file"):
        blobs.get(absent)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "ABC", "g" * 64, "0" * 63])
def test_only_a_sha256_is_a_name(blobs: Blobs, name: str) -> None:
    with pytest.raises(IntegrityError, match="sha256"):
        blobs.get(name)


@pytest.mark.parametrize("damaged", [b"", b"other bytes", b"the mode"])
def test_changed_bytes_are_refused_and_putting_them_again_repairs(blobs: Blobs, damaged: bytes) -> None:
    name = blobs.put(b"the model")
    overwrite(blobs, name, damaged)
    with pytest.raises(IntegrityError, match=rf"{name[:12]}.*changed.*restore the file"):
        blobs.get(name)
    blobs.put(b"the model")
    assert blobs.get(name) == b"the model"


def test_names_are_told_and_what_is_removed_is_gone(blobs: Blobs) -> None:
    assert list(blobs.names()) == []
    stored = [blobs.put(text) for text in (b"a", b"b", b"c")]
    blobs.place.write("ab/notes.txt", b"no blob")
    assert sorted(blobs.names()) == sorted(stored)
    for _ in range(2):
        blobs.remove(stored[0])
    assert not blobs.has(stored[0])
    assert sorted(blobs.names()) == sorted(stored[1:])


# The tests may run as root, for whom permission bits mean nothing, so the operating system's refusal is simulated.
@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "is full"), (errno.EROFS, "read-only"), (errno.EACCES, "read-only"), (errno.EIO, "could not be")],
)
def test_a_disk_that_refuses_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    blobs = Blobs(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(disk.os, "fsync", refuse)
        with pytest.raises(ProjectError, match=words) as caught:
            blobs.put(b"data")
    assert "\n" not in str(caught.value)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("not a folder")
    with pytest.raises(ProjectError, match="A file stands where a folder is needed"):
        Blobs(tmp_path / "blobs").put(b"data")


def test_a_store_that_does_not_answer(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProjectError, match=r"s3://absent-bucket/x could not be used") as caught:
        Blobs("s3://absent-bucket/x").put(b"data")
    assert "\n" not in str(caught.value)


def test_an_address_that_nobody_knows() -> None:
    with pytest.raises(ProjectError, match="nothing://bucket/x"):
        Blobs("nothing://bucket/x")

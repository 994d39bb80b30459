from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from ipymlops.errors import IntegrityError, ProjectError
from ipymlops.storage import disk
from ipymlops.storage.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


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
def test_changed_bytes_are_refused_and_putting_them_again_repairs(tmp_path: Path, damaged: bytes) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"the model")
    (tmp_path / name[:2] / name[2:]).write_bytes(damaged)
    with pytest.raises(IntegrityError, match=rf"{name[:12]}.*changed.*restore the file"):
        blobs.get(name)
    blobs.put(b"the model")
    assert blobs.get(name) == b"the model"


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

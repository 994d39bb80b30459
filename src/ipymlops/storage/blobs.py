"""Files named by the sha256 of their content, in a folder or an object store.

A blob never changes, so equal files are stored once and every read can prove that it got what was written.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ipymlops.errors import IntegrityError
from ipymlops.storage.disk import disk_error, sync_folder, write_atomically

_HEX = frozenset("0123456789abcdef")


class Place(Protocol):
    """Where blobs lie: named files that are there whole or not at all."""

    def __str__(self) -> str:
        """As messages name it."""

    def read(self, name: str) -> bytes | None:
        """The file, or None where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """It lasts when this returns."""

    def has(self, name: str) -> bool: ...

    def about(self, name: str) -> tuple[int, float]:
        """The bytes of the file, and the seconds since it was written."""

    def remove(self, name: str) -> None: ...

    def names(self) -> Iterator[str]:
        """All files, in any order."""


class Blobs:
    """The blobs at an address: the path of a folder, which is made when the first one is stored, or ``s3://bucket/x``
    and what else fsspec knows."""

    def __init__(self, address: str | Path) -> None:
        self.place = _place(address)

    def put(self, data: bytes) -> str:
        """Store ``data`` and return its sha256; it lasts when this returns."""
        sha256 = digest(data)
        name = _name(sha256)
        # A blob that is already there is compared, so that storing a file again repairs a damaged copy.
        if not (self.place.has(name) and self.place.read(name) == data):
            self.place.write(name, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that blob. Raises IntegrityError if they are missing or are not those that were stored."""
        data = self.place.read(_name(sha256))
        if data is None:
            raise IntegrityError(
                f"The stored file {sha256[:12]} is missing from {self.place}",
                next_step="restore the file from a backup, or register the model again",
            )
        if digest(data) != sha256:
            raise IntegrityError(
                f"The stored file {sha256[:12]} in {self.place} was changed after it was stored",
                expected="the bytes that were registered",
                next_step="restore the file from a backup, or register the model again",
            )
        return data

    def has(self, sha256: str) -> bool:
        """Whether a blob of that name is there; its content is not looked at."""
        return self.place.has(_name(sha256))

    def about(self, sha256: str) -> tuple[int, float]:
        """Its bytes, and the seconds since it was written."""
        return self.place.about(_name(sha256))

    def remove(self, sha256: str) -> None:
        """Take the blob away; nothing happens where it is none."""
        self.place.remove(_name(sha256))

    def names(self) -> Iterator[str]:
        """The sha256 of every blob, in any order; what else lies there is not told."""
        for name in self.place.names():
            sha256 = name.replace("/", "")
            if len(sha256) == 64 and _HEX.issuperset(sha256) and name == _name(sha256):
                yield sha256


class Folder:
    """A folder of this machine, or one that is mounted here."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, self.path) from error

    def write(self, name: str, data: bytes) -> None:
        path = self.path / name
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                sync_folder(self.path)
            write_atomically(path, data)
        except OSError as error:
            raise disk_error(error, self.path) from error

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def about(self, name: str) -> tuple[int, float]:
        try:
            found = (self.path / name).stat()
        except OSError as error:
            raise disk_error(error, self.path) from error
        return found.st_size, time.time() - found.st_mtime

    def remove(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, self.path) from error

    def names(self) -> Iterator[str]:
        for path in self.path.glob("*/*"):
            yield path.relative_to(self.path).as_posix()


def digest(data: bytes) -> str:
    """The sha256 of ``data`` in hexadecimal, the name of its blob."""
    return hashlib.sha256(data).hexdigest()


def _place(address: str | Path) -> Place:
    if isinstance(address, str) and "://" in address:  # a path may not: pathlib would make one slash of two
        from ipymlops.storage.remote import Remote

        return Remote(address)
    return Folder(Path(address))


def _name(sha256: str) -> str:
    if len(sha256) != 64 or not _HEX.issuperset(sha256):
        raise IntegrityError(f"Found {sha256[:80]!r} as the name of a stored file", expected="a sha256")
    return f"{sha256[:2]}/{sha256[2:]}"

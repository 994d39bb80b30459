"""Files named by the sha256 of their content, on a local disk or in any store that fsspec reaches.

A blob never changes, so equal files are stored once and every read can prove that it got what was written.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Protocol

from ipymlops.errors import IntegrityError
from ipymlops.storage.disk import disk_error, sync_folder, write_atomically

_HEX = frozenset("0123456789abcdef")


class _Place(Protocol):
    """Where blobs lie: whole files by relative name."""

    def read(self, name: str) -> bytes | None: ...

    def write(self, name: str, data: bytes) -> None: ...

    def has(self, name: str) -> bool: ...


class Blobs:
    """``url`` is a folder, or an address of fsspec such as ``s3://bucket/prefix``."""

    def __init__(self, url: str | Path) -> None:
        self.url = str(url)
        self._place: _Place = _Remote(self.url) if "://" in self.url else _Folder(Path(url))

    def put(self, data: bytes) -> str:
        """Store ``data`` and return its sha256; it is on the disk when this returns."""
        sha256 = digest(data)
        # A blob that is already there is compared, so that storing a file again repairs a damaged copy.
        if not (self.has(sha256) and self._place.read(_name(sha256)) == data):
            self._place.write(_name(sha256), data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that blob. Raises IntegrityError if they are missing or are not those that were stored."""
        data = self._place.read(_name(sha256))
        if data is None:
            raise IntegrityError(
                f"The stored file {sha256[:12]} is missing from {self.url}",
                next_step="restore the file from a backup, or register the model again",
            )
        if digest(data) != sha256:
            raise IntegrityError(
                f"The stored file {sha256[:12]} in {self.url} was changed after it was stored",
                expected="the bytes that were registered",
                next_step="restore the file from a backup, or register the model again",
            )
        return data

    def has(self, sha256: str) -> bool:
        """Whether a blob of that name is there; its content is not looked at."""
        return self._place.has(_name(sha256))


def digest(data: bytes) -> str:
    """The sha256 of ``data`` in hexadecimal, the name of its blob."""
    return hashlib.sha256(data).hexdigest()


def _name(sha256: str) -> str:
    if len(sha256) != 64 or not _HEX.issuperset(sha256):
        raise IntegrityError(f"Found {sha256[:80]!r} as the name of a stored file", expected="a sha256")
    return f"{sha256[:2]}/{sha256[2:]}"


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, self.root) from error

    def write(self, name: str, data: bytes) -> None:
        path = self.root / name
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                sync_folder(self.root)
            write_atomically(path, data)
        except OSError as error:
            raise disk_error(error, self.root) from error

    def has(self, name: str) -> bool:
        return (self.root / name).is_file()


class _Remote:
    """An object store; each object appears whole or not at all, which is what its vendors promise."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.files: Any
        self.files, self.root = fsspec.core.url_to_fs(url)

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(self.files.cat_file(f"{self.root}/{name}"))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        self.files.pipe_file(f"{self.root}/{name}", data)

    def has(self, name: str) -> bool:
        return bool(self.files.isfile(f"{self.root}/{name}"))

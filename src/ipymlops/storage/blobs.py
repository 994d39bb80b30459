"""Files named by the sha256 of their content, in a folder.

A blob never changes, so equal files are stored once and every read can prove that it got what was written.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from ipymlops.errors import IntegrityError
from ipymlops.storage.disk import disk_error, sync_folder, write_atomically

_HEX = frozenset("0123456789abcdef")


class Blobs:
    """The blobs in ``folder``, which is made when the first one is stored."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def put(self, data: bytes) -> str:
        """Store ``data`` and return its sha256; it is on the disk when this returns."""
        sha256 = digest(data)
        # A blob that is already there is compared, so that storing a file again repairs a damaged copy.
        if not (self.has(sha256) and self._read(_name(sha256)) == data):
            self._write(_name(sha256), data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that blob. Raises IntegrityError if they are missing or are not those that were stored."""
        data = self._read(_name(sha256))
        if data is None:
            raise IntegrityError(
                f"The stored file {sha256[:12]} is missing from {self.folder}",
                next_step="restore the file from a backup, or register the model again",
            )
        if digest(data) != sha256:
            raise IntegrityError(
                f"The stored file {sha256[:12]} in {self.folder} was changed after it was stored",
                expected="the bytes that were registered",
                next_step="restore the file from a backup, or register the model again",
            )
        return data

    def has(self, sha256: str) -> bool:
        """Whether a blob of that name is there; its content is not looked at."""
        return (self.folder / _name(sha256)).is_file()

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, self.folder) from error

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                sync_folder(self.folder)
            write_atomically(path, data)
        except OSError as error:
            raise disk_error(error, self.folder) from error


def digest(data: bytes) -> str:
    """The sha256 of ``data`` in hexadecimal, the name of its blob."""
    return hashlib.sha256(data).hexdigest()


def _name(sha256: str) -> str:
    if len(sha256) != 64 or not _HEX.issuperset(sha256):
        raise IntegrityError(f"Found {sha256[:80]!r} as the name of a stored file", expected="a sha256")
    return f"{sha256[:2]}/{sha256[2:]}"

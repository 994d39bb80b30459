"""An object store behind fsspec (``s3://bucket/prefix``, ``gs://``, ``az://``): an object is there whole or not at all.

Credentials and endpoints are those of the store's own tools (``AWS_PROFILE``, ``AWS_ENDPOINT_URL``), never ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ipymlops.errors import MlopsError, ProjectError

EXTRAS = {
    "s3": "s3"
}  # scheme -> the extra of ipymlops that reads it; of others the error of fsspec says what to install


class Remote:
    """Named objects under one address."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._files, self._root = _opened(self._address)

    def __str__(self) -> str:
        return self._address

    def read(self, name: str) -> bytes | None:
        with self._in_words():
            try:
                data: bytes = self._files.cat_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return None
            return data

    def write(self, name: str, data: bytes) -> None:
        with self._in_words():
            self._files.pipe_file(f"{self._root}/{name}", data)

    def has(self, name: str) -> bool:
        with self._in_words():
            self._files.invalidate_cache()
            return bool(self._files.isfile(f"{self._root}/{name}"))

    def about(self, name: str) -> tuple[int, float]:
        path = f"{self._root}/{name}"
        with self._in_words():
            written = self._files.modified(path)
            return int(self._files.info(path)["size"]), (datetime.now(UTC) - written).total_seconds()

    def remove(self, name: str) -> None:
        with self._in_words():
            try:
                self._files.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return

    def names(self) -> Iterator[str]:
        with self._in_words():
            self._files.invalidate_cache()
            for path in self._files.find(self._root):
                yield str(path).removeprefix(f"{self._root}/")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except MlopsError:
            raise
        except PermissionError as error:
            raise ProjectError(
                f"{self._address} refuses this user: {_first_line(error)}",
                next_step="check the credentials of the store (for S3: AWS_PROFILE, or the machine's role)",
            ) from error
        except Exception as error:  # each store has errors of its own; all of them are its answer
            raise ProjectError(
                f"{self._address} could not be used: {_first_line(error)}",
                next_step="check the address and that the store answers",
            ) from error


def _opened(address: str) -> tuple[Any, str]:
    import fsspec

    scheme = address.partition("://")[0]
    try:
        files, root = fsspec.core.url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        extra = EXTRAS.get(scheme)
        raise ProjectError(
            f"{address} needs a library that is not installed: {_first_line(error)}",
            next_step=f"pip install 'ipymlops[{extra}]'" if extra else "install it beside ipymlops",
        ) from error
    except ValueError as error:
        raise ProjectError(f"Found the address {address!r}", expected="a folder, or s3://bucket/prefix") from error
    return files, str(root).rstrip("/")


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

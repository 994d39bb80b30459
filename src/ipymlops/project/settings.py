"""What ``mlops.toml`` tells of a project: a file beside ``.mlops`` that a team keeps in git.

::

    [store]
    registry = "postgresql://db.example/models"  # else .mlops/registry.db
    blobs = "s3://our-bucket/models"             # or a folder; else .mlops/blobs

Passwords are no part of it: PostgreSQL's come from PGPASSWORD or ``~/.pgpass``, those of S3 from its own tools.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ipymlops.errors import BadInput, UnknownName

FILE = "mlops.toml"
_STORE = ("blobs", "registry")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a project keeps what it remembers; empty texts mean its own folder."""

    registry: str = ""
    blobs: str = ""

    @property
    def shared(self) -> bool:
        """Whether the registry is a server's, so that there is something before anything was stored here."""
        return bool(self.registry)

    @classmethod
    def of(cls, folder: Path) -> Settings:
        """Those of the project in ``folder``. Raises BadInput or UnknownName for a file that cannot be meant."""
        path = folder / FILE
        if not path.is_file():
            return cls()
        store = _table(path).get("store", {})
        if not isinstance(store, dict):
            raise BadInput(f"{FILE} holds `store = {store!r}`", expected="a table [store]")
        for name, value in store.items():
            if name not in _STORE:
                raise UnknownName.of(f"setting of [store] in {FILE}", name, _STORE)
            if not isinstance(value, str) or not value:
                raise BadInput(f"{FILE} holds `{name} = {value!r}`", expected="an address in quotes")
        return cls(_registry(store), _blobs(store, folder))


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{FILE} cannot be read: {error}", expected="TOML") from error


def _registry(store: dict[str, str]) -> str:
    url = store.get("registry", "")
    if not url:
        return ""
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadInput(f"{FILE} holds `registry = {url!r}`", expected="postgresql://user@host/name")
    if urlsplit(url).password is not None:
        raise BadInput(
            f"{FILE} holds a password, in the address of the registry",
            expected="an address without it: that file is shared",
            next_step="take it out, and set PGPASSWORD or write it into ~/.pgpass",
        )
    if "blobs" not in store:
        raise BadInput(
            f"{FILE} names a registry that others share, and no place for its files",
            expected='blobs = "s3://bucket/prefix", or a folder that all of them reach',
        )
    return url


def _blobs(store: dict[str, str], folder: Path) -> str:
    address = store.get("blobs", "")
    return address if "://" in address or not address else str(folder / Path(address).expanduser())

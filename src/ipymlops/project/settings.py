"""What ``mlops.toml`` tells of a project: a file beside ``.mlops`` that a team keeps in git.

::

    [store]
    registry = "postgresql://db.example/models"  # else .mlops/registry.db
    blobs = "s3://our-bucket/models"             # or a folder; else .mlops/blobs

    [signing]
    trusted = ["team.pub"]                       # whose signatures count: files with public keys
    required = true                              # at every tier; else where the tier demands it
    key = "~/keys/team.pem"                      # what signs here; IPYMLOPS_SIGNING_KEY comes before it

    [aliases]
    protected = {champion = ["alice", "ci"], prod = ["alice"]}  # who may move them, by promotion, by hand, or back
    permanent = ["prod"]                                        # and nobody takes these away

Passwords are no part of it: PostgreSQL's come from PGPASSWORD or ``~/.pgpass``, those of S3 from its own tools, the
passphrase of a key from IPYMLOPS_SIGNING_PASSPHRASE.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ipymlops.errors import BadInput, UnknownName
from ipymlops.registry.protection import Protection
from ipymlops.registry.records import check_alias

FILE = "mlops.toml"
_STORE = ("blobs", "registry")
_SIGNING = ("key", "required", "trusted")
_ALIASES = ("permanent", "protected")


@dataclass(frozen=True, slots=True)
class Signing:
    """With which private key versions are signed here, and by whose public keys they are believed."""

    key: Path | None = None
    trusted: tuple[Path, ...] = ()
    required: bool = False  # whatever the tier says


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a project keeps what it remembers, empty texts meaning its own folder; and who may move its aliases."""

    registry: str = ""
    blobs: str = ""
    signing: Signing = Signing()
    aliases: Protection = field(default_factory=Protection)

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
        told = _written(path)
        store = _table(told, "store", _STORE)
        for name, value in store.items():
            if not isinstance(value, str) or not value:
                raise BadInput(f"{FILE} holds `{name} = {value!r}`", expected="an address in quotes")
        return cls(
            _registry(store),
            _blobs(store, folder),
            _signing(_table(told, "signing", _SIGNING), folder),
            _protection(_table(told, "aliases", _ALIASES)),
        )


def _table(written: dict[str, Any], name: str, settings: tuple[str, ...]) -> dict[str, Any]:
    """One table of the file, empty where it is not there; what stands in it is known to us."""
    table = written.get(name, {})
    if not isinstance(table, dict):
        raise BadInput(f"{FILE} holds `{name}`, which is no table", expected=f"a table [{name}]")
    for setting in table:
        if setting not in settings:
            raise UnknownName.of(f"setting of [{name}] in {FILE}", setting, settings)
    return table


def _protection(aliases: dict[str, Any]) -> Protection:
    movers, permanent = aliases.get("protected", {}), aliases.get("permanent", [])
    if not isinstance(movers, dict):
        raise BadInput(f"{FILE} holds `protected = {movers!r}`", expected='aliases with names: {champion = ["alice"]}')
    for name, listed in (*movers.items(), ("permanent", permanent)):
        if not isinstance(listed, list) or not all(isinstance(n, str) and n for n in listed):
            raise BadInput(f"{FILE} holds `{name} = {listed!r}`", expected='a list of names: ["alice", "ci"]')
    for alias, names in movers.items():
        if not names:
            raise BadInput(f"{FILE} names nobody who may move {alias}", expected="at least one name")
    for alias in (*movers, *permanent):
        check_alias(alias)
    return Protection({alias: tuple(names) for alias, names in movers.items()}, tuple(permanent))


def _written(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{FILE} cannot be read: {error}", expected="TOML") from error


def _signing(part: dict[str, Any], folder: Path) -> Signing:
    """No value is repeated in an error: it may be a key that somebody wrote where its file is meant."""
    key, trusted, required = part.get("key", ""), part.get("trusted", []), part.get("required", False)
    if not isinstance(key, str) or "-----BEGIN" in key:
        raise BadInput(f"`key` under [signing] in {FILE} names no file", expected="the path of a private key")
    if not (isinstance(trusted, list) and all(isinstance(p, str) and p and "-----BEGIN" not in p for p in trusted)):
        raise BadInput(f"`trusted` under [signing] in {FILE} names no files", expected='a list: ["team.pub"]')
    if not isinstance(required, bool):
        raise BadInput(f"`required` under [signing] in {FILE} is no yes or no", expected="true or false")
    if required and not trusted:
        raise BadInput(
            f"{FILE} requires signatures and says of no key that it is trusted",
            expected='trusted = ["team.pub"], under [signing]',
        )
    files = tuple(folder / Path(path).expanduser() for path in trusted)
    return Signing(folder / Path(key).expanduser() if key else None, files, required)


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

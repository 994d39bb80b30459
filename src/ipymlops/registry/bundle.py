"""The bundle of one version: a flat set of files and the manifest that names, sizes and hashes each of them.

The format, number 1
--------------------
``bundle.json`` is the manifest: ``{"format": 1, "files": {name: {"sha256", "size"}}, ...facts}``, keys sorted, UTF-8.
Its sha256 is the identity of the bundle, and the name under which the blob store has it; the same files and facts
give the same bytes. A name is a relative POSIX path. Readers ignore files and facts that they do not know.

Policy: adding a file or a fact keeps the number. Changing what an existing one means, or removing one that readers
need, raises it; every later release of ipymlops reads all earlier formats, and refuses a newer one in words.
Nothing is believed before it is checked: the manifest's names, then each file's hash, then the types inside the
model; only then is a model constructed.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, IntegrityError, ProjectError
from ipymlops.registry import serializers
from ipymlops.registry.benchmark import read_benchmark
from ipymlops.registry.file_names import LONGEST, clash, is_safe
from ipymlops.registry.folder import read_in
from ipymlops.registry.schema import Schema
from ipymlops.registry.serializers.pickled import is_pickled
from ipymlops.registry.stored_records import check_record
from ipymlops.storage.blobs import Blobs, digest
from ipymlops.storage.disk import disk_error, sync_folder, write_atomically

if TYPE_CHECKING:
    import numpy.typing as npt

FORMAT = 1
MANIFEST = "bundle.json"
_MOST_MANIFEST = 2**26  # bytes; one of a thousand files has a few hundred thousand
_ASK_AGAIN = "get the bundle again from where it was registered"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def pack(files: Mapping[str, bytes], facts: Mapping[str, Any]) -> bytes:
    """The manifest of these files as ``bundle.json`` bytes; the same input gives the same bytes."""
    for name in files:
        if not _may_list(name):
            raise BadInput(f"Found the file name {name!r}", expected="a relative path such as 'data/profile.npz'")
    if both := clash(files):
        raise BadInput(f"Found the file names {both[0]!r} and {both[1]!r}", expected="names that differ everywhere")
    listed = {name: {"sha256": digest(data), "size": len(data)} for name, data in files.items()}
    manifest = {**facts, "format": FORMAT, "files": listed}
    try:
        return json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"These facts cannot be stored as JSON: {error}", expected="finite numbers, texts, lists"
        ) from error


class Bundle:
    """One version's files, each read only if it is what the manifest says."""

    def __init__(self, manifest: Mapping[str, Any], fetch: Callable[[str, str], bytes], raw: bytes) -> None:
        self.manifest = manifest
        self._fetch = fetch  # (name, sha256) -> bytes, unchecked
        self._raw = raw
        self._admit: Callable[[], None] = lambda: None
        self._risk, self._allow_pickle = "", False

    @classmethod
    def from_blobs(cls, blobs: Blobs, manifest_sha: str) -> Bundle:
        """The bundle whose manifest the blob store has under that hash."""
        raw = blobs.get(manifest_sha)
        return cls(_checked(raw), lambda _name, sha256: blobs.get(sha256), raw)

    @classmethod
    def from_folder(cls, path: str | Path) -> Bundle:
        """The bundle that lies in a folder. Links are not followed: a bundle is self-contained."""
        folder = Path(path)
        try:
            raw = read_in(folder, MANIFEST, _MOST_MANIFEST)
        except FileNotFoundError as error:
            raise BadInput(f"{folder} holds no {MANIFEST}", expected="a bundle's folder") from error
        manifest = _checked(raw)
        return cls(manifest, lambda name, _sha256: _read_listed(folder, name, manifest["files"][name]["size"]), raw)

    def guarded(self, admit: Callable[[], None], *, risk: str = "", allow_pickle: bool = False) -> Bundle:
        """The same; ``admit`` is asked before its model is constructed, its benchmark judges anything, or its files
        leave the store, and may raise. What a version is shown and signed by can still be read. ``risk`` is the tier
        that the registry says; ``allow_pickle``, whether somebody said that a pickle may be loaded."""
        other = Bundle(self.manifest, self._fetch, self._raw)
        other._admit, other._risk, other._allow_pickle = admit, risk, allow_pickle
        return other

    @property
    def names(self) -> tuple[str, ...]:
        """The files, without the manifest itself."""
        return tuple(self.manifest["files"])

    def __contains__(self, name: object) -> bool:
        return name in self.manifest["files"]

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises IntegrityError if it is not the file that was registered."""
        if name not in self:
            raise IntegrityError(f"This bundle has no {name}", expected=f"one of {', '.join(self.names)}")
        listed = self.manifest["files"][name]
        try:
            data = self._fetch(name, listed["sha256"])
        except MemoryError as error:
            raise IntegrityError(f"{name}, of {listed['size']:,} bytes, does not fit into memory") from error
        if len(data) != listed["size"] or digest(data) != listed["sha256"]:
            raise IntegrityError(
                f"{name} was changed after it was registered",
                expected="the file the manifest names",
                next_step=_ASK_AGAIN,
            )
        return data

    def json(self, name: str) -> Any:
        """One file, parsed as JSON: an object that holds what its readers need."""
        record = _parsed(self.read(name), name)
        check_record(name, record)
        return record

    def text(self, name: str) -> str:
        """One file, as text."""
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise IntegrityError(f"{name} is no text", next_step=_ASK_AGAIN) from error

    @property
    def size(self) -> int:
        """The bytes of all its files, as the manifest lists them."""
        return sum(int(of["size"]) for of in self.manifest["files"].values())

    @property
    def model_size(self) -> int:
        """The bytes of the model's own files."""
        return sum(int(of["size"]) for name, of in self.manifest["files"].items() if name.startswith("model."))

    @property
    def hashes(self) -> dict[str, str]:
        """The sha256 of each file, the manifest's own included."""
        return {MANIFEST: digest(self._raw), **{name: of["sha256"] for name, of in self.manifest["files"].items()}}

    @property
    def model_hashes(self) -> dict[str, str]:
        """The sha256 of each of the model's own files; equal for models that are the same."""
        return {name: of["sha256"] for name, of in self.manifest["files"].items() if name.startswith("model.")}

    def model(self, *, allow_pickle: bool = False) -> Any:
        """The model. Its bytes are checked, then its types, and only then is it constructed. A pickle, whose types
        nobody can check, is loaded only with ``allow_pickle``."""
        self._admit()
        allowed = allow_pickle or self._allow_pickle
        return serializers.load(self.read, self.manifest, allow_pickle=allowed, risk=self._risk)

    @property
    def pickled(self) -> bool:
        """Whether its model is a pickle."""
        return is_pickled(self.manifest)

    def schema(self) -> Schema:
        """The columns that the model takes. BadInput where no training data said so."""
        if "schema.json" not in self:
            raise BadInput(
                "This version was registered without training data, so nobody knows which columns it takes",
                expected="a version that was registered with its data",
                next_step="register the model again: register MODEL --train X y --test X_test y_test",
            )
        return Schema.from_json(self.read("schema.json"))

    def benchmark(self) -> tuple[Any, npt.NDArray[Any]]:
        """The held-out table and its target, as they were given at registration."""
        self._admit()
        return read_benchmark(self.read, self.schema().container)

    def extract(self, folder: str | Path) -> None:
        """Write all files into a new ``folder``, checked, all or nothing."""
        self._admit()
        target = Path(folder)
        if target.exists():
            raise BadInput(f"{target} exists already", expected="a folder that is not there yet")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            try:
                self._write_into(temporary)
                temporary.chmod(0o755)  # mkdtemp made it private
                temporary.rename(target)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            sync_folder(target.parent)
        except OSError as error:
            raise disk_error(error, target) from error

    def _write_into(self, folder: Path) -> None:
        for name in self.names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, self.read(name))
        write_atomically(folder / MANIFEST, self._raw)


def _checked(raw: bytes) -> Mapping[str, Any]:
    """The manifest, if it is one, of a format we read, with names that stay inside the bundle."""
    if len(raw) > _MOST_MANIFEST:
        raise IntegrityError(f"{MANIFEST} has more than {_MOST_MANIFEST:,} bytes", next_step=_ASK_AGAIN)
    manifest = _parsed(raw, MANIFEST, object_pairs_hook=_once, parse_constant=_no_number)
    number = manifest.get("format") if isinstance(manifest, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise IntegrityError(f"{MANIFEST} names no bundle format", expected=f'"format": {FORMAT}')
    if number > FORMAT:
        raise ProjectError(
            f"This bundle is of format {number}",
            expected=f"format {FORMAT} or older",
            next_step="install a newer ipymlops (pip install --upgrade ipymlops)",
        )
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise IntegrityError(f"{MANIFEST} lists no files", next_step=_ASK_AGAIN)
    check_record(MANIFEST, manifest)
    for name, listed in files.items():
        _check_entry(name, listed)
    if both := clash(files):
        raise IntegrityError(
            f"{MANIFEST} lists {both[0]!r} and {both[1]!r}, which cannot both be files everywhere",
            expected="names that differ by more than capital letters",
            next_step=_ASK_AGAIN,
        )
    return manifest  # type: ignore[no-any-return]


def _parsed(raw: bytes, name: str, **options: Any) -> Any:
    try:
        return json.loads(raw, **options)
    except (ValueError, RecursionError, MemoryError) as error:
        raise IntegrityError(f"{name} is not JSON", next_step=_ASK_AGAIN) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two equal keys they believe."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_entry(name: str, listed: Any) -> None:
    if len(name) > LONGEST:
        raise IntegrityError(
            f"{MANIFEST} lists a file with a name of {len(name):,} characters: {name[:40]!r} ...",
            expected=f"names of at most {LONGEST}",
            next_step="do not use this bundle; ask where it came from",
        )
    if not _may_list(name):
        raise IntegrityError(
            f"{MANIFEST} lists a file outside of the bundle: {name!r}",
            expected="relative names",
            next_step="do not use this bundle; ask where it came from",
        )
    if not (
        isinstance(listed, dict)
        and type(listed.get("size")) is int
        and listed["size"] >= 0
        and isinstance(listed.get("sha256"), str)
        and _SHA256.fullmatch(listed["sha256"])
    ):
        raise IntegrityError(f"{MANIFEST} has no sha256 and size for {name}", next_step=_ASK_AGAIN)


def _may_list(name: str) -> bool:
    return is_safe(name) and name.casefold() != MANIFEST


def _read_listed(folder: Path, name: str, size: int) -> bytes:
    try:
        return read_in(folder, name, size)
    except FileNotFoundError as error:
        raise IntegrityError(f"{name} is missing from {folder}", next_step=_ASK_AGAIN) from error

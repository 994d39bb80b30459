"""Fetching the files of a registered model version into a folder of our own; nothing is believed before it is checked.

A bundle that was pushed says itself what it holds (``bundle.json``): names that stay inside a folder, sizes, hashes. Of
a model that MLflow wrote, two files are read, ``MLmodel`` and the one that it names; no listing of a server decides
where anything is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipymlops.errors import IntegrityError
from ipymlops.progress import Progress
from ipymlops.registry.bundle import MANIFEST, Bundle
from ipymlops.registry.mlflow.address import shown
from ipymlops.registry.mlflow.pushing import BUNDLE_TAG
from ipymlops.registry.mlflow.tracking import Remote, Tracking
from ipymlops.storage.blobs import digest
from ipymlops.storage.disk import disk_error

MOST = 2**32  # bytes of one version: each of its files is once held in memory
_MOST_MANIFEST = 2**26


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a version lie, below the server's store, and what lies on top there."""

    tracking: Tracking
    remote: Remote
    location: str
    path: str
    names: frozenset[str]

    @classmethod
    def of(cls, tracking: Tracking, remote: Remote) -> Place:
        location = tracking.location(remote)
        path = tracking.path_of(location)
        return cls(tracking, remote, location, path, tracking.names_in(path))

    @property
    def is_bundle(self) -> bool:
        """Whether it was pushed from here, or says so."""
        return MANIFEST in self.names or BUNDLE_TAG in self.remote.tags

    def read(self, name: str, most: int) -> bytes:
        """One file. IntegrityError where it is larger than ``most``."""
        return self.tracking.server.get(f"{self.path}/{name}", most)

    def origin(self, files: Mapping[str, str]) -> dict[str, Any]:
        """What history keeps of it: where from, which run, and the sha256 of what was read."""
        return {
            "server": self.tracking.url,
            "name": self.remote.name,
            "version": self.remote.number,
            "run_id": self.remote.run_id,
            "location": shown(self.location),
            "files": dict(files),
        }


def fetch_bundle(place: Place, folder: Path, say: Progress) -> Bundle:
    """The bundle, whole, in ``folder``: each file of the size and hash that its manifest names, and the manifest the
    one that the version is tagged with."""
    say(f"read {MANIFEST}")
    raw = place.read(MANIFEST, _MOST_MANIFEST)
    said = place.remote.tags.get(BUNDLE_TAG, digest(raw))
    if digest(raw) != said:
        raise _not_what_was_pushed(place, MANIFEST)
    _write(folder, MANIFEST, raw)
    bundle = Bundle.from_folder(folder)
    listed = bundle.manifest["files"]
    if (total := sum(of["size"] for of in listed.values())) > MOST:
        raise IntegrityError(
            f"{place.remote.ref} on {place.tracking.url} has {total:,} bytes", expected=f"at most {MOST:,}"
        )
    for done, (name, of) in enumerate(listed.items(), start=1):
        say(f"read {name}, {done} of {len(listed)}")
        data = place.read(name, of["size"])
        if len(data) != of["size"] or digest(data) != of["sha256"]:
            raise _not_what_was_pushed(place, name)
        _write(folder, name, data)
    return bundle


def _not_what_was_pushed(place: Place, name: str) -> IntegrityError:
    return IntegrityError(
        f"{name} of {place.remote.ref} on {place.tracking.url} is not the file that was pushed",
        expected="the hash that its version names",
        next_step="do not use it; push it again from where it was registered",
    )


def _write(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise disk_error(error, folder) from error

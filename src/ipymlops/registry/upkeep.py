"""Is everything there that was registered, byte for byte (fsck), and what is there that nothing reaches (gc).

What is reached: the manifest of every version, the files that it names, and its signatures, which events name. Versions
and events are never removed, so that is all that an alias can lead to, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ipymlops.errors import MlopsError
from ipymlops.progress import Progress
from ipymlops.registry.bundle import Bundle
from ipymlops.registry.records import Event, Version
from ipymlops.registry.registry import Registry
from ipymlops.registry.signing import FILE as SIGNATURE
from ipymlops.storage.blobs import Blobs

GRACE = 24 * 3600.0  # seconds: a registration that is under way has stored its files and no version yet
# unsigned: every byte may be right, but no trusted key vouches for it where one is demanded
# signature: one that is there, and is not of these bytes
Kind = Literal["missing", "changed", "unreadable", "signature", "unsigned", "alias", "event", "database"]
DAMAGE: frozenset[Kind] = frozenset({"missing", "changed", "unreadable", "signature", "database"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was registered. ``about``: a version, an alias, or the database."""

    kind: Kind
    about: str
    words: str
    repaired: bool = False
    forbidden: bool = False  # to repair, for who asked


@dataclass(frozen=True, slots=True)
class Checkup:
    """What ``%mlops fsck`` answers."""

    versions: int
    files: int
    size: int  # bytes that were hashed
    faults: tuple[Fault, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, or nothing any more."""
        return all(fault.repaired for fault in self.faults)

    @property
    def open(self) -> tuple[Fault, ...]:
        """What is not repaired."""
        return tuple(fault for fault in self.faults if not fault.repaired)

    @property
    def damaged(self) -> bool:
        """Whether bytes are not what they were: anything else can be put right here."""
        return any(fault.kind in DAMAGE for fault in self.open)

    def rows(self) -> list[dict[str, Any]]:
        return [{"kind": f.kind, "about": f.about, "found": f.words, "repaired": f.repaired} for f in self.faults]


@dataclass(frozen=True, slots=True)
class Leftover:
    """A stored file that no version names."""

    sha256: str
    size: int
    hours: float  # since it was written
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """What ``%mlops gc`` answers. Files younger than ``grace`` hours are left: a registration may be under way."""

    leftovers: tuple[Leftover, ...]
    young: int
    grace: float
    asked: bool  # to remove them

    @property
    def size(self) -> int:
        return sum(leftover.size for leftover in self.leftovers)

    def rows(self) -> list[dict[str, Any]]:
        return [{"file": f.sha256, "bytes": f.size, "hours": f.hours, "removed": f.removed} for f in self.leftovers]


def check(
    registry: Registry,
    *,
    repair: str | None = None,
    progress: Progress | None = None,
    signed: Callable[[Version], Fault | None] = lambda _: None,
) -> Checkup:
    """Hash everything that a version names, and compare aliases with the events that moved them. ``signed`` tells what
    is wrong with a version's signature, where somebody knows whose are trusted.

    ``repair``, the name of who asks for it, points aliases to where their last event did, as far as that person may
    move them; the others stay, and it is said. Files that are gone or changed cannot be made again here:
    they are named, to be restored from a backup.
    """
    faults = [Fault("database", "the database", words) for words in registry.database.faults()]
    if faults:
        return Checkup(0, 0, 0, tuple(faults))  # what it says of versions is not to be believed
    versions = registry.all_versions()
    seen: dict[str, int] = {}
    for done, version in enumerate(versions, start=1):
        if progress is not None:
            progress(f"{version.ref}, {done} of {len(versions)}")
        faults += _faults_of(registry.blobs, version, seen)
        if fault := signed(version):
            faults.append(fault)
    faults += _lost_signatures(registry, seen)
    faults += _unregistered(registry, versions)
    faults += _astray(registry, repair=repair)
    return Checkup(len(versions), len(seen), sum(seen.values()), tuple(faults))


def collect(registry: Registry, *, remove: bool = False, grace: float = GRACE) -> Collection:
    """Find the stored files that no version names, and with ``remove`` take those away that are older than ``grace``
    seconds. No version can be registered meanwhile."""
    with registry.database.write():
        signatures = (signature_of(event) for event in registry.events(kind="sign"))
        reached = {*reachable(registry.blobs, registry.all_versions()), *signatures}
        left = [(sha256, *registry.blobs.about(sha256)) for sha256 in registry.blobs.names() if sha256 not in reached]
        old = [(sha256, size, age) for sha256, size, age in left if age >= grace]
        for sha256, _, _ in old if remove else ():
            registry.blobs.remove(sha256)
    found = [Leftover(sha256, size, age / 3600, remove) for sha256, size, age in sorted(old)]
    return Collection(tuple(found), len(left) - len(old), grace / 3600, remove)


def reachable(blobs: Blobs, versions: Iterable[Version]) -> Iterator[str]:
    """The sha256 of everything the versions are made of. Raises IntegrityError where a manifest cannot be read: then
    nobody knows what it names."""
    for version in versions:
        yield version.manifest
        bundle = Bundle.from_blobs(blobs, version.manifest)
        yield from (str(listed["sha256"]) for listed in bundle.manifest["files"].values())


def signature_of(event: Event) -> str | None:
    """The sha256 of the signature that an event tells of; None where it tells of none."""
    if event.kind != "sign" or not isinstance(event.evidence, Mapping):
        return None
    sha256 = event.evidence.get("signature")
    return sha256 if isinstance(sha256, str) and _SHA256.fullmatch(sha256) else None


def _lost_signatures(registry: Registry, seen: dict[str, int]) -> Iterator[Fault]:
    for event in registry.events(kind="sign"):
        if (sha256 := signature_of(event)) is None:
            yield Fault("event", event.ref, f"event {event.number} names no signature")
            continue
        try:
            seen[sha256] = len(registry.blobs.get(sha256))
        except MlopsError as error:
            yield Fault(_kind(registry.blobs, sha256), event.ref, f"{SIGNATURE}: {error.found}")


def _faults_of(blobs: Blobs, version: Version, seen: dict[str, int]) -> Iterator[Fault]:
    """Files that versions share are hashed once."""
    try:
        bundle = Bundle.from_blobs(blobs, version.manifest)
    except MlopsError as error:
        yield Fault(_kind(blobs, version.manifest), version.ref, f"bundle.json: {error.found}")
        return
    seen[version.manifest] = blobs.about(version.manifest)[0]
    for name in bundle.names:
        sha256 = bundle.manifest["files"][name]["sha256"]
        if sha256 in seen:
            continue
        try:
            seen[sha256] = len(bundle.read(name))
        except MlopsError as error:
            yield Fault(_kind(blobs, sha256), version.ref, f"{name}: {error.found}")


def _kind(blobs: Blobs, sha256: str) -> Kind:
    return "changed" if blobs.has(sha256) else "missing"


def _unregistered(registry: Registry, versions: Iterable[Version]) -> Iterator[Fault]:
    """Versions and the events of their registration come together, or not at all."""
    told = {e.ref for e in registry.events() if e.kind in ("register", "retrain")}
    numbers: dict[str, list[int]] = {}
    for version in versions:
        numbers.setdefault(version.model, []).append(version.number)
        if version.ref not in told:
            yield Fault("event", version.ref, "no event tells of its registration")
    for model, found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            yield Fault("event", model, f"its versions are numbered {found}")


def _astray(registry: Registry, *, repair: str | None) -> Iterator[Fault]:
    done = [(alias, None) for alias in registry.astray()] if repair is None else registry.put_back(who=repair)
    for alias, forbidden in done:
        found, told = ("nowhere" if n is None else f"to version {n}" for n in (alias.found, alias.told))
        words = f"points {found}, its last event {told}" + (f". {forbidden.message}" if forbidden else "")
        repaired = repair is not None and forbidden is None
        yield Fault("alias", f"{alias.model}@{alias.name}", words, repaired, forbidden=forbidden is not None)

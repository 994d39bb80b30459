"""Everything that a list of requirements brings with it, as it is installed here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from ipymlops.pipelines.requirements import parsed

if TYPE_CHECKING:
    from packaging.requirements import Requirement


@dataclass(frozen=True, slots=True)
class Closure:
    """Requirements, pinned and sorted by name, and what is required but not installed here or not readable."""

    pinned: tuple[str, ...]
    missing: tuple[str, ...] = ()


def closure(requirements: Iterable[str]) -> Closure:
    """What the requirements need, and what those need, for this Python on this platform.

    A requirement of one version (``==``) or of an address stays as it is; all else has the version installed here.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    waiting = [(Requirement(r), frozenset[str]()) for r in requirements]
    given: dict[str, str] = {canonicalize_name(r.name): str(r) for r, _ in waiting if r.url or _one_version(r)}
    found: dict[str, str] = {}
    missing: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, extras_of_parent = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen or not _applies(wanted, extras_of_parent):
            continue
        seen.add((name, extras))
        try:
            installed = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError:
            missing.add(name)
            continue
        found[name] = f"{installed.metadata['Name']}=={installed.version}"
        for text in installed.requires or ():
            if (needed := parsed(text)) is None:
                missing.add(text)
            else:
                waiting.append((needed, extras))
    found |= given
    return Closure(tuple(found[n] for n in sorted(found)), tuple(sorted(missing - set(found))))


def _one_version(wanted: Requirement) -> bool:
    return [s.operator for s in wanted.specifier] == ["=="] and "*" not in str(wanted.specifier)


def _applies(wanted: Requirement, extras: frozenset[str]) -> bool:
    """Whether it is needed here, for one of the extras that its parent was asked with, or without any."""
    marker = wanted.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))

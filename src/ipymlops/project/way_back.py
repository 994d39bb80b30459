"""Which version a rollback puts back: the champion before, and of two rollbacks the second goes one further.

What was once left by a rollback was withdrawn, and no rollback returns to it; nor to a version that somebody rejected,
that is gone, whose files are not what was registered, or that nobody signed where that is demanded: it would not load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipymlops.errors import MlopsError, UnknownName
from ipymlops.project.signing import admit
from ipymlops.project.vouching import first_damage
from ipymlops.registry.approvals import standing
from ipymlops.registry.records import CHAMPION
from ipymlops.registry.timeline import not_withdrawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipymlops.project.project import Project
    from ipymlops.registry.records import Event


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a rollback would land; ``passed_over``: what it leaves out on its way there, and why."""

    version: int | None
    passed_over: tuple[tuple[int, str], ...] = ()


def way_back(project: Project, model: str, line: Sequence[Event]) -> WayBack:
    """Of the champions before the present one, the last that may be put back. ``line``: all events of the model."""
    passed_over: list[tuple[int, str]] = []
    for number in not_withdrawn(line, CHAMPION):
        against = standing(line, number).refusal or _fault(project, f"{model}@{number}")
        if not against:
            return WayBack(number, tuple(passed_over))
        passed_over.append((number, against))
    return WayBack(None, tuple(passed_over))


def _fault(project: Project, ref: str) -> str:
    """Why the version would not load; empty where nothing is known against that."""
    try:
        version = project.registry.resolve(ref)
        bundle = project.bundle(version)
        admit(project, version, bundle)
    except UnknownName:
        return "it is not there any more"
    except MlopsError as error:
        return error.found
    return first_damage(bundle)

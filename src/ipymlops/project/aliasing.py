"""Aliases that people move by hand: back to the champion before, and names of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, UnknownName
from ipymlops.project import workspace
from ipymlops.project.way_back import WayBack, way_back
from ipymlops.registry.records import CHAMPION
from ipymlops.registry.timeline import LiveThen, live_then

if TYPE_CHECKING:
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Event

PROTECTED = {CHAMPION: "promote {ref}, or rollback {model}"}  # alias -> how it is moved instead


def rollback(project: Project, model: str, *, why: str) -> Event:
    """Put the champion before the present one back, see ``way_back``. Its gates were passed when it was promoted; they
    are not asked again, so that no gate of today closes the way."""
    name = project.registry.resolve(model).model
    now = project.registry.aliases(name).get(CHAMPION)
    if now is None:
        raise BadInput(f"{name} has no {CHAMPION}", expected="one to go back from", next_step=f"promote {name}@NUMBER")
    found = way_back(project, name, project.registry.events(name))
    if found.version is None:
        raise _no_way_back(name, now, found)
    evidence: dict[str, Any] = {"previous": now}
    if found.passed_over:
        evidence["passed_over"] = {str(number): against for number, against in found.passed_over}
    return project.registry.set_alias(
        name, CHAMPION, found.version, kind="rollback", who=workspace.who(), why=why, evidence=evidence, expected=now
    )


def _no_way_back(name: str, now: int, found: WayBack) -> BadInput:
    left_out = "; ".join(f"version {number}: {against}" for number, against in found.passed_over)
    return BadInput(
        f"Nothing is before {name}@{now} to go back to" + (f" ({left_out})" if left_out else ""),
        expected=f"an earlier {CHAMPION} that no rollback withdrew and nobody rejected, its files whole",
        next_step=f"promote {name}@NUMBER",
    )


def alias(project: Project, ref: str, name: str, *, why: str, remove: bool = False) -> Event:
    """Let an alias of one's own point to a version, or take it away."""
    version = project.registry.resolve(ref)
    if name in PROTECTED:
        raise BadInput(
            f"{name!r} moves by its gates only",
            expected="an alias of your own, such as staging",
            next_step=PROTECTED[name].format(ref=version.ref, model=version.model),
        )
    there = project.registry.aliases(version.model)
    if remove:
        if name not in there:
            raise UnknownName.of(f"alias of {version.model}", name, there)
        return project.registry.remove_alias(version.model, name, who=workspace.who(), why=why)
    return project.registry.set_alias(
        version.model, name, version.number, kind="alias", who=workspace.who(), why=why, evidence={},
        expected=there.get(name),
    )  # fmt: skip


def at_moment(project: Project, model: str, moment: str) -> LiveThen:
    """What was live at ``moment``: an ISO date (its end) or time; without a zone it is UTC."""
    name = project.registry.resolve(model).model
    return live_then(name, project.registry.events(name), _moment(moment))


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"Found {text!r} as a moment", expected="a date or time such as 2026-03-03 or 2026-03-03T14:30+01:00"
        ) from error
    if len(text.strip()) <= 10:  # the day as a whole: what stood at its end
        found = found.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

"""What people say of a version: yes or no. Each word is an event, and the last one of each person counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ipymlops.errors import BadInput
from ipymlops.project import workspace
from ipymlops.project.placing import held_to
from ipymlops.project.results import Approval
from ipymlops.registry.approvals import Standing, standing
from ipymlops.registry.records import CHAMPION
from ipymlops.registry.timeline import before

if TYPE_CHECKING:
    from ipymlops.project.project import Project


def approve(project: Project, ref: str, *, why: str) -> Approval:
    """Record that somebody looked at a version and said yes; tier ``high`` wants it from a second person."""
    return _said(project, ref, "approve", why)


def reject(project: Project, ref: str, *, why: str) -> Approval:
    """Record that somebody looked at a version and said no, and why: it is not promoted while that stands."""
    if not why.strip():
        raise BadInput(
            f"Found a rejection of {ref} without a reason",
            expected="what is wrong, for those who made it",
            next_step=f'reject {ref} -m "WHY"',
        )
    return _said(project, ref, "reject", why)


def _said(project: Project, ref: str, kind: Literal["approve", "reject"], why: str) -> Approval:
    version = project.registry.resolve(ref)
    known = standing(project.registry.events(version.model), version.number)
    tier = held_to(project, version, project.registry.aliases(version.model).get(CHAMPION))
    event = project.registry.record(kind, version.model, version.number, who=workspace.who(), why=why)
    line = project.registry.events(version.model)
    now = standing(line, version.number)
    back = before(line, CHAMPION) if kind == "reject" and CHAMPION in version.aliases else None
    return Approval(
        version,
        event,
        counts=event.who != version.who,
        standing=now,
        before=back,
        against="" if back is None else standing(line, back).refusal,
        asked_for=kind == "reject" or tier.second_person or bool(known.refusal),
        again=_said_before(known, now, event.who),
        tier=tier.name,
    )


def _said_before(known: Standing, now: Standing, who: str) -> bool:
    """Whether the last word of ``who`` was the same, and what stands against the version is what it was."""
    before, after = (next((w.approves for w in s.words if w.who == who), None) for s in (known, now))
    return before == after and known.refusal == now.refusal

"""What people say of a version: yes or no. Each word is an event, and the last one of each person counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ipymlops.errors import BadInput
from ipymlops.project import workspace
from ipymlops.project.results import Approval
from ipymlops.project.way_back import way_back
from ipymlops.registry.approvals import standing
from ipymlops.registry.records import CHAMPION

if TYPE_CHECKING:
    from ipymlops.project.project import Project


def approve(project: Project, ref: str, *, why: str) -> Approval:
    """Record that somebody looked at a version and said yes; tier ``high`` wants it from a second person. It takes back
    their own rejection, if they said no before, and nobody else's."""
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
    who = workspace.who()
    earlier = standing(project.registry.events(version.model), version.number).rejections
    taken_back = next((w.event for w in earlier if w.who == who), None) if kind == "approve" else None
    evidence = {"takes_back": taken_back} if taken_back is not None else {}
    event = project.registry.record(kind, version.model, version.number, who=who, why=why, evidence=evidence)
    line = project.registry.events(version.model)
    in_use = kind == "reject" and CHAMPION in version.aliases
    return Approval(
        version,
        event,
        counts=event.who != version.who,
        standing=standing(line, version.number),
        before=way_back(project, version.model, line).version if in_use else None,
        takes_back=taken_back is not None,
    )

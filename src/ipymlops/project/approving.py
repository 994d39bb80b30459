"""What people say of a version: yes or no. Each word is an event, and the last one of each person counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ipymlops.errors import BadInput
from ipymlops.project import workspace
from ipymlops.project.placing import held_to
from ipymlops.project.results import Approval
from ipymlops.project.way_back import way_back
from ipymlops.registry.approvals import Standing, standing
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
    known = standing(project.registry.events(version.model), version.number)
    approves = kind == "approve"
    taken_back = next((w.event for w in known.rejections if w.who == who), None) if approves else None
    evidence = {"takes_back": taken_back} if taken_back is not None else {}
    event = project.registry.record(kind, version.model, version.number, who=who, why=why, evidence=evidence)
    line = project.registry.events(version.model)
    now = standing(line, version.number)
    counts = event.who != version.who
    in_use = not approves and CHAMPION in version.aliases
    # Of a rejection no tier asks anything: it is taken down whatever is known of the version.
    tier = held_to(project, version, project.registry.aliases(version.model).get(CHAMPION)) if approves else None
    second = tier is not None and tier.second_person
    return Approval(
        version,
        event,
        counts=counts,
        standing=now,
        before=way_back(project, version.model, line).version if in_use else None,
        asked_for=not approves or second or bool(known.refusal),
        waits=approves and not counts and (second or bool(now.refusal)),
        again=_said_before(known, now, event.who),
        takes_back=taken_back is not None,
        tier=tier.name if tier else "",
    )


def _said_before(known: Standing, now: Standing, who: str) -> bool:
    """Whether the last word of ``who`` was the same, and what stands against the version is what it was."""
    before, after = (next((w.approves for w in s.words if w.who == who), None) for s in (known, now))
    return before == after and known.refusal == now.refusal

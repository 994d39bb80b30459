"""Where a version stands in its line: the champion, refused by gates, or neither; and which tier it is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.registry.approvals import standing as said_of
from ipymlops.registry.records import CHAMPION

if TYPE_CHECKING:
    from ipymlops.evaluation.place import Place
    from ipymlops.policy.risk_tier import Tier
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Event, Version

# After these, gates may answer otherwise.
_TELLING = ("refuse", "reject", "promote", "rollback", "approve", "export", "verify", "sign")


def place_of(project: Project, version: Version) -> Place:
    """A refusal counts as long as nothing happened to the version since and the champion is the same: an approval, a
    proof or another champion may turn it."""
    from ipymlops.evaluation.place import Place

    champion = project.registry.aliases(version.model).get(CHAMPION)
    if champion == version.number:
        return Place(champion=True)
    line = project.registry.events(version.model)
    if said_of(line, version.number).refusal:
        return Place(refused_by=("approval",))
    own = [e for e in line if e.version == version.number and e.kind in _TELLING]
    last = own[-1] if own else None
    if last is None or last.kind != "refuse" or last.evidence.get("previous", champion) != champion:
        return Place()
    return Place(refused_by=_in_the_way(last))


def _in_the_way(refusal: Event) -> tuple[str, ...]:
    """The gates that failed; where none applied, the first, which says why."""
    gates = refusal.evidence.get("gates", ())
    failed = tuple(g["code"] for g in gates if (g["outcome"], g["severity"]) == ("fail", "blocks"))
    return failed or tuple(g["code"] for g in gates[:1])


def held_to(project: Project, version: Version, champion: int | None) -> Tier:
    """The stricter of the version's risk tier and the champion's."""
    from ipymlops.policy.risk_tier import stricter, tier_of

    held = [version.facts["risk"]]
    if champion is not None:
        held.append(project.registry.resolve(f"{version.model}@{champion}").facts["risk"])
    return tier_of(stricter(*held))

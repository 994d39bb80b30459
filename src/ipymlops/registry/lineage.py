"""Where a version came from: files, cells, commit, rows, environment, and the versions before it.

What an older version did not record is None, which is said to be "not recorded"; nothing is guessed. The line of
versions is read from the events, which every version has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ipymlops.registry.bundle import Bundle
from ipymlops.registry.records import CHAMPION, Event, Version
from ipymlops.registry.timeline import moved_alias

# notebook: from the record of a kernel · pipeline: by an exported pipeline · python: from code that nobody recorded
Made = Literal["notebook", "pipeline", "python"]


@dataclass(frozen=True, slots=True)
class SliceCell:
    """A cell that the version needs; ``id`` is the notebook's own, where the front end gives one."""

    execution: int  # In [execution]
    id: str | None
    statements: int  # of it that are needed


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that its training read. Without ``sha256`` it was not hashed: an address, or not there then."""

    name: str
    path: str | None
    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Commit:
    """What the code's checkout stood on."""

    sha: str
    dirty: bool  # whether tracked files differed from it
    has_notebook: bool | None  # whether git knows the notebook at all; None where that was not recorded


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What it was trained with; ``sha256`` is that of ``environment.json``, which lists the packages."""

    python: str
    packages: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One version of the line that led here."""

    number: int
    retrained: bool  # by a pipeline, without a person
    when: datetime  # UTC
    who: str
    champion: bool  # is it now


@dataclass(frozen=True, slots=True)
class Lineage:
    """What ``%mlops show MODEL@REF --lineage`` answers."""

    model: str
    version: int
    made: Made
    notebook: str | None  # its path in the checkout or the project, or its name
    cells: tuple[SliceCell, ...] | None
    executed: int | None  # cells, by then
    pipeline: str | None  # the version whose pipeline trained it; None also where that one is of another project
    inputs: tuple[ReadFile, ...] | None
    commit: Commit | None
    training_rows: int | None
    fingerprint: str | None  # of the training rows in their order, with their targets
    environment: Surroundings | None
    chain: tuple[Ancestor, ...]  # oldest first, itself last: each was the champion when the next was made

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a version that led here, ready for ``pandas.DataFrame(...)``."""
        return [
            {"version": a.number, "retrained": a.retrained, "when": a.when, "who": a.who, "champion": a.champion}
            for a in self.chain
        ]

    @property
    def before(self) -> int | None:
        """The version that it came after."""
        return self.chain[-2].number if len(self.chain) > 1 else None


def lineage(version: Version, bundle: Bundle, events: Sequence[Event]) -> Lineage:
    """Read it from the bundle and from the ``events`` of the line, oldest first."""
    targets = bundle.json("targets.json") if "targets.json" in bundle else {}
    training = bundle.json("training.json") if "training.json" in bundle else {}
    parent = bundle.manifest.get("parent")
    retrained = {e.version for e in events if e.kind == "retrain"}
    made: Made = "python"
    if parent or version.number in retrained:
        made = "pipeline"
    elif "journal.json" in bundle:
        made = "notebook"
    return Lineage(
        version.model,
        version.number,
        made,
        _text(bundle.manifest.get("notebook_path") or bundle.manifest.get("notebook")),
        _cells(targets),
        targets.get("executed"),
        _text(parent),
        _inputs(targets),
        _commit(bundle.manifest.get("git")),
        training.get("rows", version.facts.get("rows")),
        _text(training.get("fingerprint")),
        _surroundings(bundle),
        chain_to(version, events, parent),
    )


def chain_to(version: Version, events: Sequence[Event], parent: Any = None) -> tuple[Ancestor, ...]:
    """From the first of them to the version itself. ``parent`` is the version whose pipeline trained it, if one did."""
    came_after = predecessors(events)
    if came_after.get(version.number) is None:
        came_after[version.number] = _number_of(version.model, parent)
    numbers = [version.number]
    # a version is made after those before it: whatever a stranger's record says, the walk ends
    while (earlier := came_after.get(numbers[0])) is not None and earlier < numbers[0]:
        numbers.insert(0, earlier)
    return tuple(_ancestor(number, version, events) for number in numbers)


def predecessors(events: Iterable[Event]) -> dict[int, int | None]:
    """Version -> the champion that it was to succeed; where there was none, the version whose pipeline trained it."""
    found: dict[int, int | None] = {}
    champion: int | None = None
    for event in events:
        if moved_alias(event) == CHAMPION:
            champion = event.version
        if event.version is None:
            continue
        if event.kind == "register":
            found[event.version] = champion
        elif event.kind == "retrain":
            judged_against = event.evidence.get("previous", found.get(event.version))
            found[event.version] = judged_against or _number_of(event.model, event.evidence.get("pipeline"))
    return found


def _ancestor(number: int, version: Version, events: Sequence[Event]) -> Ancestor:
    of_it = [e for e in events if e.version == number]
    began = next((e for e in of_it if e.kind == "register"), None)
    moves = [e.version for e in events if moved_alias(e) == CHAMPION]
    when, who = (began.when, began.who) if began else (version.created, version.who)
    return Ancestor(number, any(e.kind == "retrain" for e in of_it), when, who, moves[-1:] == [number])


def _number_of(model: str, ref: Any) -> int | None:
    """The number in ``credit-risk@3``, if it is one of this line."""
    name, _, number = str(ref or "").rpartition("@")
    return int(number) if name == model and number.isascii() and number.isdigit() else None


def _cells(targets: Mapping[str, Any]) -> tuple[SliceCell, ...] | None:
    if "cells" not in targets:
        return None
    return tuple(SliceCell(c["execution"], c["id"], c["statements"]) for c in targets["cells"])


def _inputs(targets: Mapping[str, Any]) -> tuple[ReadFile, ...] | None:
    if not targets.get("inputs") and "cells" not in targets:
        return None  # none were looked for, or they could not be found
    found = targets.get("inputs", ())
    return tuple(ReadFile(i["name"], i.get("default"), i["sha256"], i.get("size")) for i in found)


def _commit(state: Any) -> Commit | None:
    if not isinstance(state, Mapping) or not isinstance(state.get("commit"), str):
        return None
    known = state.get("has_notebook")
    return Commit(state["commit"], bool(state.get("dirty")), known if isinstance(known, bool) else None)


def _surroundings(bundle: Bundle) -> Surroundings | None:
    if "environment.json" not in bundle:
        return None
    found, listed = bundle.json("environment.json"), bundle.manifest["files"]["environment.json"]
    return Surroundings(found.get("python", ""), len(found["packages"]), listed["sha256"])


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

"""Which kept statements the model needs for certain, and in words why the slice cannot tell of the others.

A statement is needed for certain where one that is needed for certain reads what it surely made or changed. Setting a
column, key or attribute by name is needed only where somebody reads that name, or all of the object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ipymlops.pipelines.cell_graph import CellGraph
from ipymlops.pipelines.things import Access

Keys = frozenset[str] | None


@dataclass(slots=True)
class _Readers:
    """Who reads what a statement made for certain, the targets behind the last statement."""

    accesses: list[Access]
    of: dict[int, list[tuple[int, Keys]]] = field(default_factory=lambda: defaultdict(list))
    possible: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def doubts(graph: CellGraph, why: Mapping[int, str], widened: Collection[int]) -> dict[int, str]:
    """In words, why a kept statement may not be needed; only those of which that is so."""
    readers = _readers(graph, why)
    certain = _certain(readers, len(graph.executed))
    return {i: _words(i, readers, certain, graph, widened) for i in why if i not in certain}


def _readers(graph: CellGraph, why: Mapping[int, str]) -> _Readers:
    accesses = [e.access for e in graph.executed] + list(graph.goals.values())
    readers = _Readers(accesses)
    for user in [*why, *range(len(graph.executed), len(accesses))]:
        for index in accesses[user].needs:
            readers.possible[index].append(user)
        for index, keys in accesses[user].sure.items():
            readers.of[index].append((user, keys))
    return readers


def _certain(readers: _Readers, end: int) -> set[int]:
    certain = set(range(end, len(readers.accesses)))
    for index in range(end - 1, -1, -1):
        access = readers.accesses[index]
        if access.whole or access.binds or not access.keys:
            needed = any(user in certain for user, _ in readers.of[index])
        else:
            needed = any(_is_read(key, index, readers, certain, end) for key in access.keys)
        if needed:
            certain.add(index)
    return certain


def _is_read(key: str, index: int, readers: _Readers, certain: set[int], end: int) -> bool:
    """Whether a certain statement reads this key, or a target is made of all that has it."""
    waiting, seen = [index], {index}
    while waiting:
        for user, keys in readers.of[waiting.pop()]:
            if user not in certain or user in seen or (keys is not None and key not in keys):
                continue
            if keys is not None or user >= end:
                return True
            seen.add(user)
            waiting.append(user)
    return False


def _words(index: int, readers: _Readers, certain: set[int], graph: CellGraph, widened: Collection[int]) -> str:
    executed, end = graph.executed[index], len(graph.executed)
    users = sorted(readers.possible[index])
    if index in widened or not users:
        return "a narrower slice was not enough"
    if not any(user in certain for user in users):
        return f"only In [{graph.executed[users[0]].statement.execution}] needs it, which is kept to be safe, too"
    user = next(u for u in users if u in certain)
    name = readers.accesses[user].needs[index]
    if any(user in certain for user, _ in readers.of[index]):
        keys = ", ".join(f"`{key}`" for key in sorted(executed.access.keys))
        return f"it sets {keys}, which nothing that is kept is seen to read"
    if executed.access.unknown and name not in executed.access.binds:
        calls = ", ".join(f"`{call}`" for call in sorted(executed.access.unknown))
        return f"what {calls} may change is not known"
    place = "a target" if user >= end else f"In [{graph.executed[user].statement.execution}]"
    if name.startswith("the "):
        return f"it may change {name}, and {place} may depend on that"
    verb = "define" if name in executed.access.binds else "change"
    return f"it may {verb} `{name}`, and {place} may depend on that"

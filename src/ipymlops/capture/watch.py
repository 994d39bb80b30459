"""What a cell did to the namespace: names bound and deleted, objects changed in place, objects shared.

A cell can only change what it can reach: the names that it mentions, those which the functions and classes of the
notebook behind them mention in turn, and whatever shares an object with one of these. Only their fingerprints are
taken, before the cell and after it, so that the cost is that of the cell and not that of the namespace. A cell that may
reach anything (``exec``, ``%run``, more text than is read here) is compared as far as its time allows. What was not
looked at is no evidence.
"""

from __future__ import annotations

import re
import types
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, compress, islice
from operator import ne
from time import perf_counter
from typing import Any

from ipymlops.capture.fingerprints import Fingerprint, fingerprints, held, memory

BEFORE, AFTER = 0.0015, 0.0015  # seconds a cell may cost on either side; what is not done by then is left out
MOST_NAMES = 64  # that a cell which mentions few things may lead to through functions
MOST_TEXT = 4_000  # characters of a cell that are read: the names in them take about half of its time
_WORD = re.compile(r"[^\W\d]\w*")
_MAY_REACH_ANYTHING = re.compile(r"^\s*[%!]|\b(?:exec|eval|globals|locals|vars)\s*\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Changes:
    """See the fields of the same names in ``CellRun``."""

    rebound: tuple[str, ...]
    mutated: tuple[str, ...]
    deleted: tuple[str, ...]
    aliases: tuple[tuple[str, ...], ...]


class _Look:
    """The names of a namespace and the ids of their objects. No step of it is Python's: 200 names in 10 us."""

    __slots__ = ("ids", "names")

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.names = list(namespace)
        self.ids = list(map(id, namespace.values()))

    def compared(self, earlier: _Look) -> tuple[list[str], list[str]]:
        """The names whose object is another one than at the earlier look, and those that are gone."""
        known = len(earlier.names)
        if self.names[:known] == earlier.names:  # as after nearly every cell: nothing deleted
            return [*compress(self.names, map(ne, self.ids, earlier.ids)), *self.names[known:]], []
        old, now = (dict(zip(look.names, look.ids, strict=True)) for look in (earlier, self))
        return [n for n, i in now.items() if old.get(n) != i], [n for n in old if n not in now]


class Watch:
    """One namespace. It keeps ids and small samples, never the objects."""

    def __init__(self, namespace: dict[str, Any], hidden: Collection[str]) -> None:
        self._namespace = namespace
        self._hidden = frozenset(hidden)
        self._look: _Look | None = None  # after the last cell, which is before the next
        self._look_took = 0.0  # seconds; among very many names it takes the time of the objects
        self._memory: dict[str, int] = {}
        self._owners: dict[int, set[str]] = {}
        self._pairs: dict[str, set[str]] = {}  # names that hold each other's object
        self._before: dict[str, Fingerprint] = {}
        self._before_ids: dict[str, int] = {}

    def copy(self) -> Watch:
        """As it is now, for a look that must not count."""
        other = Watch(self._namespace, self._hidden)
        other._look, other._look_took = self._look, self._look_took
        other._memory = dict(self._memory)
        other._owners = {place: set(names) for place, names in self._owners.items()}
        other._pairs = {name: set(names) for name, names in self._pairs.items()}
        other._before, other._before_ids = self._before, self._before_ids
        return other

    def begin(self, source: str) -> None:
        """A cell is about to run."""
        deadline = perf_counter() + BEFORE - self._look_took
        if self._look is None:
            self._look = _Look(self._namespace)
            self._note([*filter(self._counts, self._look.names)], deadline)
        self._before = fingerprints(self._namespace, self._within_reach(source), deadline)
        self._before_ids = {name: id(self._namespace.get(name)) for name in self._before}

    def end(self, source: str) -> Changes:
        """The cell has run."""
        start = perf_counter()
        deadline = start + AFTER
        now = _Look(self._namespace)
        self._look_took = perf_counter() - start
        changed, gone = now.compared(self._look or now)
        rebound, deleted = [*filter(self._counts, changed)], [*filter(self._counts, gone)]
        for name in chain(rebound, deleted):
            self._forget(name)
        self._look = now
        same = [n for n, i in self._before_ids.items() if id(self._namespace.get(n)) == i]
        after = fingerprints(self._namespace, same, deadline)
        mutated = [n for n, found in after.items() if found and self._before[n] and found != self._before[n]]
        touched = dict.fromkeys([*rebound, *(n for n in self._before if n in self._namespace)])
        self._note(touched, deadline)
        return Changes(tuple(rebound), tuple(mutated), tuple(deleted), self._aliases(_in_time(touched, deadline)))

    # --- what a cell can reach

    def _within_reach(self, source: str) -> Iterator[str]:
        """The names that a cell can reach, the nearest first. Who asks stops when the time is over."""
        text, names = source[:MOST_TEXT], self._namespace
        found = dict.fromkeys(n for n in _WORD.findall(text) if n in names and self._counts(n))
        yield from found
        waiting = list(found)
        while waiting and len(found) < MOST_NAMES:
            name = waiting.pop()
            value = self._namespace.get(name)
            for other in chain(_mentioned_by(value, self._namespace), self._partners(name)):
                if other in names and other not in found and self._counts(other):
                    found[other] = None
                    waiting.append(other)
                    yield other
        if len(source) > MOST_TEXT or _MAY_REACH_ANYTHING.search(text):
            yield from (n for n in list(names) if n not in found and self._counts(n))

    def _partners(self, name: str) -> Iterable[str]:
        return chain(self._owners.get(self._memory.get(name, 0), ()), self._pairs.get(name, ()))

    # --- who shares what

    def _counts(self, name: str) -> bool:
        """Whether it is a name of the user's, not one of IPython's own."""
        return name[:1] != "_" and name not in self._hidden

    def _note(self, names: Collection[str], deadline: float) -> None:
        """Who owns the memory of these, and which of them hold what another one is."""
        for name in _in_time(names, deadline):
            if name not in self._memory and (place := memory(self._namespace.get(name))):
                self._memory[name] = place
                self._owners.setdefault(place, set()).add(name)
        for name in names:
            if perf_counter() > deadline:
                break
            others = {o for place in held(self._namespace.get(name)) for o in self._owners.get(place, ())}
            for other in others - {name}:
                self._pairs.setdefault(name, set()).add(other)
                self._pairs.setdefault(other, set()).add(name)

    def _forget(self, name: str) -> None:
        place = self._memory.pop(name, None)
        if place is not None and (names := self._owners.get(place)):
            names.discard(name)
            if not names:
                del self._owners[place]
        for other in self._pairs.pop(name, ()):
            self._pairs.get(other, set()).discard(name)

    def _aliases(self, names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        groups = set()
        for name in names:
            owners = self._owners.get(self._memory.get(name, 0), ())
            if len(owners) > 1:
                groups.add(tuple(sorted(owners)))
            groups.update(tuple(sorted((name, other))) for other in self._pairs.get(name, ()))
        return tuple(sorted(groups))


def _in_time(names: Iterable[str], deadline: float) -> Iterator[str]:
    """As many names as a cell mentions, and more of them until the deadline."""
    for position, name in enumerate(names):
        if position >= MOST_NAMES and perf_counter() > deadline:
            return
        yield name


def _mentioned_by(value: Any, namespace: dict[str, Any]) -> Iterator[str]:
    """The names in the code behind a function, class or instance of the notebook."""
    if isinstance(value, types.FunctionType):
        if value.__globals__ is namespace:
            yield from _names_in(value.__code__)
        return
    kind = value if isinstance(value, type) else type(value)
    if kind.__module__ != namespace.get("__name__"):
        return
    for method in islice(vars(kind).values(), MOST_NAMES):
        if isinstance(method, types.FunctionType):
            yield from _names_in(method.__code__)


@lru_cache(maxsize=512)
def _names_in(code: types.CodeType) -> tuple[str, ...]:
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return (*code.co_names, *chain.from_iterable(_names_in(c) for c in inner))

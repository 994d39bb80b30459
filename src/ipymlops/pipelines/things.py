"""What a name may stand for while the journal is read again: things, values, scopes, and a statement's accesses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
# Changing what these are made of leaves what they hold as it was.
HOLDERS = ("list", "container", "defaultdict", "instance", "estimator")
# Changing an object does not change the code it was made by.
CODE_KINDS = ("function", "class", "module")


@dataclass(eq=False, slots=True)
class Thing:
    """One object that a statement made: who changed it since, and which other things it leads to."""

    label: str = ""
    # module, function, class, instance, file, frame, array, iterator, generator, estimator, figure;
    # list: a container written out, so that ``holds`` is all it holds; container: any other
    kind: str = ""
    born: int = -1  # the statement that made it
    code: Code | None = None
    scope: Scope | None = None  # where ``code`` looks its names up
    draws: str = ""  # an unseeded estimator: the global generator that it draws from when used
    holds: set[Thing] = field(default_factory=set)  # changing this may change those
    sees: set[Thing] = field(default_factory=set)  # this depends on those, and never changes them
    parts: tuple[Value, ...] | None = None  # of a tuple or list, in order
    keys: dict[str, Value] | None = None  # of a dictionary whose keys are all written out
    changed_by: set[int] = field(default_factory=set)
    library: str = ""  # of an estimator: the root of the library whose class made it
    overwrites: bool = False  # an estimator that works on the memory it is given
    memory: Thing | None = None  # of a table: what arrays look into
    surely: set[int] = field(default_factory=set)  # of those, the statements that changed it for certain


@dataclass(frozen=True, slots=True)
class Value:
    """The result of an expression: the things it may be, its dotted path if it comes from a library, its constant."""

    things: frozenset[Thing] = frozenset()
    path: str = ""
    constant: object = None

    def __or__(self, other: Value) -> Value:
        same = self.path == other.path
        return Value(self.things | other.things, self.path if same else "", None)

    @property
    def is_frame(self) -> bool:
        return bool(self.things) and all(t.kind == "frame" for t in self.things)


NOTHING = Value()


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name is bound to, and by which statements."""

    defs: frozenset[int]
    value: Value
    ran: frozenset[int] = frozenset()  # of several, those that surely had a part in it

    def __or__(self, other: Binding) -> Binding:
        return Binding(self.defs | other.defs, self.value | other.value, self.ran & other.ran)

    @property
    def surely(self) -> frozenset[int]:
        return self.defs if len(self.defs) == 1 else self.ran


@dataclass(eq=False, slots=True)
class Scope:
    """The names of a module, function, class body or comprehension."""

    kind: str = "function"
    parent: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)  # declared global or nonlocal

    def lookup(self, name: str) -> Binding | None:
        for scope in self.chain():
            if name in scope.names and (scope is self or scope.kind != "class"):
                return scope.names[name]
        return None

    def home(self, name: str) -> Scope:
        """Where assigning to ``name`` binds it."""
        if name not in self.elsewhere:
            return self
        outer = [s for s in self.chain() if s is not self]
        return next((s for s in outer if name in s.names), outer[-1])

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


@dataclass(slots=True)
class Access:
    """What one executed statement needs and changes."""

    needs: dict[int, str] = field(default_factory=dict)  # statement -> the name because of which it is needed
    # Of those, the statements that are read for certain -> the keys that are read of what they made; None: all.
    sure: dict[int, frozenset[str] | None] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)  # columns, keys and attributes that it sets by name
    whole: bool = False  # changes more than ``keys``
    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    changes: set[Thing] = field(default_factory=set)
    draws: set[str] = field(default_factory=set)  # surely moves these generators
    may_draw: set[str] = field(default_factory=set)
    seeds: set[str] = field(default_factory=set)
    may_seed: set[str] = field(default_factory=set)
    unseeds: set[str] = field(default_factory=set)  # seeds these from the operating system
    missing: set[str] = field(default_factory=set)  # names that no recorded statement bound
    left_out: set[int] = field(default_factory=set)
    without: set[int] = field(default_factory=set)  # parts that cannot leave the notebook; the rest can
    calls: bool = False
    unknown: set[str] = field(default_factory=set)  # what it called, and of which nothing is known
    awaits: bool = False
    opaque: bool = False  # may have bound any name: exec, import *, %run
    entropy: bool = False  # asked the operating system for randomness

    @property
    def lasting(self) -> bool:
        """Whether anything but a value may be left of it."""
        moved = self.draws | self.may_draw | self.seeds | self.may_seed | self.unseeds
        return bool(moved or self.changes or self.binds or self.deletes or self.opaque)

    def add(self, other: Access) -> None:
        """What the other needs and changes, too."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            setattr(self, each.name, theirs | mine)


def reach(things: Iterable[Thing], *, through_sight: bool) -> set[Thing]:
    """Everything that the things lead to, themselves included."""
    found: set[Thing] = set()
    waiting = list(things)
    while waiting:
        thing = waiting.pop()
        if thing in found:
            continue
        found.add(thing)
        waiting.extend(thing.holds - found)
        if through_sight:
            waiting.extend(thing.sees - found)
    return found


def join(branches: Iterable[dict[str, Binding]]) -> dict[str, Binding]:
    """The names after one of several ways was taken."""
    joined: dict[str, Binding] = {}
    for names in branches:
        for name, binding in names.items():
            known = joined.get(name)
            joined[name] = binding if known is None or known is binding else known | binding
    return joined


def relabel(value: Value, name: str) -> Value:
    """Name the things that have no name yet after the first name they are bound to."""
    for thing in value.things:
        thing.label = thing.label or name
    return replace(value)


def union(values: Sequence[Value]) -> Value:
    """One of these values."""
    if len(values) == 1:
        return values[0]
    return Value(frozenset[Thing]().union(*(v.things for v in values)))

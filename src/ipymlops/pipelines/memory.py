"""The state that reading a journal again builds up: scopes, things, files and modules, and who changed them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from typing import Any

from ipymlops.pipelines.files import ANY_FILE, FILE
from ipymlops.pipelines.things import (
    CODE_KINDS,
    HOLDERS,
    Access,
    Binding,
    Code,
    Scope,
    Thing,
    Value,
    join,
    reach,
    relabel,
)


class Memory:
    """Names, things and their history, with what the current statement needs and changes."""

    def __init__(self, *, copy_on_write: bool) -> None:
        self.copy_on_write = copy_on_write  # whether a column of a table is a copy of it
        self.module = Scope("module")
        self.scope = self.module
        self.current = -1
        self.access = Access()
        self.opaque: set[int] = set()  # statements that may have bound any name
        self.returned: list[list[Value]] = []
        self.running: list[Code] = []
        self.guessing = 0  # inside calls that a library may or may not make
        self.doubts = 0  # inside one of several ways, of which only one is taken
        self.selected: frozenset[str] | None = None  # the keys that are read of what is being read; None: all
        self.followed: set[tuple[Code | None, frozenset[Thing]]] = set()
        self.budget = 0  # calls of the notebook's functions that one statement may still follow
        self._modules: dict[str, Thing] = {}
        self._files: dict[str, Thing] = {}
        self._settings: dict[str, Thing] = {}
        self.given_names: set[str] = set()  # attributes that the notebook's code gives to objects and classes
        self.environment = Thing("the environment", kind="module")
        self.folders = Thing("the folders", kind="module")

    # --- things

    def thing(
        self,
        label: str = "",
        *,
        kind: str = "",
        holds: Iterable[Thing] = (),
        sees: Iterable[Thing] = (),
        code: Code | None = None,
        scope: Scope | None = None,
        parts: tuple[Value, ...] | None = None,
    ) -> Thing:
        """A new object made by the current statement."""
        return Thing(label, kind, self.current, code, scope, holds=set(holds), sees=set(sees), parts=parts)

    def memory_of(self, table: Thing) -> Thing:
        """What arrays made of a table look into: writing elements of the table changes it, a new column does not."""
        table.memory = table.memory or Thing(table.label, kind="memory")
        return table.memory

    def array_of(self, table: Value) -> Value:
        """``table.values``"""
        return Value(frozenset({self.thing(kind="array", sees=[self.memory_of(t) for t in table.things])}))

    def module_thing(self, name: str) -> Thing:
        """The one object that stands for a package and its settings."""
        return self._modules.setdefault(name, Thing(name, kind="module"))

    def settings_thing(self, name: str) -> Thing:
        """What is set for a whole library, or for all of them."""
        return self._settings.setdefault(name, Thing(f"the settings of {name}", kind="module"))

    def looks_at(self, things: Iterable[Thing]) -> set[Thing]:
        """The settings that these look at, and with them what is made of these."""
        return {s for t in things for s in t.sees if s.kind == "module"}

    def file_thing(self, key: str) -> Thing:
        """The one object that stands for a file."""
        return self._files.setdefault(key, Thing(f"{FILE}{key}" if key else "a file", kind="file"))

    def files_like(self, key: str) -> list[Thing]:
        """Every file that the key may stand for: a name that is made while running may be any."""
        return [t for k, t in self._files.items() if k == key or ANY_FILE in (k, key) or key.startswith(f"{k}.")]

    def function(self, code: Any) -> Value:
        """A function or lambda as a value; its defaults are evaluated now, its body when called."""
        defaults = [d for d in (*code.args.defaults, *code.args.kw_defaults) if d is not None]
        sees = frozenset[Thing]().union(*(self.value(d).things for d in defaults))
        scope = self.scope.parent if self.scope.kind == "class" else self.scope
        made = self.thing(getattr(code, "name", ""), kind="function", code=code, scope=scope, sees=sees)
        return Value(frozenset({made}))

    def value(self, node: Any) -> Value:
        raise NotImplementedError

    def read(self, name: str) -> Value:
        raise NotImplementedError

    def part_of(self, base: Value, *, copied: bool = False) -> Value:
        raise NotImplementedError

    def block(self, body: Sequence[ast.stmt]) -> None:
        raise NotImplementedError

    # --- reading

    @property
    def sure(self) -> bool:
        """Whether what is being executed runs for certain."""
        return not (self.doubts or self.guessing)

    def need(self, statements: Iterable[int], name: str, *, surely: bool = False) -> None:
        for statement in statements:
            if statement == self.current:
                continue
            self.access.needs.setdefault(statement, name)
            if surely and self.sure:
                known = self.access.sure.get(statement, frozenset())
                keys = None if known is None or self.selected is None else known | self.selected
                self.access.sure[statement] = keys

    def read_things(self, things: Iterable[Thing], name: str) -> None:
        direct = set(things)
        for thing in reach(direct, through_sight=True):
            self.need(thing.changed_by, name)
        if len(direct) == 1:
            for thing in _surely_within(direct.pop()):
                self.need(thing.surely, name, surely=True)

    @contextmanager
    def selecting(self, keys: frozenset[str] | None) -> Iterator[None]:
        """Only these keys are read of what is read within."""
        outer, self.selected = self.selected, keys
        try:
            yield
        finally:
            self.selected = outer

    @contextmanager
    def doubting(self, doubt: bool = True) -> Iterator[None]:
        """What is executed within may not run."""
        self.doubts += doubt
        try:
            yield
        finally:
            self.doubts -= doubt

    def read_thing(self, thing: Thing, name: str, *, surely: bool = False) -> None:
        self.need(thing.changed_by, name)
        if surely:
            self.need(thing.surely, name, surely=True)

    def read_environment(self) -> None:
        """The working folder, the import path, the environment variables."""
        self.need(self.environment.changed_by, self.environment.label)

    # --- changing

    def change(
        self, things: Iterable[Thing], *, deep: bool = True, surely: bool = True, keys: frozenset[str] | None = None
    ) -> None:
        """The current statement may change these, and (``deep``) what they hold. ``keys``: it only sets those."""
        direct = set(things)
        if direct:
            self.access.keys |= keys or set()
            self.access.whole |= keys is None
        for thing in reach(direct, through_sight=False) if deep else direct:
            if thing.kind in CODE_KINDS and thing not in direct:
                continue
            thing.changed_by.add(self.current)
            if surely and self.sure and direct == {thing} and thing.kind != "module":
                thing.surely.add(self.current)
            thing.parts = thing.keys = None
            self.access.changes.add(thing)
            if thing.kind == "module" and thing.label in ("os", "sys"):
                self.environment.changed_by.add(self.current)

    def change_own(self, things: Iterable[Thing], *, keys: frozenset[str] | None = None) -> None:
        """The current statement puts something into these; what a container held before stays as it was."""
        holders = {t for t in things if t.kind in HOLDERS}
        rest = set(things) - holders
        surely = not (holders and rest)
        self.change(holders, deep=False, surely=surely, keys=keys)
        self.change(rest, surely=surely, keys=keys)

    def parts_of(self, things: Iterable[Thing]) -> frozenset[Thing]:
        """What an element, attribute or column of these may be."""
        found: set[Thing] = set()
        unclear: set[Thing] = set()
        for thing in things:
            if thing.kind == "list" and thing.holds:
                found |= thing.holds
            elif thing.kind in HOLDERS:
                unclear.add(thing)
            else:
                found.add(thing)
        if unclear:  # something within: changing it may change all that they hold
            found.add(self.thing(kind="part", holds=unclear))
        return frozenset(found)

    def iterate(self, value: Value) -> Value:
        """The elements of a value; an iterator is used up by it."""
        self.change([t for t in value.things if t.kind == "iterator"], deep=False)
        self.access.may_draw |= {t.draws for t in value.things if t.draws}
        return value

    def bind(self, name: str, value: Value, scope: Scope | None = None) -> None:
        """The name stands for this value from now on."""
        home = (scope or self.scope).home(name)
        home.names[name] = Binding(frozenset({self.current}), relabel(value, name))
        if home is self.module:
            self.access.binds.add(name)

    # --- control flow

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[None]:
        """Look names up from within ``scope``."""
        outer, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = outer

    def ways(self, *ways: Callable[[], Any], sure: int = 0) -> None:
        """One of these ways is taken; afterwards a name may be what any of them made it.

        The first ``sure`` of them count as taken: the body of a loop, the body of ``try``.
        """
        scopes = list(self.scope.chain())
        before = [dict(s.names) for s in scopes]
        after: list[list[dict[str, Binding]]] = []
        for position, way in enumerate(ways):
            for scope, names in zip(scopes, before, strict=True):
                scope.names = dict(names)
            with self.doubting(position >= sure):
                way()
            after.append([s.names for s in scopes])
        for position, scope in enumerate(scopes):
            scope.names = join(names[position] for names in after)


def _surely_within(thing: Thing) -> list[Thing]:
    """The thing, and what a list written out with one element holds."""
    found = [thing]
    while found[-1].kind == "list" and len(found[-1].holds) == 1:
        (inner,) = found[-1].holds
        if inner in found:
            break
        found.append(inner)
    return found


def copy_on_write(packages: Mapping[str, str] | None = None) -> bool:
    """Whether ``y = df["a"]`` can never change with ``df``: so from pandas 3 on.

    What counts is the pandas of the notebook: ``packages`` as they were recorded, else as they are installed.
    """
    try:
        version = (packages or {}).get("pandas") or metadata.version("pandas")
        return int(version.split(".")[0]) >= 3
    except (metadata.PackageNotFoundError, ValueError):
        return False

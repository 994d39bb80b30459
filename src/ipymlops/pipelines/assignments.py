"""What assignments do: the names they bind, and the columns, keys and attributes they set."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ipymlops.pipelines import settings
from ipymlops.pipelines.calls import Calls
from ipymlops.pipelines.hidden import is_namespace, text_of
from ipymlops.pipelines.things import HOLDERS, Thing, Value

# Attributes of a table through which the table itself changes, Copy-on-Write or not.
SHARED_ATTRIBUTES = frozenset({"loc", "iloc", "at", "iat", "index", "columns", "attrs", "flags"})
# Attributes that are a table as a whole, and no column.
WHOLE_ATTRIBUTES = SHARED_ATTRIBUTES | {"values", "T", "shape", "size", "dtypes", "empty", "array", "data", "target"}


class Assignments(Calls):
    """The part of the abstract execution that deals with what stands left of ``=``."""

    def assign(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        """Bind or store ``value``; ``source`` is the expression it came from, for tuples unpacked name by name."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Starred):
            rest = self.thing(kind="list", holds=self.parts_of(value.things))
            self.assign(target.value, Value(frozenset({rest})), None)
        elif isinstance(target, ast.Tuple | ast.List):
            for element, part in zip(target.elts, self._unpacked(value, target.elts), strict=True):
                self.assign(element, part, None)
        else:
            self._store(target, value)

    def _unpacked(self, value: Value, targets: Sequence[ast.expr]) -> list[Value]:
        value = self.iterate(value)
        starred = any(isinstance(t, ast.Starred) for t in targets)
        if len(value.things) == 1:
            (thing,) = value.things
            if thing.parts is not None and len(thing.parts) == len(targets) and not starred:
                return list(thing.parts)
            if thing.born == self.current and not thing.holds and thing.kind not in ("function", "class", "module"):
                return [Value(frozenset({self.thing(kind=thing.kind, sees=thing.sees)})) for _ in targets]
        return [self.part_of(value) for _ in targets]

    def _store(self, target: ast.expr, value: Value) -> None:
        assert isinstance(target, ast.Subscript | ast.Attribute)
        if isinstance(target, ast.Subscript) and is_namespace(target.value):
            self.value(target.slice)
            self._store_name(text_of(target.slice), value)
            return
        base = self.value(target.value)
        if isinstance(target, ast.Attribute):
            self.given_names.add(target.attr)
        if isinstance(target, ast.Attribute) and base.path:
            self.patch(target.attr, f"{base.path}.{target.attr}", value)
        keys = self.keys_of(target)
        if settings.only_shows(f"{base.path}."):
            return
        if isinstance(target.value, ast.Name):
            self.change_own(base.things, keys=keys)
        else:
            self.change(base.things, keys=keys)
        if isinstance(target, ast.Subscript) and (keys is None or isinstance(target.value, ast.Attribute)):
            self.change([t.memory for t in base.things if t.memory], deep=False)
        self._keep(base.things, value)

    def _store_name(self, name: str | None, value: Value) -> None:
        """``globals()['name'] = value``"""
        if name is None:
            self.access.opaque = True
        else:
            self.bind(name, value, self.module)

    def keys_of(self, target: ast.expr) -> frozenset[str] | None:
        """The keys that are set or read by name; none where they are not known, None where it may be all."""
        if isinstance(target, ast.Attribute):
            return None if target.attr in WHOLE_ATTRIBUTES else frozenset({target.attr})
        if not isinstance(target, ast.Subscript):
            return None
        value, last = self.value(target.slice), target.slice
        if isinstance(target.value, ast.Attribute) and target.value.attr in ("iloc", "iat"):
            return frozenset()
        if isinstance(target.value, ast.Attribute) and target.value.attr in ("loc", "at"):
            if not (isinstance(last, ast.Tuple) and last.elts):
                return None
            value, last = self.value(last.elts[-1]), last.elts[-1]
        return _keys_in(value, last)

    def _keep(self, things: frozenset[Thing], value: Value) -> None:
        """The things now hold the value; a table or array copies instead."""
        for thing in things:
            if thing.kind not in ("frame", "array", "module"):
                thing.holds |= value.things - {thing}


def _keys_in(value: Value, node: ast.expr) -> frozenset[str] | None:
    """The names in a subscript."""
    if isinstance(value.constant, str):
        return frozenset({value.constant})
    if isinstance(node, ast.Slice | ast.Compare | ast.BinOp | ast.UnaryOp) or value.constant is not None:
        return None
    if not any(t.kind in HOLDERS for t in value.things):
        return None  # rows: a mask, positions
    parts = [p.constant for t in value.things for p in t.parts or ()]
    return frozenset(p for p in parts if isinstance(p, str))

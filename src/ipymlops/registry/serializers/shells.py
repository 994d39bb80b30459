"""While a model is read, what a bundle's code defines is asked nothing.

skops calls types by name, and asks what it has made for attributes, length, items and equality; so do scikit-learn's
``__setstate__`` and our own checks. Each of these could be a method of the bundle's code. So its objects are made as
shells: classes of the same name and the same foreign base classes, without a line of the notebook in them. When all
has been read and checked, each object gets its real class.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

from ipymlops.errors import UnsafeModel
from ipymlops.registry import code
from ipymlops.registry.serializers.archive import SCHEMA, nodes, packed

# What a file may do with a name of the bundle's code: make an object of it, or mention it. Never call it.
_MENTIONS = frozenset({"TypeNode", "FunctionNode"})
_number = itertools.count(1)


class Shells:
    """The shells that one file needs, and the objects that were made of them."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._module = ModuleType(f"_ipymlops_shells_{next(_number)}")
        self._of: dict[type, type] = {}  # real class -> its shell
        self._made: list[tuple[Any, type]] = []
        self._schema = None
        if any(_real(node) is not None for node in nodes(schema)):
            self._schema = json.loads(json.dumps(schema))
            for node in nodes(self._schema):
                self._look_at(node)
        self.names = {f"{self._module.__name__}.{shell.__name__}" for shell in self._of.values()}

    def _look_at(self, node: dict[str, Any]) -> None:
        if "key_types" in node:  # these are called, with each key
            for inner in nodes(node["key_types"]):
                inner.pop("__id__", None)  # and so may not stand for an object of somewhere else
                if _real(inner) is not None:
                    _refuse(inner)
        real = _real(node)
        if real is None or node.get("__loader__") in _MENTIONS:
            return
        if node.get("__loader__") != "ObjectNode" or not isinstance(real, type):
            _refuse(node)
        shell = self._shell(real)
        node["__module__"], node["__class__"] = self._module.__name__, shell.__name__

    def _shell(self, real: type) -> type:
        if real in self._of:
            return self._of[real]
        bases = tuple(self._shell(b) if code.holds(f"{b.__module__}.{b.__name__}") else b for b in real.__bases__)
        made = self._made

        def make(cls: type) -> Any:
            thing: Any = object.__new__(cls)
            made.append((thing, real))
            return thing

        name = f"{real.__name__}_{len(self._of)}"  # two versions of a class may stand in one process
        body = {"__new__": make, "__hash__": None, "__module__": self._module.__name__}
        shell: Any = type(name, bases, body)
        shell.__abstractmethods__ = frozenset()
        self._of[real] = shell
        setattr(self._module, name, shell)
        return self._of[real]

    def file(self, files: Mapping[str, bytes]) -> bytes:
        """The archive, with shells in the place of the bundle's classes."""
        return packed(files if self._schema is None else {**files, SCHEMA: json.dumps(self._schema).encode()})

    @contextmanager
    def importable(self) -> Iterator[None]:
        sys.modules[self._module.__name__] = self._module
        try:
            yield
        finally:
            del sys.modules[self._module.__name__]

    def fill(self) -> None:
        """Give each object its real class; nothing of that class runs."""
        for thing, real in self._made:
            object.__setattr__(thing, "__class__", real)


def _real(node: dict[str, Any]) -> Any:
    """The class or function of a bundle's code that a node names; None if it names something else."""
    name = f"{node.get('__module__')}.{node.get('__class__')}"
    return code.found(name) if code.holds(name) else None


def _refuse(node: dict[str, Any]) -> NoReturn:
    kind = str(node.get("__loader__")).removesuffix("Node")
    raise UnsafeModel(
        f"This model holds {node['__class__']!r} of its notebook as a {kind}",
        expected="plain classes and functions: no kinds of list, dict, tuple or array",
        next_step="keep the values in an attribute of a plain class",
    )

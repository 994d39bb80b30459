"""Expressions that compute a value from constants alone, by calls that do nothing but compute.

A method is known only by its name, so it counts where everything in its receiver is built here: `'a b'.split()` is the
one of strings, while `thing.split()` of an imported thing may be anybody's. The same holds for what loops over a value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

_TYPES = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8")
_NUMPY = (
    *_TYPES,
    "array", "asarray", "arange", "linspace", "logspace", "geomspace", "zeros", "ones", "full", "eye", "identity",
    "diag", "concatenate", "hstack", "vstack", "stack", "tile", "repeat", "append", "unique", "sort", "cumsum",
    "cumprod", "diff", "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "sin", "cos", "tan", "deg2rad",
    "rad2deg", "power", "abs", "round", "floor", "ceil", "sum", "prod", "mean", "median", "min", "max",
)  # fmt: skip
CALLS = frozenset({
    "frozenset", "set", "tuple", "list", "dict", "range", "float", "int", "str", "bool", "complex", "sorted", "len",
    "min", "max", "sum", "abs", "round", "zip", "enumerate", "reversed", "divmod", "pow", "dict.fromkeys",
    "str.maketrans", "re.compile", "math.log", "math.sqrt", "math.exp", "math.radians", "collections.OrderedDict",
    "collections.Counter",
    *(f"numpy.{name}" for name in _NUMPY),
})  # fmt: skip
CONSTANTS = frozenset({
    *(f"numpy.{name}" for name in ("inf", "nan", "pi", "e", "newaxis", "r_", "c_", *_TYPES)),
    *(f"math.{name}" for name in ("inf", "nan", "pi", "e", "tau")),
    *(f"re.{name}" for name in ("I", "IGNORECASE", "M", "MULTILINE", "S", "DOTALL", "X", "VERBOSE", "A", "ASCII")),
    *(f"string.{name}" for name in (
        "ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation", "whitespace",
    )),
    "sklearn.feature_extraction.text.ENGLISH_STOP_WORDS",
})  # fmt: skip
METHODS = frozenset({
    "split", "splitlines", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold",
    "replace", "join", "removeprefix", "removesuffix", "union", "intersection", "difference", "symmetric_difference",
    "keys", "values", "items", "get", "copy", "index", "count", "tolist", "astype", "reshape", "round", "cumsum",
})  # fmt: skip
CHANGES = frozenset({
    "append", "extend", "insert", "add", "update", "remove", "discard", "pop", "sort", "reverse", "setdefault",
    "difference_update", "intersection_update",
})  # fmt: skip
ATTRIBUTES = frozenset({"shape", "size", "ndim", "T"})
SORT_KEYS = frozenset({"len", "str", "int", "float", "abs", "str.lower", "str.casefold"})
_OPERATIONS = (
    ast.List, ast.Tuple, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Starred,
    ast.Subscript, ast.Slice, ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Values:
    """``known``: names that stand for such values; ``path``: the full name of what an expression names."""

    known: frozenset[str]
    path: Callable[[ast.expr], str | None]
    loops: bool = True  # in the body of a class, a comprehension does not see the names of the class

    def is_value(self, node: ast.expr) -> bool:
        """Whether evaluating it can only compute a value of constants."""
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name) if name in self.known:
                return True
            case ast.Name() | ast.Attribute() if self.path(node) in CONSTANTS:
                return True
            case ast.Attribute(value=owner, attr=name):
                return name in ATTRIBUTES and self.is_value(owner)
            case ast.Call():
                return self._is_call(node)
        if isinstance(node, _OPERATIONS):
            return self._are_values(n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr))
        return self.loops and isinstance(node, _COMPREHENSIONS) and self._is_comprehension(node)

    def is_change(self, node: ast.expr) -> bool:
        """Whether it calls a method that changes such a value, with such values."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=args, keywords=[]):
                return name in self.known and method in CHANGES and self._are_values(args)
        return False

    def _is_call(self, node: ast.Call) -> bool:
        match node.func:
            case ast.Attribute(value=owner, attr=name) if name in METHODS and self.is_value(owner):
                pass
            case function if self.path(function) not in CALLS:
                return False
        sorting = [k for k in node.keywords if k.arg == "key" and self.path(k.value) in SORT_KEYS]
        return self._are_values([*node.args, *(k.value for k in node.keywords if k not in sorting)])

    def _is_comprehension(self, node: ast.expr) -> bool:
        values = self
        for part in getattr(node, "generators", ()):
            targets = part.target.elts if isinstance(part.target, ast.Tuple) else [part.target]
            names = [t.id for t in targets if isinstance(t, ast.Name)]
            if part.is_async or not values.is_value(part.iter) or len(names) < len(targets):
                return False
            values = replace(values, known=values.known | {*names})
            if not values._are_values(part.ifs):
                return False
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [getattr(node, "elt", node)]
        return values._are_values(made)

    def _are_values(self, nodes: Iterable[ast.expr]) -> bool:
        return all(self.is_value(n) for n in nodes)

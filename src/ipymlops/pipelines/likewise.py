"""What was done to training rows, said of test rows: the same, with ``transform`` where something was fitted."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable
from typing import Any

from ipymlops.pipelines.call_log import names_in

# Methods that only choose columns or change the form: what they give of the test rows can be written down.
CHOOSING = frozenset({"drop", "to_numpy", "copy", "ravel", "squeeze", "astype", "reshape", "filter"})
# Methods that leave some of the rows out, and the others as they are.
SOME_ROWS = frozenset({"sample", "head", "tail", "drop_duplicates"})
NO_CHOICE = (ast.Compare, ast.BoolOp, ast.IfExp, ast.Await, ast.NamedExpr, ast.GeneratorExp, ast.ListComp)
# What is read of a table through these is no row of it.
ABOUT = frozenset({"columns", "dtypes", "shape", "keys"})


def row_names(node: ast.AST) -> set[str]:
    """The names in it that may stand for rows: not those of which only the columns or the like are asked."""
    about = [id(n.value) for n in ast.walk(node) if isinstance(n, ast.Attribute) and n.attr in ABOUT]
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in about}


def done(node: ast.stmt) -> ast.AST:
    """What a statement does, whatever it calls the result."""
    return node.value if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) else node


def is_choice(node: ast.expr) -> bool:
    """Whether it only chooses columns or changes the form, row by row."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and not (isinstance(part.func, ast.Attribute) and part.func.attr in CHOOSING):
            return False
        if isinstance(part, NO_CHOICE) or (isinstance(part, ast.Subscript) and _chooses_rows(part.slice)):
            return False
    return True


def _chooses_rows(inside: ast.expr) -> bool:
    first = inside.elts[0] if isinstance(inside, ast.Tuple) and inside.elts else inside
    return isinstance(first, ast.Slice) and bool(first.lower or first.upper or first.step)


def thinned(node: ast.expr) -> ast.expr | None:
    """The table of which the expression takes some rows by position or chance: ``train`` of ``train.iloc[::4]``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SOME_ROWS:
        return node.func.value
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        table = node.value
        return table.value if isinstance(table, ast.Attribute) and table.attr == "iloc" else table
    return None


def transforming(node: ast.AST, names: Iterable[str]) -> Any:
    """What fits on training rows transforms test rows."""
    return _Transforming(set(names)).visit(copy.deepcopy(node))


class _Transforming(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        given = names_in(node.args[0]) if node.args else set()
        if isinstance(node.func, ast.Attribute) and node.func.attr == "fit_transform" and given & self._names:
            node.func.attr = "transform"
            node.args = node.args[:1]
            node.keywords = []
        return node


def swapped(node: ast.AST, name: str, other: ast.expr) -> ast.AST:
    """The same with another expression in place of a name."""
    return _Swap(name, other).visit(node)  # type: ignore[no-any-return]


class _Swap(ast.NodeTransformer):
    def __init__(self, name: str, other: ast.expr) -> None:
        self._name, self._other = name, other

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self._other) if node.id == self._name else node


def same(one: ast.AST, other: ast.AST) -> bool:
    """Whether both read the same."""
    return type(one) is type(other) and ast.unparse(one) == ast.unparse(other)

"""Rows that are left when some were taken: ``X[800:]`` of ``X[:800]``, ``df[~mask]`` of ``df[mask]``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
# What may follow the choice of rows without changing which they are.
AFTER = ("copy", "reset_index")


def complements(node: ast.expr) -> Iterator[ast.expr]:
    """Expressions of the other rows, as people write them; none where ``node`` is no choice of rows."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in AFTER:
        for inner in complements(node.func.value):
            yield _called_on(node, inner)
            yield inner
    elif isinstance(node, ast.Subscript):
        for rest in _others(node.slice):
            other = copy.deepcopy(node)
            other.slice = rest
            yield other
            yield from _copies(other)


def _copies(node: ast.expr) -> Iterator[ast.expr]:
    yield ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])


def _called_on(node: ast.Call, inner: ast.expr) -> ast.expr:
    other = copy.deepcopy(node)
    assert isinstance(other.func, ast.Attribute)
    other.func.value = inner
    return other


def _others(rows: ast.expr) -> Iterator[ast.expr]:
    """The other rows of a slice, a mask, or of either followed by columns."""
    if isinstance(rows, ast.Tuple) and rows.elts:
        for rest in _others(rows.elts[0]):
            yield ast.Tuple([rest, *rows.elts[1:]], ast.Load())
    elif isinstance(rows, ast.Slice):
        yield from _other_slice(rows)
    elif isinstance(rows, ast.UnaryOp) and isinstance(rows.op, ast.Invert):
        yield rows.operand
    elif not isinstance(rows, ast.Constant | ast.List | ast.UnaryOp):
        yield ast.UnaryOp(ast.Invert(), rows)
        yield from _other_comparison(rows)


def _other_slice(rows: ast.Slice) -> Iterator[ast.expr]:
    if rows.step is None and (rows.lower is None) != (rows.upper is None):
        yield ast.Slice(rows.upper, rows.lower, None)


def _other_comparison(rows: ast.expr) -> Iterator[ast.expr]:
    if isinstance(rows, ast.Compare) and len(rows.ops) == 1 and type(rows.ops[0]) in OPPOSITE:
        yield ast.Compare(rows.left, [OPPOSITE[type(rows.ops[0])]()], rows.comparators)


def rest_of_sample(node: ast.expr, name: str) -> Iterator[ast.expr]:
    """``name = df.sample(frac=0.8)`` leaves ``df.drop(name.index)``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sample"):
        return
    table = ast.unparse(node.func.value)
    for text in (
        f"{table}.drop({name}.index)",
        f"{table}.drop(index={name}.index)",
        f"{table}[~{table}.index.isin({name}.index)]",
        f"{table}.loc[~{table}.index.isin({name}.index)]",
    ):
        rest = ast.parse(text, mode="eval").body
        yield rest
        yield from _copies(rest)

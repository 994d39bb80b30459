"""What stands between the signs of a model formula, ``np.log(area)`` or ``C(city)``: read, checked, computed anew.

A factor of a formula is Python, and the formula libraries evaluate it. Nothing is evaluated here: the text is parsed,
each part of it must be on a list of arithmetic, comparisons and NumPy functions of one or two columns, and the same
list computes it. So a text from a stranger's file can name a column that is not there, and do no more than that.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Column = Callable[[str], Array]

LONGEST = 1000  # characters; parsing deeper texts could exhaust the parser's stack
CATEGORICAL, AS_IS, QUOTED = "C", "I", "Q"  # C(city), I(area / 2), Q("a name with blanks")
NUMPY = ("np", "numpy")
FUNCTIONS = {
    **{name: getattr(np, name) for name in ("log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "cbrt", "square")},
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh")},
    **{name: getattr(np, name) for name in ("abs", "absolute", "sign", "floor", "ceil", "trunc", "power")},
    **{name: getattr(np, name) for name in ("maximum", "minimum", "where", "isnan", "isfinite", "clip")},
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def columns_of(text: str) -> tuple[str, ...]:
    """The columns that a factor reads, each once; ValueError, in words, if it holds anything that is not listed."""
    return tuple(dict.fromkeys(_names(_parsed(text))))


def value_of(text: str, column: Column) -> Array:
    """The factor of every row. ``column`` gives a column's values: floats, or texts with None where missing."""
    with np.errstate(all="ignore"):  # the log of 0 is what it is, here as in the library
        return np.asarray(_value(_parsed(text), column))


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(f"it has a factor of {len(text):,} characters")
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{_shown(text)} is no expression") from error
    if _called(node) == CATEGORICAL and isinstance(node, ast.Call) and node.args:
        return node.args[0]  # how its levels are coded is stored as numbers, so what else it says is never read
    return node


def _names(node: ast.expr) -> Iterator[str]:
    """Every column, and the check that there is nothing else: what passes here is what ``_value`` computes."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Constant):
        _demand(isinstance(node.value, bool | int | float), node)
    elif isinstance(node, ast.BinOp):
        _demand(type(node.op) in _BINARY, node)
        yield from (name for side in (node.left, node.right) for name in _names(side))
    elif isinstance(node, ast.UnaryOp):
        _demand(type(node.op) in _UNARY, node)
        yield from _names(node.operand)
    elif isinstance(node, ast.Compare):
        _demand(len(node.ops) == 1 and type(node.ops[0]) in _COMPARED, node)
        sides = (side for side in (node.left, *node.comparators) if not _is_text(side))
        yield from (name for side in sides for name in _names(side))
    else:
        yield from _names_of_call(node)


def _names_of_call(node: ast.expr) -> Iterator[str]:
    name = _called(node)
    _demand(isinstance(node, ast.Call) and not node.keywords and name in (AS_IS, QUOTED, *FUNCTIONS), node)
    assert isinstance(node, ast.Call)
    if name == QUOTED:
        yield _quoted(node)
        return
    _demand(1 <= len(node.args) <= 3 and (name != AS_IS or len(node.args) == 1), node)
    yield from (found for argument in node.args for found in _names(argument))


def _value(node: ast.expr, column: Column) -> Any:
    if isinstance(node, ast.Name):
        return column(node.id)
    if isinstance(node, ast.Constant):
        plain = isinstance(node.value, bool | str)
        return node.value if plain else np.float64(node.value)  # type: ignore[arg-type]  # whole numbers grow for ever
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, column), _value(node.right, column))
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_value(node.operand, column))
    if isinstance(node, ast.Compare):
        return _COMPARED[type(node.ops[0])](_value(node.left, column), _value(node.comparators[0], column))
    assert isinstance(node, ast.Call)
    name = _called(node)
    if name == QUOTED:
        return column(_quoted(node))
    values = [_value(argument, column) for argument in node.args]
    return values[0] if name == AS_IS else FUNCTIONS[name](*values)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _called(node: ast.expr) -> str:
    """``log`` of ``np.log(...)`` and of ``log(...)``; nothing for any other call."""
    func = node.func if isinstance(node, ast.Call) else None
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in NUMPY:
        return func.attr if func.attr in FUNCTIONS else ""
    return func.id if isinstance(func, ast.Name) else ""


def _quoted(node: ast.Call) -> str:
    _demand(len(node.args) == 1 and _is_text(node.args[0]), node)
    name = node.args[0]
    assert isinstance(name, ast.Constant)
    return str(name.value)


def _demand(holds: bool, node: ast.AST) -> None:
    if not holds:
        raise ValueError(f"{_shown(ast.unparse(node))} is not among what is computed again")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")

"""A table that a loop hands on in pieces: what all pieces of it are together, where the loop says so for certain.

``for part in np.array_split(X, 10)``, two of these side by side in ``zip``, ``for i in range(0, len(X), n)`` with
``X[i:i + n]``: each piece comes once and none is left out, so the model saw ``X``. Any other loop tells nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from ipymlops.pipelines.arguments import replaced
from ipymlops.pipelines.call_log import assignments, called, expression, names_in
from ipymlops.pipelines.likewise import is_choice

BARS = ("tqdm", "list", "tuple", "iter")  # these hand on what they are given
LEAVES = (ast.Break, ast.Continue, ast.Return)
BRANCHES = (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.TryStar, ast.While, ast.Match)

Meaning = Callable[[str], ast.expr | None]  # what a name was bound to, if one statement did and nothing changed it


def whole(statement: ast.AST, call: ast.Call, node: ast.expr, meaning: Meaning) -> ast.expr | None:
    """All that ``node``, an argument of ``call``, stood for while the loops around it ran.

    None where it cannot be told; without a loop around it, it is ``node``.
    """
    for loop in reversed(list(_loops(statement, call))):
        known = replaced(node, _locals(loop))
        if known is None:
            return None
        node = known
        if not names_in(node) & _stored(loop):
            continue
        if not _always_reached(loop, call):
            return None
        found = _over(loop, node, meaning)
        if found is None or names_in(found) & _stored(loop):
            return None
        node = found
    return node


def reader_of(statement: ast.AST, call: ast.Call, meaning: Meaning) -> str:
    """The function that reads a file piece by piece for a loop around the call; empty where none does."""
    for loop in _loops(statement, call):
        source = _source(loop.iter, meaning)
        if isinstance(source, ast.Call) and any(k.arg in ("chunksize", "batch_size") for k in source.keywords):
            return called(source)
    return ""


def _loops(statement: ast.AST, call: ast.Call) -> Iterator[ast.For]:
    """The loops around the call, outermost first."""
    for part in ast.walk(statement):  # level by level
        if isinstance(part, ast.For) and any(c is call for s in part.body for c in ast.walk(s)):
            yield part


def _always_reached(loop: ast.For, call: ast.Call) -> bool:
    """Whether each round comes to the call."""
    parts = list(ast.walk(loop))
    branches = [p for p in parts if isinstance(p, BRANCHES) and any(c is call for c in ast.walk(p))]
    return not branches and not any(isinstance(p, LEAVES) for p in parts)


def _stored(loop: ast.For) -> set[str]:
    return {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _locals(loop: ast.For) -> dict[str, ast.expr | None]:
    """What the loop's body binds once, by its expression."""
    stored = [n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    bound: dict[str, ast.expr | None] = dict.fromkeys(stored)
    for statement in loop.body:
        for name, value in assignments(statement):
            if stored.count(name) == 1:
                bound[name] = replaced(value, bound)
    return bound


def _over(loop: ast.For, node: ast.expr, meaning: Meaning) -> ast.expr | None:
    source, target = _source(loop.iter, meaning), loop.target
    if called(source) == "enumerate" and isinstance(source, ast.Call) and isinstance(target, ast.Tuple):
        source, target = _source(source.args[0], meaning), target.elts[1]
    if called(source) == "range" and isinstance(source, ast.Call) and isinstance(target, ast.Name):
        return _over_range(source, target.id, node)
    pieces = _pieces(source, target, meaning)
    return _put_together(node, pieces) if pieces else None


def _source(node: ast.expr, meaning: Meaning) -> ast.expr:
    """What the loop goes over, behind names and progress bars."""
    if isinstance(node, ast.Call) and called(node) in BARS and node.args:
        return _source(node.args[0], meaning)
    if isinstance(node, ast.Name) and (bound := meaning(node.id)) is not None:
        return _source(bound, meaning) if not isinstance(bound, ast.Name) else node
    return node


# --- pieces of tables


def _pieces(source: ast.expr, target: ast.expr, meaning: Meaning) -> dict[str, ast.expr]:
    """The names that a loop binds to pieces, and the table that each is a piece of."""
    if isinstance(target, ast.Name):
        split = _split(source)
        return {target.id: split[0]} if split else {}
    if not (isinstance(target, ast.Tuple) and isinstance(source, ast.Call) and called(source) == "zip"):
        return {}
    splits = [_split(_source(a, meaning)) for a in source.args]
    names = [t.id for t in target.elts if isinstance(t, ast.Name)]
    if len(names) != len(target.elts) or len(names) != len(splits) or None in splits:
        return {}
    known = [s for s in splits if s]
    return dict(zip(names, (s[0] for s in known), strict=True)) if len({s[1] for s in known}) == 1 else {}


def _split(node: ast.expr) -> tuple[ast.expr, str] | None:
    """The table and the number of pieces of ``np.array_split(X, 10)``."""
    if isinstance(node, ast.Call) and called(node) == "array_split" and len(node.args) == 2 and not node.keywords:
        return node.args[0], ast.unparse(node.args[1])
    return None


def _put_together(node: ast.expr, pieces: Mapping[str, ast.expr]) -> ast.expr | None:
    """Columns chosen of a piece, or the rows of a table at positions that are a piece."""
    used = names_in(node) & set(pieces)
    if len(used) != 1:
        return None
    name, table = used.copy().pop(), pieces[used.pop()]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name) and node.slice.id == name:
        rows = _table_of(node.value)
        counted = isinstance(table, ast.Call) and called(table) in ("arange", "range") and len(table.args) == 1
        if counted and isinstance(table, ast.Call) and _is_length(table.args[0]):
            return rows
        return replaced(node, pieces)
    return replaced(node, pieces) if is_choice(node) else None


# --- positions


def _over_range(source: ast.Call, name: str, node: ast.expr) -> ast.expr | None:
    """``X[i:i + n]`` for ``i in range(0, stop, n)``, and ``X[i * n:(i + 1) * n]`` for ``i in range(k)``."""
    cut = [p for p in ast.walk(node) if isinstance(p, ast.Subscript) and name in names_in(p.slice)]
    if len(cut) != 1 or _uses(node, name) != _uses(cut[0].slice, name):
        return None
    rows = cut[0].slice.elts[0] if isinstance(cut[0].slice, ast.Tuple) else cut[0].slice
    if not isinstance(rows, ast.Slice) or rows.lower is None or rows.upper is None or rows.step is not None:
        return None
    stop = _covered(source, name, rows.lower, rows.upper, _table_of(cut[0].value))
    if stop is False:
        return None
    return _Uncut(cut[0], stop if isinstance(stop, ast.expr) else None).visit(node)  # type: ignore[no-any-return]


def _covered(source: ast.Call, name: str, lower: ast.expr, upper: ast.expr, table: ast.expr) -> ast.expr | bool:
    """Where the slices end together: an expression, True for the end of the table, False where it cannot be told."""
    arguments = [ast.unparse(a) for a in source.args]
    if len(arguments) == 1:
        low = _number(ast.unparse(lower))
        for width in _factors(lower, name):
            if _number(ast.unparse(upper)) in (f"({name}+1)*{width}", f"{width}*({name}+1)", f"{low}+{width}"):
                return ast.BinOp(source.args[0], ast.Mult(), expression(width))
        return False
    if len(arguments) != 3 or arguments[0] != "0" or not (isinstance(lower, ast.Name) and lower.id == name):
        return False
    stop, step = source.args[1], _number(arguments[2])
    steps = (f"{name}+{step}", f"{step}+{name}")
    bounded = isinstance(upper, ast.Call) and called(upper) == "min" and len(upper.args) == 2
    if isinstance(upper, ast.Call) and bounded:
        ends = {_number(ast.unparse(a)) for a in upper.args}
        return stop if _number(arguments[1]) in ends and ends & set(steps) else False
    if _number(ast.unparse(upper)) not in steps:
        return False
    return _is_length(stop)  # otherwise the last slice may go on behind ``stop``


def _factors(node: ast.expr, name: str) -> list[str]:
    """n of ``i * n`` and ``n * i``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = [ast.unparse(node.left), ast.unparse(node.right)]
        return [other for one, other in (sides, sides[::-1]) if one == name and name not in names_in(expression(other))]
    return []


def _is_length(node: ast.expr) -> bool:
    """``len(X)`` or ``X.shape[0]``; that the tables are of one length is seen where they are read."""
    if isinstance(node, ast.Call):
        return called(node) == "len"
    return isinstance(node, ast.Subscript) and ast.unparse(node).endswith(".shape[0]")


def _table_of(node: ast.expr) -> ast.expr:
    """``X`` of ``X.iloc``."""
    return node.value if isinstance(node, ast.Attribute) and node.attr in ("iloc", "loc") else node


class _Uncut(ast.NodeTransformer):
    """The expression with one slice of rows taken away, or ended at another place."""

    def __init__(self, cut: ast.Subscript, stop: ast.expr | None) -> None:
        self._text, self._stop = ast.unparse(cut), stop

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if ast.unparse(node) != self._text:
            self.generic_visit(node)
            return node
        rest = node.slice.elts[1:] if isinstance(node.slice, ast.Tuple) else []
        if not rest and self._stop is None:
            return _table_of(node.value)
        rows = ast.Slice(None, self._stop, None)
        inside: ast.expr = ast.Tuple([rows, *rest], ast.Load()) if rest else rows
        return ast.Subscript(node.value, inside, ast.Load())


def _uses(node: ast.AST, name: str) -> int:
    return sum(isinstance(p, ast.Name) and p.id == name for p in ast.walk(node))


def _number(text: str) -> str:
    return text.replace(" ", "")

"""Expressions inside a function of the notebook, said as the notebook would say them outside it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence

from ipymlops.pipelines.call_log import Frame, names_in
from ipymlops.pipelines.given import is_spread

Bound = Mapping[str, ast.expr | None]  # None: it stands for something that has no name outside


def outside(node: ast.expr, frames: Sequence[Frame]) -> ast.expr | None:
    """``node``, which stands in the innermost of ``frames``, with the arguments of the calls that led there put in.

    None where it reads something that exists only while the function runs.
    """
    for position in range(len(frames) - 1, -1, -1):
        frame = frames[position]
        if frame.code is None or isinstance(frame.code, ast.ClassDef):
            return None
        said = replaced(node, _locals(frame))
        if said is None:
            return None
        node = said
    return node


def replaced(node: ast.expr, bound: Bound) -> ast.expr | None:
    """A copy of the expression with names put in; None where one of them has no expression."""
    if any(bound.get(name, node) is None for name in names_in(node)):
        return None
    return _Put(bound).visit(copy.deepcopy(node))  # type: ignore[no-any-return]


class _Put(ast.NodeTransformer):
    def __init__(self, bound: Bound) -> None:
        self._bound = bound

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._bound.get(node.id)) or node


def _locals(frame: Frame) -> dict[str, ast.expr | None]:
    """What the names of a function stand for: arguments of its call, and locals that are assigned once."""
    code = frame.code
    assert isinstance(code, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    bound: dict[str, ast.expr | None] = dict(_parameters(code.args, frame.call))
    body = code.body if isinstance(code.body, list) else []
    stored = [n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
    for name in stored:
        bound[name] = None
    for statement in body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        if isinstance(target, ast.Name) and stored.count(target.id) == 1 and target.id not in _argument_names(code):
            bound[target.id] = replaced(statement.value, bound)
    return bound


def _parameters(spec: ast.arguments, call: ast.Call | None) -> dict[str, ast.expr | None]:
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    bound: dict[str, ast.expr | None] = dict.fromkeys(
        [*names, *(a.arg for a in spec.kwonlyargs), *(a.arg for a in (spec.vararg, spec.kwarg) if a)]
    )
    if call is None or is_spread(call):
        return bound
    given = names[1:] if names[:1] == ["self"] else names
    bound |= dict(zip(given, call.args, strict=False))
    return bound | {k.arg: k.value for k in call.keywords if k.arg in bound}


def _argument_names(code: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    return {a.arg for a in ast.walk(code.args) if isinstance(a, ast.arg)}

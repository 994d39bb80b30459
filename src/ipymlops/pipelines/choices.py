"""Whether a statement chooses something by how it does on some rows: a score that is kept, or decides a branch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ipymlops.pipelines.call_log import called, names_in

SCORING = ("score", "predict", "predict_proba", "evaluate")
KEEPING = ("append", "add", "insert", "update", "setdefault")


def chooses_by_score(node: ast.stmt, rows: set[str], wanted: set[str]) -> bool:
    """Whether a ``wanted`` name gets its value by a score on the ``rows``."""
    scored = _scored_names(node, rows)

    def is_score(part: ast.AST) -> bool:
        return bool(names_in(part) & scored) or any(_scores(p, rows) for p in ast.walk(part))

    return any(name in wanted and is_score(by) for name, by in _decided(node))


def _decided(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """Names, and what decides what they stand for or hold."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            yield from ((name, part.value) for target in part.targets for name in _roots(target))
        elif isinstance(part, ast.Call) and called(part) in KEEPING and isinstance(part.func, ast.Attribute):
            if isinstance(part.func.value, ast.Name):
                yield from ((part.func.value.id, a) for a in part.args)
        elif isinstance(part, ast.If):
            inner = (n for s in part.body for n in ast.walk(s) if isinstance(n, ast.Name))
            yield from ((n.id, part.test) for n in inner if isinstance(n.ctx, ast.Store))


def _scored_names(node: ast.stmt, rows: set[str]) -> set[str]:
    """Names that the statement gives scores on the rows, directly or by way of others."""
    found: set[str] = set()
    assigned = [p for p in ast.walk(node) if isinstance(p, ast.Assign)]
    for _ in range(3):
        for part in assigned:
            if names_in(part.value) & found or any(_scores(p, rows) for p in ast.walk(part.value)):
                found |= {name for target in part.targets for name in _roots(target)}
    return found - rows


def _roots(target: ast.expr) -> Iterator[str]:
    """The names that an assignment binds, or stores into."""
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _roots(element)
    root = target.value if isinstance(target, ast.Subscript | ast.Starred) else target
    if isinstance(root, ast.Name):
        yield root.id


def _scores(node: ast.AST, rows: set[str]) -> bool:
    """Whether the call judges something by the rows."""
    name = called(node)
    judges = name in SCORING or name.endswith(("_score", "_loss", "_error"))
    return judges and isinstance(node, ast.Call) and any(names_in(a) & rows for a in node.args)

"""``del`` of what a pipeline hands over.

A notebook frees memory as it goes: ``del X_train, y_train`` at the foot of a loop over folds. The script returns the
rows that the model was trained on, so their names stay; ``del`` of anything else, and of a local of a function, is as
it was.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ipymlops.pipelines.source_text import Edit, names_loaded, replaced


def names_returned(targets: Iterable[str]) -> frozenset[str]:
    """The variables that the model and its data are told by: ``df[columns]`` needs ``df`` and ``columns``."""
    return frozenset[str]().union(*(names_loaded(ast.parse(t.strip(), mode="eval")) for t in targets))


def without_deletions(source: str, tree: ast.Module, names: frozenset[str]) -> str:
    """The statement without its ``del`` of these names; empty where that was all of it.

    >>> text = "for a in (1, 2):\\n    b = a\\n    del a, b"
    >>> print(without_deletions(text, ast.parse(text), frozenset({"b"})))
    for a in (1, 2):
        b = a
        del a
    """
    edits = []
    for node in _deletions(tree):
        left = [target for target in node.targets if not (isinstance(target, ast.Name) and target.id in names)]
        if len(left) == len(node.targets):
            continue
        if not left and tree.body == [node]:
            return ""
        text = f"del {', '.join(map(ast.unparse, left))}" if left else "pass"
        edits.append(Edit(node, text))
    return replaced(source, edits) if edits else source


def _deletions(node: ast.AST) -> Iterator[ast.Delete]:
    """Those that delete variables of the notebook: not within a function or a class."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Delete):
            yield child
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _deletions(child)

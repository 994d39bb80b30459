"""A slice whose script imports the model's own code from the bundle's module, in place of defining it again.

What a script defined by itself would live in ``__main__`` once more, and the model that it trains could not be loaded
without the script. Definitions that only training uses stay in the script, as their author wrote them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from ipymlops.pipelines.results import Kept, Slice
from ipymlops.pipelines.source_text import bound_here, names_loaded
from ipymlops.registry.code import NOTEBOOK, Code


def with_code(slice_: Slice, codes: Iterable[Code]) -> Slice:
    """The slice as the script will have it."""
    kept = slice_.kept
    for code in codes:
        moved = _imported if code.origin == NOTEBOOK else _renamed
        kept = tuple(moved(k, code) for k in kept)
        if code.origin == NOTEBOOK:
            kept = _without_spent(kept, code, slice_.targets)
    return replace(slice_, kept=kept)


def _imported(kept: Kept, code: Code) -> Kept:
    """A definition, or a lambda with a name, that the module has, as an import of it."""
    statement = kept.statement
    bound = bound_here(ast.parse(statement.source))
    if statement.index not in code.statements or statement.role == "import" or len(bound) != 1:
        return kept
    (name,) = bound
    if name not in code.names:
        return kept
    source = f"from {code.module} import {name}"
    return replace(kept, statement=replace(statement, source=source, role="import"))


def _renamed(kept: Kept, code: Code) -> Kept:
    """An import of a file beside the notebook, as one of the module that has its place."""
    if kept.statement.role != "import":
        return kept
    node = ast.parse(kept.statement.source).body[0]
    if isinstance(node, ast.ImportFrom) and node.module == code.origin and not node.level:
        node.module = code.module
    elif isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name == code.origin:
                alias.name, alias.asname = code.module, alias.asname or code.origin
    else:
        return kept
    return replace(kept, statement=replace(kept.statement, source=ast.unparse(node)))


def _without_spent(kept: tuple[Kept, ...], code: Code, targets: Iterable[str]) -> tuple[Kept, ...]:
    """Without the imports, helpers and constants of the module that nothing in the script reads any more."""
    trees = {k.statement.index: ast.parse(k.statement.source) for k in kept}
    moved = set(code.statements) & trees.keys()
    needed = frozenset[str]().union(
        *(names_loaded(ast.parse(t)) for t in targets), *(names_loaded(trees[i]) for i in trees.keys() - moved)
    )
    while needing := {i for i in moved if _makes(trees[i]) & needed}:
        moved -= needing
        needed = needed.union(*(names_loaded(trees[i]) for i in needing))
    return tuple(k for k in kept if k.statement.index not in moved)


def _makes(tree: ast.Module) -> frozenset[str]:
    """The names whose value it makes or, where it binds none, may change."""
    return bound_here(tree) or names_loaded(tree)

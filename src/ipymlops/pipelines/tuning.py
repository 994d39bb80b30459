"""Where a script or a module searches for parameters, and the calls by which a script hands its searches over."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.pipelines.source_text import Edit, replaced
from ipymlops.pipelines.tuned import SEARCHES

if TYPE_CHECKING:
    from ipymlops.pipelines.imports import Imported
    from ipymlops.pipelines.layout import Line


def with_tuning(lines: Iterable[Line], imports: Iterable[Imported], pipeline: str) -> dict[int, Line]:
    """The lines by statement, each search in them handed to ``pipeline.as_tuned``."""
    made_by = {i.binds for i in imports if i.name in SEARCHES}
    places: Counter[int] = Counter()
    return {x.statement.index: _with_tuning(x, made_by, pipeline, places) for x in lines}


def _with_tuning(line: Line, made_by: set[str], pipeline: str, places: Counter[int]) -> Line:
    execution, edits = line.statement.execution, []
    for call in _searches(line.tree, made_by):
        places[execution] += 1
        text = ast.get_source_segment(line.source, call)
        edits.append(Edit(call, f'{pipeline}.as_tuned({text}, "In [{execution}] {places[execution]}")'))
    return type(line).of(line.statement, replaced(line.source, edits)) if edits else line


def _searches(node: ast.AST, made_by: set[str]) -> Iterable[ast.Call]:
    """The calls that make a search; not those inside of another, whose copies are what is fitted."""
    if isinstance(node, ast.Call):
        match node.func:
            case ast.Name(id=name) if name in made_by:
                yield node
                return
            case ast.Attribute(attr=name) if name in SEARCHES:
                yield node
                return
    for child in ast.iter_child_nodes(node):
        yield from _searches(child, made_by)


def searches_beside(folder: Path, names: Iterable[str]) -> list[str]:
    """In words, which of the files and packages of the folder search for parameters themselves: no script can hand
    those searches over."""
    return [
        f"{file.relative_to(folder).as_posix()} searches for parameters itself ({', '.join(made)}): "
        "every run does so again"
        for file in _modules(folder, names)
        if (made := _made_in(file))
    ]


def _modules(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in sorted(names):
        yield from sorted((folder / name).rglob("*.py")) if (folder / name).is_dir() else [folder / name]


def _made_in(file: Path) -> list[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return []
    imports = [alias for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names]
    named = {alias.asname or alias.name: alias.name for alias in imports if alias.name in SEARCHES}
    calls = [ast.unparse(call.func).rpartition(".")[2] for call in _searches(tree, set(named))]
    return sorted({named.get(name, name) for name in calls})

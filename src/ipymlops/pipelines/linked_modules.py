"""Modules that a bundle takes along import each other by the names that they have there.

A file beside the notebook may import another one, and a module of a package its neighbours. Each becomes a module of
the bundle, named after its source, so what it imports has to be named first.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ipymlops.errors import UnsafeModel
from ipymlops.pipelines.source_text import Edit, replaced

Named = Callable[[str], str]  # the full name of a local module -> its name in the bundle


@dataclass(frozen=True, slots=True)
class Place:
    """Where a module stands: its full name, and the folder that all local names start in."""

    name: str
    root: Path

    @classmethod
    def of(cls, name: str, file: Path) -> Place:
        """The place of an imported module."""
        depth = name.count(".") + (file.name == "__init__.py")
        return cls(name, file.resolve().parents[depth])

    def file(self, name: str) -> Path | None:
        """The file of a module of this full name, if it is a local one."""
        path = self.root.joinpath(*name.split("."))
        return next((p for p in (path.with_name(f"{path.name}.py"), path / "__init__.py") if p.is_file()), None)

    @property
    def package(self) -> str:
        """What relative imports start from."""
        own = self.file(self.name) if self.name else None
        return self.name if own is not None and own.name == "__init__.py" else self.name.rpartition(".")[0]


def linked(source: str, place: Place, named: Named) -> str:
    """The source with its imports of local modules under the names that these have in the bundle."""
    edits = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            words = list(_imports(node, place, named))
            if any(changed for _, changed in words):
                edits.append(Edit(node, "; ".join(text for text, _ in words)))
    return replaced(source, edits) if edits else source


def _imports(node: ast.Import | ast.ImportFrom, place: Place, named: Named) -> Iterator[tuple[str, bool]]:
    """One import a name, and whether it is another one than before."""
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        whole = importlib.util.resolve_name(module, place.package) if node.level else module
        for alias in node.names:
            yield _from(whole, alias, place, named)
        return
    for alias in node.names:
        if place.file(alias.name) is None:
            yield f"import {ast.unparse(alias)}", False
        elif alias.asname or "." not in alias.name:
            yield f"import {named(alias.name)} as {alias.asname or alias.name}", True
        else:
            raise UnsafeModel(
                f"The module {place.name or 'of the notebook'} holds `import {alias.name}`, a module of your own",
                expected="an import that gives it one name",
                next_step=f"write `from {alias.name.rpartition('.')[0]} import {alias.name.rpartition('.')[2]}`",
            )


def _from(module: str, alias: ast.alias, place: Place, named: Named) -> tuple[str, bool]:
    own = f"{module}.{alias.name}"
    if place.file(own) is not None:
        return f"import {named(own)} as {alias.asname or alias.name}", True
    if place.file(module) is not None:
        return f"from {named(module)} import {ast.unparse(alias)}", True
    return f"from {module} import {ast.unparse(alias)}", False


def imports_of(source: str) -> tuple[str, ...]:
    """The full names of the modules that a source imports, in their order."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name: None for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found[node.module] = None
    return tuple(found)

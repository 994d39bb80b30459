"""The imports of a script: only the names that are used, each once, sorted, and which ones must not be moved."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 100  # of a line of imports, before its names get a line each


@dataclass(frozen=True, slots=True, order=True)
class Imported:
    """One name that one import binds. ``name`` is None in ``import module``."""

    module: str
    name: str | None
    alias: str | None
    level: int = 0

    @property
    def binds(self) -> str:
        """The name in the namespace; ``*`` for a star import."""
        return self.alias or (self.name if self.name is not None else self.module.partition(".")[0])

    def __str__(self) -> str:
        renamed = f" as {self.alias}" if self.alias else ""
        if self.name is None:
            return f"import {self.module}{renamed}"
        return f"from {'.' * self.level}{self.module} import {self.name}{renamed}"


def read_import(source: str) -> tuple[Imported, ...]:
    """What one import statement binds."""
    node = ast.parse(source).body[0]
    if isinstance(node, ast.Import):
        return tuple(Imported(a.name, None, a.asname) for a in node.names)
    assert isinstance(node, ast.ImportFrom)
    return tuple(Imported(node.module or "", a.name, a.asname, node.level) for a in node.names)


def narrowed(imports: Iterable[Imported], used: frozenset[str], wanted: frozenset[str]) -> tuple[Imported, ...]:
    """The names of one statement that are in ``used``; all of them where none was ever ``wanted``, because then it
    stands there for its effect (``from sklearn.experimental import enable_iterative_imputer``)."""
    found = tuple(imports)
    if not any(i.binds in wanted for i in found):
        return found
    return tuple(i for i in found if i.binds in used or i.binds == "*")


def ambiguous(groups: Iterable[tuple[Imported, ...]], bound_elsewhere: frozenset[str]) -> frozenset[str]:
    """The names that mean different things at different times: their imports must stay where they are."""
    meanings = Counter(i.binds for i in {i for group in groups for i in group} if i.name is not None or i.alias)
    return frozenset(n for n, count in meanings.items() if count > 1 and n != "*") | bound_elsewhere


def rendered(imports: Iterable[Imported]) -> str:
    """The imports as text: future, standard library, third party, our own, each group sorted."""
    groups: dict[int, list[Imported]] = {}
    for one in dict.fromkeys(imports):
        groups.setdefault(_group(one), []).append(one)
    return "\n\n".join("\n".join(_lines(groups[g])) for g in sorted(groups))


def modules(imports: Iterable[Imported]) -> tuple[str, ...]:
    """The modules in full, each once; what ``from a import b`` brings may be one too: ``a.b``."""
    named = (f"{i.module}.{i.name}" if i.name not in (None, "*") else i.module for i in imports if not i.level)
    return tuple(dict.fromkeys(named))


def _group(one: Imported) -> int:
    top = one.module.partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top == "ipymlops" else 2


def _lines(group: list[Imported]) -> list[str]:
    whole = [str(i) for i in sorted((i for i in group if i.name is None), key=str)]
    parts: dict[str, list[Imported]] = {}
    for i in group:
        if i.name is not None:
            parts.setdefault("." * i.level + i.module, []).append(i)
    return whole + [_from(module, names) for module, names in sorted(parts.items())]


def _from(module: str, names: list[Imported]) -> str:
    if any(i.name == "*" for i in names):
        return f"from {module} import *"
    words = sorted((f"{i.name} as {i.alias}" if i.alias else str(i.name) for i in names), key=_case_sorted)
    line = f"from {module} import {', '.join(words)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {w},\n" for w in words) + ")"


def _case_sorted(word: str) -> tuple[int, str]:
    name = word.split(" ")[0]
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, word)

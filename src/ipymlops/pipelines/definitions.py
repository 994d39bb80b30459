"""Which functions and classes of a notebook can stand at the top of a module, where they can be imported."""

from __future__ import annotations

import ast
import symtable
from collections import Counter
from collections.abc import Mapping


def importable(definitions: Mapping[int, str], variables: frozenset[str], bound: Counter[str]) -> frozenset[int]:
    """The definitions (by statement index) that read only imports, built-ins and each other.

    ``variables`` are the names that only ``train`` has; ``bound`` counts how often each name is bound at all.
    A function that is defined again later must stay where it is: it means something else before.
    """
    inside: dict[int, str] = {}
    hoisted = dict(definitions)
    local = set(variables)
    while True:
        leaving = {
            index: source
            for index, source in hoisted.items()
            if bound[name_of(source)] > 1 or free_names(source) & local or _runs_code(source)
        }
        if not leaving:
            return frozenset(hoisted)
        inside |= leaving
        local |= {name_of(source) for source in leaving.values()}
        hoisted = {i: s for i, s in hoisted.items() if i not in leaving}


def name_of(source: str) -> str:
    """The name that the definition binds."""
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return node.name


def free_names(source: str) -> frozenset[str]:
    """The names that the definition takes from outside: globals of its bodies, and its decorators and defaults."""
    return names_outside(source) - {name_of(source)}


def names_outside(source: str) -> frozenset[str]:
    """The globals that a statement reads, at once or when what it makes is called; parameters are none."""
    top = symtable.symtable(source, "<definition>", "exec")
    found = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    tables = list(top.get_children())
    while tables:
        table = tables.pop()
        found |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        tables.extend(table.get_children())
    return frozenset(found)


def _runs_code(source: str) -> bool:
    """Whether defining it draws random numbers, so that its place in the order counts."""
    node = ast.parse(source).body[0]
    header: list[ast.AST] = list(getattr(node, "decorator_list", []))
    if isinstance(node, ast.ClassDef):
        header += [*node.bases, *(s for s in node.body if not isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef))]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        header += [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
    calls = [n for part in header for n in ast.walk(part) if isinstance(n, ast.Call)]
    return any("random" in ast.unparse(call.func) for call in calls)

"""Paths that a script finds in what it reads: in a configuration, a table of files, an environment variable.

Nobody knows them before the script runs. What reads them is handed to ``pipeline.file``, which knows where they lie.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from ipymlops.pipelines.source_text import names_bound, names_loaded

PIPELINE = "__pipeline__"  # stands for the name that the script has for its pipeline
_READS = re.compile(r"^((read|scan|load|safe_load|full_load)\w*|open|dotenv_values|getenv|parse_args)$")
_SETTINGS = re.compile(r"\.(json|ya?ml|toml|ini|cfg|conf|env)$")
_ENVIRONMENT = re.compile(r"\b(environ|getenv)\b")
_TEXT = ("get", "getenv", "join", "joinpath", "format", "expanduser", "strip", "pop")


def is_looked_up(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether the expression takes a path out of what was read, given the names of ``names_looked_up``."""
    if isinstance(node, ast.Name):
        return f"{node.id} is a path" in names
    return _is_text(node) and not _reads(node) and _comes_from(node, names)


def names_looked_up(trees: Iterable[ast.Module]) -> frozenset[str]:
    """The names that stand for what was read, or for something out of it. For one that is a path itself, there is
    ``NAME is a path``, too: a table or an open file is none."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    functions = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
    found: frozenset[str] = frozenset()
    while True:
        now = found.union(*(_binds(node, found, functions) for node in nodes))
        if now == found:
            return found
        found = now


def _binds(node: ast.AST, names: frozenset[str], functions: dict[str, ast.FunctionDef]) -> set[str]:
    match node:
        case ast.Assign(targets=targets, value=value) if _read_or_found(value, names):
            return _bound(targets, path=is_looked_up(value, names))
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _read_or_found(value, names):
            return _bound([target], path=is_looked_up(value, names))
        case ast.For(target=target, iter=items) | ast.comprehension(target=target, iter=items) if _read_or_found(
            items, names
        ):
            return _bound([target], path=True)
        case ast.withitem(context_expr=manager, optional_vars=ast.expr() as target) if _read_or_found(manager, names):
            return _bound([target], path=False)
        case ast.FunctionDef(name=name) if any(_read_or_found(value, names) for value in _returned(node)):
            return {name}
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="read"), args=args) if any(map(_reads, args)):
            return {name}  # a ConfigParser
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            return _parameters(node, functions[name], names)
    return set()


def _bound(targets: Iterable[ast.expr], *, path: bool) -> set[str]:
    bound = frozenset[str]().union(*(names_bound(t) for t in targets))
    return {*bound, *(f"{name} is a path" for name in bound if path)}


def _parameters(call: ast.Call, function: ast.FunctionDef, names: frozenset[str]) -> set[str]:
    """The parameters that are given what was read."""
    given = dict(zip((a.arg for a in function.args.args), call.args, strict=False))
    given |= {k.arg: k.value for k in call.keywords if k.arg is not None}
    found = [(name, value) for name, value in given.items() if _comes_from(value, names)]
    return {text for name, value in found for text in _bound([ast.Name(name, ast.Store())], path=_is_text(value))}


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    return (n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None)


def _read_or_found(node: ast.expr, names: frozenset[str]) -> bool:
    return _reads(node) or _comes_from(node, names)


def _comes_from(node: ast.expr, names: frozenset[str]) -> bool:
    return bool(names_loaded(node) & names) or bool(_ENVIRONMENT.search(ast.unparse(node)))


def _reads(node: ast.AST) -> bool:
    """Whether a call in it reads a file, or names one of settings."""
    return any(
        (isinstance(n, ast.Call) and _READS.match(ast.unparse(n.func).rpartition(".")[2]) is not None)
        or (isinstance(n, ast.Constant) and isinstance(n.value, str) and _SETTINGS.search(n.value) is not None)
        for n in ast.walk(node)
        if not _is_getenv(n)
    )


def _is_getenv(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("getenv")


def _is_text(node: ast.expr) -> bool:
    """Whether the expression may be a path: an element, an attribute, or a text put together."""
    match node:
        case ast.Name() | ast.Subscript() | ast.Attribute() | ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add() | ast.Mod() | ast.Div()) | ast.BoolOp() | ast.IfExp():
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _TEXT
        case ast.Call(func=ast.Name(id=name)):
            return name in ("str", "Path", "getenv")
    return False

"""Editing source as text: replace expressions and indent statements without touching a character of anything else."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

INDENT = "    "


@dataclass(frozen=True, slots=True)
class Edit:
    """Put ``text`` in the place of one expression or statement."""

    node: ast.expr | ast.stmt
    text: str


def replaced(source: str, edits: Iterable[Edit]) -> str:
    """The source with each expression replaced; expressions must not overlap."""
    starts = _line_starts(source)
    data = source.encode()
    spans = [(_offset(starts, e.node.lineno, e.node.col_offset), _end(starts, e.node), e.text) for e in edits]
    for start, end, text in sorted(spans, reverse=True):
        data = data[:start] + text.encode() + data[end:]
    return data.decode()


def indented(source: str, by: str = INDENT) -> str:
    """The source one level deeper. Lines inside a string of several lines stay as they are: they are its value."""
    inside = lines_inside_strings(source)
    lines = source.split("\n")
    return "\n".join(
        by + line if line.strip() and number not in inside else line for number, line in enumerate(lines, 1)
    )


def lines_inside_strings(source: str) -> frozenset[int]:
    """The numbers of the lines that begin inside a string literal."""
    inside: set[int] = set()
    open_strings: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(source + "\n").readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif kind.endswith("STRING_START"):  # f-strings are several tokens from Python 3.12 on
            open_strings.append(token.start[0])
        elif kind.endswith("STRING_END"):
            inside.update(range(open_strings.pop() + 1, token.end[0] + 1))
    return frozenset(inside)


def comments_above(source: str) -> int:
    """How many lines of comments, and of nothing, stand above the statement."""
    lines = enumerate(source.split("\n"))
    return next((n for n, text in lines if text.strip() and not text.lstrip().startswith("#")), 0)


def names_loaded(node: ast.AST) -> frozenset[str]:
    """Every name that is read anywhere below the node."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def names_bound(node: ast.AST) -> frozenset[str]:
    """Every name that is bound or deleted anywhere below the node, inside functions too."""
    return frozenset[str]().union(*(_binds(n) for n in ast.walk(node)))


def _binds(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).partition(".")[0] for alias in names}
        case ast.arg(arg=name):
            return {name}
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
        case ast.MatchMapping(rest=str(name)):
            return {name}
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return set(names)
    return set()


def bound_here(node: ast.AST) -> frozenset[str]:
    """The names that running the statement binds in its own scope; what is local to functions is not among them."""
    own = _Own()
    own.visit(node)
    return frozenset(own.found)


class _Own(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.found.add(node.name)
            self.found |= declared_global(node)
            for part in node.decorator_list:
                self.visit(part)
        elif isinstance(node, ast.Lambda):
            return
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            self.found |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
        else:
            self.found |= _binds(node)
            super().generic_visit(node)


def declared_global(node: ast.AST) -> frozenset[str]:
    """The names of every ``global`` statement below the node."""
    return frozenset(name for n in ast.walk(node) if isinstance(n, ast.Global) for name in n.names)


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _offset(starts: list[int], line: int, column: int) -> int:
    return starts[line - 1] + column  # ast counts columns in UTF-8 bytes


def _end(starts: list[int], node: ast.expr | ast.stmt) -> int:
    return _offset(starts, node.end_lineno or node.lineno, node.end_col_offset or 0)


def awaits(node: ast.AST) -> bool:
    """Whether the statement itself awaits, outside of any function it defines."""
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return False
    if isinstance(node, ast.comprehension) and node.is_async:
        return True
    return any(awaits(child) for child in ast.iter_child_nodes(node))

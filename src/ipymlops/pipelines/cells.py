"""One executed cell as the statements that took effect, each with its own text."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

from ipymlops.capture.cell_run import CellRun
from ipymlops.pipelines.magics import LEFT_OUT, plain
from ipymlops.pipelines.results import Role
from ipymlops.pipelines.source_text import comments_above, indented

COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Stands for what a magic did that we do not know.
UNSAID = f"{LEFT_OUT}(0, changes=False)"
MAGIC = re.compile(r"^\s*%{1,2}(\w+).*$", re.MULTILINE)
_WITHIN = re.compile(rf"^(\s+){LEFT_OUT}\(.*, within=True\)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One top-level statement of a cell. ``raised``: it did not finish, so it may have had a part of its effect."""

    node: ast.stmt
    source: str
    role: Role
    line: int
    raised: bool = False

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line of the cell that are its own, the comments above it included."""
        return self.line - comments_above(self.source), _last_line(self.node)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one execution did, statement by statement."""

    run: CellRun
    parts: tuple[Part, ...]
    requirements: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # words; the calls of LEFT_OUT in ``parts`` hold positions in it
    unreadable: str = ""  # why no statement could be read, if so


def read_cell(run: CellRun) -> Cell:
    """The statements of the cell that took effect, in order."""
    cell = plain(run.source)
    try:
        tree = compile(cell.text, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError) as error:
        # A cell that is not Python did nothing, unless an extension of the notebook made it work.
        words = f"In [{run.execution}] is not plain Python ({error})" if run.succeeded else ""
        return Cell(run, (), cell.requirements, unreadable=words)
    assert isinstance(tree, ast.Module)
    parts = _effective(_parts(tree, cell.text), run, cell.text)
    if not parts and (words := _unsaid(run)):
        parts, left_out = _parts(ast.parse(UNSAID), UNSAID), (words,)
        return Cell(run, tuple(parts), cell.requirements, left_out)
    return Cell(run, tuple(parts), cell.requirements, cell.left_out)


def _unsaid(run: CellRun) -> str:
    """What a cell without statements was seen to do, by a magic that we do not know; our own changes nothing."""
    magic = next((m for m in MAGIC.finditer(run.source) if m[1] != "mlops"), None)
    changed = dict.fromkeys((*run.rebound, *run.mutated))
    if magic is None or not changed or run.running:
        return ""
    return f"`{magic[0].strip()}` changes {', '.join(f'`{name}`' for name in changed)}, which no statement does"


def _parts(tree: ast.Module, text: str) -> list[Part]:
    lines = [_WITHIN.sub(r"\1pass", line) for line in text.splitlines()]
    parts = []
    for position, node in enumerate(tree.body):
        previous = tree.body[position - 1] if position else None
        following = tree.body[position + 1] if position + 1 < len(tree.body) else None
        if isinstance(node, ast.Pass):
            continue
        source = _text_of(node, previous, following, lines)
        parts.append(Part(node, source, _role(node), _first_line(node)))
    return parts


def _text_of(node: ast.stmt, previous: ast.stmt | None, following: ast.stmt | None, lines: list[str]) -> str:
    first, last = _first_line(node), _last_line(node)
    shares_start = previous is not None and _last_line(previous) == first
    shares_end = following is not None and _first_line(following) == last
    body = lines[first - 1 : last]
    body[-1] = _cut(body[-1], 0, node.end_col_offset) if shares_end else _without_semicolon(body[-1], node)
    if shares_start:
        body[0] = _cut(body[0], node.col_offset)
    above = [] if shares_start else _comments_in(lines[_last_line(previous) if previous else 0 : first - 1])
    below = [] if following else lines[last:]
    return "\n".join([*above, *body, *below[: _end_of_comments(below)]])


def _cut(line: str, start: int, end: int | None = None) -> str:
    return line.encode()[start:end].decode()  # ast counts columns in UTF-8 bytes


def _comments_in(gap: list[str]) -> list[str]:
    """From the first comment on; a header with an empty line below it belongs to what comes next."""
    return gap[next((n for n, line in enumerate(gap) if line.lstrip().startswith("#")), len(gap)) :]


def _end_of_comments(lines: list[str]) -> int:
    return max((n for n, line in enumerate(lines, 1) if line.lstrip().startswith("#")), default=0)


def _without_semicolon(line: str, node: ast.stmt) -> str:
    end = len(_cut(line, 0, node.end_col_offset))
    rest = line[end:].lstrip()
    if not rest.startswith(";"):
        return line.rstrip()
    comment = rest.lstrip("; \t")
    return f"{line[:end]}  {comment}".rstrip()


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _role(node: ast.stmt) -> Role:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import"
    return "definition" if isinstance(node, DEFINITIONS) else "statement"


def _effective(parts: list[Part], run: CellRun, text: str) -> list[Part]:
    """The parts that ran; the one that raised is wrapped so that it may raise again."""
    if run.succeeded:
        return parts
    if not _compiles(text):
        return []  # it never started
    if run.failed_line is None:
        return [_wrapped(p) for p in parts]
    done = [p for p in parts if _last_line(p.node) < run.failed_line]
    failing = [p for p in parts if p.line <= run.failed_line <= _last_line(p.node)]
    if run.running:
        # The snapshot was taken by this very statement; only a block may have done something before.
        return done + [p for p in failing if isinstance(p.node, COMPOUND)]
    return done + ([_together(failing)] if len(failing) > 1 else [_wrapped(p) for p in failing])


def _together(parts: list[Part]) -> Part:
    """Statements of one line, of which nobody saw which one raised: none runs after it."""
    body: list[ast.stmt] = []
    for part in reversed(parts):
        begun = ast.If(ast.Compare(ast.Constant(0), [ast.Lt()], [ast.Constant(0)]), [part.node, *body], [])
        body = [ast.fix_missing_locations(ast.copy_location(begun, part.node))]
    first, last = parts[0], parts[-1]
    body[0].end_lineno = _last_line(last.node)
    source = "\n".join(p.source for p in parts)
    return _wrapped(Part(body[0], source, "statement", first.line))


def _wrapped(part: Part) -> Part:
    if part.role != "statement":
        return replace(part, raised=True)
    source = f"try:\n{indented(part.source)}\nexcept Exception:\n    pass  # it raised in the notebook, too"
    return Part(part.node, source, part.role, part.line, raised=True)


def _compiles(text: str) -> bool:
    try:
        compile(text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError):
        return False
    return True

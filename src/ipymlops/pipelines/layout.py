"""What of a slice stands where in its script: imports and definitions on top, the rest in one function."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ipymlops.pipelines import imports as imported
from ipymlops.pipelines.definitions import importable
from ipymlops.pipelines.deletions import names_returned, without_deletions
from ipymlops.pipelines.hidden import READS_WORDS, WORD
from ipymlops.pipelines.imports import Imported
from ipymlops.pipelines.inputs import parameterised
from ipymlops.pipelines.looked_up import PIPELINE
from ipymlops.pipelines.paths import known
from ipymlops.pipelines.results import PipelineInput, Slice, Statement
from ipymlops.pipelines.source_text import (
    awaits,
    bound_here,
    comments_above,
    declared_global,
    names_bound,
    names_loaded,
)
from ipymlops.pipelines.tuning import with_tuning

# After one of these, an import may find something else than before, so it stays where it is.
MOVES_IMPORTS = ("sys.path", "os.environ", "os.chdir", "os.putenv")
ABOUT_IMPORTS = re.compile(r"\b(import|librar|packag|modul|dependenc)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A kept statement as it will be written."""

    statement: Statement
    source: str
    tree: ast.Module

    @property
    def role(self) -> str:
        """Of the statement."""
        return self.statement.role

    @classmethod
    def of(cls, statement: Statement, source: str) -> Line:
        """Parse it."""
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, "<statement>", "exec", flags)
        assert isinstance(tree, ast.Module)
        return cls(statement, source, tree)


@dataclass(frozen=True, slots=True)
class Names:
    """Our own names, out of the way of the author's."""

    pipeline: str
    Pipeline: str
    Path: str
    train: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole script before it is text."""

    imports: tuple[Imported, ...]
    definitions: tuple[Line, ...]
    body: tuple[Line, ...]
    globals: tuple[str, ...]
    awaits: bool
    names: Names


def plan_of(slice_: Slice, inputs: Sequence[PipelineInput]) -> Plan:
    """What is imported on top, what is defined there, and what stays in the function."""
    sources = parameterised(slice_, inputs)
    lines = [_written_out(Line.of(k.statement, sources[k.statement.index])) for k in slice_.kept]
    lines = [line for line in _handing_over(lines, slice_.targets) if not _is_global(line)]
    lines = _without_spent_paths(lines, slice_.targets)
    hoisted, lines = _hoist_imports(slice_, lines)
    variables = frozenset(i.name for i in inputs).union(*(bound_here(x.tree) for x in lines if x.role != "definition"))
    shared = frozenset[str]().union(
        *(declared_global(Line.of(k.statement, k.statement.source).tree) for k in slice_.kept)
    )
    bound = Counter(name for line in lines for name in bound_here(line.tree))
    definitions = {x.statement.index: x.source for x in lines if x.role == "definition"}
    top = importable(definitions, variables - shared, bound)
    names = _own_names(lines, hoisted, inputs)
    lines = [Line.of(x.statement, x.source.replace(f"{PIPELINE}.", f"{names.pipeline}.")) for x in lines]
    tuned = with_tuning(lines, (*hoisted, *_imported_inside(lines)), names.pipeline)
    body = tuple(tuned[x.statement.index] for x in lines if x.statement.index not in top)
    return Plan(
        imports=hoisted,
        definitions=tuple(tuned[x.statement.index] for x in lines if x.statement.index in top),
        body=body,
        globals=tuple(sorted(shared)),
        awaits=any(awaits(x.tree) for x in body),
        names=names,
    )


def _handing_over(lines: list[Line], targets: Iterable[str]) -> list[Line]:
    """Without what would delete the names that the function returns."""
    names = names_returned(targets)
    written = [(line, without_deletions(line.source, line.tree, names)) for line in lines]
    return [line if text == line.source else Line.of(line.statement, text) for line, text in written if text]


def _written_out(line: Line) -> Line:
    """``exec`` of a text as the statements of that text: inside a function it could not bind their names."""
    match line.tree.body:
        case [ast.Expr(ast.Call(func=ast.Name(id="exec"), args=[ast.Constant(value=str(text))], keywords=[]))]:
            return Line.of(line.statement, text.strip())
    return line


def _imported_inside(lines: Iterable[Line]) -> list[Imported]:
    return [
        i
        for line in lines
        for node in ast.walk(line.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for i in imported.read_import(ast.unparse(node))
    ]


def _as_typed(slice_: Slice) -> list[Line]:
    return [Line.of(k.statement, k.statement.source) for k in slice_.kept]


def _hoist_imports(slice_: Slice, lines: list[Line]) -> tuple[tuple[Imported, ...], list[Line]]:
    """The imports that may stand on top, narrowed to what is used, and the lines that remain."""
    targets = [ast.parse(t.strip(), mode="eval") for t in slice_.targets]
    rest = [x for x in lines if x.role != "import"]
    used = frozenset[str]().union(*(names_loaded(t) for t in [*targets, *(x.tree for x in rest)]))
    groups = {x.statement.index: imported.read_import(x.source) for x in lines if x.role == "import"}
    used |= _read_from_texts(rest, groups.values())
    wanted = used.union(*(names_loaded(x.tree) for x in _as_typed(slice_) if x.role != "import"))
    bound = frozenset[str]().union(*(bound_here(x.tree) for x in rest))
    fixed = imported.ambiguous(groups.values(), bound)
    hoisted: list[Imported] = []
    remaining: list[Line] = []
    moved = False
    header: dict[int, str] = {}  # execution -> the comments above its imports
    for line in lines:
        moved = moved or (line.role != "import" and any(word in line.source for word in MOVES_IMPORTS))
        if line.role != "import":
            remaining.append(_under(header.pop(line.statement.execution, ""), line))
            continue
        header[line.statement.execution] = header.get(line.statement.execution, "") + _comments(line.source)
        group = imported.narrowed(groups[line.statement.index], used, wanted)
        on_top = {i.binds for i in hoisted}  # a name that the function bound too would be its own everywhere in it
        stays = [i for i in group if i.binds in fixed or (moved and i.name != "*" and i.binds not in on_top)]
        hoisted += [i for i in group if i not in stays]
        if stays:
            left = Line.of(line.statement, "\n".join(str(i) for i in stays))
            remaining.append(_under(header.pop(line.statement.execution), left))
    return tuple(hoisted), remaining


def _read_from_texts(lines: Iterable[Line], groups: Iterable[tuple[Imported, ...]]) -> frozenset[str]:
    """The words of texts, where a library is imported that looks names up by them: ``np`` of "y ~ np.log(a)"."""
    if not any(READS_WORDS.search(i.module) for group in groups for i in group):
        return frozenset()
    texts = (n.value for line in lines for n in ast.walk(line.tree) if isinstance(n, ast.Constant))
    return frozenset(word for text in texts if isinstance(text, str) for word in WORD.findall(text))


def _comments(source: str) -> str:
    """What stands above an import and is not about imports: it heads what comes after them."""
    lines = source.split("\n")[: comments_above(source)]
    return "".join(f"{line}\n" for line in lines if not ABOUT_IMPORTS.search(line))


def _under(header: str, line: Line) -> Line:
    return replace(line, source=header + line.source) if header.strip() else line


def _without_spent_paths(lines: list[Line], targets: Iterable[str]) -> list[Line]:
    """Drop the assignments that only spelled a path which is a parameter now."""
    needed = names_returned(targets)
    while True:
        used = needed.union(*(names_loaded(x.tree) for x in lines))
        left = [x for x in lines if not _spells_unused_path(x.tree, used)]
        if len(left) == len(lines):
            return lines
        lines = left


def _spells_unused_path(tree: ast.Module, used: frozenset[str]) -> bool:
    match tree.body:
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)] if name not in used:
            return isinstance(value, ast.Name) or known(value, {}) is not None
    return False


def _is_global(line: Line) -> bool:
    """A ``global`` on the top level of a cell, which means nothing there."""
    return isinstance(line.tree.body[0], ast.Global)


def _own_names(lines: list[Line], hoisted: Sequence[Imported], inputs: Sequence[PipelineInput]) -> Names:
    taken = {i.binds for i in hoisted} | {i.name for i in inputs}
    taken = taken.union(*(names_bound(x.tree) | names_loaded(x.tree) for x in lines))
    path = Imported("pathlib", "Path", None)
    bound = {i.binds for i in hoisted if i != path}.union(*(names_bound(x.tree) for x in lines))
    return Names(
        pipeline=_first_free(("pipeline", "retraining", "retraining_pipeline"), taken),
        Pipeline=_first_free(("Pipeline", "RetrainingPipeline"), taken),
        Path="FilePath" if "Path" in bound else "Path",
        train=_first_free(("train", "train_model", "retrain_model"), taken),
    )


def _first_free(candidates: tuple[str, ...], taken: set[str]) -> str:
    return next((c for c in candidates if c not in taken), f"_{candidates[-1]}")

"""The exported script: its author's statements in their order, made a function of the files that it reads."""

from __future__ import annotations

import ast
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ipymlops.errors import BadInput
from ipymlops.pipelines import imports as imported
from ipymlops.pipelines.definitions import importable
from ipymlops.pipelines.docstring import docstring
from ipymlops.pipelines.imports import Imported
from ipymlops.pipelines.inputs import folders_written, parameterised
from ipymlops.pipelines.paths import known
from ipymlops.pipelines.results import PipelineInput, Slice, Statement, Verification
from ipymlops.pipelines.source_text import (
    INDENT,
    awaits,
    bound_here,
    declared_global,
    indented,
    names_bound,
    names_loaded,
)

# After one of these, an import may find something else than before, so it stays where it is.
MOVES_IMPORTS = ("sys.path", "os.environ", "os.chdir", "os.putenv")
SEEDED = (
    "# This cell draws random numbers without a seed. A verification replays the notebook's; any other run",
    "# starts here from a fixed seed, so that the same files give the same model.",
)


def write_script(
    slice_: Slice,
    inputs: Sequence[PipelineInput],
    *,
    model: str,
    version: int,
    notebook: str | None,
    requirements: Sequence[str] = (),
    verification: Verification | None = None,
    notes: Sequence[str] = (),
) -> str:
    """``retrain.py`` of a slice. Raises BadInput where its statements cannot stand in one function."""
    plan = _plan(slice_, inputs)
    words = plan.names
    parts = [
        docstring(model, version, notebook, verification, (*slice_.left_out, *notes)),
        _metadata(requirements),
        "",
        imported.rendered([*plan.imports, *_own_imports(words)]),
        "",
        f'{words.pipeline} = {words.Pipeline}("{model}", bundle={words.Path}(__file__).parent / "bundle")',
        "",
        "",
        *(f"{line.source}\n\n" for line in plan.definitions),
        f"@{words.pipeline}.train",
        f"{'async ' if plan.awaits else ''}def {words.train}({_parameters(inputs)}):",
        _body(slice_, plan),
        "",
        "",
        'if __name__ == "__main__":',
        f"{INDENT}{words.pipeline}.main()",
        "",
    ]
    text = "\n".join(parts)
    _check(text)
    return text


def modules_needed(slice_: Slice, inputs: Sequence[PipelineInput]) -> tuple[str, ...]:
    """The top-level modules that the script imports."""
    plan = _plan(slice_, inputs)
    inside = [i for line in plan.body if line.role == "import" for i in imported.read_import(line.source)]
    nested = [
        i
        for line in (*plan.body, *plan.definitions)
        for node in ast.walk(line.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for i in imported.read_import(ast.unparse(node))
    ]
    return imported.modules([*plan.imports, *inside, *nested])


# --- what stands where


@dataclass(frozen=True, slots=True)
class _Line:
    """A kept statement as it will be written."""

    statement: Statement
    source: str
    tree: ast.Module

    @property
    def role(self) -> str:
        return self.statement.role

    @classmethod
    def of(cls, statement: Statement, source: str) -> _Line:
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, "<statement>", "exec", flags)
        assert isinstance(tree, ast.Module)
        return cls(statement, source, tree)


@dataclass(frozen=True, slots=True)
class _Names:
    """Our own names, out of the way of the author's."""

    pipeline: str
    Pipeline: str
    Path: str
    train: str


@dataclass(frozen=True, slots=True)
class _Plan:
    imports: tuple[Imported, ...]
    definitions: tuple[_Line, ...]
    body: tuple[_Line, ...]
    globals: tuple[str, ...]
    awaits: bool
    names: _Names


def _plan(slice_: Slice, inputs: Sequence[PipelineInput]) -> _Plan:
    sources = parameterised(slice_, inputs)
    lines = [_Line.of(k.statement, sources[k.statement.index]) for k in slice_.kept]
    lines = _without_spent_paths([line for line in lines if not _is_global(line)], slice_.targets)
    hoisted, lines = _hoist_imports(slice_, lines)
    variables = frozenset(i.name for i in inputs).union(*(bound_here(x.tree) for x in lines if x.role != "definition"))
    shared = frozenset[str]().union(
        *(declared_global(_Line.of(k.statement, k.statement.source).tree) for k in slice_.kept)
    )
    bound = Counter(name for line in lines for name in bound_here(line.tree))
    definitions = {x.statement.index: x.source for x in lines if x.role == "definition"}
    top = importable(definitions, variables - shared, bound)
    body = tuple(x for x in lines if x.statement.index not in top)
    return _Plan(
        imports=hoisted,
        definitions=tuple(x for x in lines if x.statement.index in top),
        body=body,
        globals=tuple(sorted(shared)),
        awaits=any(awaits(x.tree) for x in body),
        names=_own_names(lines, hoisted, inputs),
    )


def _as_typed(slice_: Slice) -> list[_Line]:
    return [_Line.of(k.statement, k.statement.source) for k in slice_.kept]


def _hoist_imports(slice_: Slice, lines: list[_Line]) -> tuple[tuple[Imported, ...], list[_Line]]:
    """The imports that may stand on top, narrowed to what is used, and the lines that remain."""
    targets = [ast.parse(t.strip(), mode="eval") for t in slice_.targets]
    rest = [x for x in lines if x.role != "import"]
    used = frozenset[str]().union(*(names_loaded(t) for t in [*targets, *(x.tree for x in rest)]))
    wanted = used.union(*(names_loaded(x.tree) for x in _as_typed(slice_) if x.role != "import"))
    groups = {x.statement.index: imported.read_import(x.source) for x in lines if x.role == "import"}
    bound = frozenset[str]().union(*(bound_here(x.tree) for x in rest))
    fixed = imported.ambiguous(groups.values(), bound)
    hoisted: list[Imported] = []
    remaining: list[_Line] = []
    moved = False
    for line in lines:
        moved = moved or (line.role != "import" and any(word in line.source for word in MOVES_IMPORTS))
        if line.role != "import":
            remaining.append(line)
            continue
        group = imported.narrowed(groups[line.statement.index], used, wanted)
        on_top = {i.binds for i in hoisted}  # a name that the function bound too would be its own everywhere in it
        stays = [i for i in group if i.binds in fixed or (moved and i.name != "*" and i.binds not in on_top)]
        hoisted += [i for i in group if i not in stays]
        if stays:
            remaining.append(_Line.of(line.statement, "\n".join(str(i) for i in stays)))
    return tuple(hoisted), remaining


def _without_spent_paths(lines: list[_Line], targets: Iterable[str]) -> list[_Line]:
    """Drop the assignments that only spelled a path which is a parameter now."""
    needed = [names_loaded(ast.parse(t.strip(), mode="eval")) for t in targets]
    while True:
        used = frozenset[str]().union(*needed, *(names_loaded(x.tree) for x in lines))
        left = [x for x in lines if not _spells_unused_path(x.tree, used)]
        if len(left) == len(lines):
            return lines
        lines = left


def _spells_unused_path(tree: ast.Module, used: frozenset[str]) -> bool:
    match tree.body:
        case [ast.Assign(targets=[ast.Name(id=name)], value=value)] if name not in used:
            return isinstance(value, ast.Name) or known(value, {}) is not None
    return False


def _is_global(line: _Line) -> bool:
    """A ``global`` on the top level of a cell, which means nothing there."""
    return isinstance(line.tree.body[0], ast.Global)


def _own_names(lines: list[_Line], hoisted: Sequence[Imported], inputs: Sequence[PipelineInput]) -> _Names:
    taken = {i.binds for i in hoisted} | {i.name for i in inputs}
    taken = taken.union(*(names_bound(x.tree) | names_loaded(x.tree) for x in lines))
    path = Imported("pathlib", "Path", None)
    bound = {i.binds for i in hoisted if i != path}.union(*(names_bound(x.tree) for x in lines))
    return _Names(
        pipeline=_first_free(("pipeline", "retraining", "retraining_pipeline"), taken),
        Pipeline=_first_free(("Pipeline", "RetrainingPipeline"), taken),
        Path="FilePath" if "Path" in bound else "Path",
        train=_first_free(("train", "train_model", "retrain_model"), taken),
    )


def _first_free(candidates: tuple[str, ...], taken: set[str]) -> str:
    return next((c for c in candidates if c not in taken), f"_{candidates[-1]}")


def _own_imports(names: _Names) -> list[Imported]:
    return [
        Imported("pathlib", "Path", None if names.Path == "Path" else names.Path),
        Imported("ipymlops.retraining", "Pipeline", None if names.Pipeline == "Pipeline" else names.Pipeline),
    ]


# --- text


def _body(slice_: Slice, plan: _Plan) -> str:
    blocks: list[str] = [f"global {', '.join(plan.globals)}"] if plan.globals else []
    if folders := folders_written(slice_):
        blocks.append("\n".join(f'{plan.names.Path}("{f}").mkdir(parents=True, exist_ok=True)' for f in folders))
    for execution in dict.fromkeys(x.statement.execution for x in plan.body):
        cell = [x for x in plan.body if x.statement.execution == execution]
        blocks.append("\n".join(_cell(execution, cell, slice_, plan.names)))
    blocks.append(_return(slice_.targets))
    return "\n\n".join(indented(block) for block in blocks)


def _cell(execution: int, lines: list[_Line], slice_: Slice, names: _Names) -> list[str]:
    label = f"In [{execution}]"
    text = [f"# {label}"]
    if execution in slice_.unseeded:
        text += [*SEEDED, f'{names.pipeline}.seed("{label}")']
    for previous, line in zip([None, *lines], lines, strict=False):
        if previous is not None and _apart(previous, line):
            text.append("")
        text.append(line.source)
    return text


def _apart(previous: _Line, line: _Line) -> bool:
    """Whether the author left an empty line between the two."""
    if line.role == "definition" or previous.role == "definition":
        return True
    end = previous.statement.line + len(previous.source.split("\n")) - _comment_lines(previous.source)
    start = line.statement.line - _comment_lines(line.source)
    return line.statement.index == previous.statement.index + 1 and start > end


def _comment_lines(source: str) -> int:
    lines = source.split("\n")
    return next((n for n, text in enumerate(lines) if not text.lstrip().startswith("#")), 0)


def _return(targets: Sequence[str]) -> str:
    model, *data = (t.strip() for t in targets)
    return f"return {model}, ({', '.join(data)})" if len(data) == 2 else f"return {model}"


def _parameters(inputs: Iterable[PipelineInput]) -> str:
    words = [f"{i.name}={_quoted(i.default)}" for i in inputs]
    line = ", ".join(words)
    return line if len(line) < 80 else "\n" + "".join(f"{INDENT}{w},\n" for w in words)


def _quoted(text: str) -> str:
    plain = '"' not in text and "\\" not in text and text.isprintable()
    return f'"{text}"' if plain else repr(text)


def _metadata(requirements: Sequence[str]) -> str:
    """PEP 723: what a runner such as ``uv run`` installs before it starts the script."""
    major, minor, _ = platform.python_version_tuple()
    listed = "".join(f'#     "{r}",\n' for r in requirements)
    return f'# /// script\n# requires-python = ">={major}.{minor}"\n# dependencies = [\n{listed}# ]\n# ///'


def _check(text: str) -> None:
    try:
        compile(text, "retrain.py", "exec")
    except SyntaxError as error:
        raise BadInput(
            f"The statements of the notebook cannot stand in one function: {error.msg} (line {error.lineno})",
            expected="statements that work inside a function",
            next_step="move what the message names into a function of its own",
        ) from error

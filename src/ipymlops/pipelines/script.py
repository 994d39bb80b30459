"""The exported script: its author's statements in their order, made a function of the files that it reads."""

from __future__ import annotations

import ast
import json
import platform
from collections.abc import Iterable, Sequence

from ipymlops.errors import BadInput
from ipymlops.pipelines import imports as imported
from ipymlops.pipelines.docstring import docstring
from ipymlops.pipelines.folder import SCRIPT
from ipymlops.pipelines.imports import Imported
from ipymlops.pipelines.inputs import folders_written
from ipymlops.pipelines.layout import Line, Names, Plan, plan_of
from ipymlops.pipelines.overwriting import overwritten
from ipymlops.pipelines.results import PipelineInput, Slice, Verification
from ipymlops.pipelines.source_text import INDENT, comments_above, indented

SEEDED = (
    "# This cell draws random numbers without a seed. A verification replays the notebook's; any other run",
    "# starts here from a fixed seed, so that the same files give the same model.",
)
SEEDED_TOO = "# Draws without a seed, too."

COPIED = "# What is read here is written over below: each run does that to a copy of its own."
REMADE = ("# Made without a seed: a verification makes the notebook's again, any other run one with a fixed seed.",)


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
    plan = plan_of(slice_, inputs)
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
        _body(slice_, inputs, plan),
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
    """The modules that the script imports, in full."""
    plan = plan_of(slice_, inputs)
    inside = [i for line in plan.body if line.role == "import" for i in imported.read_import(line.source)]
    nested = [
        i
        for line in (*plan.body, *plan.definitions)
        for node in ast.walk(line.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for i in imported.read_import(ast.unparse(node))
    ]
    return imported.modules([*plan.imports, *inside, *nested])


def _own_imports(names: Names) -> list[Imported]:
    return [
        Imported("pathlib", "Path", None if names.Path == "Path" else names.Path),
        Imported("ipymlops.retraining", "Pipeline", None if names.Pipeline == "Pipeline" else names.Pipeline),
    ]


def _body(slice_: Slice, inputs: Sequence[PipelineInput], plan: Plan) -> str:
    blocks: list[str] = [f"global {', '.join(plan.globals)}"] if plan.globals else []
    copied = overwritten(slice_, inputs)
    if names := [i.name for i in inputs if i.default in copied]:
        blocks.append("\n".join([COPIED, *(f"{n} = {plan.names.pipeline}.own_copy({n})" for n in names)]))
    if folders := folders_written(slice_, inputs):
        blocks.append("\n".join(f'{plan.names.Path}("{f}").mkdir(parents=True, exist_ok=True)' for f in folders))
    for execution in dict.fromkeys(x.statement.execution for x in plan.body):
        cell = [x for x in plan.body if x.statement.execution == execution]
        blocks.append("\n".join(_cell(execution, cell, slice_, plan.names)))
    blocks.append(_return(slice_.targets))
    return "\n\n".join(indented(block) for block in blocks)


def _cell(execution: int, lines: list[Line], slice_: Slice, names: Names) -> list[str]:
    label = f"In [{execution}]"
    text = [f"# {label}"]
    if execution in slice_.unseeded:
        text += [*(SEEDED if execution == min(slice_.unseeded) else (SEEDED_TOO,)), f'{names.pipeline}.seed("{label}")']
    for previous, line in zip([None, *lines], lines, strict=False):
        if previous is not None and _apart(previous, line):
            text.append("")
        text.append(line.source)
        for name in slice_.generators.get(line.statement.index, ()):
            text += [*REMADE, f'{name} = {names.pipeline}.seeded({name}, "{label} {name}")']
    return text


def _apart(previous: Line, line: Line) -> bool:
    """Whether the author left an empty line between the two."""
    if line.role == "definition" or previous.role == "definition":
        return True
    end = previous.statement.line + len(previous.source.split("\n")) - comments_above(previous.source)
    start = line.statement.line - comments_above(line.source)
    return line.statement.index == previous.statement.index + 1 and start > end


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
    """PEP 723: what a runner such as ``uv run`` installs before it starts the script, Python included.

    The versions are those of the proof, and newer Pythons often have no files of them.
    """
    major, minor, _ = platform.python_version_tuple()
    listed = "".join(f"#     {json.dumps(r)},\n" for r in requirements)  # a JSON string is a TOML string
    return f'# /// script\n# requires-python = "=={major}.{minor}.*"\n# dependencies = [\n{listed}# ]\n# ///'


def _check(text: str) -> None:
    try:
        compile(text, SCRIPT, "exec")
    except SyntaxError as error:
        raise BadInput(
            f"The statements of the notebook cannot stand in one function: {error.msg} (line {error.lineno})",
            expected="statements that work inside a function",
            next_step="move what the message names into a function of its own",
        ) from error

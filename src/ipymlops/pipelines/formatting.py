"""The exported script in the form that a formatter gives it, and proof that it says the same as before.

Ruff formats it: one program without dependencies, 10 ms. Quotes stay as their author wrote them, a trailing comma
keeps its one line an item, ``# fmt: off`` is honoured, and no configuration file of the machine has a say.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from ipymlops.pipelines.folder import SCRIPT
from ipymlops.pipelines.programs import program
from ipymlops.pipelines.source_text import Edit, replaced

WIDTH = 100
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Formatted:
    """The text, and in words why it is not formatted, if it is not."""

    text: str
    problem: str = ""


def formatted(text: str) -> Formatted:
    """The text as Ruff writes it, or as it was where that is not possible or would change what it means."""
    found = program("ruff")
    if found is None:
        return _as_it_was(text, "ruff is not installed here; pip install ruff")
    version = f"py{sys.version_info[0]}{sys.version_info[1]}"
    settings = ["--line-length", str(WIDTH), "--target-version", version, "--config", "format.quote-style='preserve'"]
    command = [found, "format", "--isolated", *settings, "--stdin-filename", SCRIPT, "-"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _as_it_was(text, f"ruff could not run: {error}")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return _as_it_was(text, f"ruff stopped: {said[-1] if said else f'exit code {done.returncode}'}")
    new = _with_docstrings_of(text, done.stdout.decode())
    if not _same(text, new):
        return _as_it_was(text, "ruff would have changed what it means; please report it")
    return Formatted(new)


def _as_it_was(text: str, why: str) -> Formatted:
    return Formatted(text, f"the script is not formatted: {why}")


def _same(one: str, other: str) -> bool:
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


def _with_docstrings_of(text: str, new: str) -> str:
    """A docstring is a value too; a formatter that indents it or strips its lines changes it."""
    pairs = zip(_docstrings(ast.parse(text)), _docstrings(ast.parse(new)), strict=False)
    return replaced(
        new, [Edit(b, ast.get_source_segment(text, a) or repr(a.value)) for a, b in pairs if a.value != b.value]
    )


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        match node:
            case (
                ast.Module(body=[first, *_])
                | ast.FunctionDef(body=[first, *_])
                | ast.AsyncFunctionDef(body=[first, *_])
                | ast.ClassDef(body=[first, *_])
            ):
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    yield first.value

"""retrain: run an exported pipeline as a scheduler would, in a process of its own, and read what it did."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ipymlops import errors
from ipymlops.errors import BadInput, MlopsError
from ipymlops.pipelines.folder import SCRIPT
from ipymlops.retraining.progress import STEP

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.evaluation.results import Comparison
    from ipymlops.project import Project
    from ipymlops.retraining.results import Retraining

EXAMPLES = ("retrain pipelines/credit-risk --input applications=july.csv",)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="an exported pipeline")
    parser.add_argument("--input", action="append", default=[], metavar="NAME=PATH", help="a file to train on; repeats")
    parser.add_argument("--check", action="store_true", help="only say whether there is anything to do")
    parser.add_argument("--dry-run", action="store_true", help="train and judge, write nothing")
    parser.add_argument("--force", action="store_true", help="train although the files are those of the champion")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Retraining:
    from ipymlops.pipelines.placing import recover

    script = Path(arguments.folder) / SCRIPT
    recover(Path(arguments.folder))  # an export that was killed may have left the pipeline aside
    if not script.is_file():
        raise BadInput(
            f"No pipeline is in {arguments.folder!r}",
            expected=f"a folder with a {SCRIPT}",
            next_step="write one: export MODEL --to FOLDER",
        )
    answer, told = _run([sys.executable, str(script), *_options(project, arguments)], resolve.progress)
    if answer is None:
        raise MlopsError(f"The pipeline stopped: {told}", next_step=f"see all of it: python {script}")
    if "error" in answer:
        raise _error(answer["error"])
    return _result(answer)


def _options(project: Project, arguments: Namespace) -> list[str]:
    asked = [f"--{name.replace('_', '-')}" for name in ("check", "dry_run", "force") if getattr(arguments, name)]
    inputs = [f"--input={given}" for given in arguments.input]
    return ["--json", "--project", str(project.root), *asked, *inputs]


def _run(words: list[str], progress: Callable[[str], None] | None) -> tuple[dict[str, Any] | None, str]:
    """What the process answered, None if that was nothing; and the last thing it said besides its steps."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        with subprocess.Popen(words, stdout=out, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
            told = _follow(process.stderr, progress) if process.stderr else ""
        out.seek(0)
        return _answer(out.read()), told


def _follow(lines: IO[str], progress: Callable[[str], None] | None) -> str:
    last = ""
    for line in lines:
        step = STEP.match(line)
        if step is None:
            last = line.strip() or last
        elif progress is not None:
            progress(step["step"])
    return last


def _answer(text: str) -> dict[str, Any] | None:
    # The training code may print too; the answer is the last JSON object.
    start = text.rfind("\n{") + 1
    try:
        answer = json.loads(text[start:])
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _error(record: dict[str, Any]) -> MlopsError:
    kind: type[MlopsError] = getattr(errors, record["kind"], MlopsError)
    return kind(record["found"], expected=record["expected"], next_step=record["next_step"])


def _result(answer: dict[str, Any]) -> Retraining:
    from ipymlops.evaluation.results import Comparison, Evaluation, Gate
    from ipymlops.evaluation.stored import from_record
    from ipymlops.retraining.results import Retraining

    values = _fields(Retraining, answer)
    values["evaluation"] = from_record(_fields(Evaluation, values["evaluation"])) if values["evaluation"] else None
    values["comparison"] = _comparison(_fields(Comparison, values["comparison"])) if values["comparison"] else None
    values["gates"] = tuple(Gate(**_fields(Gate, gate)) for gate in values["gates"])
    values["inputs"], values["notes"] = tuple(values["inputs"]), tuple(values["notes"])
    return Retraining(**values)


def _fields(kind: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Of a record with the properties of its type, what the type is made of."""
    return {name: record[name] for name in kind.__dataclass_fields__}


def _comparison(values: dict[str, Any]) -> Comparison:
    from ipymlops.evaluation.results import Comparison

    known: dict[str, Any] = {name: math.nan if value is None else value for name, value in values.items()}
    return Comparison(**known)

"""``python retrain.py``: parse, run, say. The exit codes are those of ``ipymlops.errors``."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import DONE, NO, BadInput, MlopsError
from ipymlops.retraining.progress import TerminalProgress
from ipymlops.retraining.stopping import exit_code, stoppable

if TYPE_CHECKING:
    from ipymlops.project import Project
    from ipymlops.registry.records import Version
    from ipymlops.retraining.pipeline import Pipeline
    from ipymlops.retraining.results import Retraining


def main(pipeline: Pipeline, arguments: Sequence[str]) -> int:
    """Run the pipeline as a program; its exit code."""
    stored = _Stored()
    try:
        with stoppable():
            return _answer(pipeline, _parser(pipeline).parse_args(list(arguments)), stored)
    except MlopsError as error:
        return _complain(error, "--json" in arguments)
    except KeyboardInterrupt as interruption:
        print(f"interrupted; {stored.words()}", file=sys.stderr)
        return exit_code(interruption)


@dataclass(slots=True)
class _Stored:
    """The version that this run was about to commit, if it came that far; the registry knows whether it did."""

    project: Project | None = None
    version: Version | None = None

    def begin(self, version: Version) -> None:
        self.version = version

    def words(self) -> str:
        from ipymlops.retraining.line import Line

        if self.project is None or self.version is None:
            return "nothing was written"
        mine = (self.version.number, self.version.manifest)
        if mine not in [(v.number, v.manifest) for v in Line.of(self.project, self.version.model).versions]:
            return "nothing was written"
        return f"{self.version.ref} was registered before; see its history"


def _answer(pipeline: Pipeline, asked: argparse.Namespace, stored: _Stored) -> int:
    if asked.list_inputs:
        return _list_inputs(pipeline, asked.json)
    if asked.verify:
        _refuse_with_verify(asked)
        return _verify(pipeline, asked)
    from ipymlops.retraining.run import run
    from ipymlops.wire import as_json

    pipeline.retune = asked.retune
    steps = TerminalProgress(log=True)
    stored.project = _project(pipeline, asked.project, begin=asked.new_project)
    try:
        result = run(
            stored.project,
            pipeline,
            _given(asked.input),
            force=asked.force or asked.retune,
            dry_run=asked.dry_run,
            check=asked.check,
            progress=steps,
            storing=stored.begin,
        )
    finally:
        steps.stop()
    print(as_json(result) if asked.json else in_words(result))
    return result.exit_code


def _verify(pipeline: Pipeline, asked: argparse.Namespace) -> int:
    from ipymlops.pipelines.docstring import verification_words
    from ipymlops.pipelines.reproving import prove_again
    from ipymlops.wire import as_json

    result = prove_again(pipeline.folder, timeout=asked.timeout, moved=pipeline.paths(_given(asked.input)))
    words = "".join(f"\n  note: {note}" for note in (*result.changed, *result.notes))
    print(as_json(result) if asked.json else f"{pipeline.name}: {verification_words(result)}{words}")
    return DONE if result.reproduced else NO


def _refuse_with_verify(asked: argparse.Namespace) -> None:
    """A proof searches for parameters as the notebook did, on the notebook's files, and always runs."""
    for option in ("retune", "force"):
        if getattr(asked, option):
            raise BadInput(
                f"Found --{option} with --verify",
                expected="one of them: a proof searches as the notebook did, and always runs",
                next_step=f"prove it with --verify alone, or train with --{option}",
            )


def _list_inputs(pipeline: Pipeline, as_json: bool) -> int:
    from ipymlops.retraining.listing import listed

    rows = listed(pipeline)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        lines = (f"{r['name']} = {r['path']}  ({r['kind']}, {r['state']})" for r in rows)
        print("\n".join(lines) or "this pipeline reads no files")
    return DONE


def in_words(result: Retraining) -> str:
    """The run as a person reads it in a log."""
    lines = [result.words]
    lines += [f"  [{_MARKS[g.outcome]}] {g.title}: {g.evidence}" for g in result.gates]
    lines += [f"  note: {note}" for note in result.notes]
    champion = "none" if result.champion_after is None else f"{result.model}@{result.champion_after}"
    lines.append(f"champion: {champion} · took {result.seconds:.1f} s")
    return "\n".join(lines)


_MARKS = {"pass": "pass", "fail": "FAIL", "not applicable": " -- "}


def _project(pipeline: Pipeline, named: Path | None, *, begin: bool) -> Project:
    """The named project, else the one at or above the pipeline, else above the working folder.

    A new one begins only where that is asked for: a mistyped path would otherwise promote whatever comes out, because
    nothing is there to compare it with.
    """
    from ipymlops.errors import ProjectError
    from ipymlops.project import Project

    if named is not None:
        try:
            return Project.open(named, create=begin)
        except ProjectError as error:
            if begin or named.is_file():
                raise
            raise ProjectError(
                f"No project is at {str(named)!r} or above it",
                expected="the folder of a project",
                next_step="check the path, or begin a project there with --new-project",
            ) from error
    try:
        return Project.open(pipeline.folder, create=False)
    except ProjectError:
        pass
    try:
        return Project.open(Path.cwd(), create=False)
    except ProjectError as error:
        raise ProjectError(
            f"No project is above {pipeline.folder} or above the working folder",
            expected="the project whose champion this pipeline retrains",
            next_step="name it: --project PATH",
        ) from error


def _given(words: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for word in words:
        name, equals, path = word.partition("=")
        if not equals or not name or not path:
            raise BadInput(f"Found --input {word}", expected="NAME=PATH", next_step="list the names: --list-inputs")
        if name in given:
            raise BadInput(f"Found two files for the input {name}", expected="one")
        given[name] = path
    return given


def _complain(error: MlopsError, as_json: bool) -> int:
    from ipymlops.retraining.failure import TrainingFailed

    if isinstance(error, TrainingFailed) and error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
    print(f"error: {error}", file=sys.stderr)
    if as_json:
        print(json.dumps(error.record, indent=2, ensure_ascii=False))
    return error.exit_code


class _Parser(argparse.ArgumentParser):
    """Says "did you mean" where an option is unknown."""

    def error(self, message: str) -> Any:
        options = [o for action in self._actions for o in action.option_strings]
        unknown = [w for w in message.split() if w.startswith("--")] if "unrecognized" in message else []
        close = difflib.get_close_matches(unknown[0].split("=")[0], options, n=1, cutoff=0.5) if unknown else []
        hint = f"; did you mean {close[0]}?" if close else ""
        raise BadInput(f"{message[:1].upper()}{message[1:]}{hint}", next_step="--help lists the options")


def _parser(pipeline: Pipeline) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="retrain.py",
        description=f"Retrain {pipeline.name}: train, judge against the champion, register, promote what passes.",
        epilog="Exit codes: 0 done, 1 training stopped, 2 bad input or usage, 3 refused by a gate, 4 nothing to do.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--input", action="append", default=[], metavar="NAME=PATH", help="a file to train on; can be repeated")
    add("--list-inputs", action="store_true", help="the inputs with the paths of the notebook")
    add("--project", type=Path, metavar="PATH", help="the project (default: the one above this file)")
    add("--new-project", action="store_true", help="begin a project at --project if there is none")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="only say whether there is anything to do")
    what.add_argument("--verify", action="store_true", help="prove again that this reproduces the notebook's model")
    what.add_argument("--dry-run", action="store_true", help="train and judge, write nothing")
    add("--force", action="store_true", help="train although the files are those of the champion")
    add("--retune", action="store_true", help="search for parameters again, on the same files too")
    add("--json", action="store_true", help="one JSON summary on standard output")
    add("--timeout", type=float, default=600.0, metavar="SECONDS", help="for --verify (default: 600)")
    return parser

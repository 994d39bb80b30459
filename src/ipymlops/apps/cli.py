"""``ipymlops VERB ...``: the verbs of the magic, headless. The exit code comes from the outcome."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipymlops
from ipymlops.apps.commands.parsing import parse
from ipymlops.errors import DONE, MlopsError
from ipymlops.retraining.stopping import exit_code, stoppable

if TYPE_CHECKING:
    from argparse import Namespace

    from ipymlops.apps.commands.parsing import Request

PROG = "ipymlops"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. An error that nobody foresaw keeps its traceback, and exits with 1."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"{PROG} {ipymlops.__version__}")
        return DONE
    try:
        request = parse(words, PROG)
        with stoppable():
            return DONE if request is None else _answer(request)
    except MlopsError as error:
        return _complain(error, json_asked="--json" in words)
    except KeyboardInterrupt as interruption:
        return exit_code(interruption)


def _answer(request: Request) -> int:
    from ipymlops.apps.commands import outcome
    from ipymlops.apps.commands.execute import execute
    from ipymlops.apps.commands.resolve import FileResolve
    from ipymlops.retraining.progress import TerminalProgress

    progress = TerminalProgress()
    try:
        result = execute(request, FileResolve(progress))
    finally:
        progress.stop()
    _say(_text(result, request.arguments))
    return outcome.exit_code(result)


def _say(text: str) -> None:
    """Print it, even to a reader such as ``head`` that has seen enough before the end."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _text(result: Any, arguments: Namespace) -> str:
    from ipymlops.views.table import render_text
    from ipymlops.wire import as_json

    return as_json(result) if arguments.json else render_text(result, **_terminal(), project=arguments.project)


def _terminal() -> dict[str, Any]:
    if not sys.stdout.isatty():
        return {"prompt": PROG}
    return {"prompt": PROG, "color": not os.environ.get("NO_COLOR"), "width": shutil.get_terminal_size().columns}


def _complain(error: MlopsError, *, json_asked: bool) -> int:
    """The line for a person; on standard output the same for a program that asked for JSON."""
    print(f"{PROG}: {error}", file=sys.stderr)
    if json_asked:
        print(json.dumps(error.record, indent=2, ensure_ascii=False))
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())

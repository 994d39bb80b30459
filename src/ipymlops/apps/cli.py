"""``ipymlops VERB ...``: the verbs of the magic, headless. The exit code comes from the outcome."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipymlops
from ipymlops.apps.commands.parsing import parse
from ipymlops.errors import MlopsError

if TYPE_CHECKING:
    from ipymlops.apps.commands.parsing import Request

PROG = "ipymlops"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. An error that nobody foresaw keeps its traceback, and exits with 1."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"{PROG} {ipymlops.__version__}")
        return 0
    try:
        request = parse(words, PROG)
        return 0 if request is None else _answer(request)
    except MlopsError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _answer(request: Request) -> int:
    from ipymlops.apps.commands.execute import execute
    from ipymlops.apps.commands.outcome import exit_code
    from ipymlops.apps.commands.resolve import FileResolve
    from ipymlops.apps.progress import TerminalProgress

    progress = TerminalProgress()
    try:
        result = execute(request, FileResolve(progress))
    finally:
        progress.stop()
    print(_text(result, json=request.arguments.json))
    return exit_code(result)


def _text(result: Any, *, json: bool) -> str:
    from ipymlops.apps.commands.execute import as_json
    from ipymlops.views.table import render_text

    return as_json(result) if json else render_text(result, **_terminal())


def _terminal() -> dict[str, Any]:
    if not sys.stdout.isatty():
        return {"prompt": PROG}
    return {"prompt": PROG, "color": not os.environ.get("NO_COLOR"), "width": shutil.get_terminal_size().columns}


def _complain(error: MlopsError) -> int:
    from ipymlops.apps.commands.outcome import exit_code_of_error

    print(f"{PROG}: {error}", file=sys.stderr)
    return exit_code_of_error(error)


if __name__ == "__main__":
    sys.exit(main())

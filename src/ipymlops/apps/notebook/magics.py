"""``%mlops VERB ...``: parse, run, hand the result back. An error is one red line, and the cell has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipymlops.apps.commands.execute import execute, plain
from ipymlops.apps.commands.parsing import overview, parse, split
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.apps.notebook.hooks import start_folder
from ipymlops.apps.notebook.progress import progress_for
from ipymlops.errors import MlopsError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ipymlops.capture.journal import Journal

PROG = "%mlops"


def magic_for(shell: InteractiveShell, journal: Callable[[], Journal | None]) -> Callable[[str], Any]:
    """The function behind ``%mlops`` in one shell."""

    def mlops(line: str) -> Any:
        try:
            return answer(shell, journal, line)
        except MlopsError as error:
            raise one_line(error) from None

    mlops.__doc__ = overview(PROG)
    return mlops


def answer(shell: InteractiveShell, journal: Callable[[], Journal | None], line: str) -> Any:
    """The result of one line; None where it asked for help."""
    request = parse(split(line), PROG)
    if request is None:
        return None
    with progress_for(shell, request.verb.name) as progress:
        resolve = NotebookResolve(shell.user_ns, journal, progress, hidden=tuple(shell.user_ns_hidden))
        result = execute(request, resolve, start_folder(shell))
    return plain(result) if request.arguments.json else result


def one_line(error: MlopsError) -> MlopsError:
    """The same error, which IPython now shows as one red line; programs can still catch it by its type.

    IPython's UsageError shows one line too, but sends a stream and no ``error`` message, so that nothing that
    reads the notebook afterwards can tell that the cell failed.
    """
    text = f"\x1b[31m{type(error).__name__}: {error}\x1b[0m"
    error._render_traceback_ = lambda: [text]  # type: ignore[attr-defined]
    return error

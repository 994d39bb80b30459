"""``%mlops VERB ...``: parse, run, hand the result back. An error is one red line, and the cell has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipymlops.apps.commands.execute import execute, plain
from ipymlops.apps.commands.parsing import Request, overview, parse, split
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.apps.notebook.hooks import start_folder
from ipymlops.apps.notebook.progress import NotebookProgress
from ipymlops.errors import MlopsError
from ipymlops.retraining.progress import TerminalProgress

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ipymlops.apps.notebook.display import Display
    from ipymlops.capture.journal import Journal

PROG = "%mlops"


class Magic:
    """``%mlops`` in one shell."""

    def __init__(self, shell: InteractiveShell, display: Display, journal: Callable[[], Journal | None]) -> None:
        self._shell = shell
        self._display = display
        self._journal = journal

    def function(self) -> Callable[[str], Any]:
        """What IPython calls with the rest of the line; its docstring is what ``%mlops?`` tells."""

        def mlops(line: str) -> Any:
            try:
                request = parse(split(line), PROG)
                return None if request is None else self.answer(request)
            except MlopsError as error:
                raise one_line(error) from None

        mlops.__doc__ = overview(PROG)
        return mlops

    def answer(self, request: Request) -> Any:
        """The result of a request, plain with ``--json``."""
        rich = self._display.is_rich
        progress = NotebookProgress(self._display, request.verb.name) if rich else TerminalProgress()
        hidden = tuple(self._shell.user_ns_hidden)
        resolve = NotebookResolve(self._shell.user_ns, self._journal, progress, hidden)
        try:
            result = execute(request, resolve, start_folder(self._shell))
        except BaseException:
            progress.stop()
            raise
        progress.finish(result)
        return plain(result) if request.arguments.json else result


def one_line(error: MlopsError) -> MlopsError:
    """The same error, which IPython now shows as one red line; programs can still catch it by its type.

    IPython's UsageError shows one line too, but sends a stream and no ``error`` message, so that nothing that
    reads the notebook afterwards can tell that the cell failed.
    """
    text = f"\x1b[31m{type(error).__name__}: {error}\x1b[0m"
    error._render_traceback_ = lambda: [text]  # type: ignore[attr-defined]
    return error

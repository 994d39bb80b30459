"""``%mlops VERB ...``: parse, run, hand the result back. An error is one red line, and the cell has failed.

``%%mlops VERB ...`` does the same once the cell below it has run: ``%%mlops register model`` trains and registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipymlops.apps.commands.execute import execute, plain
from ipymlops.apps.commands.parsing import Request, overview, parse, split
from ipymlops.apps.commands.resolve import NotebookResolve
from ipymlops.apps.notebook import hooks, scripts
from ipymlops.apps.notebook.display import printable
from ipymlops.apps.notebook.progress import NotebookProgress
from ipymlops.errors import BadInput, MlopsError
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

    def function(self) -> Callable[..., Any]:
        """What IPython calls with the rest of the line and the cell; its docstring is what ``%mlops?`` tells."""

        def mlops(line: str, cell: str | None = None) -> Any:
            try:
                request = parse(split(line), PROG)  # what is mistyped is told before the cell trains for an hour
            except MlopsError as error:
                raise one_line(error) from None
            if cell is not None:
                self._run(cell)
            try:
                return None if request is None else self.answer(request)
            except MlopsError as error:
                if cell is not None:
                    hooks.body_ran(error)
                raise one_line(error) from None

        mlops.__doc__ = overview(PROG)
        return mlops

    def _run(self, cell: str) -> None:
        """The cell, as if it stood alone: it shows what it shows. Raises what it raised, which is shown already."""
        result = self._shell.run_cell(cell, store_history=False)  # type: ignore[no-untyped-call]
        if result.error_before_exec is not None:
            raise one_line(
                BadInput("Found a cell that is no Python, so nothing ran", next_step="correct it, and run it again")
            )
        if result.error_in_exec is not None:
            result.error_in_exec._render_traceback_ = list
            raise result.error_in_exec

    def answer(self, request: Request) -> Any:
        """The result of a request, plain with ``--json``."""
        rich = self._display.is_rich
        progress = NotebookProgress(self._display, request.verb.name) if rich else TerminalProgress()
        hidden = tuple(self._shell.user_ns_hidden)
        resolve = NotebookResolve(self._shell.user_ns, self._journal, progress, hidden)
        try:
            result = execute(request, resolve, hooks.start_folder(self._shell))
        except BaseException:
            progress.stop()
            raise
        progress.finish(result)
        answer = plain(result) if request.arguments.json else result
        printable(answer)
        if scripts.shows_nothing(self._shell.user_ns):
            self._display.say(answer)
        return answer


def one_line(error: MlopsError) -> MlopsError:
    """The same error, which IPython now shows as one red line; programs can still catch it by its type.

    IPython's UsageError shows one line too, but sends a stream and no ``error`` message, so that nothing that
    reads the notebook afterwards can tell that the cell failed.
    """
    text = f"\x1b[31m{type(error).__name__}: {error}\x1b[0m"
    error._render_traceback_ = lambda: [text]  # type: ignore[attr-defined]
    return error

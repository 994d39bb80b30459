"""Between IPython's events and the recorder: what is about to run, and how it went."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.capture.recorder import Recorder

if TYPE_CHECKING:
    from types import TracebackType

    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell


class Hooks:
    """Feeds one recorder with every cell that a shell runs."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._open = 0  # cells whose start we saw; the cell that loads us ends without one
        self.recorder = Recorder(
            shell.user_ns,
            folder=os.getcwd(),  # noqa: PTH109 (a string is what the journal keeps)
            notebook=notebook_path(shell),
            history=earlier_cells(shell),
            hidden=tuple(shell.user_ns_hidden),
        )

    def register(self) -> None:
        self._shell.events.register("pre_run_cell", self.before)
        self._shell.events.register("post_run_cell", self.after)

    def unregister(self) -> None:
        self._shell.events.unregister("pre_run_cell", self.before)
        self._shell.events.unregister("post_run_cell", self.after)

    def before(self, info: ExecutionInfo) -> None:
        self._open += 1
        self.recorder.before(info.raw_cell, next_number(self._shell), info.cell_id)

    def after(self, result: ExecutionResult) -> None:
        if self._open == 0:
            return
        self._open -= 1
        self.recorder.after(bool(result.success), failed_line(result, self._shell.user_global_ns))


def failed_line(result: ExecutionResult, namespace: dict[str, Any]) -> int | None:
    """The line of the cell that raised, 1-based as typed; 1 where nothing of it ran; None where it succeeded."""
    if result.error_before_exec is not None:
        return 1
    if result.error_in_exec is None:
        return None
    line = _line_in_namespace(result.error_in_exec.__traceback__, namespace)
    if line is None or result.info is None:
        return None
    return line + _lines_dropped_at_the_top(result.info.raw_cell)


def earlier_cells(shell: InteractiveShell) -> list[tuple[int, str]]:
    """What this session ran before we were loaded, the cell that loads us included."""
    if shell.history_manager is None:
        return []
    typed = shell.history_manager.input_hist_raw
    return [(number, source) for number, source in enumerate(typed) if number and source]


def next_number(shell: InteractiveShell) -> int:
    """n of the ``In [n]`` about to run. The shell's counter says n or n + 1, depending on IPython's version."""
    if shell.history_manager is None:
        return int(shell.execution_count)
    return len(shell.history_manager.input_hist_raw)


def notebook_path(shell: InteractiveShell) -> str | None:
    """The notebook as Jupyter or VS Code names it; None in a terminal."""
    named = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    return str(named) if named else None


def start_folder(shell: InteractiveShell) -> Path:
    """Where the search for the project starts: the notebook's folder, else the working folder."""
    path = notebook_path(shell)
    if path and Path(path).is_absolute() and Path(path).parent.is_dir():
        return Path(path).parent
    return Path.cwd()


def _line_in_namespace(traceback: TracebackType | None, namespace: dict[str, Any]) -> int | None:
    # The first frame in the notebook's namespace is the cell itself; IPython's own frames are above it.
    while traceback is not None:
        if traceback.tb_frame.f_globals is namespace:
            return traceback.tb_lineno
        traceback = traceback.tb_next
    return None


def _lines_dropped_at_the_top(source: str) -> int:
    # IPython takes empty first lines off before it compiles.
    lines = source.splitlines()
    return next((number for number, line in enumerate(lines) if line.strip()), 0)

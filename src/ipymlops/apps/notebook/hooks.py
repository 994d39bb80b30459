"""Between IPython's events and the recorder: what is about to run, and how it went."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.apps.notebook.scripts import script_cell
from ipymlops.capture.recorder import Recorder, functions_entered

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

_EMPTY_TOP = re.compile(r"\A(?:[^\S\n]*\n)+")
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_CONTINUED = re.compile(r"^[^\S\n]*(?:[\w.,]+\s*=\s*)?[%!](?:.*\\\n)+.*", re.MULTILINE)
BODY_RAN = "_ipymlops_body_ran"


class Hooks:
    """Feeds one recorder with every cell that a shell runs."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._of_scripts = 0  # cells, which the shell does not count
        self.recorder = Recorder(
            shell.user_ns,
            folder=os.getcwd(),  # noqa: PTH109 (a string is what the journal keeps)
            notebook=notebook_path(shell),
            history=earlier_cells(shell),
            raised=earlier_failures(shell),
            hidden=tuple(shell.user_ns_hidden),
        )

    def register(self) -> None:
        self._shell.events.register("pre_execute", self.before_silent)
        self._shell.events.register("pre_run_cell", self.before)
        self._shell.events.register("post_run_cell", self.after)
        self.before_silent()  # the script that loads us is running already

    def unregister(self) -> None:
        self._shell.events.unregister("pre_execute", self.before_silent)
        self._shell.events.unregister("pre_run_cell", self.before)
        self._shell.events.unregister("post_run_cell", self.after)
        self.recorder.forget()

    def before(self, info: ExecutionInfo) -> None:
        if not _is_nested():
            self.recorder.close()
        source = as_numbered(info.raw_cell or "", info.transformed_cell or "")
        self.recorder.before(source, next_number(self._shell) + self._of_scripts, info.cell_id)

    def before_silent(self) -> None:
        """A cell of which ``before`` is not told: it counts where it is a script's, and not a front end's own."""
        source = script_cell()
        if source is not None:
            self.recorder.unwatched(_EMPTY_TOP.sub("", source), next_number(self._shell) + self._of_scripts)
            self._of_scripts += 1

    def after(self, result: ExecutionResult | None) -> None:
        if result is None:  # a kernel that was interrupted while it waited has none
            self.recorder.close()
            return
        namespace = self._shell.user_global_ns
        self.recorder.after(bool(result.success), failed_line(result, namespace), failed_in(result, namespace))


def failed_line(result: ExecutionResult, namespace: dict[str, Any]) -> int | None:
    """The line of the cell that raised, 1-based as typed; 1 where nothing of it ran, the one after the
    last where all of it did and a verb above it failed; None where it succeeded."""
    if result.error_before_exec is not None:
        return 1
    if result.error_in_exec is None:
        return None
    if hasattr(result.error_in_exec, BODY_RAN) and result.info is not None:
        return len(result.info.raw_cell.splitlines()) + 1
    lines = _lines_in_namespace(result.error_in_exec.__traceback__, namespace)
    if not lines:
        return None
    if result.info is not None and result.info.raw_cell.lstrip().startswith("%%"):
        return lines[-1] + 1  # %%time and its like run the body, which starts a line later
    return lines[0]


def body_ran(error: Exception) -> None:
    """Note on an error that it came after the whole cell below ``%%mlops`` had run."""
    setattr(error, BODY_RAN, True)


def failed_in(result: ExecutionResult, namespace: dict[str, Any]) -> tuple[str, ...] | None:
    """The first functions between the cell and its error; None where nothing of it ran or nothing raised."""
    if result.error_in_exec is None:
        return None
    return functions_entered(result.error_in_exec.__traceback__, namespace)


def as_numbered(raw: str, transformed: str) -> str:
    """The cell as typed, with its lines where the running code has them.

    IPython drops empty first lines, and makes one line of a magic that goes on after a backslash.
    """
    typed = _EMPTY_TOP.sub("", raw)
    if "\\" not in typed:
        return typed  # whatever its size: looking at every line takes time
    joined = _CONTINUED.sub(lambda found: found[0].replace("\\\n", " "), typed)
    lines = len(transformed.splitlines())
    return joined if len(joined.splitlines()) == lines else typed


def earlier_cells(shell: InteractiveShell) -> list[tuple[int, str]]:
    """What this session ran before we were loaded, the cell that loads us included."""
    if shell.history_manager is None:
        return []
    typed = shell.history_manager.input_hist_raw
    return [(number, source) for number, source in enumerate(typed) if number and source]


def earlier_failures(shell: InteractiveShell) -> dict[int, int | None]:
    """The earlier cells that raised, with the line where they did, as far as the shell's record of errors says."""
    stored: dict[int, Any] = getattr(shell.history_manager, "exceptions", {})
    lines = {}
    for number, error in stored.items():
        text = _COLOR.sub("", "".join(error.get("traceback", ())))
        found = re.search(rf"(?:In\[{number}\], line |<ipython-input-{number}-\w+>:)(\d+)", text)
        lines[number] = int(found[1]) if found else None
    return lines


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


def _is_nested() -> bool:
    """Whether the shell is running a cell already: its own frame is then twice on the stack."""
    runs = 0
    frame: FrameType | None = sys._getframe()
    while frame is not None and runs < 2:
        runs += frame.f_code.co_name == "run_cell_async" and frame.f_code.co_filename.endswith("interactiveshell.py")
        frame = frame.f_back
    return runs > 1


def _lines_in_namespace(traceback: TracebackType | None, namespace: dict[str, Any]) -> list[int]:
    """The lines at module level of the notebook, outermost first; IPython's own frames are between them."""
    lines = []
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals is namespace and frame.f_code.co_name == "<module>":
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    return lines

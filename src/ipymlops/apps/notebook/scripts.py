"""Scripts that IPython runs: ``ipython train.ipy``, or a notebook given the same way.

Their cells are silent to IPython: it tells nobody that they run, numbers none and shows no answer. What they say is
taken from its own stack instead, and answers are printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

SHELL = "interactiveshell.py"
CALL = "get_ipython()."  # what IPython makes of a line that begins with %


def script_cell() -> str | None:
    """What a script's running cell says, which for an ``.ipy`` file is the whole of it; None where none runs, or a
    cell of the session runs the script: that cell is known."""
    cells = []
    in_script = False
    for frame in _frames():
        if frame.f_code.co_filename.endswith(SHELL):
            in_script = in_script or frame.f_code.co_name == "safe_execfile_ipy"
            if frame.f_code.co_name == "run_cell_async":
                cells.append(frame.f_locals)
    alone = in_script and len(cells) == 1 and cells[0]["silent"]
    return str(cells[0]["raw_cell"]) if alone else None


def shows_nothing(namespace: dict[str, Any]) -> bool:
    """Whether a silent cell asks in a line of its own, so that IPython shows nobody the answer: ``%mlops show m``, and
    not ``card = %mlops show m``, which keeps it."""
    line = 0
    for frame in _frames():
        if frame.f_globals is namespace and not line:
            line = frame.f_lineno
        elif frame.f_code.co_name == "run_cell_async" and frame.f_code.co_filename.endswith(SHELL):
            asked = str(frame.f_locals["transformed_cell"]).splitlines()[line - 1 : line]
            return bool(frame.f_locals["silent"]) and any(text.lstrip().startswith(CALL) for text in asked)
    return False


def _frames() -> Iterator[FrameType]:
    """Innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back

"""Watches a kernel run cells and writes its journal, at almost no cost a cell.

It knows nothing of IPython: the notebook's hooks call ``before`` and ``after``. It keeps ids and small samples of
the namespace, never the objects, and no failure of its own may reach the user's cell.
"""

from __future__ import annotations

import re
import sys
import time
import types
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from ipymlops.capture import generators, random_state
from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.capture.watch import Watch

ENTERED = 8  # functions between a cell and its error that are kept


@dataclass(slots=True)
class _Running:
    """The cell that runs now."""

    source: str
    execution: int
    cell_id: str | None
    started: float
    clock: float


class Recorder:
    """One kernel's record. ``hidden`` names (IPython's own) are not looked at.

    ``history`` holds the cells that ran before, and ``raised`` the line at which some of them stopped, if it is known.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        *,
        folder: str,
        notebook: str | None,
        history: Iterable[tuple[int, str]] = (),
        raised: Mapping[int, int | None] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self._namespace = namespace
        self._folder = folder
        self._notebook = notebook
        self._kernel = uuid4().hex
        self._cells = _earlier(history, raised or {}, generators.origins(namespace, list(namespace)))
        self._depth = 0
        self._running: _Running | None = None
        self._unwatched: CellRun | None = None  # the last of a script's cells, of which nobody tells the end
        self._random: random_state.Moment | None = None
        self._watch = Watch(namespace, hidden)
        self._first_import = random_state.FirstImport(self._numpy_arrived)

    def before(self, source: str, execution: int, cell_id: str | None) -> None:
        """A cell is about to run. Cells run from within a cell belong to the outer one."""
        self._depth += 1
        if self._depth > 1:
            return
        self._keep_unwatched()
        self._running = _Running(source, execution, cell_id, time.time(), time.perf_counter())
        try:
            self._watch.begin(source)
            self._random = random_state.now(self._random)
            if self._random.numpy is None:
                self._first_import.watch()
        except Exception:  # the user's cell runs whatever happens here
            self._random = None

    def after(self, succeeded: bool, failed_line: int | None, failed_in: tuple[str, ...] | None = None) -> None:
        """The cell has run."""
        self._depth = max(0, self._depth - 1)
        running = self._running
        if self._depth or running is None:
            return
        self._running = None
        try:
            moment = random_state.now(self._random)
            self._cells.append(self._finished(running, self._watch, moment, succeeded, failed_line, failed_in))
            self._random = moment  # the state after one cell is that before the next, as long as it does not move
        except Exception:  # what was typed is known, and worth keeping without evidence
            run = CellRun(running.execution, running.source, running.cell_id, running.started, evidence=False)
            self._cells.append(run)

    def unwatched(self, source: str, execution: int) -> None:
        """A script's cell runs, of which only the text is known: it may have begun before we were loaded."""
        self._keep_unwatched()
        self._unwatched = CellRun(execution, source, evidence=False)

    def _keep_unwatched(self) -> None:
        if self._unwatched is not None:
            self._cells.append(self._unwatched)
            self._unwatched = None

    def close(self) -> None:
        """End a cell of whose end nobody told, as one that failed: a wait at its top level was interrupted."""
        if self._depth:
            self._depth = 1
            self.after(False, None)

    def journal(self) -> Journal:
        """Everything up to now; of the cell that runs, what stands above the line that asks."""
        cells = list(self._cells)
        if self._running is not None:
            cells.append(self._unfinished(self._running))
        elif self._unwatched is not None:
            line = _line_of(self._namespace, self._unwatched.source)
            cells.append(replace(self._unwatched, succeeded=line is None, failed_line=line, running=line is not None))
        return Journal(tuple(cells), notebook=self._notebook, folder=self._folder, kernel=self._kernel)

    def forget(self) -> None:
        """Stop watching imports; the journal stays."""
        self._first_import.stop()

    # --- evidence

    def _finished(
        self,
        running: _Running,
        watch: Watch,
        moment: random_state.Moment,
        succeeded: bool,
        failed_line: int | None,
        failed_in: tuple[str, ...] | None = None,
    ) -> CellRun:
        seconds = time.perf_counter() - running.clock
        states, consumed = self._moved(moment)
        changes = watch.end(running.source)
        return CellRun(
            execution=running.execution,
            source=running.source,
            cell_id=running.cell_id,
            started=running.started,
            seconds=seconds,
            succeeded=succeeded,
            failed_line=failed_line,
            failed_in=failed_in,
            rebound=changes.rebound,
            mutated=changes.mutated,
            deleted=changes.deleted,
            aliases=changes.aliases,
            random_before=states,
            consumed=consumed,
            generators=generators.origins(self._namespace, changes.rebound),
        )

    def _unfinished(self, running: _Running) -> CellRun:
        """The cell as it stands; its evidence so far is taken, and taken again when it ends."""
        line = _line_of(self._namespace, running.source)
        try:
            moment = random_state.now(self._random)
            cell = self._finished(running, self._watch.copy(), moment, line is None, line)
        except Exception:  # see after()
            cell = CellRun(running.execution, running.source, running.cell_id, running.started, evidence=False)
        return replace(cell, running=line is not None)

    def _moved(self, moment: random_state.Moment) -> tuple[Any, tuple[str, ...]]:
        if self._random is None:
            return None, ()
        consumed = self._random.moved(moment)
        return (self._random.states() if consumed else None), consumed

    def _numpy_arrived(self) -> None:
        """NumPy was imported inside the running cell: its generator's first state is this one."""
        if self._random is not None:
            self._random = replace(self._random, numpy=random_state.now().numpy)


def _earlier(
    history: Iterable[tuple[int, str]], raised: Mapping[int, int | None], origins: Mapping[str, Any]
) -> list[CellRun]:
    """The cells that ran before there was a recorder. A generator that is there now came from the last to bind it."""
    cells = list(history)
    made: dict[int, dict[str, Any]] = {}
    for name, origin in origins.items():
        binds = re.compile(rf"^[^\n=#]*\b{re.escape(name)}\b[^\n=]*=(?!=)", re.MULTILINE)
        last = next((execution for execution, source in reversed(cells) if binds.search(source)), 0)
        made.setdefault(last, {})[name] = origin
    return [
        CellRun(
            execution,
            source,
            evidence=False,
            succeeded=execution not in raised,
            failed_line=raised.get(execution),
            generators=made.get(execution, {}),
        )
        for execution, source in cells
    ]


def functions_entered(traceback: types.TracebackType | None, namespace: dict[str, Any]) -> tuple[str, ...]:
    """The first functions on the way from the cell to an error."""
    names: list[str] = []
    inside = False
    while traceback is not None and len(names) < ENTERED:
        frame = traceback.tb_frame
        if frame.f_globals is namespace and frame.f_code.co_name == "<module>":
            inside, names = True, []
        elif inside:
            names.append(frame.f_code.co_name)
        traceback = traceback.tb_next
    return tuple(names)


def _line_of(namespace: dict[str, Any], source: str) -> int | None:
    """The line of the cell that is executing now, found on the stack; None outside any cell."""
    lines = []
    frame: types.FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is namespace and frame.f_code.co_name.startswith(("<module>", "<cell line")):
            lines.append(frame.f_lineno)
        frame = frame.f_back
    if source.lstrip().startswith("%%"):
        # The body is text of its own, numbered from 1 below the magic. Alone on the stack, the magic is ``%%mlops``
        # that asks when its body has run.
        return lines[-2] + source[: source.index("%%")].count("\n") + 1 if len(lines) > 1 else None
    return lines[-1] if lines else None

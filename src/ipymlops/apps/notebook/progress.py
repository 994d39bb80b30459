"""What a long command is doing, said in one output of the cell that each step replaces."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from IPython.display import DisplayHandle

from ipymlops.apps.commands.resolve import Progress
from ipymlops.apps.notebook.display import is_rich
from ipymlops.apps.progress import TerminalProgress

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@contextmanager
def progress_for(shell: InteractiveShell, verb: str) -> Iterator[Progress]:
    """Tells steps while the block runs; what stays is one line with the time it took, or nothing."""
    progress = NotebookProgress(verb) if is_rich(shell) else TerminalProgress()
    try:
        yield progress
    finally:
        progress.close()


class NotebookProgress:
    """One output, made at the first step and replaced by each next one."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = time.perf_counter()
        self._handle: DisplayHandle | None = None

    def __call__(self, step: str) -> None:
        self._say(f"{self._verb}: {step} ...")

    def close(self) -> None:
        if self._handle is not None:
            self._say(f"{self._verb} took {time.perf_counter() - self._start:.1f} s")

    def _say(self, text: str) -> None:
        bundle = {"text/plain": text, "text/html": f"<small style='opacity: .75'>{html.escape(text)}</small>"}
        if self._handle is None:
            self._handle = DisplayHandle()  # type: ignore[no-untyped-call]
            self._handle.display(bundle, raw=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)  # type: ignore[no-untyped-call]

"""What a long command is doing, said in one output of the cell that each step replaces, and then its result."""

from __future__ import annotations

import html
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipymlops.apps.notebook.display import Display


class NotebookProgress:
    """One output, made at the first step and replaced by each next one, and at last by the result's card."""

    def __init__(self, display: Display, verb: str) -> None:
        self._display = display
        self._verb = verb
        self._start = time.perf_counter()
        self._output = ""

    def __call__(self, step: str) -> None:
        self._say(f"{self._verb}: {step} ...")

    def finish(self, result: Any) -> None:
        """The command has a result. If that is kept rather than shown, this line stays."""
        if self._output:
            self._say(f"{self._verb} took {self._seconds}")
            self._display.hand_over(result, self._output)

    def stop(self) -> None:
        """The command failed; the error is shown by others."""
        if self._output:
            self._say(f"{self._verb} stopped after {self._seconds}")

    @property
    def _seconds(self) -> str:
        return f"{time.perf_counter() - self._start:.1f} s"

    def _say(self, text: str) -> None:
        bundle = {"text/plain": text, "text/html": f"<small style='opacity: .75'>{html.escape(text)}</small>"}
        self._output = self._display.publish(bundle, replaces=self._output)

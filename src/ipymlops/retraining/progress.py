"""Where a long command tells what it is doing, on stderr: a terminal sees one line, replaced step by step."""

from __future__ import annotations

import re
import sys
import time
from typing import Any, TextIO

CLEAR = "\r\x1b[K"
# A step as a log tells it: the time, then the step.
STAMP = "%Y-%m-%dT%H:%M:%S%z"
STEP = re.compile(r"\d{4}-\d\d-\d\dT\S+ (?P<step>.+)")


class TerminalProgress:
    """One line that the next step replaces; gone when the command is done.

    Where nobody watches, in a log or a pipe, it says nothing, or with ``log`` a line with the time for each step.
    """

    def __init__(self, stream: TextIO | None = None, *, log: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._log = log and not self._live

    def __call__(self, step: str) -> None:
        if self._log:
            print(f"{time.strftime(STAMP)} {step}", file=self._stream, flush=True)
        self._write(f"{CLEAR}{step} ...")

    def finish(self, result: Any) -> None:
        """The result speaks for itself."""
        self.stop()

    def stop(self) -> None:
        """Take the line away."""
        self._write(CLEAR)

    def _write(self, text: str) -> None:
        if self._live:
            self._stream.write(text)
            self._stream.flush()

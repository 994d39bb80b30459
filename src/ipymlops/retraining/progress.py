"""Where a long command tells what it is doing, on stderr: a terminal sees one line, replaced step by step."""

from __future__ import annotations

import re
import sys
import time
from typing import Any, TextIO

EVERY = 10.0  # seconds between lines of one step in a log
CLEAR = "\r\x1b[K"
# A step as a log tells it: the time, then the step.
STAMP = "%Y-%m-%dT%H:%M:%S%z"
STEP = re.compile(r"\d{4}-\d\d-\d\dT\S+ (?P<step>.+)")


class TerminalProgress:
    """One line that the next step replaces; gone when the command is done.

    Where nobody watches, in a log or a pipe, it says nothing, or with ``log`` a line with the time for each step, and
    within one step (``evaluate: ask the model``) a line every ten seconds.
    """

    def __init__(self, stream: TextIO | None = None, *, log: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._log = log and not self._live
        self._step, self._logged = "", 0.0

    def __call__(self, step: str) -> None:
        if self._log and self._is_new(step):
            print(f"{time.strftime(STAMP)} {step}", file=self._stream, flush=True)
        self._write(f"{CLEAR}{step} ...")

    def _is_new(self, step: str) -> bool:
        """Whether another step begins here, or the one under way has not been heard of for a while."""
        begun, now = step.partition(":")[0].partition(" \N{FULL BLOCK}")[0], time.monotonic()
        if begun == self._step and now - self._logged < EVERY:
            return False
        self._step, self._logged = begun, now
        return True

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

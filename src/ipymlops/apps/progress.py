"""Where a long command tells what it is doing: one line on stderr, replaced step by step where that works."""

from __future__ import annotations

import sys
from typing import Any, TextIO

CLEAR = "\r\x1b[K"


class TerminalProgress:
    """One line that the next step replaces; gone when the command is done. In a log or a pipe: nothing."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()

    def __call__(self, step: str) -> None:
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

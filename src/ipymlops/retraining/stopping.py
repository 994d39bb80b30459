"""SIGTERM, with which schedulers and containers ask a program to stop, taken as Ctrl-C is: what was begun is undone,
and the processes that were started end too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ipymlops.errors import INTERRUPTED, STOPPED


class Stopped(KeyboardInterrupt):
    """Somebody asked the program to stop."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it SIGTERM raises ``Stopped``, unless the program has a handler of its own."""
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def exit_code(interruption: KeyboardInterrupt) -> int:
    """As shells have it: 128 and the number of the signal."""
    return STOPPED if isinstance(interruption, Stopped) else INTERRUPTED


def _stop(*_: Any) -> NoReturn:
    raise Stopped

"""What work that takes long tells of itself: steps in words, and nothing before it has taken a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread

Progress = Callable[[str], None]

QUIET = 1.0  # seconds before anything is said
PAUSE = 0.25  # seconds between two words
BAR = 20


def share_told(progress: Progress | None, doing: str, total: int) -> Callable[[int], None]:
    """To be called with how much more is done; tells the share as a bar, and the time left, once it takes a second."""
    start, told, done = time.monotonic(), 0.0, 0

    def tell(more: int) -> None:
        nonlocal told, done
        done += more
        now = time.monotonic()
        if progress is None or not 0 < done < total or now - start < QUIET or now - told < PAUSE:
            return
        told = now
        full = round(BAR * done / total)
        left = (now - start) * (total - done) / done
        progress(f"{doing} {'█' * full}{'░' * (BAR - full)} {done / total:.0%}, about {max(left, 1):,.0f} s left")

    return tell


@contextmanager
def once_slow(progress: Progress | None) -> Iterator[Progress]:
    """To be called with each step as it begins; ``progress`` hears which one is under way, once the work takes a second
    and then at most four times a second. Nothing is told after the end.

    A thread of its own tells, since a step that takes long does not come back to say so. The caller's context goes
    along: by it a kernel knows which cell an output belongs to.
    """
    if progress is None:
        yield lambda _: None
        return
    newest = _Newest(progress)
    teller = Thread(target=copy_context().run, args=(newest.tell,), name="ipymlops progress", daemon=True)
    teller.start()
    try:
        yield newest
    finally:
        newest.over.set()
        teller.join()
    if newest.failed is not None:
        raise newest.failed


class _Newest:
    """The step that began last, told when it is time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._step = self._told = ""
        self.over = Event()
        self.failed: Exception | None = None  # what the listener raised, for the caller to hear of

    def __call__(self, step: str) -> None:
        self._step = step

    def tell(self) -> None:
        wait = QUIET
        while not self.over.wait(wait):
            wait = PAUSE
            step = self._step
            if step != self._told:
                self._told = step
                try:
                    self._progress(step)
                except Exception as error:
                    self.failed = error
                    return

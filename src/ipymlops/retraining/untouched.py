"""Training never changes the files that it is given, however its statements spell their paths.

A notebook that writes over the file it has read would do so again at every run, to data that was changed already. So
while a training runs, opening such a file for writing, renaming over it and deleting it raise.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ipymlops.errors import BadInput

WRITES = os.O_WRONLY | os.O_RDWR | os.O_TRUNC | os.O_APPEND


@dataclass(slots=True)
class _Guard:
    """The files that a training may not change, and the folders of which it may not change what it has read."""

    files: set[str]
    folders: tuple[str, ...]
    own: set[str] = field(default_factory=set)  # inside those folders, written before anything read them

    def opened(self, path: str, *, writes: bool) -> None:
        if writes and path in self.files:
            raise BadInput(
                f"Training would write over its own input {path}",
                expected="statements that leave the files they read as they are",
                next_step="write to another file there, and export the pipeline again",
            )
        if path not in self.files and any(path.startswith(folder) for folder in self.folders):
            if writes:
                self.own.add(path)
            elif path not in self.own:
                self.files.add(path)


_guards: list[_Guard] = []  # of the trainings that run
_inside = threading.local()  # resolving a path may itself be audited


@contextmanager
def untouched(paths: Iterable[str]) -> Iterator[None]:
    """While this runs, none of the files at ``paths`` is changed, nor what is read of the folders among them."""
    places = [Path(path) for path in paths]
    parents = [place.parent for place in places if any(c in place.name for c in "*?[") and not place.exists()]
    folders = [place for place in places if place.is_dir()] + parents
    guard = _Guard(
        {os.path.realpath(place) for place in places if place.is_file()},
        tuple(os.path.realpath(folder).rstrip(os.sep) + os.sep for folder in folders),
    )
    _listen()
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


@cache
def _listen() -> None:
    """Once for the process: an audit hook cannot be taken away."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guards or getattr(_inside, "hook", False):
        return
    if event == "open":
        path, mode, flags = arguments
        _tell([path], writes=bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool(flags & WRITES))
    elif event in ("os.remove", "os.truncate"):
        _tell(arguments[:1], writes=True)
    elif event == "os.rename":
        _tell(arguments[:2], writes=True)


def _tell(paths: Iterable[Any], *, writes: bool) -> None:
    _inside.hook = True
    try:
        for path in paths:
            if isinstance(path, str | bytes | os.PathLike):
                place = os.path.realpath(os.fsdecode(path))
                for guard in _guards:
                    guard.opened(place, writes=writes)
    finally:
        _inside.hook = False

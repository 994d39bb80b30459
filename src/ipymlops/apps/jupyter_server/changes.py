"""Tells front ends that a project changed: looks at the files of the folders that panels have asked about."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipymlops.apps.jupyter_server.picture import Stamp, stamp

SCHEMA: dict[str, Any] = {
    "$id": "urn:ipymlops:event:changed",
    "version": "1",
    "title": "A project changed",
    "description": "Something was registered, promoted, verified or otherwise recorded in the project of a folder.",
    "type": "object",
    "properties": {"folder": {"title": "Folder", "type": "string", "description": "The folder a panel asked about."}},
    "required": ["folder"],
}

EVERY = 1.0  # seconds between two looks
FORGET = 120.0  # seconds after the last question about a folder; a visible panel asks every 15


class Watcher:
    """Looks while somebody is interested, and sleeps otherwise. Used from the server's event loop only."""

    def __init__(self, tell: Callable[[str], Any], *, every: float = EVERY, forget: float = FORGET) -> None:
        self._tell = tell
        self._every = every
        self._forget = forget
        self._asked: dict[Path, float] = {}
        self._seen: dict[Path, Stamp | None] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self, folder: Path, seen: Stamp | None) -> None:
        """Keep an eye on the project of ``folder``, which was last read at the stamp ``seen``."""
        self._asked[folder] = time.monotonic()
        self._seen.setdefault(folder, seen)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._asked:
            for folder in list(self._asked):
                await self._compare(folder)
            await asyncio.sleep(self._every)
            self._drop_forgotten()

    async def _compare(self, folder: Path) -> None:
        try:
            now = await asyncio.to_thread(stamp, folder)
        except OSError:  # the folder is out of reach for the moment; the next question will say so in words
            return
        if self._seen.get(folder, now) != now:
            self._tell(str(folder))
        self._seen[folder] = now

    def _drop_forgotten(self) -> None:
        oldest = time.monotonic() - self._forget
        for folder in [f for f, asked in self._asked.items() if asked < oldest]:
            del self._asked[folder]
            self._seen.pop(folder, None)

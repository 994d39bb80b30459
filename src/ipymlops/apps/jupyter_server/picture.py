"""What the panel shows of a folder's project, read again only when the store has changed. Blocking; no tornado."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ipymlops.errors import BadInput
from ipymlops.project import workspace
from ipymlops.wire import ModelsWire, models_wire, no_project

if TYPE_CHECKING:
    from ipymlops.registry.records import Event

# The project's folder and, of its database and write-ahead log, size and time of the last change.
Stamp = tuple[str, tuple[tuple[int, int], ...]]
_KEPT = 32


def inside(root: Path, path: str) -> Path:
    """The folder ``path`` (as Jupyter writes it: relative, ``/`` between names) below the server's root.

    Raises BadInput for a path that leads out of it.
    """
    folder = Path(os.path.normpath(root / path.lstrip("/")))
    if "\0" in path or not folder.is_relative_to(os.path.normpath(root)):
        raise BadInput("Found a path that leads out of the server's folder", expected="a folder below it")
    return folder


def stamp(folder: Path) -> Stamp | None:
    """Changes when the project of ``folder`` does; None where there is no project. A few system calls, no SQL."""
    project = workspace.find(folder.resolve())
    if project is None:
        return None
    return str(project), tuple(_change(project / name) for name in ("registry.db", "registry.db-wal"))


class Pictures:
    """The last picture of each project, by its stamp. Safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Stamp, ModelsWire] = OrderedDict()

    def of(self, folder: Path) -> tuple[ModelsWire, Stamp | None]:
        """The project that ``folder`` belongs to, or the answer that there is none; and the stamp it was read at."""
        now = stamp(folder)  # before reading: what is written meanwhile is read again next time
        if now is None:
            return no_project(), None
        picture = self._known(now)
        if picture is None:
            picture = _read(Path(now[0]))
            self._keep(now, picture)
        return picture, now

    def _known(self, now: Stamp) -> ModelsWire | None:
        with self._lock:
            if now in self._kept:
                self._kept.move_to_end(now)
            return self._kept.get(now)

    def _keep(self, now: Stamp, picture: ModelsWire) -> None:
        with self._lock:
            self._kept[now] = picture
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


def _read(folder: Path) -> ModelsWire:
    from ipymlops.project import Project
    from ipymlops.registry.records import ModelList

    if not (folder / "registry.db").exists():  # looking must not create anything
        return models_wire(ModelList(str(folder.parent), ()), {}, {})
    project = Project.open(folder, create=False)
    models = project.models()
    events: dict[str, list[Event]] = {}
    for event in project.registry.events():
        events.setdefault(event.model, []).append(event)
    return models_wire(models, {m.name: project.registry.versions(m.name) for m in models.models}, events)


def _change(path: Path) -> tuple[int, int]:
    """Size and time of a file; an empty write-ahead log (a reader's) counts as none."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns) if status.st_size else (0, 0)

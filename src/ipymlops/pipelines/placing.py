"""Where an export is written until it is whole, and how it then takes the place of the one before.

A draft is a hidden folder beside the target, named after the process that writes it: ``.NAME.HOST-PID.RANDOM``. Two
renames put it in place: the old pipeline aside (``....old``), then the draft. A failure between them brings the old
one back. A kill (SIGKILL, a power cut) in that instant cannot: then the folder is missing and the old pipeline lies
aside, whole, until ``recover`` puts it back, at the next export into the folder or the next ``retrain`` of it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipymlops.errors import BadInput
from ipymlops.pipelines.folder import RECORD
from ipymlops.storage.disk import sync_folder

ASIDE = ".old"
DAY = 24 * 3600.0


def refuse_occupied(folder: Path, force: bool) -> None:
    """Nothing that somebody made is overwritten: only a pipeline, and only with ``force``."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadInput(f"Found a file at {folder}", expected="a folder, or nothing")
    if not any(folder.iterdir()):
        return
    if not (folder / RECORD).exists():
        raise BadInput(
            f"{folder} holds other things than a pipeline",
            expected="a new or empty folder",
            next_step="name another one with --to",
        )
    if not force:
        raise BadInput(
            f"{folder} holds a pipeline already", expected="a new folder", next_step="replace it with --force"
        )


def new_draft(folder: Path) -> Path:
    """An empty hidden folder beside ``folder``, whose parents are made if need be."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}.{_host()}-{os.getpid()}.", dir=folder.parent))


@contextmanager
def draft_for(folder: Path) -> Iterator[Path]:
    """A draft that is gone at the end, unless it was put in place."""
    draft = new_draft(folder)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put_in_place(draft: Path, folder: Path) -> None:
    """Rename; what stood there before is moved aside first, and comes back if that fails."""
    draft.chmod(0o755)  # mkdtemp made it private
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()
    if not folder.exists():
        draft.rename(folder)
    else:
        aside = folder.with_name(f"{draft.name}{ASIDE}")
        os.utime(folder)  # a rename keeps the time, and ``recover`` asks how long it has been lying aside
        folder.rename(aside)
        try:
            draft.rename(folder)
        except BaseException:
            aside.rename(folder)
            raise
        aside.rename(draft)  # so that whatever is called aside is whole
        shutil.rmtree(draft, ignore_errors=True)
    sync_folder(folder.parent)


def recover(folder: Path) -> bool:
    """Undo what killed exports left: put the pipeline that one had moved aside back where ``folder`` is missing, and
    take away the drafts. Exports that still run are left alone. Whether a pipeline was put back."""
    left = [place for place in _hidden(folder) if _is_dead(place)]
    asides = sorted((p for p in left if p.name.endswith(ASIDE)), key=lambda p: p.stat().st_ctime)
    put_back = bool(asides) and not folder.exists()
    if put_back:
        asides[-1].rename(folder)
        sync_folder(folder.parent)
    for place in left:
        shutil.rmtree(place, ignore_errors=True)
    return put_back


def _hidden(folder: Path) -> list[Path]:
    if not folder.parent.is_dir():
        return []
    named = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}-\d+\.\w+({re.escape(ASIDE)})?")
    return [p for p in folder.parent.iterdir() if named.fullmatch(p.name) and p.is_dir() and not p.is_symlink()]


def _is_dead(place: Path) -> bool:
    """Whether the export that made it runs no more. Of other machines only the age tells."""
    host, _, process = place.name.removesuffix(ASIDE).split(".")[-2].partition("-")
    if host == _host() and os.name != "nt" and not _runs(int(process)):
        return True
    return time.time() - place.stat().st_mtime > DAY


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]

"""Writing files so that a crash leaves the old state or the new one, and saying what a disk refused."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from ipymlops.errors import MlopsError, ProjectError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path`` whole or not at all, on the disk before returning."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut; where folders cannot be opened this does nothing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_error(error: OSError, path: Path) -> MlopsError:
    """What the operating system said about ``path``, as one line with a next step."""
    if error.errno in _FULL:
        return ProjectError(f"The disk that holds {path} is full", next_step="free some space and repeat the command")
    if error.errno in _REFUSED:
        return ProjectError(
            f"{path} cannot be written: it is read-only or belongs to somebody else",
            expected="a place this user may write to",
            next_step="change its permissions, or work on a copy of the project",
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return ProjectError(f"A file stands where a folder is needed, at or above {path}", next_step="move it away")
    return ProjectError(f"{path} could not be used: {error.strerror or error}", next_step="check the disk")

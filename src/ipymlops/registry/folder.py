"""Reading the files of a folder that may come from anybody: no links, no pipes, no more than was announced."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from ipymlops.errors import IntegrityError
from ipymlops.storage.disk import disk_error

# A pipe would be waited for, and a link followed; Windows has neither flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_in(folder: Path, name: str, most: int) -> bytes:
    """The bytes of one file; of a longer one than ``most`` only one byte more, by which it is known.

    Raises FileNotFoundError where there is none, IntegrityError where it is a link, a pipe or a device, or lies behind
    a link.
    """
    path = folder
    try:
        for part in PurePosixPath(name).parts:
            path = path / part
            if path.is_symlink():
                raise _strange(name, folder, "a link")
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise disk_error(error, path) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _strange(name, folder, "no plain file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(min(found.st_size, most) + 1)
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        os.close(descriptor)


def _strange(name: str, folder: Path, what: str) -> IntegrityError:
    return IntegrityError(
        f"{name} in {folder} is {what}",
        expected="a file of its own",
        next_step="get the bundle again from where it was registered",
    )

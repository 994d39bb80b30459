"""Where the programs are that an export calls: beside this Python, as a package brought them, else on PATH."""

from __future__ import annotations

import shutil
import sysconfig


def program(name: str) -> str | None:
    """The path of ``ruff``, ``uv``, ...; nothing if it is not there. A kernel's PATH often lacks its environment."""
    return shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)

"""Where a project lies on disk, who works in it, and which commit of the code it is."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

from ipymlops.errors import ProjectError
from ipymlops.project.settings import FILE

FOLDER = ".mlops"


def find(start: Path) -> Path | None:
    """The nearest ``.mlops`` folder at or above ``start``; where ``mlops.toml`` lies, one may yet be made."""
    for folder in (start, *start.parents):
        if (folder / FOLDER).is_dir() or (folder / FILE).is_file():
            return folder / FOLDER
    return None


def locate(start: str | Path | None, *, create: bool) -> Path:
    """The project's folder at or above ``start``; with ``create``, where a new one will be made."""
    made = of(start if start is not None else Path.cwd())
    folder = made.parent
    found = find(folder)
    if found is not None:
        return found
    if not create:
        raise ProjectError(
            f"No project is in {str(folder)!r} or above it",
            expected=f"a {FOLDER} folder",
            next_step="register a first model in a notebook, %mlops register MODEL, or name a project: --project PATH",
        )
    return made


def named(folder: str | Path, *, create: bool) -> Path:
    """The project of the very folder that somebody named, without a look above it: a slip of the hand must not write
    into another project."""
    made = of(folder)
    if create or made.is_dir() or (made.parent / FILE).is_file():
        return made
    above = find(made.parent)
    raise ProjectError(
        f"No project is in {str(made.parent)!r}",
        expected=f"a folder that holds {FOLDER}",
        next_step=f"--project {above.parent} names the one above it" if above else "see where its .mlops lies",
    )


def of(start: str | Path) -> Path:
    """The project's folder of this very one, there or not."""
    folder = Path(start).expanduser().resolve()
    if folder.name == FOLDER:
        folder = folder.parent
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"Found a file at {str(start)!r}", expected="a folder")
    return folder / FOLDER


def who() -> str:
    """The configured user (``IPYMLOPS_USER``), else the operating system's."""
    try:
        return os.environ.get("IPYMLOPS_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container without a user entry
        return f"uid {os.getuid()}"


def git_state(folder: Path, notebook: Path | None = None) -> dict[str, str | bool]:
    """The commit that ``folder`` stands on, whether files differ from it, and whether git knows the ``notebook``: a
    clean commit says nothing of a file that it does not hold. Empty outside a checkout."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return {}
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    state: dict[str, str | bool] = {"commit": commit, "dirty": bool(changed)}
    if notebook is not None:
        state["has_notebook"] = bool(_git(notebook.parent, "ls-files", "--", notebook.name))
    return state


def place_of(file: Path, home: Path) -> str:
    """The path of a file as others know it: from the top of its checkout, else from the project's folder ``home``, else
    its name. Where a machine keeps them is nobody else's concern."""
    top = _git(file.parent, "rev-parse", "--show-toplevel")
    roots = (*([Path(top)] if top else ()), home)
    inside = (file.relative_to(root.resolve()) for root in roots if file.is_relative_to(root.resolve()))
    return next(inside, Path(file.name)).as_posix()


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def make(folder: Path) -> None:
    """Make the project's folder, if it is not there."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise ProjectError(
            f"The project folder {str(folder)!r} could not be made: {error.strerror}",
            expected="a folder that can be written",
            next_step="name another one: --project PATH",
        ) from error

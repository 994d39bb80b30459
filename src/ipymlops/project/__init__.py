"""A workspace a notebook works in: ``.mlops/``, found upward from the notebook like ``.git``."""

from __future__ import annotations

from pathlib import Path

from ipymlops.project.project import Project

__all__ = ["Project", "open_project"]


def open_project(start: str | Path | None = None) -> Project:
    """Open the project of ``start`` (default: the working folder), creating ``.mlops/`` there if there is none.

    >>> import tempfile
    >>> project = open_project(tempfile.mkdtemp())
    >>> project.models().models
    ()
    """
    return Project.open(start)

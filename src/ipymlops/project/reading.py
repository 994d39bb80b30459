"""Files of data, read as the version that will see them was trained on such data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from ipymlops.project.project import Project


def read_data(project: Project, ref: str, path: str | Path) -> Any:
    """The table at ``path``. A CSV file does not say that ``01067`` is a code and ``2026-03-01`` a day; the version's
    schema does."""
    from ipymlops.frames import read_table

    bundle = project.bundle(project.registry.resolve(ref))
    columns = bundle.schema().columns if "schema.json" in bundle else ()
    return read_table(path, like={column.name: column.kind for column in columns})

"""Files of data, read as the version that will see them was trained on such data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipymlops.frames import Kind
    from ipymlops.project.project import Project


def read_data(project: Project, ref: str, path: str | Path) -> Any:
    """The table at ``path``. A CSV file does not say that ``01067`` is a code and ``2026-03-01`` a day; the version's
    schema does."""
    from ipymlops.frames import read_table

    return read_table(path, like=_kinds(project, ref))


def opened(project: Project, ref: str, data: Any, like: Mapping[str, Kind | None], *, whole: bool = False) -> Any:
    """What lies at a path, or ``data`` itself. Tables in Parquet files and dataframes of Dask come in parts, of which
    nothing is read here; a single file does come ``whole`` where that is asked for."""
    from ipymlops.partitions import DaskTable, is_dask, is_parquet, open_parquet

    if is_dask(data):
        return DaskTable(data)
    if not isinstance(data, str | Path):
        return data
    in_parts = is_parquet(data) and not (whole and Path(data).is_file())
    return open_parquet(data, like) if in_parts else read_data(project, ref, data)


def whole(project: Project, ref: str, data: Any) -> Any:
    """What lies at a path, all of it, or ``data`` itself; the Parquet files of a folder are one table."""
    from ipymlops.partitions import open_parquet

    if not isinstance(data, str | Path):
        return data
    return open_parquet(data, _kinds(project, ref)).whole() if Path(data).is_dir() else read_data(project, ref, data)


def _kinds(project: Project, ref: str) -> dict[str, Kind]:
    bundle = project.bundle(project.registry.resolve(ref))
    columns = bundle.schema().columns if "schema.json" in bundle else ()
    return {column.name: column.kind for column in columns}

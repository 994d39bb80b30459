"""A whole project in one file, taken while it is in use, and put back into an empty one on any back end.

The file is a plain tar: ``registry.json`` with the rows of every table at one moment, then ``blobs/SHA256`` for
everything that the versions of that moment are made of and were signed with, and ``beside/NAME`` for the rules of the
project, which its caller gives and gets back. Nothing in it is believed: each blob must have the hash that it is named
by, and names that are none are left alone. Format 1; a newer one is refused.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipymlops.errors import BadInput, Conflict, IntegrityError, ProjectError
from ipymlops.progress import Progress
from ipymlops.registry.backup_rows import check_rows
from ipymlops.registry.records import Version
from ipymlops.registry.registry import Registry
from ipymlops.registry.rows import event_of
from ipymlops.registry.tables import EVENTS, REGISTRY
from ipymlops.registry.upkeep import reachable, signature_of
from ipymlops.storage import database as db
from ipymlops.storage.disk import disk_error, sync_folder

FORMAT = 1
ROWS = "registry.json"
BESIDE = "beside"
_MOST_BESIDE = 2**20  # bytes of one file: rules and public keys have a few hundred


@dataclass(frozen=True, slots=True)
class Backup:
    """What ``%mlops backup`` and ``%mlops restore`` answer."""

    path: str
    models: int
    versions: int
    files: int
    size: int  # bytes of the files
    restored: bool = False
    rules: tuple[str, ...] = ()  # files beside the project's folder that came along
    left_out: tuple[str, ...] = ()  # in sentences, what did not


def write_backup(
    registry: Registry, path: Path, *, beside: Mapping[str, bytes] | None = None, progress: Progress | None = None
) -> Backup:
    """Write everything that is registered at this moment to ``path``, whole or not at all; with the files ``beside``.

    Raises BadInput where something is there already, IntegrityError where a stored file is not what was registered.
    """
    if path.exists():
        raise BadInput(f"{path} exists already", expected="a file that is not there yet")
    rows = _rows(registry)
    versions = tuple(_of(rows, registry.all_versions()))
    names = sorted({*reachable(registry.blobs, versions), *_signatures(rows)})
    draft = path.with_name(f".{path.name}.part")
    try:
        with tarfile.open(draft, "w") as archive:
            _add(archive, ROWS, json.dumps({"format": FORMAT, **rows}, ensure_ascii=False).encode())
            size = 0
            for done, sha256 in enumerate(names, start=1):
                if progress is not None:
                    progress(f"file {done} of {len(names)}")
                data = registry.blobs.get(sha256)
                size += len(data)
                _add(archive, f"blobs/{sha256}", data)
            for name, data in (beside or {}).items():
                _add(archive, f"{BESIDE}/{name}", data)
        draft.replace(path)
        sync_folder(path.resolve().parent)
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        draft.unlink(missing_ok=True)
    return Backup(
        str(path), len({v.model for v in versions}), len(versions), len(names), size, rules=tuple(beside or ())
    )


def restore(
    registry: Registry, path: Path, *, beside: dict[str, bytes] | None = None, progress: Progress | None = None
) -> Backup:
    """Put a backup into an empty registry: all of it or nothing. What lay beside the project is put into ``beside``.

    Raises Conflict where something is registered already, BadInput for a file that is no backup, IntegrityError for
    one that was changed.
    """
    if registry.names():
        raise Conflict(
            "Models are registered here already",
            expected="an empty project",
            next_step="restore into a new folder: --project PATH",
        )
    try:
        with tarfile.open(path, "r:") as archive:
            rows = _read_rows(archive)
            files, size = _restore_blobs(registry, archive, {} if beside is None else beside, progress)
            missing = [v["manifest"] for v in rows["versions"] if not registry.blobs.has(v["manifest"])]
            if missing:
                raise IntegrityError(f"{path} lacks the file {missing[0][:12]}", next_step="take another backup")
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as a backup: {error}", expected="a file of `ipymlops backup`") from error
    except OSError as error:
        raise disk_error(error, path) from error
    _restore_rows(registry, rows)
    versions = rows["versions"]
    return Backup(str(path), len({v["model"] for v in versions}), len(versions), files, size, restored=True)


def _rows(registry: Registry) -> dict[str, list[dict[str, Any]]]:
    with registry.database.read() as connection:
        return {
            name: [dict(row) for row in connection.execute(db.select(table)).mappings()]
            for name, table in sorted(REGISTRY.tables.tables.items())
        }


def _of(rows: dict[str, list[dict[str, Any]]], versions: tuple[Version, ...]) -> Iterator[Version]:
    """The versions that stand in these rows: others may have come meanwhile."""
    there = {(row["model"], row["number"]) for row in rows["versions"]}
    return (v for v in versions if (v.model, v.number) in there)


def _signatures(rows: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """What the events of these rows signed versions with."""
    found = (signature_of(event_of(row)) for row in rows["events"])
    return (sha256 for sha256 in found if sha256)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)  # no owner, no time: the same project gives the same bytes
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def _read_rows(archive: tarfile.TarFile) -> dict[str, list[dict[str, Any]]]:
    first = archive.next()
    file = archive.extractfile(first) if first is not None and first.name == ROWS and _is_plain(first) else None
    if file is None:
        raise BadInput(f"Its first file is not {ROWS}", expected="a file of `ipymlops backup`")
    try:
        told = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{ROWS} is not JSON", expected="a file of `ipymlops backup`") from error
    number = told.get("format") if isinstance(told, dict) else None
    if not isinstance(number, int) or number > FORMAT:
        raise ProjectError(f"The backup is of format {number}", expected=f"format {FORMAT} or older")
    rows = {name: told.get(name) for name in REGISTRY.tables.tables}  # what else stands there is left alone
    check_rows(rows)
    return rows


def _is_plain(member: tarfile.TarInfo) -> bool:
    """A file as large as the bytes that stand for it: a sparse one of a few bytes unfolds to as many as it likes."""
    return member.isreg() and not member.issparse()


def _restore_blobs(
    registry: Registry, archive: tarfile.TarFile, beside: dict[str, bytes], progress: Progress | None
) -> tuple[int, int]:
    files = size = 0
    while (member := archive.next()) is not None:
        folder, _, sha256 = member.name.partition("/")
        if folder == BESIDE and _is_plain(member) and member.size <= _MOST_BESIDE:
            if (small := archive.extractfile(member)) is not None:
                beside[sha256] = small.read()
            continue
        file = archive.extractfile(member) if folder == "blobs" and _is_plain(member) else None
        if file is None:
            continue
        data = file.read()
        if registry.blobs.put(data) != sha256:
            raise IntegrityError(f"The file {sha256[:12]} was changed in the backup", next_step="take another backup")
        files, size = files + 1, size + len(data)
        if progress is not None:
            progress(f"file {files}")
    return files, size


def _restore_rows(registry: Registry, rows: dict[str, list[dict[str, Any]]]) -> None:
    with registry.database.write() as connection:
        for name, table in REGISTRY.tables.tables.items():
            if rows[name]:
                connection.execute(db.insert(table), rows[name])
        registry.database.go_on(connection, EVENTS.c.number)

"""SQLite in WAL mode: readers never wait for a writer, and a writer waits for the other one instead of failing."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import W_OK, access
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from ipymlops.errors import ProjectError
from ipymlops.storage import backend


class SQLite:
    """A file. It is read from a copy where its folder is read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)
        self.engine = _engine(path)

    def is_writable(self) -> bool:
        if not self.path.parent.is_dir():
            raise ProjectError(
                f"The project folder {self.path.parent} is not there",
                expected="a folder",
                next_step="open the project from where it was made, or make it again",
            )
        return access(self.path.parent, W_OK) and (not self.path.exists() or access(self.path, W_OK))

    def refuse_if_read_only(self) -> None:
        if not self.is_writable():
            raise ProjectError(
                f"{self.path.parent} is read-only",
                expected="a folder this user may write to",
                next_step="change its permissions, or work on a copy of the project",
            )

    @contextmanager
    def copied(self) -> Iterator[Engine]:
        with tempfile.TemporaryDirectory(prefix="ipymlops-read-only-", ignore_cleanup_errors=True) as folder:
            yield _engine(_copied(self.path, Path(folder)))

    def begin_read(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    def begin_write(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def has_table(self, connection: Connection, name: str) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return connection.exec_driver_sql(query, (name,)).first() is not None

    def append_only(self, table: str) -> Iterator[str]:
        for verb in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only ever added'); END"
            )

    def faults(self, connection: Connection) -> Iterator[str]:
        try:
            said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
        except ProjectError as error:  # so damaged that the check itself comes to no end
            said = [error.found]
        yield from (line for line in said if line != "ok")

    def go_on(self, connection: Connection, table: str, column: str) -> None:
        """Nothing to do: SQLite looks at the highest number that there ever was."""


def _engine(path: Path) -> Engine:
    address = URL.create("sqlite", database=str(path))
    engine = create_engine(address, poolclass=NullPool, connect_args={"timeout": backend.BUSY_SECONDS})
    event.listen(engine, "connect", _configure)

    def reworded(context: ExceptionContext) -> BaseException | None:
        error = context.sqlalchemy_exception
        return _in_words(error, path) if isinstance(error, DBAPIError) else None

    # Here and not around the caller's block: only what the database refused is a fault of the database.
    event.listen(engine, "handle_error", reworded)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver would begin too late and too weakly
    deadline = time.monotonic() + backend.BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except Exception as error:  # SQLite does not wait here while others open the new file at the same time
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _copied(path: Path, folder: Path) -> Path:
    """SQLite must write beside a WAL database even to read it, so a read-only one is read from a copy."""
    if not path.exists():
        raise ProjectError(f"{path.parent} is read-only and holds no {path.name}", expected="a project to read")
    try:
        for source in (path, path.with_name(path.name + "-wal")):
            if source.exists():
                shutil.copyfile(source, folder / source.name)
    except OSError as error:
        raise ProjectError(
            f"{path} is read-only and could not be copied to {folder} to read it: {error.strerror or error}",
            next_step="free some space there, or set TMPDIR to another folder",
        ) from error
    return folder / path.name


def _in_words(error: DBAPIError, path: Path) -> Exception:
    said = str(error.orig)
    if "readonly" in said:
        return ProjectError(f"{path} is read-only", expected="a file this user may write to")
    if "full" in said:
        return ProjectError(f"The disk that holds {path} is full", next_step="free some space and repeat the command")
    if "locked" in said:
        return ProjectError(
            f"{path} has been locked by another process for {backend.BUSY_SECONDS:.0f} seconds",
            next_step="wait for the other process or end it, then repeat the command",
        )
    if "malformed" in said or "not a database" in said:
        return ProjectError(
            f"{path} is damaged ({said})", expected="a SQLite database", next_step="restore it from a backup"
        )
    if isinstance(error, OperationalError):
        return ProjectError(f"{path} could not be used: {said}", next_step="check the folder and its disk")
    return error

"""One database behind everything a project remembers: all-or-nothing writes, and schemas that carry their format.

The only file that knows SQLAlchemy; the domains import the few names they need from here. SQLite in WAL mode is
the one back end for now: readers never wait for a writer, and a writer waits for the other one instead of failing.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import W_OK, access
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    RowMapping,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from ipymlops.errors import ProjectError

__all__ = [
    "Column",
    "Connection",
    "Database",
    "Integer",
    "MetaData",
    "Part",
    "PrimaryKeyConstraint",
    "RowMapping",
    "String",
    "Table",
    "Text",
    "func",
    "insert",
    "select",
    "update",
]

BUSY_SECONDS = 30.0

_FORMATS = Table(
    "formats",
    MetaData(),
    Column("part", String(50), primary_key=True),
    Column("number", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The tables of one domain: created together, and read only by a program that knows their format."""

    name: str
    format: int
    tables: MetaData
    statements: tuple[str, ...] = ()  # triggers and the like, run once after the tables are made


class Database:
    """Connections to one database, each used for one transaction and closed.

    ``url`` is ``sqlite:////absolute/path.db``. Nothing is opened or created before the first read or write.
    """

    def __init__(self, url: str) -> None:
        scheme, _, path = url.partition(":///")
        if scheme != "sqlite" or not path:
            raise ProjectError(f"Found the database address {url!r}", expected="sqlite:////absolute/path/registry.db")
        self.url = url
        self.path = Path(path)
        self._parts: list[Part] = []
        self._ready: set[str] = set()
        self._lock = threading.Lock()
        self._writing = threading.local()  # the transaction that this thread has open, if any
        self._engine = _engine(self.path)  # connects when it is used

    def require(self, part: Part) -> None:
        """From now on this database has the tables of ``part``; they are made at the first use."""
        if part not in self._parts:
            self._parts.append(part)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of everything committed so far. Works on a read-only mount too."""
        with self._readable() as engine, engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that no other writer shares: committed whole at the end, or not at all.
        Inside another ``write`` of the same thread it is a part of that one."""
        outer: Connection | None = getattr(self._writing, "connection", None)
        if outer is not None:
            yield outer
            return
        self._refuse_if_read_only()
        self._make_parts()
        with self._engine.connect() as connection:
            _begin_write(connection)
            self._writing.connection = connection
            try:
                yield connection
            finally:
                self._writing.connection = None
            connection.commit()

    @contextmanager
    def _readable(self) -> Iterator[Engine]:
        """The database, or where it is read-only a copy of what it holds at this moment, for this one read."""
        if self._is_writable():
            self._make_parts()
            yield self._engine
            return
        with tempfile.TemporaryDirectory(prefix="ipymlops-read-only-", ignore_cleanup_errors=True) as folder:
            engine = _engine(_copied(self.path, Path(folder)))
            for part in self._parts:
                self._check_format(part, _stored_format(engine, part.name))
            yield engine

    def _make_parts(self) -> None:
        with self._lock:
            for part in self._parts:
                if part.name not in self._ready:
                    found = _stored_format(self._engine, part.name)
                    self._check_format(part, _create(self._engine, part) if found is None else found)
                    self._ready.add(part.name)

    def _check_format(self, part: Part, found: int | None) -> None:
        if found is None:
            self._refuse_if_read_only()
        elif found > part.format:
            raise ProjectError(
                f"{self.path} holds a {part.name} of format {found}",
                expected=f"format {part.format} or older",
                next_step="install a newer ipymlops (pip install --upgrade ipymlops)",
            )

    def _is_writable(self) -> bool:
        if not self.path.parent.is_dir():
            raise ProjectError(
                f"The project folder {self.path.parent} is not there",
                expected="a folder",
                next_step="open the project from where it was made, or make it again",
            )
        return access(self.path.parent, W_OK) and (not self.path.exists() or access(self.path, W_OK))

    def _refuse_if_read_only(self) -> None:
        if not self._is_writable():
            raise ProjectError(
                f"{self.path.parent} is read-only",
                expected="a folder this user may write to",
                next_step="change its permissions, or work on a copy of the project",
            )


def _engine(path: Path) -> Engine:
    # NullPool: each transaction opens and closes its own connection, so threads and forked kernels share nothing.
    address = URL.create("sqlite", database=str(path))
    engine = create_engine(address, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure)

    def reworded(context: ExceptionContext) -> BaseException | None:
        error = context.sqlalchemy_exception
        return _in_words(error, path) if isinstance(error, DBAPIError) else None

    # Here and not around the caller's block: only what the database refused is a fault of the database.
    event.listen(engine, "handle_error", reworded)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver would begin too late and too weakly
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except Exception as error:  # SQLite does not wait here while others open the new file at the same time
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_write(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _stored_format(engine: Engine, part: str) -> int | None:
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        return _format_in(connection, part)


def _format_in(connection: Connection, part: str) -> int | None:
    known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'formats'")
    if known.first() is None:
        return None
    number: int | None = connection.scalar(select(_FORMATS.c.number).where(_FORMATS.c.part == part))
    return number


def _create(engine: Engine, part: Part) -> int:
    """Make the tables under the write lock; whoever comes second finds them made."""
    with engine.connect() as connection:
        _begin_write(connection)
        found = _format_in(connection, part.name)
        if found is None:
            _FORMATS.create(connection, checkfirst=True)
            part.tables.create_all(connection)
            for statement in part.statements:
                connection.exec_driver_sql(statement)
            connection.execute(insert(_FORMATS).values(part=part.name, number=part.format))
            connection.commit()
        return part.format if found is None else found


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
            f"{path} has been locked by another process for {BUSY_SECONDS:.0f} seconds",
            next_step="wait for the other process or end it, then repeat the command",
        )
    if "malformed" in said or "not a database" in said:
        return ProjectError(
            f"{path} is damaged ({said})", expected="a SQLite database", next_step="restore it from a backup"
        )
    if isinstance(error, OperationalError):
        return ProjectError(f"{path} could not be used: {said}", next_step="check the folder and its disk")
    return error

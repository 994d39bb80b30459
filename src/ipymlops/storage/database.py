"""One database behind everything a project remembers: all-or-nothing writes, and schemas that carry their format.

Only the files of ``storage/`` know SQLAlchemy; the domains import the few names they need from here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError

from ipymlops.errors import ProjectError
from ipymlops.storage.backend import Backend
from ipymlops.storage.sqlite import SQLite

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
    "delete",
    "func",
    "insert",
    "select",
    "update",
]

_FORMATS = Table(
    "formats",
    MetaData(),
    Column("part", String(50), primary_key=True),
    Column("number", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The tables of one domain: created together, and read only by a program that knows their format.

    ``steps[n]`` takes tables of format n to format n + 1; there is no way back. A program that must change tables does
    so under the write lock, the first time it uses them.
    """

    name: str
    format: int
    tables: MetaData
    append_only: tuple[str, ...] = ()  # tables whose rows are never changed or removed
    steps: Mapping[int, Callable[[Connection], None]] = field(default_factory=dict)


class Database:
    """Connections to one database, each used for one transaction and closed.

    ``url`` is ``sqlite:////absolute/path.db`` or ``postgresql://user@host/name``. Nothing is opened or created before
    the first read or write.
    """

    def __init__(self, url: str) -> None:
        self.backend = _backend(url)
        self._parts: list[Part] = []
        self._ready: set[str] = set()
        self._lock = threading.Lock()
        self._writing = threading.local()  # the transaction that this thread has open, if any

    def require(self, part: Part) -> None:
        """From now on this database has the tables of ``part``; they are made at the first use."""
        if part not in self._parts:
            self._parts.append(part)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of everything committed so far. Works on a read-only mount too."""
        with self._readable() as engine, engine.connect() as connection:
            self.backend.begin_read(connection)
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that no other writer shares: committed whole at the end, or not at all.
        Inside another ``write`` of the same thread it is a part of that one."""
        outer: Connection | None = getattr(self._writing, "connection", None)
        if outer is not None:
            yield outer
            return
        self.backend.refuse_if_read_only()
        self._make_parts()
        with self.backend.engine.connect() as connection:
            self.backend.begin_write(connection)
            self._writing.connection = connection
            try:
                yield connection
            finally:
                self._writing.connection = None
            connection.commit()

    def faults(self) -> tuple[str, ...]:
        """What the database itself finds wrong with what it stored; one sentence each."""
        with self._readable() as engine, engine.connect() as connection:
            return tuple(self.backend.faults(connection))

    def go_on(self, connection: Connection, column: Column[int]) -> None:
        """After rows came with numbers of their own: new ones get higher numbers."""
        self.backend.go_on(connection, column.table.name, column.name)

    @contextmanager
    def _readable(self) -> Iterator[Engine]:
        """The database, or where it is read-only a copy of what it holds at this moment, for this one read."""
        if self.backend.is_writable():
            self._make_parts()
            yield self.backend.engine
            return
        with self.backend.copied() as engine:
            for part in self._parts:
                self._check_format(part, self._stored_format(engine, part.name))
            yield engine

    # --- formats

    def _make_parts(self) -> None:
        with self._lock:
            for part in self._parts:
                if part.name not in self._ready:
                    found = self._stored_format(self.backend.engine, part.name)
                    if found is None or found < part.format:
                        found = self._brought_up(part)
                    self._check_format(part, found)
                    self._ready.add(part.name)

    def _check_format(self, part: Part, found: int | None) -> None:
        if found is None:
            self.backend.refuse_if_read_only()
        elif found > part.format:
            raise ProjectError(
                f"{self.backend.place} holds a {part.name} of format {found}",
                expected=f"format {part.format} or older",
                next_step="install a newer ipymlops (pip install --upgrade ipymlops)",
            )
        elif found < part.format:
            raise ProjectError(
                f"{self.backend.place} holds a {part.name} of the older format {found}, and is read-only",
                expected=f"format {part.format}",
                next_step="open it once where it can be written, or read a writable copy",
            )

    def _stored_format(self, engine: Engine, part: str) -> int | None:
        with engine.connect() as connection:
            self.backend.begin_read(connection)
            return self._format_in(connection, part)

    def _format_in(self, connection: Connection, part: str) -> int | None:
        if not self.backend.has_table(connection, _FORMATS.name):
            return None
        number: int | None = connection.scalar(select(_FORMATS.c.number).where(_FORMATS.c.part == part))
        return number

    def _brought_up(self, part: Part) -> int:
        """Make the tables, or change older ones, under the write lock; whoever comes second finds it done."""
        self.backend.refuse_if_read_only()
        with self.backend.engine.connect() as connection:
            self.backend.begin_write(connection)
            found = self._format_in(connection, part.name)
            if found is None:
                self._create(connection, part)
            else:
                for number in range(found, part.format):
                    part.steps[number](connection)
                here = _FORMATS.c.part == part.name
                newest = max(found, part.format)
                connection.execute(update(_FORMATS).where(here).values(number=newest))
            connection.commit()
            return part.format if found is None else max(found, part.format)

    def _create(self, connection: Connection, part: Part) -> None:
        _FORMATS.create(connection, checkfirst=True)
        part.tables.create_all(connection)
        for table in part.append_only:
            for statement in self.backend.append_only(table):
                connection.exec_driver_sql(statement)
        connection.execute(insert(_FORMATS).values(part=part.name, number=part.format))


def _backend(url: str) -> Backend:
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite" and path:
        return SQLite(Path(path))
    if url.startswith(("postgresql://", "postgres://")):
        from ipymlops.storage.postgres import Postgres

        try:
            return Postgres(make_url(url.replace("postgres://", "postgresql://", 1)))
        except (ArgumentError, ValueError) as error:
            raise _no_address("postgresql://..." + url.rpartition("@")[2]) from error
    raise _no_address(url)


def _no_address(url: str) -> ProjectError:
    return ProjectError(
        f"Found the database address {url!r}",
        expected="sqlite:////absolute/path/registry.db or postgresql://user@host/name",
    )

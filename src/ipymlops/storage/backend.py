"""What the database asks of a back end: where it is, how a transaction begins, and the little SQL that differs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30.0  # a writer waits so long for another one


class Backend(Protocol):
    """One kind of database. Nothing is opened or created before the engine is used."""

    engine: Engine  # each connection is used for one transaction and closed, so threads and forks share none
    place: str  # as messages name it; never with a password

    def is_writable(self) -> bool:
        """Whether a write may be tried. Raises ProjectError where the place itself is gone."""

    def refuse_if_read_only(self) -> None:
        """Raises ProjectError where a write cannot be tried."""

    def copied(self) -> AbstractContextManager[Engine]:
        """What it holds at this moment, where it can be read only from a copy."""

    def begin_read(self, connection: Connection) -> None:
        """One consistent view from here on."""

    def begin_write(self, connection: Connection) -> None:
        """A transaction that no other writer shares; waits for the one before, BUSY_SECONDS at most."""

    def has_table(self, connection: Connection, name: str) -> bool: ...

    def append_only(self, table: str) -> Iterator[str]:
        """The statements after which rows of the table can be added and nothing else."""

    def faults(self, connection: Connection) -> Iterator[str]:
        """What it finds wrong with what it stored."""

    def go_on(self, connection: Connection, table: str, column: str) -> None:
        """Let numbers that it gives itself go on above those that are there."""

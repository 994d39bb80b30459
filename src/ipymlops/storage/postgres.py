"""PostgreSQL: one writer at a time by an advisory lock, so that events have the order in which they were committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from ipymlops.errors import ProjectError
from ipymlops.storage import backend

CONNECT_SECONDS = 10
# SQLSTATE -> what it means and what to do next. Appendix A of PostgreSQL's manual.
_WORDS = {
    "25006": ("is read-only", "connect to the primary server"),
    "28000": ("refuses this user", "check user and password: PGUSER, PGPASSWORD or ~/.pgpass"),
    "28P01": ("refuses this password", "check user and password: PGUSER, PGPASSWORD or ~/.pgpass"),
    "3D000": ("does not exist", "make it (createdb NAME), or correct the address"),
    "42501": ("does not allow this user to do that", "have its owner grant it"),
    "53100": ("says that its disk is full", "free some space there and repeat the command"),
    "53300": ("has no free connection", "wait, or raise max_connections"),
    "55P03": (
        "has been locked by another process for {seconds:.0f} seconds",
        "wait for the other process or end it, then repeat the command",
    ),
}
# A connection that is refused has no SQLSTATE, only words.
_REFUSED = {
    'database "': "3D000",
    "password authentication failed": "28P01",
    'role "': "28000",
    "no pg_hba.conf entry": "28000",
    "too many clients": "53300",
}


class Postgres:
    """A database of a server. Its tables are in the schema that a new connection works in (``search_path``)."""

    def __init__(self, url: URL) -> None:
        self.place = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self.engine = _engine(url.set(drivername="postgresql+psycopg"), self.place)

    def is_writable(self) -> bool:
        return True  # the server refuses what this user may not do

    def refuse_if_read_only(self) -> None:
        """Nothing to refuse before the server does."""

    @contextmanager
    def copied(self) -> Iterator[Engine]:
        yield self.engine

    def begin_read(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def begin_write(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(1000 * backend.BUSY_SECONDS)}")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('ipymlops ' || current_schema(), 0))")

    def has_table(self, connection: Connection, name: str) -> bool:
        return connection.exec_driver_sql("SELECT to_regclass(%s)", (name,)).scalar() is not None

    def append_only(self, table: str) -> Iterator[str]:
        yield (
            f"CREATE FUNCTION {table}_only_added() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} are only ever added'; END $$"
        )
        yield (
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_added()"
        )

    def faults(self, connection: Connection) -> Iterator[str]:
        """None: a server checks its own pages where it was told to (initdb --data-checksums)."""
        yield from ()

    def go_on(self, connection: Connection, table: str, column: str) -> None:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))"
        )


def _engine(url: URL, place: str) -> Engine:
    given = {"connect_timeout": CONNECT_SECONDS, "application_name": "ipymlops"}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=given)
    except ModuleNotFoundError as error:
        raise ProjectError(
            f"{place} needs {error.name}, which is not installed",
            next_step="pip install 'ipymlops[postgres]'",
        ) from error

    def reworded(context: ExceptionContext) -> BaseException | None:
        error = context.sqlalchemy_exception
        return _in_words(error, place) if isinstance(error, DBAPIError) else None

    event.listen(engine, "handle_error", reworded)
    return engine


def _in_words(error: DBAPIError, place: str) -> Exception:
    said = _first_line(error.orig)
    refused = (code for words, code in _REFUSED.items() if words in said)
    code = getattr(error.orig, "sqlstate", None) or next(refused, None)
    if code in _WORDS:
        words, next_step = _WORDS[code]
        return ProjectError(f"{place} {words.format(seconds=backend.BUSY_SECONDS)} ({said})", next_step=next_step)
    if isinstance(error, OperationalError):
        return ProjectError(
            f"{place} could not be used: {said}", next_step="check that the server runs and that the address is its own"
        )
    return error


def _first_line(error: Any) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

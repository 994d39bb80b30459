"""One contract for every kind of database: each test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from ipymlops.errors import ProjectError
from ipymlops.storage import backend
from ipymlops.storage import database as db

_TABLES = db.MetaData()
NOTES = db.Table("notes", _TABLES, db.Column("number", db.Integer, primary_key=True), db.Column("text", db.Text))
PART = db.Part("notes", 2, _TABLES, append_only=("notes",))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        str(request.getfixturevalue("postgres").url()) if request.param == "postgres" else f"sqlite:///{tmp_path}/a.db"
    )


def opened(url: str, part: db.Part = PART) -> db.Database:
    database = db.Database(url)
    database.require(part)
    return database


def note(database: db.Database, text: str) -> None:
    with database.write() as connection:
        connection.execute(db.insert(NOTES).values(text=text))


def notes(database: db.Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(db.select(NOTES.c.text).order_by(NOTES.c.number)))


def test_what_is_written_is_read_by_another_opening(url: str) -> None:
    note(opened(url), "größe 💰")
    assert notes(opened(url)) == ["größe 💰"]


def test_a_failed_write_leaves_nothing(url: str) -> None:
    database = opened(url)
    note(database, "kept")
    with pytest.raises(RuntimeError, match="in the middle"):
        _note_and_fail(database)
    assert notes(database) == ["kept"]


def _note_and_fail(database: db.Database) -> None:
    with database.write():
        note(database, "lost")
        raise RuntimeError("in the middle")


def test_a_write_within_a_write_is_a_part_of_it(url: str) -> None:
    database = opened(url)
    with pytest.raises(RuntimeError, match="in the middle"), database.write():
        _note_and_fail(database)
    assert notes(database) == []


def test_a_reader_sees_one_moment_and_does_not_wait(url: str) -> None:
    database = opened(url)
    note(database, "before")
    with database.read() as connection:
        connection.execute(db.select(NOTES)).all()
        writer = threading.Thread(target=note, args=(database, "meanwhile"))
        writer.start()
        writer.join(timeout=60)
        assert not writer.is_alive()
        assert len(connection.execute(db.select(NOTES)).all()) == 1
    assert notes(database) == ["before", "meanwhile"]


def test_a_reader_cannot_write(url: str) -> None:
    database = opened(url)
    note(database, "kept")
    with pytest.raises((ProjectError, DBAPIError)), database.read() as connection:
        connection.exec_driver_sql("UPDATE notes SET text = 'changed'")
    assert notes(database) == ["kept"]


def test_a_writer_that_waits_in_vain_says_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "BUSY_SECONDS", 0.2)
    first, second = opened(url), opened(url)
    note(second, "before")
    with first.write(), pytest.raises(ProjectError, match="locked by another process"):
        note(second, "meanwhile")
    assert notes(first) == ["before"]


def test_writers_take_turns_so_that_numbers_follow_the_commits(url: str) -> None:
    database = opened(url)
    begun, order = threading.Event(), []

    def second() -> None:
        begun.wait()
        note(database, "second")
        order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with database.write() as connection:
        begun.set()
        waiting.join(timeout=0.3)
        connection.execute(db.insert(NOTES).values(text="first"))
        order.append("first")
    waiting.join(timeout=60)
    assert order == notes(database) == ["first", "second"]


def test_rows_that_are_only_ever_added(url: str) -> None:
    database = opened(url)
    note(database, "kept")
    for change in ("UPDATE notes SET text = 'x'", "DELETE FROM notes"):
        with pytest.raises(DBAPIError, match="only ever added"), database.write() as connection:
            connection.exec_driver_sql(change)
    assert notes(database) == ["kept"]


def _note_ten(url: str, process: int, start: Any) -> None:
    start.wait()
    database = opened(url)
    for i in range(10):
        note(database, f"{process}-{i}")


def test_many_processes_begin_at_once_on_nothing(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    processes = [spawn.Process(target=_note_ten, args=(url, n, start)) for n in range(4)]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(timeout=120)
    assert [p.exitcode for p in processes] == [0] * 4
    assert sorted(notes(opened(url))) == sorted(f"{n}-{i}" for n in range(4) for i in range(10))


# --- formats ------------------------------------------------------------------------------------------------------


def _with_who(connection: db.Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE notes ADD COLUMN who TEXT")


def _signed(connection: db.Connection) -> None:
    connection.exec_driver_sql("INSERT INTO notes (text, who) VALUES ('brought up', 'a step')")


NEWER = db.Part("notes", 4, _TABLES, steps={2: _with_who, 3: _signed})


def _refuse(_: db.Connection) -> None:
    raise RuntimeError("no further")


def test_an_older_format_is_brought_up_step_by_step_once(url: str) -> None:
    note(opened(url), "old")
    for _ in range(2):
        assert notes(opened(url, NEWER)) == ["old", "brought up"]
    with pytest.raises(ProjectError, match=r"format 4.*Expected: format 2 or older"):
        notes(opened(url))


def test_a_step_that_fails_leaves_the_older_format(url: str) -> None:
    note(opened(url), "old")
    broken = db.Part("notes", 4, _TABLES, steps={2: _with_who, 3: _refuse})
    with pytest.raises(RuntimeError, match="no further"):
        notes(opened(url, broken))
    assert notes(opened(url)) == ["old"]
    assert notes(opened(url, NEWER)) == ["old", "brought up"]


def _read_newer(url: str, start: Any) -> None:
    start.wait()
    notes(opened(url, NEWER))


def test_many_processes_bring_it_up_at_once(url: str) -> None:
    note(opened(url), "old")
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    processes = [spawn.Process(target=_read_newer, args=(url, start)) for _ in range(4)]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(timeout=120)
    assert [p.exitcode for p in processes] == [0] * 4
    assert notes(opened(url, NEWER)) == ["old", "brought up"]


# --- what a server refuses ----------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[Callable[[str], str], str]] = {
    "no such database": (lambda url: url.rpartition("/")[0] + "/absent", r"absent does not exist .*createdb"),
    "no such server": (
        lambda _: "postgresql://ada:secret@127.0.0.1:1/x",
        r"ada:\*\*\*@127.0.0.1:1/x could not be used",
    ),
    "no such user": (lambda url: url.replace("//postgres@", "//nobody@"), r"nobody@.* refuses this user .*PGUSER"),
}


@pytest.mark.parametrize(("other", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_server_refuses_becomes_one_line(postgres: Any, other: Callable[[str], str], words: str) -> None:
    with pytest.raises(ProjectError, match=words) as caught:
        notes(opened(other(postgres.url())))
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_user_who_may_only_read(postgres: Any) -> None:
    url = postgres.url()
    owner = opened(url)
    note(owner, "kept")
    with owner.write() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS reader")
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    reader = opened(url.replace("//postgres@", "//reader@"))
    assert notes(reader) == ["kept"]
    with pytest.raises(ProjectError, match=r"does not allow this user"):
        note(reader, "new")


@pytest.mark.parametrize("url", ["postgresql://ada:secret@host:x/y", "postgres://ada:secret@[::1/y"])
def test_an_address_that_is_none_keeps_its_secret(url: str) -> None:
    with pytest.raises(ProjectError, match="database address") as caught:
        db.Database(url)
    assert "secret" not in str(caught.value)

"""What is SQLite's own, and formats; what every back end must do stands in ``test_backends``."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest

from ipymlops.errors import ProjectError
from ipymlops.storage import database as db
from ipymlops.storage import sqlite

_TABLES = db.MetaData()
NOTES = db.Table("notes", _TABLES, db.Column("number", db.Integer, primary_key=True), db.Column("text", db.Text))
PART = db.Part("notes", 2, _TABLES)


def opened(path: Path, part: db.Part = PART) -> db.Database:
    database = db.Database(f"sqlite:///{path}")
    database.require(part)
    return database


def note(database: db.Database, text: str) -> None:
    with database.write() as connection:
        connection.execute(db.insert(NOTES).values(text=text))


def notes(database: db.Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(db.select(NOTES.c.text).order_by(NOTES.c.number)))


def test_two_parts_share_a_database_and_keep_their_own_formats(tmp_path: Path) -> None:
    other_tables = db.MetaData()
    other = db.Table("others", other_tables, db.Column("number", db.Integer, primary_key=True))
    database = opened(tmp_path / "a.db")
    note(database, "one")
    database.require(db.Part("others", 7, other_tables))
    with database.write() as connection:
        connection.execute(db.insert(other).values(number=1))
    with sqlite3.connect(tmp_path / "a.db") as raw:
        assert raw.execute("SELECT part, number FROM formats ORDER BY part").fetchall() == [("notes", 2), ("others", 7)]
    raw.close()


def test_a_newer_format_is_refused_in_words(tmp_path: Path) -> None:
    note(opened(tmp_path / "a.db"), "from the future")
    older = db.Part("notes", 1, _TABLES)
    with pytest.raises(ProjectError, match=r"format 2.*Expected: format 1 or older.*newer ipymlops"):
        notes(opened(tmp_path / "a.db", older))


@pytest.mark.parametrize("url", ["", "a.db", "oracle:///x", "sqlite:///"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ProjectError, match="database address"):
        db.Database(url)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="is not there"):
        notes(opened(tmp_path / "absent" / "a.db"))


@pytest.mark.parametrize(
    "content", [b"this is no database, but it is long enough to be looked at" * 20, b"\x00" * 4096]
)
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.db").write_bytes(content)
    with pytest.raises(ProjectError, match=r"damaged.*backup"):
        notes(opened(tmp_path / "a.db"))


# The tests may run as root, for whom permission bits mean nothing: what the system answers is simulated.
def test_a_read_only_project_is_read_and_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = opened(tmp_path / "a.db")
    note(writer, "old")
    monkeypatch.setattr(sqlite, "access", lambda *_: False)
    before = sorted(p.name for p in tmp_path.iterdir())
    database = opened(tmp_path / "a.db")
    assert notes(database) == ["old"]
    with pytest.raises(ProjectError, match=r"read-only.*permissions"):
        note(database, "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_read_only_project_is_read_with_what_its_last_writer_left_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(opened(tmp_path / "a.db"), "checkpointed")
    kept = sqlite3.connect(tmp_path / "a.db")
    kept.execute("INSERT INTO notes (text) VALUES ('in the log only')")
    kept.commit()
    (tmp_path / "mount").mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(tmp_path / f"a.db{suffix}", tmp_path / "mount" / f"a.db{suffix}")
    kept.close()
    monkeypatch.setattr(sqlite, "access", lambda *_: False)
    assert notes(opened(tmp_path / "mount" / "a.db")) == ["checkpointed", "in the log only"]


def test_a_read_only_folder_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "access", lambda *_: False)
    with pytest.raises(ProjectError, match=r"read-only and holds no a\.db"):
        notes(opened(tmp_path / "a.db"))


def test_what_is_written_after_the_folder_is_writable_again_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(opened(tmp_path / "a.db"), "old")
    database = opened(tmp_path / "a.db")
    with monkeypatch.context() as locked:
        locked.setattr(sqlite, "access", lambda *_: False)
        assert notes(database) == ["old"]
    note(database, "new")
    assert notes(opened(tmp_path / "a.db")) == notes(database) == ["old", "new"]


def test_a_read_only_reader_sees_what_others_write_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(opened(tmp_path / "a.db"), "old")
    reader = opened(tmp_path / "a.db")
    for i in range(2):
        with monkeypatch.context() as locked:
            locked.setattr(sqlite, "access", lambda *_: False)
            assert notes(reader) == ["old", "new"][: i + 1]
        note(opened(tmp_path / "a.db"), "new")


def test_no_copy_of_a_read_only_project_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(opened(tmp_path / "a.db"), "old")
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "copies"))
    monkeypatch.setattr(sqlite, "access", lambda *_: False)
    assert notes(opened(tmp_path / "a.db")) == ["old"]
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_copy_that_does_not_fit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    note(opened(tmp_path / "a.db"), "old")
    monkeypatch.setattr(sqlite, "access", lambda *_: False)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(ProjectError, match=r"could not be copied .* No space left.*TMPDIR"):
        notes(opened(tmp_path / "a.db"))


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["PRAGMA max_page_count = 1", "CREATE TABLE t AS SELECT zeroblob(100000)"], "disk that holds .* is full"),
        (["PRAGMA query_only = ON", "DELETE FROM notes"], r"a\.db is read-only"),
        (["SELECT absent(1)"], "could not be used"),
    ],
)
def test_what_sqlite_refuses_becomes_one_line(tmp_path: Path, statements: list[str], words: str) -> None:
    database = opened(tmp_path / "a.db")
    note(database, "kept")
    with pytest.raises(ProjectError, match=words) as caught:
        _execute(database, statements)
    assert "\n" not in str(caught.value)
    assert notes(database) == ["kept"]


def _execute(database: db.Database, statements: list[str]) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("error", [FileNotFoundError("data.csv"), OSError(errno.ENOSPC, "full"), ValueError("mine")])
def test_an_error_of_the_callers_own_stays_what_it_is(tmp_path: Path, error: Exception) -> None:
    database = opened(tmp_path / "a.db")
    with pytest.raises(type(error)) as caught, database.write():
        raise error
    assert caught.value is error
    with pytest.raises(type(error)) as caught, database.read():
        raise error
    assert caught.value is error


def test_a_folder_with_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "what? 100% #1"
    folder.mkdir()
    note(opened(folder / "a.db"), "here")
    assert notes(opened(folder / "a.db")) == ["here"]
    assert (folder / "a.db").exists()

"""A project in one file: taken while it is in use, put back on any back end, and never believed."""

from __future__ import annotations

import io
import json
import random
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipymlops.errors import BadInput, Conflict, IntegrityError, MlopsError, ProjectError
from ipymlops.registry import bundle
from ipymlops.registry.backup import restore, write_backup
from ipymlops.registry.protection import Protection
from ipymlops.registry.registry import Registry
from ipymlops.registry.upkeep import check
from ipymlops.storage.blobs import Blobs
from ipymlops.storage.database import Database


def local(folder: Path) -> Registry:
    folder.mkdir(exist_ok=True)
    return Registry(Database(f"sqlite:///{folder / 'registry.db'}"), Blobs(folder / "blobs"))


@pytest.fixture(params=["sqlite", "postgres"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    """An empty registry, of either back end."""
    if request.param == "postgres":
        return Registry(Database(request.getfixturevalue("postgres").url()), Blobs(tmp_path / "other"))
    return local(tmp_path / "other")


def add(registry: Registry, model: str = "credit-risk", data: bytes = b"one") -> None:
    manifest = registry.blobs.put(bundle.pack({"model.skops": data}, {"model": model}))
    registry.blobs.put(data)
    registry.add_version(model, manifest, {"größe": 1}, who="ada", why="so", evidence={})


def filled(folder: Path) -> Registry:
    registry = local(folder)
    for n in range(3):
        add(registry, data=b"model %d" % n)
    add(registry, "churn")
    registry.set_alias("credit-risk", "champion", 2, kind="promote", who="ada", why="better", evidence={})
    registry.blobs.put(b"nobody names this")
    return registry


def test_what_was_backed_up_is_there_again_and_goes_on(tmp_path: Path, other: Registry) -> None:
    registry = filled(tmp_path / "one")
    taken = write_backup(registry, tmp_path / "project.tar")
    assert (taken.models, taken.versions, taken.files) == (2, 4, 8)
    back = restore(other, tmp_path / "project.tar")
    assert (back.models, back.versions, back.files, back.size) == (2, 4, 8, taken.size)
    assert other.all_versions() == registry.all_versions()
    assert other.events() == registry.events()
    assert other.aliases("credit-risk") == {"champion": 2}
    assert check(other).faults == ()
    add(other, data=b"the next")
    assert [e.number for e in other.events()] == list(range(1, 7))


def test_the_same_project_gives_the_same_bytes_and_nothing_is_written_over(tmp_path: Path) -> None:
    registry = filled(tmp_path / "one")
    for name in ("a.tar", "b.tar"):
        write_backup(registry, tmp_path / name)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    with pytest.raises(BadInput, match="exists already"):
        write_backup(registry, tmp_path / "a.tar")


def test_a_backup_is_of_one_moment_while_others_register(tmp_path: Path) -> None:
    registry, ended = filled(tmp_path / "one"), threading.Event()

    def go_on() -> None:
        n = 0
        while not ended.is_set():
            add(local(tmp_path / "one"), data=b"meanwhile %d" % n)
            n += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for n in range(3):
            write_backup(registry, tmp_path / f"{n}.tar")
    finally:
        ended.set()
        writer.join()
    for n in range(3):
        back = local(tmp_path / f"back{n}")
        restore(back, tmp_path / f"{n}.tar")
        assert check(back).sound
        assert len([e for e in back.events() if e.kind == "register"]) == len(back.all_versions())


def test_a_damaged_file_is_not_backed_up_and_no_half_backup_is_left(tmp_path: Path) -> None:
    registry = filled(tmp_path / "one")
    sha256 = registry.blobs.put(b"model 1")
    registry.blobs.place.write(f"{sha256[:2]}/{sha256[2:]}", b"other")
    with pytest.raises(IntegrityError, match="was changed"):
        write_backup(registry, tmp_path / "project.tar")
    assert [p.name for p in tmp_path.iterdir()] == ["one"]


def test_nothing_is_restored_over_a_project(tmp_path: Path) -> None:
    registry = filled(tmp_path / "one")
    write_backup(registry, tmp_path / "project.tar")
    with pytest.raises(Conflict, match=r"registered here already.*empty project"):
        restore(registry, tmp_path / "project.tar")


# --- files that cannot be believed --------------------------------------------------------------------------------

Members = list[tuple[str, bytes]]


def _rows(members: Members, change: Callable[[dict[str, Any]], Any]) -> Members:
    told = json.loads(members[0][1])
    told = change(told) or told
    return [("registry.json", json.dumps(told).encode()), *members[1:]]


def _without_a_model(rows: dict[str, Any]) -> None:
    del rows["versions"][0]["model"]


HOSTILE: dict[str, tuple[Callable[[Members], Members], type[MlopsError], str]] = {
    "a changed file": (lambda m: [m[0], (m[1][0], b"other"), *m[2:]], IntegrityError, "was changed in the backup"),
    "a missing file": (lambda m: m[:1], IntegrityError, "lacks the file"),
    "no rows": (lambda m: m[1:], BadInput, "first file"),
    "an empty file": (lambda _: [], BadInput, "first file"),
    "no JSON": (lambda m: [("registry.json", b"{"), *m[1:]], BadInput, "is not JSON"),
    "deep JSON": (lambda m: [("registry.json", b"[" * 100_000), *m[1:]], BadInput, "is not JSON"),
    "a newer format": (lambda m: _rows(m, lambda r: {**r, "format": 2}), ProjectError, "format 2"),
    "no format": (lambda m: _rows(m, lambda r: {**r, "format": "x"}), ProjectError, "format x"),
    "a list": (lambda m: _rows(m, lambda _: [1]), ProjectError, "format None"),
    "no events": (lambda m: _rows(m, lambda r: {k: v for k, v in r.items() if k != "events"}), BadInput, "events"),
    "a row without a model": (lambda m: _rows(m, _without_a_model), BadInput, "rows of versions"),
    **{
        f"{table} whose {column} is {value!r}": (
            lambda m, t=table, c=column, v=value: _rows(m, lambda r: r[t][0].update({c: v})),
            BadInput,
            "backup",
        )
        for table, column, value in (
            ("versions", "model", "../outside"),
            ("versions", "model", ""),
            ("versions", "number", 0),
            ("versions", "number", 2**40),
            ("versions", "number", True),
            ("versions", "number", 2),
            ("versions", "manifest", "../../etc/passwd"),
            ("versions", "created", "yesterday"),
            ("versions", "created", "2026-01-01T00:00:00"),
            ("versions", "facts", "[]"),
            ("versions", "facts", "[" * 10**5),
            ("versions", "who", None),
            ("events", "number", -1),
            ("events", "kind", "explode"),
            ("events", "at", ""),
            ("events", "evidence", "3"),
            ("events", "version", -1),
            ("events", "number", 2),
            ("aliases", "alias", "3"),
            ("aliases", "alias", "a b"),
            ("aliases", "version", 99),
            ("aliases", "model", "other"),
        )
    },
    "a name that is a number": (lambda m: _rows(m, lambda r: {**r, "aliases": [1]}), BadInput, "rows of aliases"),
}


def _members(path: Path) -> Members:
    with tarfile.open(path) as archive:
        return [(m.name, archive.extractfile(m).read()) for m in archive]  # type: ignore[union-attr]


def _write(path: Path, members: Members) -> None:
    with tarfile.open(path, "w") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize(("change", "kind", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_cannot_be_believed_restores_nothing(
    tmp_path: Path, change: Callable[[Members], Members], kind: type[MlopsError], words: str
) -> None:
    write_backup(filled(tmp_path / "one"), tmp_path / "project.tar")
    _write(tmp_path / "hostile.tar", change(_members(tmp_path / "project.tar")))
    back = local(tmp_path / "back")
    with pytest.raises(kind, match=words):
        restore(back, tmp_path / "hostile.tar")
    assert back.names() == ()


def test_names_in_the_archive_lead_nowhere(tmp_path: Path) -> None:
    write_backup(filled(tmp_path / "one"), tmp_path / "project.tar")
    members = _members(tmp_path / "project.tar")
    _write(tmp_path / "more.tar", [*members, ("../outside", b"x"), ("/tmp/outside-of-ipymlops", b"x"), ("notes", b"x")])
    with tarfile.open(tmp_path / "more.tar", "a") as archive:
        link = tarfile.TarInfo("blobs/" + "0" * 64)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    back = local(tmp_path / "inner")
    restore(back, tmp_path / "more.tar")
    assert check(back).sound
    assert not (tmp_path / "outside").exists()
    assert len(list(back.blobs.names())) == 8


def test_a_file_that_unfolds_is_left_alone(tmp_path: Path) -> None:
    """A sparse file of a tar says in a few bytes that it is a terabyte of nothing."""
    write_backup(filled(tmp_path / "one"), tmp_path / "project.tar")
    (_, rows), *_ = _members(tmp_path / "project.tar")
    with tarfile.open(tmp_path / "sparse.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("registry.json")
        member.size = len(rows)
        member.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": str(10**12),
                              "GNU.sparse.map": f"0,{len(rows)}", "GNU.sparse.name": "registry.json"}  # fmt: skip
        archive.addfile(member, io.BytesIO(rows))
    with tarfile.open(tmp_path / "sparse.tar") as archive:
        assert archive.getmembers()[0].size == 10**12
    with pytest.raises(BadInput, match="first file"):
        restore(local(tmp_path / "back"), tmp_path / "sparse.tar")


@pytest.mark.parametrize("seed", range(60))
def test_bytes_changed_by_chance_are_refused_or_restored_whole(tmp_path: Path, seed: int) -> None:
    write_backup(filled(tmp_path / "one"), tmp_path / "project.tar")
    data, chance = bytearray((tmp_path / "project.tar").read_bytes()), random.Random(seed)
    for _ in range(4):
        data[chance.randrange(len(data) // 2)] = chance.randrange(256)  # the end is padding
    (tmp_path / "changed.tar").write_bytes(data)
    back = local(tmp_path / "back")
    try:
        restore(back, tmp_path / "changed.tar")
    except MlopsError as error:
        assert "\n" not in str(error)  # noqa: PT017 (it may be restored, too)
        assert back.names() == ()
    else:
        assert check(back).sound


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x00" * 10_240, b"\x1f\x8b" + b"x" * 100])
def test_a_file_that_is_no_archive(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(data)
    with pytest.raises(BadInput, match=r"backup"):
        restore(local(tmp_path / "back"), tmp_path / "x.tar")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match=r"x\.tar"):
        restore(local(tmp_path / "back"), tmp_path / "x.tar")


def test_a_restore_sets_protected_aliases_as_they_stood(tmp_path: Path) -> None:
    """Nothing is moved by it: it goes into a registry where nothing is yet, or not at all."""
    write_backup(filled(tmp_path / "one"), tmp_path / "project.tar")
    back = local(tmp_path / "two")
    back.protection = lambda: Protection({"champion": ("grace",)}, ("champion",))
    restore(back, tmp_path / "project.tar")
    assert back.aliases("credit-risk") == {"champion": 2}
    with pytest.raises(Conflict):
        restore(back, tmp_path / "project.tar")

"""fsck and gc on real stores: what is damaged is named, what is left over is found, nothing else is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from ipymlops.errors import IntegrityError
from ipymlops.registry import bundle
from ipymlops.registry.protection import Protection
from ipymlops.registry.registry import Registry
from ipymlops.registry.upkeep import check, collect
from ipymlops.storage.blobs import Blobs
from ipymlops.storage.database import Database


@pytest.fixture(params=["sqlite and a folder", "postgres and s3"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    if request.param == "postgres and s3":
        url = request.getfixturevalue("postgres").url()
        return Registry(Database(url), Blobs(f"{request.getfixturevalue('bucket')}/models"))
    return Registry(Database(f"sqlite:///{tmp_path / 'registry.db'}"), Blobs(tmp_path / "blobs"))


def add(registry: Registry, model: str = "credit-risk", **files: bytes) -> dict[str, str]:
    """A version of these files; their hashes."""
    named = {name.replace("_", "."): data for name, data in files.items()}
    manifest = registry.blobs.put(bundle.pack(named, {"model": model, "n": len(registry.all_versions())}))
    registry.add_version(model, manifest, {}, who="ada", why="", evidence={})
    return {"bundle.json": manifest, **{name: registry.blobs.put(data) for name, data in named.items()}}


def overwrite(registry: Registry, sha256: str, data: bytes | None) -> None:
    name = f"{sha256[:2]}/{sha256[2:]}"
    if data is None:
        registry.blobs.place.remove(name)
    else:
        registry.blobs.place.write(name, data)


def test_an_empty_store_and_a_sound_one(registry: Registry) -> None:
    assert check(registry).rows() == []
    add(registry, model_skops=b"one", schema_json=b"{}")
    add(registry, model_skops=b"two", schema_json=b"{}")
    found = check(registry)
    assert (found.sound, found.versions, found.files) == (True, 2, 5)  # two manifests, two models, one schema


FAULTS = {
    "a file that is gone": ("model.skops", None, "missing", "model.skops: The stored file"),
    "a file that was changed": ("model.skops", b"other", "changed", "was changed after it was stored"),
    "an empty file": ("model.skops", b"", "changed", "was changed"),
    "a manifest that is gone": ("bundle.json", None, "missing", "bundle.json: The stored file"),
    "a manifest that was changed": ("bundle.json", b"{}", "changed", "bundle.json: The stored file"),
}


@pytest.mark.parametrize(("name", "data", "kind", "words"), FAULTS.values(), ids=FAULTS)
def test_damage_is_named_with_its_version(
    registry: Registry, name: str, data: bytes | None, kind: str, words: str
) -> None:
    add(registry, model_skops=b"one")
    files = add(registry, "churn", model_skops=b"two")
    overwrite(registry, files[name], data)
    found = check(registry)
    (fault,) = found.faults
    assert (found.sound, fault.kind, fault.about) == (False, kind, "churn@1")
    assert words in fault.words


def test_a_shared_file_is_hashed_once_and_its_loss_is_told_of_each_version(registry: Registry) -> None:
    add(registry, schema_json=b"{}")
    files = add(registry, schema_json=b"{}")
    overwrite(registry, files["schema.json"], b"[]")
    assert [fault.about for fault in check(registry).faults] == ["credit-risk@1", "credit-risk@2"]


def test_an_alias_that_strayed_is_told_and_put_back(registry: Registry) -> None:
    for n in range(3):
        add(registry, model_skops=b"%d" % n)
    for number in (1, 2):
        registry.set_alias("credit-risk", "champion", number, kind="promote", who="ada", why="", evidence={})
    with registry.database.write() as connection:
        connection.exec_driver_sql("UPDATE aliases SET version = 3")
    (fault,) = check(registry).faults
    assert (fault.kind, fault.words) == ("alias", "points to version 3, its last event to version 2")
    assert registry.aliases("credit-risk") == {"champion": 3}
    assert check(registry, repair="ada").sound
    assert registry.aliases("credit-risk") == {"champion": 2}
    assert check(registry).faults == ()


def test_an_alias_without_its_row(registry: Registry) -> None:
    add(registry, model_skops=b"one")
    registry.set_alias("credit-risk", "champion", 1, kind="promote", who="ada", why="", evidence={})
    with registry.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM aliases")
    assert [f.words for f in check(registry, repair="ada").faults] == ["points nowhere, its last event to version 1"]
    assert registry.aliases("credit-risk") == {"champion": 1}


def test_a_damaged_database_says_so(tmp_path: Path) -> None:
    registry = Registry(Database(f"sqlite:///{tmp_path / 'registry.db'}"), Blobs(tmp_path / "blobs"))
    for n in range(40):
        registry.add_version(f"m{n}", "0" * 64, {"note": "x" * 500}, who="ada", why="", evidence={})
    with registry.database.write() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        connection.exec_driver_sql("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'ix_events_model'")
    assert any(f.kind == "database" for f in check(registry).faults)


# --- gc -----------------------------------------------------------------------------------------------------------


def test_only_what_nothing_names_is_left_over_and_asked_is_removed(registry: Registry) -> None:
    files = add(registry, model_skops=b"one")
    left = registry.blobs.put(b"of a registration that did not come to its end")
    found = collect(registry, grace=0)
    assert [(f.sha256, f.removed) for f in found.leftovers] == [(left, False)]
    assert found.size == 46
    assert registry.blobs.has(left)
    assert [f.removed for f in collect(registry, remove=True, grace=0).leftovers] == [True]
    assert sorted(registry.blobs.names()) == sorted(files.values())
    assert check(registry).sound


def test_young_files_are_left(registry: Registry) -> None:
    add(registry, model_skops=b"one")
    young = registry.blobs.put(b"of a registration that is under way")
    found = collect(registry, remove=True)
    assert (found.leftovers, found.young, found.grace) == ((), 1, 24.0)
    assert registry.blobs.has(young)


def test_the_age_is_that_of_the_file(tmp_path: Path) -> None:
    registry = Registry(Database(f"sqlite:///{tmp_path / 'registry.db'}"), Blobs(tmp_path / "blobs"))
    old = registry.blobs.put(b"old")
    path = tmp_path / "blobs" / old[:2] / old[2:]
    os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    (found,) = collect(registry).leftovers
    assert found.hours == pytest.approx(25, abs=0.1)


def test_nothing_is_removed_while_a_manifest_cannot_be_read(registry: Registry) -> None:
    files = add(registry, model_skops=b"one")
    overwrite(registry, files["bundle.json"], None)
    with pytest.raises(IntegrityError):
        collect(registry, remove=True, grace=0)
    assert registry.blobs.has(files["model.skops"])


def test_a_registration_whose_files_were_collected_meanwhile_is_refused(registry: Registry) -> None:
    manifest = registry.blobs.put(bundle.pack({"model.skops": b"one"}, {}))
    sha256: Any = registry.blobs.put(b"one")
    collect(registry, remove=True, grace=0)
    with pytest.raises(IntegrityError, match="register it again"):
        registry.add_version("credit-risk", manifest, {}, files=(sha256,), who="ada", why="", evidence={})
    assert registry.names() == ()


# --- aliases that are protected -----------------------------------------------------------------------------------


def test_a_repair_asks_who_may_move_the_alias(registry: Registry) -> None:
    for n in range(3):
        add(registry, model_skops=b"%d" % n)
    for alias in ("champion", "staging"):
        registry.set_alias("credit-risk", alias, 1, kind="alias", who="ada", why="", evidence={})
    registry.set_alias("credit-risk", "prod", 1, kind="alias", who="ada", why="", evidence={})
    registry.remove_alias("credit-risk", "prod", who="ada", why="")
    with registry.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO aliases (model, alias, version, event) VALUES ('credit-risk', 'prod', 2, 4)"
        )
        connection.exec_driver_sql("UPDATE aliases SET version = 3 WHERE alias <> 'prod'")
    registry.protection = lambda: Protection({"champion": ("grace",)}, ("prod",))
    faults = {f.about: f for f in check(registry, repair="eve").faults}
    assert {about: (f.repaired, f.forbidden) for about, f in faults.items()} == {
        "credit-risk@champion": (False, True),
        "credit-risk@staging": (True, False),
        "credit-risk@prod": (False, True),
    }
    assert "last event to version 1. eve may not move credit-risk@champion. Expected: grace, says [aliases]" in (
        faults["credit-risk@champion"].words
    )
    assert "may not be taken away: it is permanent" in faults["credit-risk@prod"].words
    assert not any("\n" in f.words for f in faults.values())
    assert registry.aliases("credit-risk") == {"champion": 3, "prod": 2, "staging": 1}
    assert not check(registry).sound
    check(registry, repair="grace")
    assert registry.aliases("credit-risk")["champion"] == 1

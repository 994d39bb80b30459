"""The rules of a project in its backup: what comes along, what does not, and that it is said."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from ipymlops.apps import cli
from ipymlops.project import Project
from ipymlops.project.beside import put_back, taken
from ipymlops.registry.bundle import pack

PUBLIC = b"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
PRIVATE = b"-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"
RULES = '[aliases]\nprotected = {prod = ["grace"]}\n\n[signing]\ntrusted = ["keys/team.pub"]\n'
STORE = '[store]\nregistry = "postgresql://db.example/models"\nblobs = "s3://bucket/models"\n\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    home = tmp_path / "one"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "team.pub").write_bytes(PUBLIC)
    (home / "mlops.toml").write_text(RULES)
    made = Project.at(home)
    made.registry.add_version("m", made.blobs.put(pack({}, {})), {}, who="ada", why="", evidence={})
    return made


def test_rules_and_keys_come_along_and_count(project: Project, tmp_path: Path) -> None:
    done = project.backup(tmp_path / "m.tar")
    assert (done.rules, done.left_out) == (("mlops.toml", "keys/team.pub"), ())
    back = Project.at(tmp_path / "two")
    assert back.settings.signing.trusted == ()
    said = back.restore(tmp_path / "m.tar")
    assert (said.rules, said.left_out) == (("mlops.toml", "keys/team.pub"), ())
    assert (tmp_path / "two" / "mlops.toml").read_text() == RULES
    assert [path.read_bytes() for path in back.settings.signing.trusted] == [PUBLIC]
    assert back.settings.aliases.movers == {"prod": ("grace",)}


def test_a_folder_with_rules_of_its_own_keeps_them_and_it_is_said(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.backup(tmp_path / "m.tar")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "mlops.toml").write_text("# ours\n")
    assert cli.main(["restore", str(tmp_path / "m.tar"), "--project", str(tmp_path / "two")]) == 0
    assert "mlops.toml was not put back: this folder has one of its own." in " ".join(capsys.readouterr().out.split())
    assert (tmp_path / "two" / "mlops.toml").read_text() == "# ours\n"
    assert not (tmp_path / "two" / "keys").exists()


def test_a_backup_without_rules_says_so(tmp_path: Path) -> None:
    assert taken(tmp_path) == ({}, ())
    assert put_back(tmp_path, {}) == (
        (),
        ("The backup brings no mlops.toml: signatures, protected aliases and stores are as this folder says",),
    )


@pytest.mark.parametrize("text", [STORE + RULES, RULES + "\n" + STORE])
def test_a_restored_project_does_not_write_into_the_old_store(tmp_path: Path, text: str) -> None:
    rules, left = put_back(tmp_path, {"mlops.toml": text.encode(), "keys/team.pub": PUBLIC})
    assert rules == ("mlops.toml", "keys/team.pub")
    assert left == ("[store] of mlops.toml was left out: the restored project keeps its files itself",)
    found = Project.at(tmp_path).settings
    assert (found.registry, found.blobs) == ("", "")
    assert found.aliases.movers == {"prod": ("grace",)}
    dotted = b'store.blobs = "elsewhere"\n' + RULES.encode()
    other = tmp_path / "other"
    other.mkdir()
    assert put_back(other, {"mlops.toml": dotted}) == (
        (),
        ("mlops.toml was not put back: take [store] out of it by hand",),
    )


def test_no_private_key_and_nothing_outside_comes_along(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "team.pem").write_bytes(PRIVATE)
    (tmp_path / "outside.pub").write_bytes(PUBLIC)
    named = ["team.pem", "../outside.pub", str(tmp_path / "outside.pub"), "gone.pub"]
    (home / "mlops.toml").write_text(f"[signing]\ntrusted = {named}\n".replace("'", '"'))
    files, left = taken(home)
    assert set(files) == {"mlops.toml"}
    assert [name in words for name, words in zip(named, left, strict=True)] == [True] * 4


@pytest.mark.parametrize("name", ["../evil.pub", "/tmp/evil-of-ipymlops.pub", "evil.pub", "notebook.py"])
def test_a_strangers_backup_writes_public_keys_that_its_rules_name_and_nothing_else(
    project: Project, tmp_path: Path, name: str
) -> None:
    named = name != "evil.pub"  # that one is not named
    rules = f'[signing]\ntrusted = ["{name if named else "team.pub"}"]\n'.encode()
    inner = tmp_path / "inner"
    inner.mkdir()
    data = b"import os" if name == "notebook.py" else PUBLIC
    _, left = put_back(inner, {"mlops.toml": rules, name: data})
    assert [path.name for path in inner.iterdir()] == ["mlops.toml"]
    assert not (tmp_path / "evil.pub").exists()
    assert any("did not come along" in words for words in left)


@pytest.mark.parametrize("toml", [b"\xff", b"[signing]\nrequired = 7\n", b"nonsense"])
def test_rules_that_cannot_be_meant_are_not_written(tmp_path: Path, toml: bytes) -> None:
    rules, (left,) = put_back(tmp_path, {"mlops.toml": toml})
    assert rules == ()
    assert left.startswith("mlops.toml was not put back, as it cannot be meant")
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_beside_is_left_alone(project: Project, tmp_path: Path) -> None:
    project.backup(tmp_path / "m.tar")
    with tarfile.open(tmp_path / "m.tar", "a") as archive:
        member = tarfile.TarInfo("beside/mlops.toml")
        member.size = 2**21
        archive.addfile(member, io.BytesIO(b"#" * 2**21))
    back = Project.at(tmp_path / "two")
    back.restore(tmp_path / "m.tar")
    assert (tmp_path / "two" / "mlops.toml").read_text() == RULES

"""mlops.toml: where a team's registry and files are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.errors import BadInput, UnknownName
from ipymlops.project import Project
from ipymlops.project.settings import Settings, Signing

REGISTRY = 'registry = "postgresql://ada@db.example/models"'


def told(folder: Path, text: str) -> Settings:
    (folder / "mlops.toml").write_text(text)
    return Settings.of(folder)


def test_without_a_file_everything_lies_in_the_projects_folder(tmp_path: Path) -> None:
    assert Settings.of(tmp_path) == Settings("", "")
    assert told(tmp_path, "[policy]\nlevel = 1") == Settings("", "")


def test_a_registry_and_its_files(tmp_path: Path) -> None:
    found = told(tmp_path, f'[store]\n{REGISTRY}\nblobs = "s3://bucket/models"')
    assert found == Settings("postgresql://ada@db.example/models", "s3://bucket/models")


def test_a_folder_is_meant_from_where_the_file_lies(tmp_path: Path) -> None:
    assert told(tmp_path, '[store]\nblobs = "files"').blobs == str(tmp_path / "files")
    assert told(tmp_path, '[store]\nblobs = "/srv/files"').blobs == "/srv/files"


def test_keys_are_files_from_where_the_file_lies(tmp_path: Path) -> None:
    found = told(tmp_path, '[signing]\nkey = "/keys/team.pem"\ntrusted = ["team.pub", "/keys/old.pub"]')
    assert found.signing == Signing(Path("/keys/team.pem"), (tmp_path / "team.pub", Path("/keys/old.pub")))
    assert told(tmp_path, '[signing]\nkey = "~/team.pem"').signing.key == Path.home() / "team.pem"
    assert told(tmp_path, '[signing]\ntrusted = ["x.pub"]\nrequired = true').signing.required
    assert told(tmp_path, "").signing == Signing()


def test_who_may_move_what(tmp_path: Path) -> None:
    found = told(
        tmp_path, '[aliases]\nprotected = {champion = ["alice", "ci"], permanent = ["bob"]}\npermanent = ["prod"]'
    )
    assert found.aliases.movers == {"champion": ("alice", "ci"), "permanent": ("bob",)}
    assert found.aliases.permanent == ("prod",)
    assert found.aliases.allows("champion", "ci")
    assert not found.aliases.allows("champion", "bob")
    assert found.aliases.allows("staging", "bob")
    assert not found.shared


PEM = "-----BEGIN EC PRIVATE KEY-----secret"
REFUSED = {
    "aliases that are no table": ("aliases = 1", BadInput, r"a table \[aliases\]"),
    "an unknown setting of aliases": ("[aliases]\nprotect = {}", UnknownName, "did you mean 'protected'"),
    "names without an alias": ('[aliases]\nprotected = ["alice"]', BadInput, "aliases with names"),
    "a name alone": ('[aliases]\nprotected = {champion = "alice"}', BadInput, 'a list of names: \\["alice", "ci"'),
    "a name that is none": ('[aliases]\nprotected = {champion = [""]}', BadInput, "a list of names"),
    "nobody": ("[aliases]\nprotected = {champion = []}", BadInput, "nobody who may move champion"),
    "an alias that is a number": ('[aliases]\nprotected = {3 = ["alice"]}', BadInput, "numbers mean versions"),
    "an alias that is none": ('[aliases]\npermanent = ["in use"]', BadInput, "'in use'"),
    "one alias, not a list": ('[aliases]\npermanent = "prod"', BadInput, "a list of names"),
    "no TOML": ("store = [", BadInput, "cannot be read"),
    "no table": ("store = 1", BadInput, r"a table \[store\]"),
    "an unknown setting": ('[store]\nregistri = "x"', UnknownName, "Did you mean registry|registry"),
    "a number": ("[store]\nblobs = 1", BadInput, "an address in quotes"),
    "another database": ('[store]\nregistry = "mysql://x/y"\nblobs = "x"', BadInput, "postgresql://"),
    "a password": ('[store]\nregistry = "postgresql://a:secret@x/y"\nblobs = "x"', BadInput, "PGPASSWORD"),
    "no table of signing": ("signing = 'secret'", BadInput, r"a table \[signing\]"),
    "an unknown setting of signing": ('[signing]\ntrust = ["x"]', UnknownName, "trusted"),
    "a key written out": (f'[signing]\nkey = "{PEM}"', BadInput, "the path of a private key"),
    "a key that is no text": (f'[signing]\nkey = ["{PEM}"]', BadInput, "the path of a private key"),
    "a trusted key written out": (f'[signing]\ntrusted = ["{PEM}"]', BadInput, "names no files"),
    "one trusted key": ('[signing]\ntrusted = "team.pub"', BadInput, r'a list: \["team.pub"\]'),
    "neither yes nor no": ('[signing]\nrequired = "yes"', BadInput, "true or false"),
    "signatures by nobody": ("[signing]\nrequired = true", BadInput, "says of no key that it is trusted"),
    "no place for the files": (f"[store]\n{REGISTRY}", BadInput, "no place for its files"),
}


@pytest.mark.parametrize(("text", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant(tmp_path: Path, text: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        told(tmp_path, text)
    assert "secret" not in str(caught.value)


def test_two_people_share_a_registry_and_an_object_store(tmp_path: Path, postgres: Any, bucket: str) -> None:
    url = postgres.url()
    projects = []
    for person in ("ada", "grace"):
        folder = tmp_path / person
        folder.mkdir()
        (folder / "mlops.toml").write_text(f'[store]\nregistry = "{url}"\nblobs = "{bucket}/models"\n')
        projects.append(Project.open(folder / "below" if person == "grace" else folder))
    first, second = projects
    assert second.models().models == ()
    random = np.random.default_rng(0)
    X, y = random.normal(size=(200, 3)), random.integers(0, 2, 200)
    model = LogisticRegression().fit(X, y)
    first.register(model, name="credit-risk", train=(X, y), test=(X, y))
    assert [m.name for m in second.models().models] == ["credit-risk"]
    assert np.array_equal(second.load("credit-risk").predict_proba(X), model.predict_proba(X))
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["mlops.toml", "mlops.toml"]

"""fsck, gc, backup and restore as a user asks for them: a project with a real model, the command line, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.apps import cli
from ipymlops.project import Project

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(200, 3)), RANDOM.integers(0, 2, 200)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.open(tmp_path / "one")
    for C in (0.1, 1.0):
        made.register(LogisticRegression(C=C).fit(X, Y), name="credit-risk", train=(X, Y), test=(X, Y))
    return made


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = cli.main([*words, "--json"])
    printed = capsys.readouterr()
    return code, json.loads(printed.out or printed.err)


def test_a_sound_project_and_a_damaged_one(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(project.root))
    code, told = answer(capsys, "fsck", *where)
    assert (code, told["versions"], told["faults"]) == (0, 2, [])
    model = project.bundle(project.registry.resolve("credit-risk@1")).manifest["files"]["model.skops"]["sha256"]
    (project.root / "blobs" / model[:2] / model[2:]).write_bytes(b"other")
    code, told = answer(capsys, "fsck", *where)
    assert code == 1  # a damaged file, as where somebody loads it
    assert "credit-risk@1" in json.dumps(told["faults"])


def test_leftovers_are_listed_and_nothing_registered_is_among_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = answer(capsys, "gc", "--remove", "--project", str(project.root))
    assert (code, told["leftovers"]) == (0, [])
    assert project.fsck().sound


def test_a_project_moves_in_one_file(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "models.tar")
    assert answer(capsys, "backup", file, "--project", str(project.root))[0] == 0
    code, told = answer(capsys, "restore", file, "--project", str(tmp_path / "two"))
    assert (code, told["versions"]) == (0, 2)
    other = Project.open(tmp_path / "two")
    model, same = project.load("credit-risk@2"), other.load("credit-risk@2")
    assert np.array_equal(model.predict_proba(X), same.predict_proba(X))
    inside = project.root.parent / "inside"  # below another project, and yet one of its own
    assert answer(capsys, "restore", file, "--project", str(inside))[0] == 0
    assert len(Project.at(inside).registry.all_versions()) == 2
    code, told = answer(capsys, "restore", file, "--project", str(tmp_path / "two"))
    assert "registered here already" in json.dumps(told)
    assert code != 0

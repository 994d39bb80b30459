from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ipymlops.errors import ProjectError
from ipymlops.project import Project, workspace


def test_a_project_is_found_upward_like_git(tmp_path: Path) -> None:
    made = Project.open(tmp_path)
    assert made.blobs
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert Project.open(below).root == made.root == (tmp_path / ".mlops").resolve()


def test_the_folder_itself_may_be_named(tmp_path: Path) -> None:
    made = Project.open(tmp_path)
    assert made.blobs
    assert Project.open(made.root).root == made.root


def test_nothing_is_made_where_only_a_question_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"No project is in .* Next: register a first model"):
        Project.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", [None, ".", "below", "/"])
def test_where_no_project_was_found_is_a_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workspace, "find", lambda _: None)  # whatever lies above the tests
    folder = Path(start or ".").resolve()
    with pytest.raises(ProjectError) as caught:
        Project.open(start, create=False)
    assert caught.value.found == f"No project is in {str(folder)!r} or above it"
    assert "--project PATH" in caught.value.next_step


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(ProjectError, match="Found a file"):
        Project.open(tmp_path / "notes.txt")


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:  # root writes anywhere, so the system's answer is injected
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ProjectError, match=r"could not be made: Read-only file system.*Next: name another one"):
        Project.open(tmp_path).blobs  # noqa: B018


def test_a_project_begins_when_something_is_stored(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    assert project.models().models == ()
    assert not project.exists
    assert list(tmp_path.iterdir()) == []


def test_the_project_keeps_itself_out_of_git(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    assert project.blobs
    assert (project.root / ".gitignore").read_text() == "*\n"


def test_git_state(tmp_path: Path) -> None:
    assert workspace.git_state(tmp_path) == {}
    identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "start"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True, env={**os.environ, "HOME": str(tmp_path)})
    state = workspace.git_state(tmp_path)
    assert len(str(state["commit"])) == 40
    assert (state["dirty"], "has_notebook" in state) == (False, False)


def test_a_notebook_is_named_from_where_others_have_it_too(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "home" / "work"
    folder.mkdir(parents=True)
    notebook = folder / "credit.ipynb"
    notebook.write_text("{}")
    assert workspace.place_of(notebook, home) == "work/credit.ipynb"
    assert workspace.place_of(notebook, tmp_path / "elsewhere") == "credit.ipynb"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert workspace.place_of(notebook, home) == "home/work/credit.ipynb"


def test_a_clean_commit_says_nothing_of_a_notebook_that_it_does_not_hold(tmp_path: Path) -> None:
    notebook = tmp_path / "credit.ipynb"
    notebook.write_text("{}")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    alone = {**os.environ, "HOME": str(tmp_path)}
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "start"]):
        subprocess.run([*git, *command], check=True, env=alone)
    state = workspace.git_state(tmp_path, notebook)
    assert (state["dirty"], state["has_notebook"]) == (False, False)
    for command in (["add", "."], ["commit", "-q", "-m", "the notebook"]):
        subprocess.run([*git, *command], check=True, env=alone)
    assert workspace.git_state(tmp_path, notebook)["has_notebook"] is True
    notebook.write_text("{ }")
    assert workspace.git_state(tmp_path, notebook)["dirty"] is True


def test_who_is_configured_or_the_system_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workspace.who() == "ada"
    monkeypatch.delenv("IPYMLOPS_USER")
    assert workspace.who()

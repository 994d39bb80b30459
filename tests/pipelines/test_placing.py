"""Swapping a pipeline for a new one, and what is done about exports that were killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ipymlops.pipelines import placing

posix = pytest.mark.skipif(os.name == "nt", reason="asks for processes by number")


@pytest.fixture
def dead() -> int:
    """The number of a process that runs no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def hidden(target: Path, process: int, *, suffix: str = "", text: str = "x", days: float = 0) -> Path:
    """What an export of that process left beside the target, so many days ago."""
    place = target.with_name(f".{target.name}.{placing._host()}-{process}.abc{suffix}")
    place.mkdir(parents=True)
    (place / "retrain.py").write_text(text)
    then = time.time() - days * placing.DAY
    os.utime(place, (then, then))
    return place


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_a_draft_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "line"
    for text in ("old", "new"):
        draft = placing.new_draft(target)
        (draft / "retrain.py").write_text(text)
        placing.put_in_place(draft, target)
    assert (target / "retrain.py").read_text() == "new"
    assert names(target.parent) == {"line"}


@posix
def test_killed_between_the_renames_the_old_one_comes_back(tmp_path: Path, dead: int) -> None:
    target = tmp_path / "line"
    hidden(target, dead, suffix=placing.ASIDE, text="old")
    hidden(target, dead, text="new, but nobody knows whether it is whole")
    assert placing.recover(target)
    assert (target / "retrain.py").read_text() == "old"
    assert names(tmp_path) == {"line"}
    assert not placing.recover(target)


@posix
def test_what_dead_exports_left_goes_and_the_rest_stays(tmp_path: Path, dead: int) -> None:
    target, other = tmp_path / "line", tmp_path / "other"
    target.mkdir()
    hidden(target, dead)
    hidden(target, dead, suffix=placing.ASIDE)
    stays = {hidden(target, os.getpid()).name, hidden(other, dead).name, ".line.conf", ".line.backup.old"}
    (tmp_path / ".line.conf").write_text("mine")
    (tmp_path / ".line.backup.old").mkdir()
    assert not placing.recover(target)
    assert names(tmp_path) == {"line", *stays}


def test_an_old_one_goes_whoever_made_it(tmp_path: Path) -> None:
    target = tmp_path / "line"
    target.mkdir()
    hidden(target, os.getpid(), days=1.1)
    placing.recover(target)
    assert names(tmp_path) == {"line"}


@posix
def test_a_swap_that_is_under_way_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "line"
    aside = hidden(target, os.getpid(), suffix=placing.ASIDE)
    assert not placing.recover(target)
    assert aside.exists()


@posix
def test_a_swap_of_a_pipeline_from_long_ago_counts_from_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename keeps the folder's own time; by that, another export would take the pipeline for a leftover."""
    target = tmp_path / "line"
    target.mkdir()
    os.utime(target, (0, 0))
    seen: list[bool] = []
    rename = Path.rename

    def look(self: Path, goal: Path) -> Path:
        done = rename(self, goal)
        seen.extend(placing._is_dead(p) for p in placing._hidden(target) if p.name.endswith(placing.ASIDE))
        return done

    (target / "mark").touch()
    os.utime(target, (0, 0))
    draft = placing.new_draft(target)
    monkeypatch.setattr(Path, "rename", look)
    placing.put_in_place(draft, target)
    assert seen
    assert not any(seen)


def test_a_parent_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert not placing.recover(tmp_path / "none" / "line")

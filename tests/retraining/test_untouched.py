"""What training may do to files while it runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ipymlops.errors import BadInput
from ipymlops.retraining.untouched import untouched

CHANGES: dict[str, Callable[[Path], object]] = {
    "written": lambda p: p.write_text("new"),
    "appended": lambda p: p.open("a"),
    "updated": lambda p: p.open("r+"),
    "opened below Python's files": lambda p: os.open(p, os.O_RDWR),
    "deleted": lambda p: p.unlink(),
    "renamed away": lambda p: p.rename(p.with_name("other")),
    "replaced": lambda p: shutil.move(p.with_name("beside"), p),
    "truncated": lambda p: os.truncate(p, 0),
    "through a link": lambda p: p.with_name("link").write_text("new"),
    "spelled as bytes": lambda p: os.unlink(os.fsencode(p)),  # noqa: PTH108 -- Path takes no bytes
}


@pytest.fixture
def given(tmp_path: Path) -> Path:
    for name in ("given", "beside"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to(tmp_path / "given")
    return tmp_path / "given"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_given_file_cannot_be_changed(given: Path, change: Callable[[Path], object]) -> None:
    with untouched([str(given)]), pytest.raises(BadInput, match="write over its own input"):
        change(given)
    assert given.read_text() == "given"


@pytest.mark.parametrize("inside", ["", "g*"])
def test_what_was_read_of_a_folder_cannot_be_changed(given: Path, inside: str) -> None:
    with untouched([str(given.parent / inside)]):
        given.read_text()
        with pytest.raises(BadInput):
            given.write_text("new")


def test_all_else_may_be_written(given: Path) -> None:
    new = given.with_name("new")
    with untouched([str(given.parent), "https://example.org/x.csv", str(given.with_name("missing"))]):
        for _ in range(2):
            new.write_text("mine")
            assert new.read_text() == "mine"


def test_afterwards_it_is_a_file_like_any(given: Path) -> None:
    with untouched([str(given)]):
        pass
    given.write_text("new")

"""What a proof covers: every file of the folder that the pipeline's behaviour rests on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipymlops.pipelines import proof
from ipymlops.pipelines.results import Verification

FILES = ("retrain.py", "helper.py", "features/__init__.py", "features/names.txt", "slice.json", "bundle/bundle.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed pipeline with a copied module and a copied package."""
    for name in (*FILES, "bundle/model.skops"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("as exported")
    proof.write(tmp_path, Verification("identical"))
    return tmp_path


def said(folder: Path) -> str:
    return proof.change(folder, proof.read(folder))


def test_it_holds_for_the_folder_as_it_was_sealed(folder: Path) -> None:
    record = proof.read(folder)
    assert record["verdict"] == "identical"
    assert set(record["files"]) == set(FILES)
    assert said(folder) == ""


@pytest.mark.parametrize("name", FILES)
def test_every_covered_file_counts(folder: Path, name: str) -> None:
    (folder / name).write_text("edited")
    assert said(folder) == f"{name} was edited"
    (folder / name).unlink()
    assert said(folder) == f"{name} was removed"


def lose(folder: Path) -> None:
    (folder / proof.PROOF).unlink()


def empty(folder: Path) -> None:
    (folder / proof.PROOF).write_text("[]")


def forget(folder: Path) -> None:
    (folder / proof.PROOF).write_text('{"verdict": "identical"}')


@pytest.mark.parametrize("spoil", [lose, empty, forget])
def test_without_a_list_of_files_nothing_is_proved(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    assert said(folder) == "verification.json was lost or edited"


@pytest.mark.parametrize("name", ["sklearn.py", "features/extra.py", "numpy.so"])
def test_a_module_that_may_hide_another_counts(folder: Path, name: str) -> None:
    (folder / name).write_text("mine")
    assert said(folder) == f"{name} was added"


@pytest.mark.parametrize("name", ["run.log", "july.csv", "__pycache__/helper.pyc", "bundle/notes.py"])
def test_what_no_import_finds_does_not_count(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")
    assert said(folder) == ""

"""What a registration records of where a version came from."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipymlops.apps import cli
from ipymlops.capture.recorder import Recorder
from ipymlops.project import Project

Data = tuple[pd.DataFrame, pd.Series]
CELLS = (
    "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
    "print('nothing of this is needed')",
    'df = pd.read_csv("rows.csv")',
    'X, y = df[["a"]], df["t"]\nmodel = LogisticRegression().fit(X, y)',
)


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True,
        env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout whose notebook is committed, and changed since."""
    folder = tmp_path / "checkout" / "work"
    folder.mkdir(parents=True)
    pd.DataFrame({"a": range(60), "t": [0, 1] * 30}).to_csv(folder / "rows.csv", index=False)
    (folder / "credit.ipynb").write_text("{}")
    git(folder.parent, "init", "-q")
    git(folder, "add", "credit.ipynb")
    git(folder, "commit", "-q", "-m", "the notebook")
    (folder / "credit.ipynb").write_text("{ }")
    return folder


@pytest.fixture
def registered(place: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(place)
    names: dict[str, Any] = {"__name__": "notebook"}
    recorder = Recorder(names, folder=str(place), notebook=str(place / "credit.ipynb"))
    for number, source in enumerate(CELLS, 1):
        recorder.before(source, number, f"cell-{number}")
        exec(source, names)
        recorder.after(True, None)
    project = Project.open(place)
    project.register(
        names["model"],
        name="m",
        train=(names["X"], names["y"]),
        journal=recorder.journal(),
        targets=("model", "X", "y"),
    )
    return project


def test_a_registration_records_cells_inputs_rows_commit_and_environment(registered: Project, place: Path) -> None:
    found = registered.lineage("m@1")
    assert (found.made, found.notebook, found.executed, found.pipeline) == ("notebook", "work/credit.ipynb", 4, None)
    assert [(c.execution, c.id, c.statements) for c in found.cells or ()] == [
        (1, "cell-1", 2), (3, "cell-3", 1), (4, "cell-4", 2)
    ]  # fmt: skip
    (read,) = found.inputs or ()
    assert (read.path, read.size) == ("rows.csv", (place / "rows.csv").stat().st_size)
    assert found.commit is not None
    assert (found.commit.sha, found.commit.dirty, found.commit.has_notebook) == (
        git(place, "rev-parse", "HEAD"),
        True,
        True,
    )
    assert found.training_rows == 60
    assert len(found.fingerprint or "") == 64
    assert found.environment is not None
    assert found.environment.packages > 3
    assert [(a.number, a.who, a.champion) for a in found.chain] == [(1, "ada", False)]
    assert registered.show("m@1").lineage == found


def test_nothing_of_the_machine_is_in_the_manifest(registered: Project, place: Path) -> None:
    manifest = registered.bundle(registered.registry.resolve("m@1")).manifest
    assert str(place.parent) not in json.dumps(manifest)
    assert manifest["notebook_path"] == "work/credit.ipynb"


def test_the_model_card_names_the_cells(registered: Project) -> None:
    card = registered.show("m@1").card
    assert "- Notebook: work/credit.ipynb; the cells that it needs are in `journal.json`." in card
    assert "- Cells that lead to it: In [1] (cell-1), In [3] (cell-3), In [4] (cell-4)." in card


def test_in_a_shell_as_text_and_as_json(registered: Project, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(registered.root))
    assert cli.main(["show", "m@1", "--lineage", *where]) == 0
    told = capsys.readouterr().out
    assert "m@1 was registered from work/credit.ipynb." in told
    assert "rows.csv → 3 of 4 cells of work/credit.ipynb (In [1], In [3], In [4]) → m@1" in told
    assert cli.main(["show", "m@1", "--lineage", "--json", *where]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["before"], told["cells"][1]["id"]) == ("lineage", None, "cell-3")


def test_of_a_model_without_a_record_little_is_known(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    project.promote("credit-risk@1")
    project.register(model, name="credit-risk", train=train, test=test)
    found = project.lineage("credit-risk@2")
    assert (found.made, found.cells, found.inputs, found.notebook, found.before) == ("python", None, None, None, 1)
    assert [a.champion for a in found.chain] == [True, False]
    assert (found.training_rows, bool(found.fingerprint)) == (1200, True)

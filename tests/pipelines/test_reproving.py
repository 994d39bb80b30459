"""Proving again what lies in a folder: what is different is said, and the folder is sealed with what was proved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.errors import BadInput
from ipymlops.pipelines import proof
from ipymlops.pipelines.reproving import changes, environment_changes, is_pipeline, prove_again
from ipymlops.project import Project

CELLS = (
    "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
    'df = pd.read_csv("rows.csv")\nX = df[["a", "b"]]; y = df["t"]',
    "model = LogisticRegression(C=0.5).fit(X, y)",
)


@pytest.fixture
def exported(run_notebook: Any, tmp_path: Path) -> tuple[Project, Path]:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=150), "b": random.normal(size=150)})
    rows.assign(t=(rows["a"] > 0).astype(int)).to_csv(tmp_path / "work" / "rows.csv", index=False)
    project = run_notebook(*CELLS)
    project.export("line@1", tmp_path / "out", lock=False)
    return project, tmp_path / "out"


def edit(folder: Path, old: str, new: str) -> None:
    script = folder / "retrain.py"
    text = script.read_text()
    assert old in text
    script.write_text(text.replace(old, new))


def test_nothing_changed(exported: tuple[Project, Path]) -> None:
    _, folder = exported
    result = prove_again(folder)
    assert (result.verdict, result.changed) == ("identical", ())


def test_a_harmless_edit_is_told_and_proved_and_sealed(exported: tuple[Project, Path]) -> None:
    _, folder = exported
    edit(folder, "C=0.5", "C=1 / 2")
    assert proof.change(folder, proof.read(folder)) == "retrain.py was edited"
    result = prove_again(folder)
    assert (result.verdict, result.changed) == ("identical", ("retrain.py was edited",))
    assert proof.change(folder, proof.read(folder)) == ""
    assert prove_again(folder).changed == ()


def test_an_edit_that_matters_is_not_reproduced_and_the_seal_says_so(exported: tuple[Project, Path]) -> None:
    project, folder = exported
    edit(folder, "C=0.5", "C=50.0")
    result = project.prove_again(folder)
    assert result.verdict == "not reproduced"
    assert "its parameter C is 50.0, was 0.5" in result.cause
    assert proof.read(folder)["verdict"] == "not reproduced"
    event = project.registry.events("line")[-1]
    assert (event.kind, event.version, event.evidence["verdict"]) == ("verify", 1, "not reproduced")
    assert event.evidence["changed"] == ["retrain.py was edited"]


def test_an_attempt_without_an_answer_leaves_the_seal(exported: tuple[Project, Path], tmp_path: Path) -> None:
    _, folder = exported
    before = (folder / proof.PROOF).read_bytes()
    (tmp_path / "work" / "rows.csv").unlink()
    result = prove_again(folder)
    assert result.verdict == "not verified"
    assert result.cause == "the input rows is missing: no file is at rows.csv"
    assert (folder / proof.PROOF).read_bytes() == before


def test_packages_and_python_that_are_others_are_told(exported: tuple[Project, Path]) -> None:
    _, folder = exported
    text = (folder / "retrain.py").read_text()
    pinned = f'#     "pandas=={pd.__version__}",'
    assert pinned in text
    said = environment_changes(
        text.replace(pinned, '#     "pandas==1.0.0",\n#     "nothing-like-it==2.0",'), {"python": "3.8.1"}
    )
    assert said[0].endswith("was 3.8.1")
    assert said[1:] == (f"pandas is {pd.__version__}, was 1.0.0", "nothing-like-it is not installed, was 2.0")
    assert changes(folder) == ()


def test_a_project_that_has_another_version_of_that_name_records_nothing(
    exported: tuple[Project, Path], tmp_path: Path
) -> None:
    _, folder = exported
    other = Project.open(tmp_path / "elsewhere")
    from sklearn.linear_model import LogisticRegression

    X = pd.DataFrame({"a": [0.0, 1.0] * 40})
    other.register(LogisticRegression().fit(X, [0, 1] * 40), name="line", train=(X, pd.Series([0, 1] * 40)))
    assert other.prove_again(folder).verdict == "identical"
    assert [e.kind for e in other.registry.events("line")] == ["register"]


def test_a_folder_without_a_pipeline_is_refused(tmp_path: Path) -> None:
    assert not is_pipeline(tmp_path)
    with pytest.raises(BadInput, match=r"No pipeline is in .*a folder with retrain.py and slice.json"):
        prove_again(tmp_path)


def test_the_verb_takes_a_version_or_a_folder_and_never_guesses(
    exported: tuple[Project, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ipymlops.apps.cli import main

    project, folder = exported
    place = str(project.root.parent)
    assert main(["verify", str(folder), "--project", place, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "identical"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").rename(tmp_path / "line")
    assert main(["verify", "line", "--project", place]) == 2
    assert "'line' is a model and the folder of a pipeline" in capsys.readouterr().err
    assert main(["verify", "./line", "--project", place]) == 0
    assert main(["verify", "./nowhere", "--project", place]) == 2
    assert "No pipeline is in" in capsys.readouterr().err

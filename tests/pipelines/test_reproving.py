"""Proving again what lies in a folder: what is different is said, and the folder is sealed with what was proved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.environment import arithmetic
from ipymlops.errors import BadInput
from ipymlops.pipelines import proof
from ipymlops.pipelines.reproving import changes, environment_changes, is_pipeline, prove_again
from ipymlops.pipelines.verification import changed_inputs
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


def test_a_folder_needs_no_project(
    exported: tuple[Project, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ipymlops.apps.cli import main

    _, folder = exported
    elsewhere = tmp_path / "moved" / "far" / "out"
    elsewhere.parent.mkdir(parents=True)
    folder.rename(elsewhere)
    monkeypatch.chdir(elsewhere.parent)
    assert main(["verify", "./out", "--json"]) != 0
    assert json.loads(capsys.readouterr().out)["cause"] == "the input rows is missing: no file is at rows.csv"
    record = json.loads((elsewhere / "slice.json").read_text())
    rows = Path(elsewhere / record["folder"] / "rows.csv").resolve()
    rows.parent.mkdir(parents=True, exist_ok=True)
    rows.write_bytes((tmp_path / "work" / "rows.csv").read_bytes())
    assert main(["verify", "./out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "identical"
    assert not list(elsewhere.parent.glob(".mlops"))
    assert main(["verify", "line@1"]) == 2
    assert "far' or above it" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["slice.json", "bundle/bundle.json"])
def test_a_folder_that_lacks_something_says_what(exported: tuple[Project, Path], name: str) -> None:
    _, folder = exported
    (folder / name).unlink()
    with pytest.raises(BadInput, match=f"lacks {name}.*copy the whole folder"):
        prove_again(folder)


def test_the_docstring_tells_the_last_proof(exported: tuple[Project, Path]) -> None:
    _, folder = exported
    first = (folder / "retrain.py").read_text()
    edit(folder, "C=0.5", "C=50.0")
    prove_again(folder)
    text = (folder / "retrain.py").read_text()
    assert "Verification: NOT REPRODUCED. its parameter C is 50.0, was 0.5" in text
    assert "Verification: identical" not in text
    assert proof.change(folder, proof.read(folder)) == ""
    edit(folder, "C=50.0", "C=0.5")
    prove_again(folder)
    assert (folder / "retrain.py").read_text() == first


def test_every_file_that_changed_is_named(exported: tuple[Project, Path], tmp_path: Path) -> None:
    _, folder = exported
    edit(folder, "C=0.5", "C=1 / 2")
    record = folder / "slice.json"
    record.write_text(record.read_text() + " ")
    (folder / "more.py").write_text("")
    assert prove_again(folder).changed == ("retrain.py was edited", "more.py was added", "slice.json was edited")


def test_every_input_that_changed_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("other")
    inputs = [{"name": n, "default": f"{n}.csv", "sha256": "0" * 64} for n in ("a", "b")]
    paths = {n: str(tmp_path / f"{n}.csv") for n in ("a", "b")}
    said = changed_inputs({"inputs": inputs}, paths).split("; ")
    assert said[0] == "the input a is missing: no file is at a.csv"
    assert said[1].startswith("the input b (b.csv) has changed")


def test_another_blas_is_told() -> None:
    now = arithmetic()
    assert environment_changes("", {"arithmetic": now}) == ()
    assert environment_changes("", {"arithmetic": {"BLAS": "mkl 1", "BLAS threads": "64"}}) == (
        f"BLAS is {now['BLAS']}, was mkl 1",
        f"BLAS threads is {now['BLAS threads']}, was 64",
    )


LOOPED = (
    CELLS[0],
    'import os\nparts = []\nfor name in ["a", "b"]:\n'
    '    parts.append(pd.read_csv(os.path.join("raw", name + ".csv")))\n'
    'df = pd.concat(parts)\nX = df[["a", "b"]]; y = df["t"]',
    CELLS[2],
)


@pytest.fixture
def looped(run_notebook: Any, tmp_path: Path) -> Path:
    """A pipeline whose script makes the names of its files while it runs, and reads two of three."""
    random = np.random.default_rng(0)
    (tmp_path / "work" / "raw").mkdir()
    for name in ("a", "b", "unread"):
        rows = pd.DataFrame({"a": random.normal(size=80), "b": random.normal(size=80)})
        rows.assign(t=(rows["a"] > 0).astype(int)).to_csv(tmp_path / "work" / "raw" / f"{name}.csv", index=False)
    run_notebook(*LOOPED).export("line@1", tmp_path / "out", lock=False)
    return tmp_path / "out"


def test_files_whose_names_are_made_while_running_are_hashed_by_the_proof(looped: Path) -> None:
    record = json.loads((looped / "slice.json").read_text())
    (found,) = record["inputs"]
    assert sorted(found["files"]) == ["a.csv", "b.csv"] or sorted(found["files"]) == ["raw/a.csv", "raw/b.csv"]
    assert prove_again(looped).verdict == "identical"


@pytest.mark.parametrize("gone", [False, True])
def test_such_a_file_that_changed_is_named_and_nothing_is_called_wrong(
    looped: Path, tmp_path: Path, gone: bool
) -> None:
    file = tmp_path / "work" / "raw" / "b.csv"
    if gone:
        file.unlink()
    else:
        file.write_text(file.read_text() + "0.5,0.5,1\n")
    found = prove_again(looped)
    assert found.verdict == "not verified"
    assert "b.csv in the input" in found.cause
    assert ("is missing" if gone else "has changed: its sha256 was") in found.cause


def test_another_file_of_the_folder_does_not_matter(looped: Path, tmp_path: Path) -> None:
    (tmp_path / "work" / "raw" / "unread.csv").write_text("x")
    assert prove_again(looped).verdict == "identical"

"""Exports as a whole: what lies in the folder, what is refused, what is left when it fails midway."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.errors import BadInput
from ipymlops.pipelines import ladder, origin, proof, slicing
from ipymlops.pipelines.formatting import formatted
from ipymlops.pipelines.results import Verification
from ipymlops.pipelines.verdicts import Attempt
from ipymlops.project import Project

CELLS = (
    "import numpy as np\nfrom sklearn.linear_model import LogisticRegression",
    "X = np.random.RandomState(1).normal(size=(120, 2))",
    "scale = 3.0",
    "X = X * scale\ny = (X.sum(axis=1) > 0).astype(int)",
    "model = LogisticRegression().fit(X, y)",
)
IDENTICAL = Attempt(Verification("identical", compared=("predict on 1 benchmark rows",)), digest="d")


@pytest.fixture
def no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every proof succeeds at once: for tests of everything but the proof."""
    monkeypatch.setattr(ladder, "attempt", lambda _folder, **_: IDENTICAL)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_the_folder(run_notebook: Any, tmp_path: Path) -> None:
    steps: list[str] = []
    export = run_notebook(*CELLS).export("line@1", tmp_path / "out" / "line", progress=steps.append)
    folder = tmp_path / "out" / "line"
    assert export.verification.verdict == "identical", export.verification
    assert names(folder) == {"retrain.py", "bundle", "verification.json", "slice.json", "requirements.txt"}
    assert names(tmp_path / "out") == {"line"}
    text = (folder / "retrain.py").read_text()
    assert text == export.source
    assert "Verification: identical." in text
    assert f"ipymlops=={__import__('ipymlops').__version__}" in text
    sealed = json.loads((folder / "verification.json").read_text())
    assert sealed["script_sha256"] == hashlib.sha256(text.encode()).hexdigest() == export.verification.script_sha256
    assert steps == ["verify the statements it needs"]
    assert (export.kept, export.cells_kept, export.cells_total) == (7, 5, 5)
    assert str(tmp_path) not in text
    assert str(tmp_path) not in (folder / "slice.json").read_text()


def test_what_is_verified_is_what_the_formatter_wrote(run_notebook: Any, tmp_path: Path) -> None:
    cells = (*CELLS[:3], "X   = X*scale; y = (X.sum( axis=1 )>0).astype(int)\n\n# --- fit", CELLS[4])
    export = run_notebook(*cells).export("line@1", tmp_path / "out")
    assert export.verification.verdict == "identical"
    assert "    X = X * scale\n    y = (X.sum(axis=1) > 0).astype(int)\n\n    # --- fit\n" in export.source
    assert formatted(export.source).text == export.source


def test_without_a_formatter_the_export_says_so(
    run_notebook: Any, no_run: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipymlops.pipelines.formatting.program", lambda _: None)
    export = run_notebook(*CELLS).export("line@1", tmp_path / "out", lock=False)
    assert [n for n in export.notes if "the script is not formatted: ruff is not installed" in n]


def test_without_a_proof_nothing_runs(run_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "attempt", None)
    project = run_notebook(*CELLS)
    export = project.export("line@1", tmp_path / "out", verify=False, lock=False)
    said = export.verification
    assert (said.verdict, said.cause) == ("not verified", "not tried (--no-verify)")
    assert names(tmp_path / "out") == {"retrain.py", "bundle", "verification.json", "slice.json"}
    assert export.lock is None
    assert project.registry.events("line")[-1].evidence["attempt"] == "not tried (--no-verify)"


def test_the_lock_is_no_part_of_the_proof(run_notebook: Any, no_run: None, tmp_path: Path) -> None:
    """It is written after the proof, and made anew without another one."""
    export = run_notebook(*CELLS).export("line@1", tmp_path / "out")
    assert export.lock is not None
    assert (export.lock.by, export.lock.file) == ("", "requirements.txt")
    assert export.lock.problem in export.notes
    folder = tmp_path / "out"
    text = (folder / "requirements.txt").read_text()
    assert "scikit-learn==" in text
    assert "joblib==" in text
    record = proof.read(folder)
    (folder / "requirements.txt").write_text(text + "# newer\n")
    (folder / "retrain.py.lock").write_text("version = 1\n")
    assert proof.change(folder, record) == ""
    proof.write(folder, export.verification)
    (folder / "requirements.txt").unlink()
    assert proof.change(folder, proof.read(folder)) == ""


def test_a_lock_that_fails_leaves_no_folder(
    run_notebook: Any, no_run: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ipymlops.pipelines.export.locked", fail)
    with pytest.raises(KeyboardInterrupt):
        run_notebook(*CELLS).export("line@1", tmp_path / "out")
    assert names(tmp_path) == {"work"}


def test_an_occupied_folder_is_refused(run_notebook: Any, no_run: None, tmp_path: Path) -> None:
    project = run_notebook(*CELLS)
    out = tmp_path / "out"
    project.export("line@1", out)
    (out / "retrain.py").write_text("mine")
    with pytest.raises(BadInput, match=r"holds a pipeline already.*--force"):
        project.export("line@1", out)
    assert (out / "retrain.py").read_text() == "mine"
    project.export("line@1", out, force=True)
    assert (out / "retrain.py").read_text() != "mine"
    assert names(tmp_path) == {"out", "work"}


def test_force_replaces_pipelines_only(run_notebook: Any, no_run: None, tmp_path: Path) -> None:
    project = run_notebook(*CELLS)
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter").write_text("x")
    with pytest.raises(BadInput, match="holds other things"):
        project.export("line@1", other, force=True)
    with pytest.raises(BadInput, match="Found a file"):
        project.export("line@1", other / "chapter", force=True)
    assert names(other) == {"chapter"}
    empty = tmp_path / "empty"
    empty.mkdir()
    assert project.export("line@1", empty).verification.reproduced


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "full"), RuntimeError("boom")], ids=repr)
def test_a_failure_midway_leaves_what_was_there(
    run_notebook: Any, no_run: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    project = run_notebook(*CELLS)
    out = tmp_path / "out"
    project.export("line@1", out)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(ladder, "attempt", fail)
    with pytest.raises(BaseException, match=r"full|boom|^$"):
        project.export("line@1", out, force=True)
    with pytest.raises(BaseException, match=r"full|boom|^$"):
        project.export("line@1", tmp_path / "fresh")
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert names(tmp_path) == {"out", "work"}


def test_a_rename_that_fails_brings_the_old_one_back(
    run_notebook: Any, no_run: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = run_notebook(*CELLS)
    out = tmp_path / "out"
    project.export("line@1", out)
    (out / "mark").write_text("old")
    rename = Path.rename

    def fail_once(self: Path, target: Path) -> Path:
        if target == out and self.name.endswith(".old") is False:
            raise OSError(5, "input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(Exception, match="input/output"):
        project.export("line@1", out, force=True)
    assert (out / "mark").read_text() == "old"
    assert names(tmp_path) == {"out", "work"}


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_midway_there_is_no_half_a_pipeline(run_notebook: Any, tmp_path: Path) -> None:
    run_notebook(*CELLS)
    out = tmp_path / "out" / "line"
    code = (
        f"from ipymlops.project import Project; Project.open({str(tmp_path / 'work')!r}).export('line@1', {str(out)!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(out.parent.glob(".line.*/retrain.py")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert list(out.parent.glob(".line.*/retrain.py"))
    assert not out.exists()


def test_a_slice_that_was_too_narrow_is_widened(
    run_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = slicing.slice_journal

    def narrow(*arguments: Any, rung: int = 0, **rest: Any) -> Any:
        found = whole(*arguments, rung=rung, **rest)
        if rung:
            return found
        return dataclasses.replace(found, kept=tuple(k for k in found.kept if "scale =" not in k.statement.source))

    monkeypatch.setattr(origin, "slice_journal", narrow)
    export = run_notebook(*CELLS).export("line@1", tmp_path / "out")
    assert export.verification.verdict == "identical"
    assert export.verification.widened == 1
    assert "scale = 3.0" in export.source


def test_a_wrong_slice_at_every_rung_is_not_reproduced_and_says_why(
    run_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = slicing.slice_journal

    def broken(*arguments: Any, **rest: Any) -> Any:
        found = whole(*arguments, **rest)
        return dataclasses.replace(found, kept=tuple(k for k in found.kept if "scale =" not in k.statement.source))

    monkeypatch.setattr(origin, "slice_journal", broken)
    project = run_notebook(*CELLS)
    export = project.export("line@1", tmp_path / "out")
    assert export.verification.verdict == "not reproduced"
    assert "In [4]" in export.verification.cause
    assert "NameError: name 'scale' is not defined" in export.verification.cause
    assert "NOT REPRODUCED" in (tmp_path / "out" / "retrain.py").read_text()
    assert project.registry.resolve("line@1").verification == "not reproduced"


def test_training_that_is_not_deterministic_is_told_from_a_wrong_slice(run_notebook: Any, tmp_path: Path) -> None:
    cells = (*CELLS[:2], "X = X + np.random.default_rng().normal(size=X.shape)", "scale = 1.0", *CELLS[3:])
    export = run_notebook(*cells).export("line@1", tmp_path / "out")
    assert export.verification.verdict == "not reproduced"
    assert export.verification.cause.startswith("training is not deterministic")
    assert "in In [3] asks the operating system for randomness" in export.verification.cause


def test_a_module_beside_the_notebook_goes_along(run_notebook: Any, tmp_path: Path, monkeypatch: Any) -> None:
    work = tmp_path / "work"
    (work / "my_features.py").write_text("import my_numbers\n\ndef wide(X):\n    return X * my_numbers.FACTOR\n")
    (work / "my_numbers.py").write_text("FACTOR = 2\n")
    monkeypatch.syspath_prepend(str(work))
    cells = (CELLS[0] + "\nfrom my_features import wide", CELLS[1], "X = wide(X)\nscale = 1.0", *CELLS[3:])
    export = run_notebook(*cells).export("line@1", tmp_path / "out")
    assert export.verification.verdict == "identical", export.verification
    assert {"my_features.py", "my_numbers.py"} <= names(tmp_path / "out")
    assert "my_features.py was copied from the notebook's folder" in export.notes


def test_a_version_without_a_notebook_has_no_pipeline(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    X = pd.DataFrame({"a": np.arange(40.0)})
    y = (X["a"] > 20).astype(int)
    project.register(LogisticRegression().fit(X, y), name="line", train=(X, y))
    with pytest.raises(BadInput, match="line@1 was not registered from a notebook"):
        project.export("line@1", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_attempt_without_an_answer_leaves_the_earlier_proof(
    run_notebook: Any, no_run: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = run_notebook(*CELLS)
    assert project.verify("line@1").verification.verdict == "identical"
    late = Attempt(Verification("not verified", "training was not done after 0.2 seconds"), final=True)
    monkeypatch.setattr(ladder, "attempt", lambda _folder, **_: late)
    export = project.export("line@1", tmp_path / "out")
    assert export.verification.verdict == "not verified"
    assert "Cannot tell whether it reproduces the model: training was not done" in export.source.replace("\n", " ")
    assert project.registry.resolve("line@1").verification == "identical"
    last = project.registry.events("line")[-1]
    assert (last.kind, last.evidence["attempt"]) == ("export", "training was not done after 0.2 seconds")
    assert "verdict" not in last.evidence


def test_modules_that_import_each_other_go_along(run_notebook: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A module that imports one of a package with relative imports, and one of a folder that is no package."""
    files = {
        "first_of_ours.py": "from package_of_ours.steps import clean\nfrom folder_of_ours import last\n"
        "def prepared(path):\n    return last.named(clean(path))\n",
        "package_of_ours/__init__.py": "",
        "package_of_ours/steps.py": "from .reading import read\ndef clean(path):\n    return read(path).dropna()\n",
        "package_of_ours/reading.py": "import pandas as pd\nfrom . import words\n"
        "def read(path):\n    return pd.read_csv(path, sep=words.COMMA)\n",
        "package_of_ours/words.py": 'COMMA = ","\n',
        "folder_of_ours/last.py": "def named(table):\n    return table.rename(columns=str.lower)\n",
        "folder_of_ours/notes.txt": "not for others",
    }
    for name, source in files.items():
        (tmp_path / "work" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "work" / name).write_text(source)
    rows = "a,b,t\n" + "".join(f"{i % 7},{i % 5},{int(i % 7 > 3)}\n" for i in range(90))
    (tmp_path / "work" / "rows.csv").write_text(rows)
    monkeypatch.syspath_prepend(tmp_path / "work")
    project = run_notebook(
        "from sklearn.linear_model import LogisticRegression\nfrom first_of_ours import prepared",
        'df = prepared("rows.csv")\nX = df[["a", "b"]]; y = df["t"]',
        "model = LogisticRegression().fit(X, y)",
    )
    exported = project.export("line@1", tmp_path / "out", lock=False)
    assert (exported.verification.verdict, exported.verification.cause) == ("identical", "")
    there = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*_of_ours*/**/*")}
    assert {name for name in there if "__pycache__" not in name} >= {n for n in files if "/" in n and n[-3:] == ".py"}
    assert not (tmp_path / "out" / "folder_of_ours" / "notes.txt").exists()

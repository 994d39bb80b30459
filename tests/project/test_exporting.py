"""What an export leaves in the history of its version."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.errors import IntegrityError
from ipymlops.project import Project

CELLS = (
    "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
    "df = pd.read_csv('rows.csv')",
    "X, y = df[['a', 'b']], df['t']",
    "model = LogisticRegression().fit(X, y)",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"a": random.normal(size=80), "b": random.normal(size=80)})
    rows.assign(t=(rows["a"] > 0).astype(int)).to_csv("rows.csv", index=False)
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(names, folder=str(tmp_path), notebook="work.ipynb")
    for number, source in enumerate(CELLS, 1):
        recorder.before(source, number, None)
        exec(compile(source, f"<{number}>", "exec"), names)
        recorder.after(True, None)
    made = Project.open(tmp_path)
    train = (names["X"], names["y"])
    made.register(names["model"], name="line", train=train, test=train, journal=recorder.journal(), targets=("model",))
    return made


def test_an_export_says_what_was_compared_and_what_was_refused(project: Project, tmp_path: Path) -> None:
    done = project.export("line@1", tmp_path / "out", lock=False)
    event = project.registry.events("line")[-1]
    assert (event.kind, event.evidence["verdict"], event.evidence["folder"]) == ("export", "identical", "out")
    assert event.evidence["compared"] == list(done.verification.compared)
    assert "8 learned values" in event.evidence["compared"]
    assert any("missing value" in words for words in event.evidence["refused"])
    assert event.evidence["refused"] == list(done.verification.refused)


def test_a_proof_is_an_event_of_its_own_and_writes_no_folder(project: Project, tmp_path: Path) -> None:
    before = sorted(p.name for p in tmp_path.iterdir())
    project.verify("line@1")
    event = project.registry.events("line")[-1]
    assert (event.kind, event.evidence["verdict"]) == ("verify", "identical")
    assert "folder" not in event.evidence
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def trusting(project: Project, public: Path, *, required: bool) -> Project:
    text = f"[signing]\ntrusted = ['{public}']\nrequired = {str(required).lower()}"
    (project.root.parent / "mlops.toml").write_text(text)
    return Project.at(project.root)


def test_an_export_carries_the_signature_where_the_stock_tool_finds_it(
    project: Project, tmp_path: Path, key_pair: Any
) -> None:
    private, public = key_pair("team")
    project.sign("line@1", private)
    project.export("line@1", tmp_path / "out", lock=False)
    bundle = tmp_path / "out" / "bundle"
    command = [sys.executable, "-m", "model_signing", "verify", "key", str(bundle)]
    command += ["--signature", str(bundle / "model.sig"), "--public_key", str(public)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "Verification succeeded"), done.stderr
    again = project.prove_again(tmp_path / "out")
    assert (again.verdict, again.changed) == ("identical", ())


def test_nothing_of_an_unsigned_version_is_run_where_signatures_are_required(
    project: Project, tmp_path: Path, key_pair: Any
) -> None:
    private, public = key_pair("team")
    strict = trusting(project, public, required=True)
    for prove in (strict.verify, lambda ref: strict.export(ref, tmp_path / "out")):
        with pytest.raises(IntegrityError, match="line@1 is not signed"):
            prove("line@1")
    assert not (tmp_path / "out").exists()
    strict.sign("line@1", private)
    assert strict.export("line@1", tmp_path / "out", lock=False).verification.verdict == "identical"


def test_an_exported_folder_is_proved_only_with_its_signature(project: Project, tmp_path: Path, key_pair: Any) -> None:
    private, public = key_pair("team")
    project.sign("line@1", private)
    folder = tmp_path / "out"
    project.export("line@1", folder, lock=False)
    lenient = trusting(project, public, required=False)
    assert "line@1 is signed by team.pub" in lenient.prove_again(folder).notes
    strict = trusting(project, public, required=True)
    assert strict.prove_again(folder).verdict == "identical"

    card = folder / "bundle" / "README.md"
    was = card.read_bytes()
    card.write_bytes(b"changed")  # nothing that a proof runs reads it
    with pytest.raises(IntegrityError, match=r"README\.md was changed"):
        strict.prove_again(folder)
    card.write_bytes(was)

    record = folder / "slice.json"
    said = record.read_text()
    record.write_text(json.dumps({**json.loads(said), "version": 2}))
    with pytest.raises(IntegrityError, match="line@2 has the signature of line@1"):
        strict.prove_again(folder)
    record.write_text("[]")
    with pytest.raises(IntegrityError, match=r"slice\.json of this pipeline cannot be read: it does not hold what"):
        strict.prove_again(folder)
    record.write_text(said)

    (folder / "bundle" / "model.sig").write_bytes(b"{")
    with pytest.raises(IntegrityError, match="line@1 has a signature that cannot be read"):
        strict.prove_again(folder)
    (folder / "bundle" / "model.sig").unlink()
    with pytest.raises(IntegrityError, match="line@1 is not signed"):
        strict.prove_again(folder)

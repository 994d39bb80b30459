"""What an export leaves in the history of its version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
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

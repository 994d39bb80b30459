"""Real processes that are interrupted in the middle of a proof, and two that write to one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.project import Project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
PATIENCE = 120.0  # seconds; only a failure takes that long

CELLS = (
    "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression\nfrom waiting import strength",
    'df = pd.read_csv("rows.csv")\nX = df[["a", "b"]]\ny = df["t"]',
    "model = LogisticRegression(C=strength()).fit(X, y)",
)
WAITING = """
import os, subprocess, sys, time
from pathlib import Path
PLACE = Path({place!r})
def strength():
    if (PLACE / "slow").exists():
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (PLACE / f"{{os.getpid()}}-{{child.pid}}.part").touch()
        (PLACE / f"{{os.getpid()}}-{{child.pid}}.part").rename(PLACE / f"{{os.getpid()}}-{{child.pid}}.pids")
        while (PLACE / "slow").exists():
            time.sleep(0.02)
        child.kill()
    return 1.0
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the training says that it runs, and waits as long as ``slow`` is there."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


@pytest.fixture
def project(run_notebook: Any, tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"a": random.normal(size=100), "b": random.normal(size=100)})
    rows.assign(t=(rows["a"] > 0).astype(int)).to_csv(tmp_path / "work" / "rows.csv", index=False)
    (tmp_path / "work" / "waiting.py").write_text(WAITING.format(place=str(place)))
    monkeypatch.syspath_prepend(str(tmp_path / "work"))
    monkeypatch.delitem(sys.modules, "waiting", raising=False)
    made: Project = run_notebook(*CELLS)
    return made


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(project: Project, tmp_path: Path) -> Start:
    """``ipymlops`` in a process of its own, whose temporary files lie in ``tmp_path / "temporary"``."""
    (tmp_path / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}

    def begin(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ipymlops", *words, "--project", str(project.root.parent)]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return begin


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def pids(place: Path) -> list[int]:
    return [int(pid) for found in place.glob("*.pids") for pid in found.stem.split("-")]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


WORDS = (("verify", "out"), ("verify", "line@1"), ("export", "line@1", "--to", "out", "--force", "--no-lock"))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.slow
def test_an_interruption_leaves_everything_as_it_was(
    project: Project, start: Start, tmp_path: Path, place: Path
) -> None:
    project.export("line@1", tmp_path / "out", lock=False)
    before, events = contents(tmp_path / "out"), len(project.registry.events("line"))
    (place / "slow").touch()
    for words, (sent, code) in zip(
        WORDS, ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGTERM, 143)), strict=True
    ):
        process = start(*words)
        until(lambda: bool(pids(place)), "the training did not begin")
        process.send_signal(sent)
        said = process.communicate(timeout=PATIENCE)
        assert process.returncode == code, said
        until(lambda: not any(map(runs, pids(place))), "processes were left")
        assert list((tmp_path / "temporary").iterdir()) == []
        assert contents(tmp_path / "out") == before
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".out")] == []
        assert len(project.registry.events("line")) == events
        assert project.registry.resolve("line@1").verification == "identical"
        for found in place.glob("*.pids"):
            found.unlink()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_killed_proof_leaves_no_process(project: Project, start: Start, place: Path) -> None:
    """SIGKILL, which nobody can answer: what trains finds out by itself."""
    (place / "slow").touch()
    process = start("verify", "line@1")
    until(lambda: bool(pids(place)), "the training did not begin")
    process.kill()
    process.communicate()
    until(lambda: not any(map(runs, pids(place))), "processes were left")


def test_the_slower_of_two_exports_to_one_folder_is_refused(
    project: Project, start: Start, tmp_path: Path, place: Path
) -> None:
    (place / "slow").touch()
    both = [start("export", "line@1", "--to", "out", "--no-lock") for _ in range(2)]
    until(lambda: len(list(place.glob("*.pids"))) == 2, "the trainings did not begin")
    (place / "slow").unlink()
    said = [process.communicate(timeout=PATIENCE)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], said
    assert sum("holds a pipeline already" in errors for errors in said) == 1
    assert "identical" in (tmp_path / "out" / "verification.json").read_text()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".out")] == []

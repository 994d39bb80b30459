"""An exported folder that was moved away from its notebook, run by those who have nothing but it and our wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.pipelines.programs import program

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(900)]

CELLS = (
    "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier",
    "df = pd.read_csv('loans.csv')",
    "# what we know of them\nX = df[['age', 'income']]\ny = df['late']",
    "model = RandomForestClassifier(n_estimators=20)\nmodel.fit(X, y)",
)


@pytest.fixture
def moved(
    run_notebook: Any, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, Path, dict[str, str]]:
    """The folder where it lies now, the file that it reads, and the environment that knows where our wheel is."""
    pip_links = " ".join(filter(None, [os.environ.get("PIP_FIND_LINKS"), str(wheel.parent)]))
    monkeypatch.setenv("PIP_FIND_LINKS", pip_links)
    monkeypatch.setenv("UV_FIND_LINKS", str(wheel.parent))
    draws = np.random.default_rng(7)
    table = pd.DataFrame({"age": draws.integers(18, 80, 200), "income": draws.normal(3000, 800, 200)})
    table.assign(late=draws.integers(0, 2, 200)).to_csv(tmp_path / "work" / "loans.csv", index=False)
    export = run_notebook(*CELLS).export("line@1", tmp_path / "out")
    assert export.verification.verdict == "identical", export.verification
    assert export.lock is not None
    assert (export.lock.by, export.lock.problem) == ("uv", "")
    folder = tmp_path / "elsewhere" / "pipeline"
    folder.parent.mkdir()
    shutil.move(tmp_path / "out", folder)
    data = shutil.move(tmp_path / "work" / "loans.csv", tmp_path / "elsewhere" / "moved.csv")
    shutil.rmtree(tmp_path / "work")
    monkeypatch.chdir(folder.parent)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "IPYMLOPS", "VIRTUAL_ENV"))}
    return folder, Path(data), {**kept, "UV_PYTHON_DOWNLOADS": "never"}


def test_with_uv(moved: tuple[Path, Path, dict[str, str]], tmp_path: Path) -> None:
    folder, data, environment = moved
    uv = program("uv")
    assert uv is not None, "uv is an extra of dev"
    command = [
        uv,
        "run",
        "--python",
        sys.executable,
        "--script",
        str(folder / "retrain.py"),
        "--input",
        f"loans={data}",
    ]
    assert said([*command, "--verify", "--json"], environment)["verdict"] == "identical"
    retrained = said([*command, "--dry-run", "--new-project", "--project", str(tmp_path), "--json"], environment)
    assert retrained["inputs"][0]["path"] == str(data)


def test_in_a_plain_environment_built_from_the_lock(moved: tuple[Path, Path, dict[str, str]], tmp_path: Path) -> None:
    folder, data, environment = moved
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python = str(tmp_path / "env" / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(folder / "requirements.txt")]
    done = subprocess.run(install, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    command = [python, str(folder / "retrain.py"), "--input", f"loans={data}", "--verify", "--json"]
    assert said(command, environment)["verdict"] == "identical"


def said(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """What the program answers as JSON."""
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer

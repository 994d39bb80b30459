"""Scripts that a real IPython runs: their cells are silent, and answers reach the terminal all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
%load_ext ipymlops
from sklearn.linear_model import LogisticRegression
from sklearn.datasets import load_breast_cancer
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X = X.iloc[:, :4]
model = LogisticRegression(max_iter=5000).fit(X, y)
%mlops register model --name tumour
kept = %mlops show tumour
model = LogisticRegression(max_iter=1).fit(X[:100], y[:100])
"""


def test_a_script_registers_what_it_trained_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "train.ipy").write_text(SCRIPT)
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}
    environment.pop("JPY_SESSION_NAME", None)
    command = [sys.executable, "-m", "IPython", "--HistoryManager.enabled=False", "train.ipy"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr
    assert "Registered tumour@1" in run.stdout
    assert "Training data X, y from the fit in In [1]" in run.stdout
    assert run.stdout.count("Registration of tumour@1") == 1
    assert "registered by" not in run.stdout  # what a name keeps is not shown

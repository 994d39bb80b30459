"""Plain IPython in a terminal of its own: the same session as in a notebook, typed by a person."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="a terminal of one's own needs pexpect, which IPython brings on POSIX")

CELLS = (
    "%load_ext ipymlops",
    "from sklearn.linear_model import LogisticRegression",
    "from sklearn.datasets import load_breast_cancer",
    "X, y = load_breast_cancer(return_X_y=True, as_frame=True)",
    "model = LogisticRegression(max_iter=5000)",
    "model = model.fit(X.iloc[:, :4], y)",
    "%mlops register model --name tumour",
    "%mlops export tumour --no-lock",
)
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


def test_register_and_export_from_a_terminal(tmp_path: Path) -> None:
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "xterm", "COLUMNS": "100"}
    environment.pop("JPY_SESSION_NAME", None)
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor", "--HistoryManager.enabled=False"]
    terminal = pexpect.spawn(
        sys.executable, command, cwd=tmp_path, env=environment, encoding="utf-8", timeout=240, dimensions=(40, 100)
    )
    try:
        said = [_typed(terminal, number, cell) for number, cell in enumerate(CELLS, 1)]
    finally:
        terminal.close(force=True)
    assert not [text for text in said if "Traceback" in text or "Error" in text], said
    assert "tumour@1" in said[6]
    assert "training data" in said[6]
    assert "identical" in said[7]
    script = (tmp_path / "pipelines" / "tumour" / "retrain.py").read_text()
    assert "model = model.fit(X.iloc[:, :4], y)" in script


def _typed(terminal: object, number: int, cell: str) -> str:
    """What the terminal says to one cell."""
    terminal.expect_exact(f"In [{number}]: ")  # type: ignore[attr-defined]
    terminal.sendline(cell)  # type: ignore[attr-defined]
    terminal.expect(rf"\r\n(?=In \[{number + 1}\]: )")  # type: ignore[attr-defined]
    return COLOUR.sub("", str(terminal.before))  # type: ignore[attr-defined]

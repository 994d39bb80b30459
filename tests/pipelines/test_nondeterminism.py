"""Training that never comes out twice is told from a wrong slice, with its true cause and the statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HEAD = (
    "import os, time\nimport numpy as np, pandas as pd\nfrom sklearn.tree import DecisionTreeClassifier\n"
    "rows = np.random.default_rng(0).normal(size=(80, 8))\n"
    "X = pd.DataFrame(rows, columns=['ann', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gil', 'hal'])\n"
    "y = (X['ann'] + X['bob'] * X['cyd'] > 0).astype(int)"
)
FIT = "model = DecisionTreeClassifier(random_state=seed).fit(X, y)"
# The data are moved by the seed, so that another seed surely gives another model.
MOVE = "X = X * (1 + np.random.RandomState(seed).normal(size=X.shape))"

CAUSES = {
    "the clock": (
        ("seed = time.time_ns() % 2**32", MOVE),
        "the clock is read (`seed = time.time_ns() % 2**32` in In [2])",
    ),
    "the process": (
        ("seed = id(object()) // 16 % 2**31 + os.getpid()", MOVE),
        "each process has of its own (`seed = id(",
    ),
    "the system": (
        ("seed = int.from_bytes(os.urandom(4), 'little')", MOVE),
        "`seed = int.from_bytes(os.urandom(4), 'little')` in In [2] asks the operating system",
    ),
    "the order of a set": (
        ("seed = 1\nfor n, name in enumerate(set(X.columns)):\n    X[name] = X[name] * (n + 1) - n",),
        "the order of a set of strings is another one in every process (`for n, name in enumerate(set(X.columns)):`",
    ),
    "unlisted": (
        ("import threading\nseed = threading.get_native_id()", MOVE),
        "the model comes from `model = DecisionTreeClassifier(random_state=seed).fit(X, y)` in In [4]",
    ),
}


@pytest.mark.parametrize(("cells", "words"), CAUSES.values(), ids=CAUSES)
def test_the_cause_is_told_with_its_statement(
    run_notebook: Any, tmp_path: Path, cells: tuple[str, ...], words: str
) -> None:
    found = run_notebook(HEAD, *cells, FIT).export("line@1", tmp_path / "out").verification
    assert found.verdict == "not reproduced"
    assert found.cause.startswith("training is not deterministic")
    assert words in found.cause

"""The table of traps: cells in, statements kept, and the value the kept statements give in a fresh namespace.

Every case of ``traps/`` runs its cells under the Recorder, slices the journal, runs what was kept, and compares the
target. A file is one trap that other tools fall into; ``DATA``, ``FRAME`` and ``XY`` begin a cell with the texts below.
"""

from __future__ import annotations

import ast
import asyncio
import decimal
import inspect
import json
import math
import random
import subprocess
import sys
import tomllib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from threadpoolctl import threadpool_limits

from ipymlops.capture.journal import Journal
from ipymlops.capture.random_state import restore
from ipymlops.capture.recorder import Recorder
from ipymlops.pipelines.magics import LEFT_OUT, plain
from ipymlops.pipelines.results import Slice
from ipymlops.pipelines.slicing import slice_journal
from ipymlops.pipelines.source_text import indented

TRAPS = 25
PATCHED = (math, random, json, np, pd)  # modules in which cases put functions of their own
TEXTS = {
    "DATA": """import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression, LinearRegression
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
from sklearn.model_selection import train_test_split, cross_val_score
""",
    "FRAME": """base = np.random.RandomState(3)
df = pd.DataFrame({"a": np.arange(40.0) % 7, "b": base.rand(40), "c": ["u", "v"] * 20})
df["t"] = (df["a"] + df["b"] > 3).astype(int)
""",
    "XY": """X = df[["a", "b"]]
y = df["t"]
""",
}


@dataclass(frozen=True)
class Case:
    """``drops`` and ``keeps`` are pieces of source that must not, or must, be in the slice."""

    name: str
    cells: list[str]
    target: str
    drops: list[str] = field(default_factory=list)
    keeps: list[str] = field(default_factory=list)
    unseeded: bool = False
    says: str = ""  # why the slice cannot be had: words that the user reads
    fresh: bool = False  # what the notebook changed outlives it in this process: replay in another
    history: bool = True  # a journal without evidence is enough
    pandas: int = 2  # from this pandas on it drops so much; an older one shares memory where a newer one copies
    trap: int = 0

    @classmethod
    def of(cls, trap: int, told: dict[str, Any]) -> Case:
        return cls(**{**told, "cells": [_cell(text) for text in told["cells"]], "trap": trap})


def _cell(text: str) -> str:
    first, _, rest = text.partition("\n")
    return TEXTS[first] + rest if first in TEXTS else text


CASES = [
    Case.of(int(path.name[:2]), told)
    for path in sorted(Path(__file__).with_name("traps").glob("*.toml"))
    for told in tomllib.loads(path.read_text())["case"]
]


ONLY_IN_A_NOTEBOOK = {
    "display": lambda *_: None,
    "get_ipython": lambda: SimpleNamespace(user_ns={}, run_line_magic=lambda *_: None),
    "In": [""],
    "Out": {1: 7},
    "_": 7,
    "_1": 25,
}


def run_notebook(cells: list[str], *, evidence: bool = True) -> tuple[dict[str, Any], Journal]:
    """Execute the cells as a kernel would; without evidence, as if the extension was loaded after them."""
    namespace: dict[str, Any] = {"__name__": "__main__", **ONLY_IN_A_NOTEBOOK}
    recorder = Recorder(namespace, folder=".", notebook=None)
    for number, source in enumerate(cells, start=1):
        if evidence:
            recorder.before(source, number, None)
        failed = execute(plain(source).text, namespace, number)
        if evidence:
            recorder.after(failed is None, failed)
    namespace.pop(LEFT_OUT, None)
    if not evidence:
        recorder = Recorder(namespace, folder=".", notebook=None, history=list(enumerate(cells, start=1)))
    return namespace, recorder.journal()


def execute(text: str, namespace: dict[str, Any], number: int) -> int | None:
    """Run one cell; gives the line that raised."""
    filename = f"<cell {number}>"
    if LEFT_OUT in text:
        namespace[LEFT_OUT] = lambda _, body="", **__: timed(body, namespace)
    try:
        run(text, filename, namespace)
    except Exception as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == filename]
        return lines[0] if lines else None
    return None


def timed(body: str, namespace: dict[str, Any]) -> None:
    """As ``%timeit``: a function of its own, again and again."""
    exec(f"def timed():\n    for _ in range(3):\n        pass\n{indented(body, ' ' * 8)}", namespace, made := {})
    made["timed"]()


def run(text: str, filename: str, namespace: dict[str, Any]) -> None:
    """As a kernel runs a cell: ``await`` is allowed."""
    code = compile(text, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    answer = eval(code, namespace)
    if inspect.iscoroutine(answer):
        asyncio.run(answer)


def replay(cut: Slice, journal: Journal) -> dict[str, Any]:
    """Run what was kept in a fresh namespace, with generators in a state of their own."""
    np.random.seed(987)
    random.seed(987)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    runs = {run.execution: run for run in journal}
    restored: set[int] = set()
    for kept in cut.kept:
        execution = kept.statement.execution
        states = runs[execution].random_before
        if execution in cut.unseeded and execution not in restored and states is not None:
            restore(states, cut.unseeded[execution])
            restored.add(execution)
        run(kept.statement.source, f"<kept {execution}>", namespace)
    return namespace


def replayed(case: Case, cut: Slice, journal: Journal) -> Any:
    """The target's content after what was kept has run."""
    if not case.fresh:
        return content(eval(case.target, replay(cut, journal)))
    sources = "\n".join(k.statement.source for k in cut.kept)
    code = f"{sources}\nimport json\nprint('\\n' + json.dumps(repr({case.target})))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def content(value: Any, depth: int = 0) -> Any:
    """Everything in a value as plain Python, comparable with ``==``."""
    if depth > 8:
        return None
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        return repr(value.to_dict() if hasattr(value, "to_dict") else list(value))
    if isinstance(value, np.ndarray):
        return (value.shape, repr(value.tolist()))
    if isinstance(value, dict):
        return {str(k): content(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [content(v, depth + 1) for v in value]
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    if hasattr(value, "__dict__") or hasattr(value, "__getstate__"):
        state = value.__getstate__() if not hasattr(value, "__dict__") else vars(value)
        return (type(value).__name__, content(state, depth + 1) if state is not None else repr(value))
    return repr(value)


def dropped(case: Case) -> list[str]:
    return case.drops if int(pd.__version__.split(".")[0]) >= case.pandas else []


def expected_of(case: Case, namespace: dict[str, Any]) -> Any:
    value = eval(case.target, namespace)
    return repr(value) if case.fresh else content(value)


@pytest.fixture(autouse=True)
def own_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_plots: None) -> Iterator[None]:
    """As if the process were the case's own: folder, modules, settings."""
    (tmp_path / "notebook").mkdir()
    monkeypatch.chdir(tmp_path / "notebook")
    monkeypatch.setenv("IPYMLOPS_TEST", "0")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(pd.DataFrame, "head", pd.DataFrame.head)  # a case patches it, and its slice does not restore it
    _forget_modules_of(tmp_path)
    before = {module: dict(vars(module)) for module in PATCHED}
    with np.printoptions(), np.errstate(), decimal.localcontext(), threadpool_limits():
        yield
    for module, names in before.items():
        vars(module).clear()
        vars(module).update(names)
    _forget_modules_of(tmp_path)
    pd.reset_option("display")
    pd.reset_option("mode.string_storage")
    sklearn.set_config(transform_output="default")


def _forget_modules_of(folder: Path) -> None:
    sys.path_importer_cache.pop(".", None)
    for name, module in list(sys.modules.items()):
        if str(folder) in str(getattr(module, "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Go to an empty folder, where nothing of the notebook is."""

    def go() -> None:
        (tmp_path / "clean").mkdir()
        monkeypatch.chdir(tmp_path / "clean")
        _forget_modules_of(tmp_path)

    return go


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.trap}: {c.name}")
def test_the_slice_gives_the_same_value_and_drops_the_noise(case: Case, elsewhere: Callable[[], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace, journal = run_notebook(case.cells)
        cut = slice_journal(journal, (case.target,))
        kept = "".join(f"{k.statement.source}\n" for k in cut.kept)
        assert [d for d in dropped(case) if d in kept] == []
        assert [k for k in case.keeps if k not in kept] == []
        assert bool(cut.unseeded) == case.unseeded
        assert len(cut.kept) <= cut.total
        if case.says:
            assert case.says in " ".join(cut.left_out)
            return
        assert cut.left_out == ()
        expected = expected_of(case, namespace)
        elsewhere()
        assert replayed(case, cut, journal) == expected, kept


LATE = [c for c in CASES if c.history and not (c.unseeded or c.says)]


@pytest.mark.parametrize("case", LATE, ids=lambda c: f"{c.trap}: {c.name}")
def test_a_journal_without_evidence_gives_the_same_value(case: Case, elsewhere: Callable[[], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace, journal = run_notebook(case.cells, evidence=False)
        cut = slice_journal(journal, (case.target,))
        expected = expected_of(case, namespace)
        elsewhere()
        assert replayed(case, cut, journal) == expected
    kept = "".join(f"{k.statement.source}\n" for k in cut.kept)
    assert [d for d in dropped(case) if d in kept] == []


def test_every_trap_has_cases() -> None:
    count = Counter(case.trap for case in CASES)
    assert [trap for trap in range(1, TRAPS + 1) if count[trap] < 4] == []
    assert len({case.name for case in CASES}) == len(CASES) >= 240


@pytest.mark.parametrize("rung", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ["order of noise", "fit", "unseeded"])
def test_every_rung_still_gives_the_same_value_and_never_keeps_less(rung: int, name: str) -> None:
    cells = {
        "order of noise": [
            TEXTS["DATA"],
            "np.random.seed(0)",
            "noise = np.random.rand(3)\nprint(noise)",
            "x = np.random.rand(3)",
        ],
        "fit": [
            TEXTS["DATA"],
            TEXTS["FRAME"],
            "df.head()\nm = LogisticRegression()",
            "m.fit(df[['a', 'b']], df['t'])\nx = m.coef_",
        ],
        "unseeded": [TEXTS["DATA"], "np.random.rand(3)", "x = np.random.rand(2)\nprint(x)"],
    }[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        namespace, journal = run_notebook(cells)
    narrow, wide = (slice_journal(journal, ("x",), rung=r) for r in (rung - 1, rung))
    assert {k.statement.index for k in narrow.kept} <= {k.statement.index for k in wide.kept}
    assert wide.widened == rung
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert content(replay(wide, journal)["x"]) == content(namespace["x"])
    if rung == 5:
        assert len(wide.kept) == wide.total

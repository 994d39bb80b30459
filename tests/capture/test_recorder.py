from __future__ import annotations

import subprocess
import sys
import traceback
from typing import Any

import numpy as np
import pytest

from ipymlops.capture.journal import Journal
from ipymlops.capture.recorder import Recorder


def cell(recorder: Recorder, namespace: dict[str, Any], source: str, execution: int = 1) -> None:
    recorder.before(source, execution, f"id-{execution}")
    try:
        exec(compile(source, "<cell>", "exec"), namespace)
    except Exception as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<cell>"]
        recorder.after(False, lines[0])
    else:
        recorder.after(True, None)


@pytest.fixture
def namespace() -> dict[str, Any]:
    return {"__name__": "__main__", "np": np}


@pytest.fixture
def recorder(namespace: dict[str, Any]) -> Recorder:
    return Recorder(namespace, folder="/n", notebook="a.ipynb", hidden={"hidden_name"})


def test_what_was_typed_and_what_happened(recorder: Recorder, namespace: dict[str, Any]) -> None:
    cell(recorder, namespace, "x = [1]", 3)
    (run,) = recorder.journal()
    assert (run.source, run.execution, run.cell_id, run.succeeded) == ("x = [1]", 3, "id-3", True)
    assert run.evidence
    assert run.seconds >= 0
    assert run.started > 0
    assert recorder.journal().notebook == "a.ipynb"


def test_rebound_mutated_deleted_aliased(recorder: Recorder, namespace: dict[str, Any]) -> None:
    cell(recorder, namespace, "a = [1]; b = a; gone = 2; hidden_name = 1; _private = 1")
    cell(recorder, namespace, "a.append(2); del gone; c = np.zeros(3)")
    first, second = recorder.journal()
    assert set(first.rebound) == {"a", "b", "gone"}
    assert set(second.mutated) == {"a", "b"}
    assert second.deleted == ("gone",)
    assert second.rebound == ("c",)
    assert second.aliases == (("a", "b"),)


def test_the_failing_line(recorder: Recorder, namespace: dict[str, Any]) -> None:
    cell(recorder, namespace, "x = 1\n1 / 0\ny = 2")
    (run,) = recorder.journal()
    assert (run.succeeded, run.failed_line) == (False, 2)


def test_random_states_are_kept_only_where_a_generator_moved(recorder: Recorder, namespace: dict[str, Any]) -> None:
    cell(recorder, namespace, "x = 1")
    cell(recorder, namespace, "x = np.random.rand()")
    quiet, drew = recorder.journal()
    assert (quiet.random_before, quiet.consumed) == (None, ())
    assert drew.consumed == ("numpy",)
    assert drew.random_before is not None
    assert drew.random_before.numpy is not None


def test_cells_run_by_a_cell_belong_to_it(recorder: Recorder, namespace: dict[str, Any]) -> None:
    recorder.before("outer()", 1, "a")
    recorder.before("inner", 1, None)
    recorder.after(False, 1)
    recorder.after(True, None)
    assert [r.source for r in recorder.journal()] == ["outer()"]
    recorder.after(True, None)
    assert len(recorder.journal()) == 1


def test_history_comes_first_and_without_evidence(namespace: dict[str, Any]) -> None:
    recorder = Recorder(namespace, folder=".", notebook=None, history=[(1, "x = 1"), (2, "y = 2")])
    cell(recorder, namespace, "z = 3", 3)
    assert [(r.execution, r.evidence) for r in recorder.journal()] == [(1, False), (2, False), (3, True)]


SNAPSHOTS = [
    ("x = 1\nj = take()\nx = 2", 2, True),
    ("x = 1\nj = take(\n  )\nx = 2", 2, True),
    ("def f():\n    return take()\nj = f()", 3, True),
]


@pytest.mark.parametrize(("source", "line", "running"), SNAPSHOTS)
def test_a_journal_taken_by_a_cell_says_where(
    recorder: Recorder, namespace: dict[str, Any], source: str, line: int, running: bool
) -> None:
    namespace["take"] = recorder.journal
    cell(recorder, namespace, source)
    journal: Journal = namespace["j"]
    run = journal.cells[-1]
    assert (run.failed_line, run.running, run.succeeded) == (line, running, False)
    (finished,) = recorder.journal()
    assert (finished.running, finished.succeeded) == (False, True)
    assert set(finished.rebound) >= {"j"}


def test_a_journal_taken_below_a_cell_magic_counts_the_lines_of_the_cell(
    recorder: Recorder, namespace: dict[str, Any]
) -> None:
    namespace["take"] = recorder.journal
    namespace["body"] = "x = 1\nj = take()"
    recorder.before("\n%%time\nx = 1\nj = take()", 1, None)
    exec(compile("exec(body)", "<cell>", "exec"), namespace)
    recorder.after(True, None)
    assert namespace["j"].cells[-1].failed_line == 4


def test_the_journal_survives_its_file(recorder: Recorder, namespace: dict[str, Any]) -> None:
    cell(recorder, namespace, "x = np.random.rand(2); y = x")
    journal = recorder.journal()
    assert Journal.from_json(journal.to_json()) == journal


def test_trouble_inside_never_reaches_the_cell(recorder: Recorder, namespace: dict[str, Any]) -> None:
    recorder._watch = None  # type: ignore[assignment]
    recorder.before("x = 1", 1, None)
    recorder.after(True, None)
    (run,) = recorder.journal()
    assert (run.source, run.evidence) == ("x = 1", False)


def test_recording_loads_no_heavy_library() -> None:
    program = (
        "import sys; from ipymlops.capture.recorder import Recorder; import ipymlops.capture.environment\n"
        "r = Recorder({'a': [1]}, folder='.', notebook=None); r.before('x', 1, None); r.after(True, None)\n"
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'scipy', 'narwhals') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_earlier_cells_that_raised_are_known_with_their_line() -> None:
    history = [(1, "x = 1\ny = z\nw = 3"), (2, "v = 2"), (3, "1 / 0")]
    cells = Recorder({}, folder=".", notebook=None, history=history, raised={1: 2, 3: None}).journal().cells
    assert [(c.succeeded, c.failed_line) for c in cells] == [(False, 2), (True, None), (False, None)]

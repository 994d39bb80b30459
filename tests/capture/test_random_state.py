from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from ipymlops.capture import random_state
from ipymlops.capture.cell_run import RandomStates


def test_a_state_that_was_stored_as_json_gives_the_same_numbers() -> None:
    np.random.normal()  # leaves a second normal number in the state
    states = random_state.now().states()
    expected = np.random.normal(size=3).tolist(), random.random()
    stored = RandomStates(**json.loads(json.dumps(asdict(states))))
    random_state.restore(stored)
    assert (np.random.normal(size=3).tolist(), random.random()) == expected


@pytest.mark.parametrize(
    ("act", "moved"),
    [
        (lambda: None, ()),
        (lambda: np.random.rand(1), ("numpy",)),
        (lambda: random.random(), ("python",)),
        (lambda: (np.random.rand(1), random.random()), ("numpy", "python")),
        (lambda: np.random.default_rng(0).normal(), ()),
        (lambda: np.random.seed(11), ("numpy",)),
    ],
)
def test_which_generators_moved(act: object, moved: tuple[str, ...]) -> None:
    before = random_state.now()
    act()  # type: ignore[operator]
    assert before.moved(random_state.now()) == moved


def test_only_the_named_generators_are_put_back() -> None:
    states = random_state.now().states()
    first, second = random.random(), np.random.rand()
    random_state.restore(states, ("python",))
    assert random.random() == first
    assert np.random.rand() != second


def test_numpy_first_imported_by_a_cell_is_seen_before_it_draws() -> None:
    program = """
import sys
from ipymlops.capture.recorder import Recorder
from ipymlops.capture.random_state import restore
assert "numpy" not in sys.modules
namespace = {}
recorder = Recorder(namespace, folder=".", notebook=None)
recorder.before("import numpy as np; x = np.random.rand(3)", 1, None)
exec("import numpy as np; x = np.random.rand(3)", namespace)
recorder.after(True, None)
cell = recorder.journal().cells[0]
assert cell.consumed == ("numpy",), cell.consumed
import numpy as np
restore(cell.random_before)
assert (np.random.rand(3) == namespace["x"]).all()
assert not any(type(f).__name__ == "FirstImport" for f in sys.meta_path)
print("replayed")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "replayed", done.stderr

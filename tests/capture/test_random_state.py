from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec

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


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")
def test_torchs_generator_is_seen_and_put_back() -> None:
    torch = import_module("torch")
    before = random_state.now()
    assert before.moved(random_state.now()) == ()
    torch.rand(1)
    after = random_state.now()
    assert before.moved(after) == ("torch",)
    stored = RandomStates(**json.loads(json.dumps(asdict(after.states()))))
    expected = torch.rand(3).tolist()
    torch.manual_seed(9)
    random_state.restore(stored, ("numpy",))
    assert torch.rand(3).tolist() != expected
    random_state.restore(stored, ("torch",))
    assert torch.rand(3).tolist() == expected


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")
def test_a_cell_that_imports_torch_and_draws_is_replayed() -> None:
    program = """
import json, sys
from dataclasses import asdict
from ipymlops.capture.recorder import Recorder
from ipymlops.capture.random_state import restore
from ipymlops.capture.cell_run import RandomStates
names = {}
recorder = Recorder(names, folder=".", notebook=None)
for number, cell in enumerate(["import torch; x = torch.rand(3)", "y = torch.rand(3)"], 1):
    recorder.before(cell, number, None)
    exec(cell, names)
    recorder.after(True, None)
runs = recorder.journal().cells
assert [run.consumed for run in runs] == [("torch",), ("torch",)], [run.consumed for run in runs]
for run, name in zip(runs, "xy"):
    names["torch"].manual_seed(0)
    restore(RandomStates(**json.loads(json.dumps(asdict(run.random_before)))), run.consumed)
    assert names["torch"].rand(3).tolist() == names[name].tolist(), name
"""
    subprocess.run([sys.executable, "-c", program], check=True)

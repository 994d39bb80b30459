from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

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


def seeded_half_drawn() -> None:
    np.random.seed(3)
    np.random.normal()  # a second normal number waits: drawing it leaves no trace in the generator's memory


@pytest.mark.parametrize(
    ("start", "act", "same"),
    [
        (lambda: np.random.seed(3), lambda: None, True),
        (lambda: np.random.seed(3), lambda: random.random(), True),
        (lambda: np.random.seed(3), lambda: np.random.rand(), False),
        (lambda: np.random.seed(3), lambda: np.random.normal(), False),
        (seeded_half_drawn, lambda: None, True),
        (seeded_half_drawn, lambda: np.random.normal(), False),
        (seeded_half_drawn, lambda: np.random.rand(), False),
    ],
)
def test_a_moment_after_another_is_the_same_as_one_read_in_full(start: object, act: object, same: bool) -> None:
    start()  # type: ignore[operator]
    first = random_state.now()
    act()  # type: ignore[operator]
    later = random_state.now(first)
    assert later.states() == random_state.now().states()
    assert ("numpy" not in first.moved(later)) == same


@pytest.mark.parametrize(
    ("start", "act", "moved"),
    [
        (lambda: random.seed(3), lambda: None, False),
        (lambda: random.seed(3), lambda: random.random(), True),
        (lambda: random.seed(3), lambda: random.shuffle([1, 2, 3]), True),
        (lambda: random.seed(3), lambda: random.gauss(), True),
        (lambda: (random.seed(3), random.gauss()), lambda: None, False),
        (lambda: (random.seed(3), random.gauss()), lambda: random.gauss(), True),
        (lambda: random.setstate((3, (1,) * 624 + (5,), None)), lambda: random.getstate(), False),
        (lambda: random.setstate((3, (1,) * 624 + (5,), None)), lambda: random.setstate(random.getstate()), False),
    ],
)
def test_pythons_generator_is_read_in_full_where_it_moved(start: object, act: object, moved: bool) -> None:
    start()  # type: ignore[operator]
    first = random_state.now()
    act()  # type: ignore[operator]
    later = random_state.now(first)
    assert later.python == random.getstate()
    assert (first.moved(later) == ("python",)) == moved


def test_the_twister_lies_in_memory_as_numpy_describes_it() -> None:
    np.random.seed(5)
    np.random.rand(100)
    moment = random_state.now()
    assert moment.numpy_memory is not None
    assert moment.numpy is not None
    words = np.frombuffer(moment.numpy_memory, dtype=np.uint32)
    assert words[:624].tolist() == moment.numpy["state"]["key"].tolist()
    assert words[624] == moment.numpy["state"]["pos"]


def test_another_global_generator_of_numpy_is_read_in_full() -> None:
    usual = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(1))
        before = random_state.now(random_state.now())
        np.random.rand()
        assert before.numpy_memory is None
        assert before.moved(random_state.now(before)) == ("numpy",)
    finally:
        np.random.set_bit_generator(usual)


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


def refuse(*_: Any, **__: Any) -> Any:
    raise RuntimeError("half imported")


def half(name: str, **attributes: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(attributes)
    return module


HALF_IMPORTED = {
    "numpy's, with nothing in it": half("numpy.random"),
    "numpy's, which cannot be read": half("numpy.random", get_state=refuse, get_bit_generator=refuse),
    "torch, with nothing in it": half("torch"),
    "torch, which cannot be read": half("torch", get_rng_state=refuse, Generator=refuse, initial_seed=refuse),
}


@pytest.mark.parametrize("module", HALF_IMPORTED.values(), ids=HALF_IMPORTED)
def test_a_library_half_imported_has_no_state_and_does_not_disturb(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "numpy" if module.__name__ == "numpy.random" else "torch"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    before = random_state.now()
    assert getattr(before.states(), name) is None
    random.random()
    assert before.moved(random_state.now(before)) == ("python",)


class Sealed:
    """A loader that takes no attributes of others, and none of its own."""

    __slots__ = ()

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["here"] = True


class Everywhere:
    """Finds any module in a place of its own, with that loader."""

    place: ClassVar[str] = "a place of its own"

    def __init__(self, place: str) -> None:
        if place != self.place:
            raise ImportError

    def find_spec(self, name: str, target: ModuleType | None = None) -> ModuleSpec:
        return ModuleSpec(name, Sealed())  # type: ignore[arg-type]


def test_the_first_import_is_told_once_the_generator_is_there(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("here = True")
    told: list[bool] = []
    waiting = random_state.FirstImport(lambda: told.append(True))
    assert waiting.find_spec("numpy.other", [str(tmp_path)]) is None
    spec = waiting.find_spec("numpy.random", [str(tmp_path)])
    assert spec is not None
    assert spec.loader is not None
    module = ModuleType("numpy.random")
    assert told == []
    spec.loader.exec_module(module)
    assert vars(module)["here"]
    assert told == [True]


@pytest.mark.parametrize("place", ["", Everywhere.place])
def test_an_import_that_cannot_be_waited_for_goes_on_without(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is found there, or by a loader that cannot be listened to: Python's own finders answer."""
    monkeypatch.setattr(sys, "path_hooks", [Everywhere, *sys.path_hooks])
    told: list[bool] = []
    waiting = random_state.FirstImport(lambda: told.append(True))
    monkeypatch.setattr(sys, "meta_path", [waiting, *sys.meta_path])
    where = [place or str(tmp_path)]
    assert waiting.find_spec("numpy.random", where) is None
    assert waiting not in sys.meta_path
    assert told == []
    left = PathFinder.find_spec("numpy.random", where)
    assert (left is not None) == bool(place)

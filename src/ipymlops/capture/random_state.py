"""The global random generators: read them cheaply around every cell, and put them back to replay one.

Nothing here imports NumPy for its own sake: a generator that no library has loaded has no state.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

from ipymlops.capture import twisters
from ipymlops.capture.cell_run import RandomStates

NUMPY_RANDOM = "numpy.random"


@dataclass(frozen=True, slots=True)
class Moment:
    """The generators as they are now, in their own form; small, and compared without conversion."""

    numpy: dict[str, Any] | None
    python: tuple[Any, ...]
    torch: bytes | None = None
    numpy_memory: bytes | None = None  # see ``twisters``
    python_memory: bytes | None = None

    def moved(self, later: Moment) -> tuple[str, ...]:
        """Which generators are in another state at the ``later`` moment."""
        names = []
        if later.numpy is not None and not _same(self.numpy, later.numpy):
            names.append("numpy")
        if self.python is not later.python and self.python != later.python:
            names.append("python")
        if later.torch is not None and later.torch != (self.torch or _torch_at_import()):
            names.append("torch")
        return tuple(names)

    def states(self) -> RandomStates:
        """As plain JSON types, ready for the journal."""
        torch = self.torch or _torch_at_import()
        return RandomStates(_plain(self.numpy), _plain(self.python), torch.hex() if torch else None)


def now(last: Moment | None = None) -> Moment:
    """Read the generators. What has not moved since the ``last`` moment is taken from there."""
    numpy, python = twisters.of_numpy(), twisters.of_python()
    return Moment(
        last.numpy if last and _numpy_unmoved(last, numpy) else _numpy_state(),
        last.python if last and _python_unmoved(last, python) else random.getstate(),
        _torch_state(),
        numpy,
        python,
    )


def restore(states: RandomStates, generators: Sequence[str] = ("numpy", "python", "torch")) -> None:
    """Put the named generators into a recorded state; those without one stay as they are."""
    if states.python is not None and "python" in generators:
        random.setstate(_tuples(states.python))
    if states.numpy is not None and "numpy" in generators:
        import numpy as np

        np.random.set_state(_numpy_form(states.numpy))
    if states.torch is not None and "torch" in generators:
        import torch

        torch.set_rng_state(torch.frombuffer(bytearray.fromhex(states.torch), dtype=torch.uint8))


class FirstImport(MetaPathFinder):
    """Calls ``seen`` once, as soon as NumPy's generator exists: a cell may import NumPy and draw from it at once."""

    def __init__(self, seen: Callable[[], None]) -> None:
        self._seen = seen

    def watch(self) -> None:
        """Start waiting, unless NumPy is there already."""
        if NUMPY_RANDOM not in sys.modules and self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        if fullname != NUMPY_RANDOM:
            return None
        self.stop()
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_tell(module: Any) -> None:
            load(module)
            self._seen()

        try:
            spec.loader.exec_module = load_and_tell  # type: ignore[method-assign]
        except AttributeError:  # a loader that takes no attributes: import as if we were not here
            return None
        return spec


def _numpy_state() -> dict[str, Any] | None:
    module = sys.modules.get(NUMPY_RANDOM)
    read = getattr(module, "get_state", None)
    if read is None:
        return None
    try:
        state: dict[str, Any] = read(legacy=False)
    except Exception:  # a generator of somebody's own, or NumPy half imported
        return None
    return state


def _numpy_unmoved(last: Moment, memory: bytes | None) -> bool:
    """A second normal number that waits in the state can be drawn without a trace in the memory."""
    same = memory is not None and memory == last.numpy_memory
    return same and last.numpy is not None and not last.numpy["has_gauss"]


def _python_unmoved(last: Moment, memory: bytes | None) -> bool:
    """See ``_numpy_unmoved``; here it can be left waiting without a trace too."""
    waiting = getattr(getattr(random.getstate, "__self__", None), "gauss_next", None)
    return memory is not None and memory == last.python_memory and waiting == last.python[2]


def _torch_state() -> bytes | None:
    """Of the CPU's generator, if torch is loaded and not only half."""
    read = getattr(sys.modules.get("torch"), "get_rng_state", None)
    return _bytes(read) if read is not None else None


def _torch_at_import() -> bytes | None:
    """The state that this process started with, or was last seeded to: torch keeps the seed itself."""
    torch: Any = sys.modules.get("torch")
    if not hasattr(torch, "Generator"):
        return None
    return _bytes(lambda: torch.Generator().manual_seed(torch.initial_seed()).get_state())


def _bytes(read: Callable[[], Any]) -> bytes | None:
    try:
        state: bytes = read().numpy().tobytes()
    except Exception:  # half imported, or built without NumPy
        return None
    return state


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        # the position differs long before the 624 numbers need to be looked at
        keys = sorted(one, key=lambda k: k == "state")
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in keys)
    if hasattr(one, "tobytes") and hasattr(other, "tobytes"):
        return bool(one.tobytes() == other.tobytes())
    return bool(one == other)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, tuple | list):
        numbers = len(value) > 9 and type(value[0]) is int  # Python's generator: 625 of them
        return list(value) if numbers else [_plain(v) for v in value]
    return value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def _numpy_form(state: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    def form(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: form(v) for k, v in value.items()}
        if isinstance(value, list):
            return np.array(value, dtype=np.uint32 if state.get("bit_generator") == "MT19937" else np.uint64)
        return value

    formed: dict[str, Any] = form(state)
    return formed

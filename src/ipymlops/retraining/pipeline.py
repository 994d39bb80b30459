"""The object that an exported script builds: it knows its training function, its files, and the notebook's randomness.

Importing this module costs nothing; what a run needs is imported when it runs.
"""

from __future__ import annotations

import inspect
import random
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ipymlops.errors import BadInput, UnknownName
from ipymlops.pipelines.folder import SCRIPT
from ipymlops.retraining.untouched import untouched

if TYPE_CHECKING:
    from ipymlops.pipelines.tuned import Tuning
    from ipymlops.registry.bundle import Bundle

Train = TypeVar("Train", bound=Callable[..., Any])


class Pipeline:
    """One model line's training, exported. ``bundle`` is the folder of the version it was exported from."""

    def __init__(self, name: str, bundle: str | Path) -> None:
        self.name = name
        self.place = Path(bundle).resolve()
        self._train: Callable[..., Any] | None = None
        self._replaying = False
        self.retune = False  # search for parameters again
        self.opened: list[str] = []  # the paths that the last run looked up
        self._places: dict[str, str] = {}  # where this run has them
        self._started = 0.0
        self._copies: list[tempfile.TemporaryDirectory[str]] = []  # of inputs that the run writes over

    def __repr__(self) -> str:
        return f"Pipeline({self.name!r}, inputs={list(self.inputs)})"

    def train(self, function: Train) -> Train:
        """Decorator: this function trains. Its parameters are the pipeline's inputs, their defaults the notebook's."""
        self._train = function
        return function

    def seed(self, cell: str) -> None:
        """Start the global generators where ``cell``, which sets no seed itself, begins.

        A verification restores the state that was recorded in the notebook. Every other run seeds them with a number
        that depends on the model's name and the cell alone, so that the same files give the same model.
        """
        recorded = self.record["random_states"].get(cell, {})
        generators = recorded.get("generators", ["numpy", "python"])
        if self._replaying:
            _restore(recorded, generators)
            return
        number = zlib.crc32(f"{self.name} {cell}".encode())
        if "python" in generators:
            random.seed(number)
        if "numpy" in generators:
            import numpy as np

            np.random.seed(number)
        if "torch" in generators:
            import torch

            torch.manual_seed(number)

    def seeded(self, generator: Any, label: str) -> Any:
        """A generator object of the same kind that starts as ``seed`` does; ``label`` is its cell and name."""
        from ipymlops.capture import generators

        if self._replaying:
            return generators.remade(generator, self.record["generators"][label])
        return generators.seeded(generator, zlib.crc32(f"{self.name} {label}".encode()))

    def as_tuned(self, search: Any, label: str) -> Any:
        """A search that tries only what it found in the notebook; ``label`` is its cell and its place there.

        So the parameters stay as tuned, and ``best_params_`` and ``best_estimator_`` are there as ever. A verification
        searches as the notebook did, and notes what is found; ``--retune`` searches again.
        """
        return self.tuning.watched(search, label) if self._replaying else self.tuning.settled(search, label)

    def file(self, path: Any) -> Any:
        """Where a file lies whose path the script looked up, in a configuration for example.

        It is an input since the proof saw it: ``--input`` gives another one. Relative paths start in the notebook's
        folder. What is no path, an address, and a file that this run wrote itself stay as they are.
        """
        from ipymlops.pipelines.paths import is_address

        if not isinstance(path, str | Path) or is_address(text := str(path)) or _is_newer(text, self._started):
            return path
        self.opened += [text] if text not in self.opened else []
        return type(path)(self._places.get(text, self._default(text)))

    def own_copy(self, path: str) -> str:
        """A copy of the file for this run alone, which may be written over; it is gone when the process ends.

        What is no file, as a pattern or what is not there, stays as it is.
        """
        if not Path(path).is_file():
            return path
        self._copies.append(tempfile.TemporaryDirectory(prefix="ipymlops-input-"))
        return shutil.copy(path, self._copies[-1].name)

    def replay(self, inputs: Mapping[str, str]) -> tuple[Any, tuple[Any, Any] | None]:
        """Train as the notebook did, random states included; the model, and its training data if the script has it."""
        self._replaying = True
        try:
            return self.fit(inputs)
        finally:
            self._replaying = False

    def fit(self, inputs: Mapping[str, str]) -> tuple[Any, tuple[Any, Any] | None]:
        """Train on these files; what the environment holds is looked up now."""
        self.__dict__.pop("tuning", None)  # of an earlier run
        self.opened, self._started = [], time.time() - 0.05  # clocks of file systems are coarse
        self._places = {self._seen[name]: path for name, path in inputs.items() if name in self._seen}
        given = {name: _value(path) for name, path in inputs.items() if name not in self._seen}
        with untouched([*given.values(), *self._places.values()]):
            answer = self._function(**given)
            if inspect.iscoroutine(answer):
                answer = _awaited(answer)
        if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], tuple):
            return answer[0], (answer[1][0], answer[1][1])
        return answer, None

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Run as a program; ends the process with the exit code of the outcome."""
        from ipymlops.retraining.command import main

        sys.exit(main(self, sys.argv[1:] if arguments is None else arguments))

    # --- what it knows of itself

    @property
    def folder(self) -> Path:
        """Where the script lies."""
        return self.place.parent

    @cached_property
    def record(self) -> dict[str, Any]:
        """What the export wrote down: the notebook's folder, the inputs' hashes, the random states."""
        from ipymlops.pipelines.slice_record import read_record

        return read_record(self.folder)

    @cached_property
    def tuning(self) -> Tuning:
        """The searches of the last run, and what it has to say of them."""
        from ipymlops.pipelines.tuned import Tuning

        return Tuning(self.record.get("tuned", {}), self.retune)

    @cached_property
    def bundle(self) -> Bundle:
        """The version that this pipeline was exported from."""
        from ipymlops.registry.bundle import Bundle

        return Bundle.from_folder(self.place)

    @property
    def inputs(self) -> dict[str, str]:
        """Name -> path as in the notebook: the parameters of the training function, and what a proof saw it look up."""
        return {n: str(p.default) for n, p in inspect.signature(self._function).parameters.items()} | self._seen

    @cached_property
    def _seen(self) -> dict[str, str]:
        return {i["name"]: i["default"] for i in self.record["inputs"] if i["name"] in self.record.get("seen", ())}

    @property
    def seen(self) -> dict[str, str | None]:
        """Name -> sha256 of the inputs that no registration knew, because only the proof saw them."""
        return {i["name"]: i["sha256"] for i in self.record["inputs"] if i["name"] in self._seen}

    @property
    def verdict(self) -> str:
        """What was proved of this very folder; nothing if a file that the proof rests on was edited since."""
        return "not verified" if self.edited else str(self._proof["verdict"])

    @cached_property
    def edited(self) -> str:
        """In words, the file that is another one than was verified; nothing if the proof still holds."""
        from ipymlops.pipelines import proof

        return proof.change(self.folder, self._proof)

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules and packages that lie beside the script."""
        found = (p for p in self.folder.iterdir() if p.suffix == ".py" or (p.is_dir() and any(p.glob("*.py"))))
        return tuple(sorted(p.name for p in found if p.name not in (SCRIPT, self.place.name)))

    @property
    def version(self) -> int:
        """The number of the version that it was exported from."""
        return int(self.record["version"])

    def paths(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every input's path: the ``given`` ones from the working folder, the others where the notebook read them."""
        for name in given:
            if name not in self.inputs:
                raise UnknownName.of("input", name, self.inputs, next_step="list them with --list-inputs")
        return {name: _located(given[name]) if name in given else self._default(d) for name, d in self.inputs.items()}

    def _default(self, path: str) -> str:
        from ipymlops.pipelines.verification import input_path

        return input_path(self.record, self.folder, path)

    @property
    def _function(self) -> Callable[..., Any]:
        if self._train is None:
            raise BadInput("This pipeline has no training function", expected="a function under @pipeline.train")
        return self._train

    @cached_property
    def _proof(self) -> dict[str, Any]:
        from ipymlops.pipelines import proof

        return proof.read(self.folder)


def _value(path: str) -> str:
    from ipymlops.pipelines.variables import is_variable, value_of

    return value_of(path) if is_variable(path) else path


def _is_newer(path: str, moment: float) -> bool:
    try:
        return Path(path).stat().st_mtime >= moment
    except (OSError, ValueError):
        return False


def _located(path: str) -> str:
    from ipymlops.pipelines.paths import is_address
    from ipymlops.pipelines.variables import is_variable

    return path if is_address(path) or is_variable(path) else str(Path(path).expanduser().resolve())


def _restore(recorded: Mapping[str, Any], generators: Sequence[str]) -> None:
    from ipymlops.capture.cell_run import RandomStates
    from ipymlops.capture.random_state import restore

    restore(RandomStates(*(recorded.get(g) for g in ("numpy", "python", "torch"))), generators)


def _awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    import asyncio

    return asyncio.run(coroutine)

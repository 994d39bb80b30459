"""What somebody wants to register, and what the steps of its registration collect."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipymlops.progress import Progress, once_slow

if TYPE_CHECKING:
    from ipymlops.capture.journal import Journal
    from ipymlops.drift.variability import Variability
    from ipymlops.policy.risk_tier import RiskTier


@dataclass(frozen=True, slots=True)
class Candidate:
    """What somebody wants to register."""

    model: Any
    name: str
    train: tuple[Any, Any] | None
    test: tuple[Any, Any] | None
    risk: RiskTier | None = None  # None: the line's
    journal: Journal | None = None
    targets: tuple[str, ...] = ()
    as_of: int | None = None  # the statement of the journal after which the targets behind the model are meant
    inputs: tuple[dict[str, Any], ...] = ()  # what a headless run read: name, path, sha256
    parent: str | None = None  # the version whose pipeline trained this one
    folder: str | None = None  # where the code of a headless run lies; a notebook's is in its journal
    inferred: tuple[str, ...] = ()  # in words, what nobody said, each with the option that overrides it
    time: Any = None  # when each training row was made: a column's name, an expression, or the times themselves
    varies: Variability | None = None  # how far the parent's training data did by itself, where times are not known now
    outputs: str | None = None  # of a torch module or an ONNX graph: what its outputs mean
    allow_pickle: bool = False  # if it can be stored in no other way
    pulled: dict[str, Any] | None = None  # of a model that was made elsewhere: where it was got from


@dataclass(slots=True)
class Parcel:
    """What the steps of one registration collect."""

    files: dict[str, bytes] = field(default_factory=dict)
    model_files: tuple[str, ...] = ()  # of the files, those that hold the model
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    held_out: tuple[Any, Any] | None = None  # the benchmark rows that judged it
    progress: Progress | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[Progress]:
        """One step, told and timed. What it yields tells the parts of one that takes long."""
        if self.progress:
            self.progress(name)
        start = time.perf_counter()
        with once_slow(self.progress) as say:
            yield lambda part: say(f"{name}: {part}")
        self.seconds[name] = round(time.perf_counter() - start, 4)

    def add_json(self, name: str, value: Any) -> None:
        text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        self.files[name] = text.encode()

"""What slicing, export and verification hand to each other and to the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

# How a statement is treated when it comes from a cell.
Role = Literal["import", "definition", "statement"]
# identical: every compared figure is bit for bit equal · within tolerance: largest difference stated
# not reproduced: it differs or fails, with the cause · not verified: nobody has tried, or no attempt came to an answer
Verdict = Literal["identical", "within tolerance", "not reproduced", "not verified"]
NOT_TRIED = "not tried (--no-verify)"  # the cause of the last one, where it was asked for


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one executed cell. ``index`` orders statements over the whole journal."""

    index: int
    execution: int  # In [execution]
    source: str  # its own text (comments above it and at the end of its cell included), magics translated away
    role: Role
    line: int  # first line within the cell, 1-based

    @property
    def named(self) -> str:
        """As messages name it: its first line and its cell."""
        line = next((s for s in self.source.splitlines() if not s.lstrip().startswith("#")), "")
        return f"`{line if len(line) <= 80 else f'{line[:77]}...'}` in In [{self.execution}]"


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement of the slice and why it is in: the name it defines or changes, and who needs that."""

    statement: Statement
    why: str
    needed_by: int | None = None  # the index of the statement that needs it; None where a target does
    goal: str = ""  # the target for whose sake it is in; nothing where only a wider slice has it
    doubt: str = ""  # in words, why the slice cannot tell that the targets depend on it; empty where they surely do

    @property
    def certain(self) -> bool:
        """Whether the targets depend on it for certain. If not, it is kept to be safe."""
        return not self.doubt


@dataclass(frozen=True, slots=True)
class Slice:
    """The statements that the targets need, in execution order."""

    targets: tuple[str, ...]  # expressions: the model, then X and y of the training data
    kept: tuple[Kept, ...]
    total: int  # statements executed, for "37 of 112"
    requirements: tuple[str, ...] = ()  # from ``!pip install`` lines
    # cells whose global random state must be restored before their first kept statement: execution -> generators
    unseeded: dict[int, tuple[str, ...]] = field(default_factory=dict)
    generators: dict[int, tuple[str, ...]] = field(
        default_factory=dict
    )  # kept statement -> names it binds to unseeded ones
    left_out: tuple[str, ...] = ()  # what could not leave the notebook, in words (%%bash, x = !ls, ...)
    stays: tuple[Kept, ...] = ()  # the statements of which those words tell
    widened: int = 0  # rung of the ladder this slice stands on, 0 to 5
    written: dict[str, int] = field(default_factory=dict)  # file name -> the first kept statement that writes it


@dataclass(frozen=True, slots=True)
class PipelineInput:
    """One file the pipeline reads, as a named parameter."""

    name: str
    default: str  # as in the notebook
    sha256: str | None  # of the file when the version was registered; None if it was not there then
    size: int | None = None
    files: Mapping[str, str] = field(default_factory=dict)  # of a folder: what a proof opened in it -> its sha256


@dataclass(frozen=True, slots=True)
class Verification:
    """The proof, or its failure, with its evidence."""

    verdict: Verdict
    cause: str = ""  # in words, where not reproduced or where an attempt could not tell
    compared: tuple[str, ...] = ()  # "predict on 600 benchmark rows", ...
    largest_difference: float = 0.0
    widened: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    python: str = ""
    script_sha256: str = ""
    changed: tuple[str, ...] = ()  # what is different from the export or registration, in words
    refused: tuple[str, ...] = ()  # rows that both models refuse, so that nothing could be compared, in words

    @property
    def reproduced(self) -> bool:
        return self.verdict in ("identical", "within tolerance")


@dataclass(frozen=True, slots=True)
class Lock:
    """The file from which another machine installs what a pipeline needs."""

    file: str  # its name in the folder
    distributions: int
    by: str  # the program that found the hashes; nothing where there are none
    problem: str = ""  # in words, why there are no hashes or what is left out, and what to do


@dataclass(frozen=True, slots=True)
class Export:
    """An exported pipeline folder and what is known of it."""

    model: str
    version: int
    folder: Path
    script: Path
    inputs: tuple[PipelineInput, ...]
    kept: int
    total: int
    cells_kept: int
    cells_total: int
    verification: Verification
    source: str  # the script's text
    notes: tuple[str, ...] = ()
    lock: Lock | None = None  # None where none was asked for

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary an input, ready for ``pandas.DataFrame(...)``."""
        return [{"input": i.name, "default": i.default, "sha256": i.sha256} for i in self.inputs]

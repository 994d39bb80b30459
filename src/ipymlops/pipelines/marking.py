"""A notebook with its slice marked in it: which lines a version needs, and the chain from each to the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.cells import Part, read_cell
from ipymlops.pipelines.results import Kept, Slice

# in: part of the pipeline · out: not needed · stays: needed, and cannot leave the notebook
State = Literal["in", "out", "stays"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One statement in its cell, the comments above it included. Lines are 1-based, both ends belong to it."""

    first: int
    last: int
    state: State
    why: str = ""  # it is in
    chain: tuple[str, ...] = ()  # the cells that lead from it to the target, and the target: In [7], `model`
    doubt: str = ""  # why nobody can tell that the model needs it; nothing where it surely does


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """One execution of a cell, as it was typed."""

    execution: int
    source: str
    passages: tuple[Passage, ...]
    raised: bool = False

    @property
    def needed(self) -> bool:
        return any(p.state != "out" for p in self.passages)

    def at(self, line: int) -> Passage | None:
        """What marks a 1-based line: the strongest of its statements, for two may share it; None where none does."""
        here = [p for p in self.passages if p.first <= line <= p.last and p.state != "out"]
        return min(here, key=lambda p: (p.state != "stays", bool(p.doubt)), default=None)


@dataclass(frozen=True, slots=True)
class MarkedNotebook:
    """Every executed cell in execution order, with the slice of a version marked in it."""

    model: str
    version: int
    notebook: str | None
    targets: tuple[str, ...]
    cells: tuple[MarkedCell, ...]
    kept: int
    total: int
    left_out: tuple[str, ...] = ()

    @property
    def cells_kept(self) -> int:
        return sum(cell.needed for cell in self.cells)

    @property
    def doubtful(self) -> int:
        """Statements that are kept only because nobody can tell that they are not needed."""
        return sum(bool(p.doubt) for cell in self.cells for p in cell.passages if p.state == "in")

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a statement, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "cell": cell.execution,
                "line": p.first,
                "state": p.state,
                "source": "\n".join(cell.source.splitlines()[p.first - 1 : p.last]),
                "why": p.why,
                "chain": " -> ".join(p.chain),
                "doubt": p.doubt,
            }
            for cell in self.cells
            for p in cell.passages
        ]


def mark(journal: Journal, slice_: Slice, *, model: str, version: int, notebook: str | None) -> MarkedNotebook:
    """Mark in the journal's cells what the slice keeps."""
    kept = {k.statement.index: k for k in (*slice_.kept, *slice_.stays)}
    stays = {k.statement.index for k in slice_.stays}
    cells, index = [], 0
    for run in journal:
        parts = read_cell(run).parts
        passages = tuple(_passage(part, index + i, kept, stays) for i, part in enumerate(parts))
        cells.append(
            MarkedCell(run.execution, run.source.rstrip("\n"), passages, not run.succeeded and not run.running)
        )
        index += len(parts)
    return MarkedNotebook(
        model, version, notebook, slice_.targets, tuple(cells), len(slice_.kept), slice_.total, slice_.left_out
    )


def _passage(part: Part, index: int, kept: Mapping[int, Kept], stays: set[int]) -> Passage:
    first, last = part.lines
    if index not in kept:
        return Passage(first, last, "out")
    state: State = "stays" if index in stays else "in"
    return Passage(first, last, state, kept[index].why, _chain(index, kept), kept[index].doubt)


def _chain(index: int, kept: Mapping[int, Kept]) -> tuple[str, ...]:
    """From a statement to the target, cell by cell; it ends early where a wider slice added a statement."""
    places: list[str] = []
    user = kept[index].needed_by
    while user is not None and user in kept:
        places.append(f"In [{kept[user].statement.execution}]")
        user = kept[user].needed_by
    goal = kept[index].goal
    return (*dict.fromkeys(places), *((f"`{goal}`",) if goal else ()))

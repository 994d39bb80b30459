"""One executed cell as evidence: what was typed, what happened, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RandomStates:
    """The global generators' states before a cell ran; None where the library was not imported.

    ``numpy`` is ``numpy.random.get_state(legacy=False)`` made of plain types (the key as a list of ints),
    ``python`` is ``random.getstate()`` with tuples as lists, ``torch`` is the CPU generator's state as hex digits.
    """

    numpy: dict[str, Any] | None = None
    python: list[Any] | None = None
    torch: str | None = None


@dataclass(frozen=True, slots=True)
class CellRun:
    """One execution of one cell. ``evidence`` is False for cells read from history, before we were loaded."""

    execution: int  # In [execution]
    source: str  # as typed, magics included
    cell_id: str | None = None
    started: float = 0.0  # seconds since 1970, UTC
    seconds: float = 0.0
    succeeded: bool = True
    failed_line: int | None = None  # 1-based line of ``source`` that raised; the statements before it took effect
    failed_in: tuple[str, ...] | None = None  # the first functions between the cell and its error; None: nobody saw
    evidence: bool = True
    rebound: tuple[str, ...] = ()  # names whose object is another one than before the cell
    mutated: tuple[str, ...] = ()  # names whose fingerprint changed though the object is the same
    deleted: tuple[str, ...] = ()
    aliases: tuple[tuple[str, ...], ...] = ()  # groups of names that share one object or memory, after the cell
    random_before: RandomStates | None = None  # kept only where the cell consumed or set a global generator
    consumed: tuple[str, ...] = ()  # which generators it moved: "numpy", "python", "torch"
    generators: dict[str, Any] = field(default_factory=dict)  # of each generator object it bound: what it was made from
    running: bool = False  # still running at ``failed_line`` when the journal was taken: that statement is no part

    def has_state(self, generator: str) -> bool:
        """Whether it is known in which state the cell found the generator."""
        return self.random_before is not None and getattr(self.random_before, generator, None) is not None

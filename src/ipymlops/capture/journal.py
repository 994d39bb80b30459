"""The record of every cell that one kernel executed, in execution order, and its form on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from ipymlops.capture.cell_run import CellRun, RandomStates
from ipymlops.declared import as_declared
from ipymlops.errors import IntegrityError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Journal:
    """An immutable snapshot. ``folder`` is where relative paths of the notebook start."""

    cells: tuple[CellRun, ...]
    notebook: str | None = None  # path of the notebook as Jupyter names it
    folder: str = "."
    kernel: str = ""  # identifies the kernel process this belongs to

    def __iter__(self) -> Iterator[CellRun]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def to_json(self) -> bytes:
        """Deterministic bytes; ``from_json`` gives an equal journal."""
        record = {"format": FORMAT, **asdict(self)}
        return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Journal:
        """Read a stored journal; raises IntegrityError where it is not one."""
        try:
            record = json.loads(data)
            if record.pop("format") != FORMAT:
                raise IntegrityError("The journal is of a newer format", next_step="upgrade ipymlops")
            cells = tuple(_cell(c) for c in record.pop("cells"))
            return as_declared(cls(cells=cells, **record))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
            raise IntegrityError(f"The stored journal cannot be read: {error}") from error


def _cell(record: dict[str, Any]) -> CellRun:
    known = {f.name for f in fields(CellRun)}
    values = {k: v for k, v in record.items() if k in known}
    for name in ("rebound", "mutated", "deleted", "consumed"):
        values[name] = tuple(values.get(name, ()))
    values["aliases"] = tuple(tuple(group) for group in values.get("aliases", ()))
    if values.get("failed_in") is not None:
        values["failed_in"] = tuple(values["failed_in"])
    states = values.get("random_before")
    values["random_before"] = RandomStates(**states) if states else None
    return CellRun(**values)

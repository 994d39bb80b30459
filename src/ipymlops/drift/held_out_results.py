"""How rows as a whole and errors compare with held-out rows: frozen values that know nothing of display."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Separation:
    """How well a classifier tells reference rows from current ones; 0.5 is not at all."""

    auc: float  # out of fold; NaN where rows are too few
    low: float
    high: float
    level: float
    threshold: float  # of the area: a smaller one is no drift, however certain
    reference_rows: int  # in the sample
    current_rows: int
    of_reference: int  # that the sample was taken from
    of_current: int
    columns: tuple[tuple[str, float], ...] = ()  # which separate, with the share of each; only where separated
    matters: bool | None = None  # whether the model uses what separates; None where that is not known
    rows_needed: int = 0  # on both sides
    apart: float = math.nan  # the area from each column for itself, whatever goes together; only where separated
    gained: float = math.nan  # lower end of the interval of what looking at columns together adds to that

    @property
    def enough(self) -> bool:
        return min(self.reference_rows, self.current_rows) >= self.rows_needed

    @property
    def separated(self) -> bool:
        """Certainly better than a coin, and by more than the threshold."""
        return self.low > 0.5 and self.auc > self.threshold

    @property
    def together(self) -> bool:
        """Whether it is certainly how columns go together that separates, and not only what each shows by itself."""
        return self.gained > 0 and self.auc > self.explained

    @property
    def explained(self) -> float:
        """The area up to which columns one by one explain it; a little more than theirs is no drift of its own."""
        return self.apart + self.threshold - 0.5

    @property
    def alarming(self) -> bool:
        return self.separated and self.matters is not False


@dataclass(frozen=True, slots=True)
class ErrorChange:
    """How often, or by how much, the model is wrong on labelled rows, against the held-out ones."""

    figure: str  # "error rate", "mean absolute error"
    before: float
    now: float
    before_rows: int
    now_rows: int
    low: float  # of now minus before; NaN where rows are too few
    high: float
    level: float
    method: str

    @property
    def difference(self) -> float:
        return self.now - self.before

    @property
    def worse(self) -> bool:
        """Certainly wrong more often, or by more."""
        return self.low > 0

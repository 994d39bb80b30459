"""What an estimate without labels says: frozen values that know nothing of display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ipymlops.evaluation.enough import is_wide, too_few_for
from ipymlops.evaluation.place import GivenLabels
from ipymlops.evaluation.results import Estimate, Task, TrainedOn

# alert: worse than its limit · disagrees: labels came, and show a figure that the estimate rules out
State = Literal["expected", "alert", "disagrees"]
FEWEST = 30  # rows: below, an interval that rests on sums of many rows is no better than a guess, however narrow


def too_few(found: Estimate) -> bool:
    """Whether an estimate without labels rests on too few rows to say much."""
    return found.n_rows < FEWEST or is_wide(found)


@dataclass(frozen=True, slots=True)
class WindowEstimate:
    """One metric in one window. ``realized`` is None where the window has no labels."""

    window: str
    estimate: Estimate  # of the figure that the labels of these rows will show
    low_limit: float  # what the benchmark leads one to expect of a window of this size
    high_limit: float
    realized: Estimate | None = None
    state: State = "expected"

    @property
    def alert(self) -> bool:
        return self.state != "expected"


@dataclass(frozen=True, slots=True)
class PerformanceEstimate:
    """How one version is likely to do on rows without labels, window by window."""

    model: str
    version: int | None
    data: str
    task: Task
    method: Literal["CBPE", "DLE"]
    primary: str
    n_rows: int
    reference_rows: int  # labelled rows that it was learned from
    reference: tuple[Estimate, ...]  # each metric on those
    windows: tuple[WindowEstimate, ...]  # metric by metric, in the order of time
    by: str = ""  # "month", "5,000 rows"; empty where all rows are one window
    notes: tuple[str, ...] = ()
    zone: str = ""  # of the times that cut, where it is not that of the windows: UTC
    trained_on: TrainedOn | None = None  # of the rows with labels; looked for where there are labels
    time: str = ""  # the column of times that cuts the windows; empty where rows were cut in their order
    positive: str | None = None  # of two classes, the one that is flagged
    given: GivenLabels | None = None  # where labels have come

    @property
    def flattered(self) -> bool:
        """Whether the labels are those of rows that the model was trained on, which say little of new ones."""
        return self.trained_on is not None and self.trained_on.flatters

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(w.estimate.name for w in self.windows))

    def of(self, metric: str) -> tuple[WindowEstimate, ...]:
        """The windows of one metric."""
        return tuple(w for w in self.windows if w.estimate.name == metric)

    @property
    def too_wide(self) -> tuple[WindowEstimate, ...]:
        """The windows whose rows are too few to say much of the deciding metric."""
        return tuple(w for w in self.of(self.primary) if too_few(w.estimate))

    @property
    def doubt(self) -> str:
        """In words, that rows are too few to say much, for the window where that is worst; empty where none is."""
        widest = max(self.too_wide, key=lambda w: w.estimate.high - w.estimate.low, default=None)
        known = next((e for e in self.reference if e.name == self.primary), None)
        return "" if widest is None or known is None else too_few_for(widest.estimate, known)

    @property
    def alarming(self) -> bool:
        """Whether the deciding metric is estimated below its limit, or labels contradict the estimate, anywhere."""
        states = {w.state for w in self.of(self.primary)}
        return "alert" in states or ("disagrees" in states and not self.flattered)

    @property
    def contradicted(self) -> bool:
        """Whether labels show that the estimates cannot be trusted here: what the model learned no longer holds."""
        return not self.flattered and any(w.state == "disagrees" for w in self.windows)

    @property
    def undecided(self) -> bool:
        """Whether the estimate says nothing: rows are too few in some window, or the model was trained on them."""
        if self.flattered:
            return True
        return not (self.contradicted or self.alarming) and bool(self.too_wide or not self.of(self.primary))

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a window and metric, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "window": w.window,
                "metric": w.estimate.name,
                "rows": w.estimate.n_rows,
                "estimate": w.estimate.value,
                "low": w.estimate.low,
                "high": w.estimate.high,
                "low_limit": w.low_limit,
                "high_limit": w.high_limit,
                "realized": None if w.realized is None else w.realized.value,
                "state": w.state,
            }
            for w in self.windows
        ]

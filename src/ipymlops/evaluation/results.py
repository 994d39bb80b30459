"""What an evaluation and a comparison say: frozen values that know nothing of display."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from ipymlops.evaluation.place import GivenLabels, Place

Task = Literal["binary", "multiclass", "regression"]
# better / worse: the whole interval lies on that side of zero · not worse: it excludes a loss above the margin
# cannot tell: it excludes nothing that matters
Verdict = Literal["better", "worse", "not worse", "cannot tell"]
# not applicable is an outcome of its own and never counts as a pass
Outcome = Literal["pass", "fail", "not applicable"]
Severity = Literal["blocks", "warns"]
GOOD_PART = 0.05  # of the rows: from here on, having been trained on them is the first thing to say


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure with its interval. ``low`` and ``high`` are NaN where none can be given; ``method`` says how."""

    name: str
    value: float
    low: float
    high: float
    level: float
    n_rows: int
    method: str
    greater_is_better: bool = True
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One threshold of a binary score: what is flagged at or above it, and how right that is."""

    threshold: float
    precision: float
    recall: float
    false_positive_rate: float
    flagged: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows whose predicted probability lies in one bin: what was promised, what happened (Wilson interval)."""

    predicted: float
    observed: float
    low: float
    high: float
    n_rows: int


@dataclass(frozen=True, slots=True)
class Residuals:
    """A regression's errors (true - predicted): histogram edges (k + 1), counts (k), and a fixed-size scatter."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    quantiles: tuple[float, ...]  # of the error, at 5, 25, 50, 75, 95 %
    points: tuple[tuple[float, float], ...]  # (predicted, true), at most 500, evenly spaced by rank


@dataclass(frozen=True, slots=True)
class WeakSlice:
    """Rows on which the model is weak, measured on rows that took no part in finding it.

    ``beside`` is what the figure is compared with: the log loss of the same rows with their probabilities put right;
    the RMSE or error rate of the other rows.
    """

    rule: str  # "age above 61.5 and region = north"
    n_rows: int  # of those it was measured on
    here: Estimate
    beside: Estimate
    difference: float  # positive: worse here
    low: float  # of an interval that holds for all candidates at once
    high: float
    p_value: float  # corrected for the candidates


@dataclass(frozen=True, slots=True)
class SliceSearch:
    """The slices that are worse for certain, the worst first; none is an answer too."""

    metric: str  # "log_loss", "error_rate" or "rmse"
    found: tuple[WeakSlice, ...]
    candidates: int  # that were measured, after the search
    searched_rows: int
    measured_rows: int
    level: float
    note: str = ""  # why nothing could be looked for


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """What a model does with one group of rows. Each figure counts ``n_rows`` of them: recall, the positives."""

    group: str
    n_rows: int
    figures: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """The highest minus the lowest group in one figure, with an interval that allows for having looked for them."""

    metric: str
    highest: str
    lowest: str
    difference: float
    low: float
    high: float
    groups: int  # that were large enough to compare
    unit: str = ""
    highest_rows: int = 0  # that the figure counts: of recall, the positives; 0 where stored before it was kept
    lowest_rows: int = 0

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out that the two are alike."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Fairness:
    """One column's groups, and the gaps between them."""

    column: str
    groups: tuple[GroupFigures, ...]
    gaps: tuple[Gap, ...]
    fewest: int  # rows below which a figure of a group says nothing
    level: float

    @property
    def certain(self) -> tuple[Gap, ...]:
        """The gaps that are there for certain."""
        return tuple(gap for gap in self.gaps if gap.certain)


@dataclass(frozen=True, slots=True)
class CostPoint:
    """The expected cost of a row, where all rows at or above the threshold are flagged."""

    threshold: float
    cost: float


@dataclass(frozen=True, slots=True)
class Costs:
    """What wrong answers cost a row. ``best`` and the saving are measured on rows that did not choose the threshold."""

    false_positive: float
    false_negative: float
    curve: tuple[CostPoint, ...]
    best_threshold: float | None  # of all rows; None: it is cheapest to flag none
    best: Estimate
    own_threshold: float | None
    own: Estimate  # by the model's own labels
    saving: float  # of a row, by the best threshold instead of its own labels
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a table of so many rows to its answers."""

    rows: int
    median: float
    slow: float  # 99 % are below
    measured: int  # times


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a model takes of a machine: bytes that are stored, and time to answer. No property of the version alone, so
    it is not stored with it: the same version gives the same bytes wherever it is registered."""

    size: int
    latencies: tuple[Latency, ...]
    processor: str
    cores: int


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """How many of the rows judged equal rows that the model was trained on."""

    rows: int
    looked_at: int  # all rows, or those of which it is known
    equal: int
    beyond_chance: bool  # more than coincidence explains

    @property
    def share(self) -> float:
        """Of the rows that were looked at, 0 to 1; NaN where none were."""
        return self.equal / self.looked_at if self.looked_at else math.nan

    @property
    def flatters(self) -> bool:
        """Whether figures of these rows say little of new ones."""
        return self.beyond_chance and self.share >= GOOD_PART


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one version does on one table."""

    model: str
    version: int | None
    task: Task
    n_rows: int
    data: str  # "benchmark", or what the user called the table
    primary: str  # the name of the metric that decides
    metrics: tuple[Estimate, ...]
    classes: tuple[str, ...] = ()
    positive: str | None = None  # of two classes the one that is flagged, the second of ``classes``
    confusion: tuple[tuple[int, ...], ...] = ()  # rows: true class, columns: predicted class
    curve: tuple[CurvePoint, ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    residuals: Residuals | None = None
    notes: tuple[str, ...] = ()
    threshold: float | None = None  # the score at which the model's own labels switch, a point of ``curve``
    slices: SliceSearch | None = None  # None in evaluations stored before it was looked for
    fairness: tuple[Fairness, ...] = ()  # one for each column that was named
    costs: Costs | None = None  # where somebody said what errors cost
    footprint: Footprint | None = None  # where a stored model was asked; never stored
    trained_on: TrainedOn | None = None  # where a stored model was asked, and its training rows are known; never stored
    place: Place | None = None  # of a stored version; never stored
    given: GivenLabels | None = None  # where the rows are not those of the benchmark; never stored

    def metric(self, name: str) -> Estimate:
        """The estimate of that name; KeyError if it was not computed."""
        return next(m for m in self.metrics if m.name == name)

    @property
    def class_rows(self) -> dict[str, int]:
        """How many rows truly are of each class; empty of a regression."""
        return {name: sum(row) for name, row in zip(self.classes, self.confusion, strict=False)}

    @property
    def headline(self) -> Estimate:
        """The metric that decides."""
        return self.metric(self.primary)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a metric, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "metric": m.name,
                "value": m.value,
                "low": m.low,
                "high": m.high,
                "rows": m.n_rows,
                "method": m.method,
            }
            for m in self.metrics
        ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Candidate minus champion on the same rows, signed so that positive is better."""

    metric: str
    champion: str
    candidate: str
    champion_value: float
    candidate_value: float
    difference: float
    low: float
    high: float
    level: float
    margin: float
    n_rows: int
    verdict: Verdict
    words: str
    method: str
    same: bool = False  # there is nothing to choose between the two: one version, one model, or the same answers
    doubt: str = ""  # that the rows are too few to say anything; no gate passes on them
    positive: str | None = None  # of two classes, the one that is flagged


@dataclass(frozen=True, slots=True)
class Gate:
    """One demand on a candidate and how it came out."""

    code: str
    title: str
    severity: Severity
    outcome: Outcome
    evidence: str

"""What a model said of rows, and what was true of them, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.evaluation.results import Task
from ipymlops.evaluation.targets import Array, Floats


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of n rows, labels apart; the fields are those of ``Predictions``."""

    task: Task
    predicted: Array
    classes: tuple[Any, ...] = ()
    probabilities: Floats | None = None
    scores: Floats | None = None
    turned: bool = False  # whether ``classes`` stand the other way round than the model has them

    def take(self, index: npt.NDArray[np.intp]) -> Answers:
        """Those of the rows at these positions."""
        probabilities, scores = (None if a is None else a[index] for a in (self.probabilities, self.scores))
        return Answers(self.task, self.predicted[index], self.classes, probabilities, scores, self.turned)

    def judged_by(self, true: Array) -> Predictions:
        """The same with what is true of each row, (n,): positions in ``classes``, or numbers."""
        said = self.predicted, self.classes, self.probabilities, self.scores
        return Predictions(self.task, true, *said, turned=self.turned)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Truth and answers for n rows. In a classification both are positions in ``classes`` (k of them).

    ``probabilities`` is (n, k), and ``scores`` (n,) ranks the rows of a binary task by the second, positive class;
    each is None where the model does not give it.
    """

    task: Task
    true: Array
    predicted: Array
    classes: tuple[Any, ...] = ()
    probabilities: Floats | None = None
    scores: Floats | None = None
    notes: tuple[str, ...] = ()
    turned: bool = False

    @property
    def positive(self) -> npt.NDArray[np.bool_]:
        """Whether each row truly is of the positive class (binary)."""
        return np.asarray(self.true == 1)

    @property
    def answers(self) -> Answers:
        """The same without the truth."""
        said = self.predicted, self.classes, self.probabilities, self.scores
        return Answers(self.task, *said, turned=self.turned)

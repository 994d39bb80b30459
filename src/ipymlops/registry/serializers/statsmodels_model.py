"""What a stored statsmodels result is: its numbers, and the answers that the library gives with them.

It holds nothing of the training data. statsmodels itself computes the answers: the class of the model, made without
data, or the link of a GLM, applied to the rows given and the stored parameters.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table, vector
from ipymlops.phrases import count
from ipymlops.registry.serializers.formula_design import Design

Floats = npt.NDArray[np.float64]

REGRESSION, DISCRETE = "statsmodels.regression.linear_model", "statsmodels.discrete.discrete_model"
GLM, GLM_MODULE, LINKS_MODULE = (
    "GLM",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.genmod.families.links",
)
MODELS = {
    **dict.fromkeys(("OLS", "WLS", "GLS", "GLSAR"), REGRESSION),
    **dict.fromkeys(("Logit", "Probit", "Poisson"), DISCRETE),
    GLM: GLM_MODULE,
}
BINARY = ("Logit", "Probit")
# Of each link, the constants that it is made with.
LINKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Identity", "Log", "LogC", "Logit", "Probit", "Cauchy", "CLogLog", "LogLog"), ()),
    **dict.fromkeys(("InversePower", "InverseSquared", "Sqrt"), ()),
    "Power": ("power",),
    "NegativeBinomial": ("alpha",),
}


@dataclass(frozen=True, eq=False)
class StatsmodelsModel:
    """A fitted model of statsmodels; ``predict`` gives what the library's ``results.predict`` gives.

    It takes the columns that the model was fitted on, by name where it was fitted on a table and by position where on
    an array, or those that its formula reads. The column of ones that ``sm.add_constant`` makes may be there or not.
    """

    kind: str  # of MODELS
    params: Floats
    names: tuple[str, ...]  # of the parameters
    target: str
    nobs: int  # rows it was fitted on
    dropped: int = 0  # rows that the library left out then, for what they lack
    columns: tuple[str, ...] = ()  # of the table, without the constant; none where it was an array
    constant: int | None = None  # the position of the column of ones among the parameters
    design: Design | None = None  # of a formula
    formula: str = ""  # for people: nothing reads it
    family: str = ""  # of a GLM
    link: str = ""
    constants: Mapping[str, float] | None = None  # of the link

    gives_probabilities = False

    @property
    def estimator_name(self) -> str:
        return f"{self.kind} ({self.family}, {self.link})" if self.kind == GLM else self.kind

    @property
    def feature_names_in_(self) -> tuple[str, ...]:
        return self.columns

    @property
    def n_features_in_(self) -> int:
        if self.columns or self.design:
            return len(self.columns)
        return len(self.params) - (self.constant is not None)

    @property
    def learned_(self) -> Floats:
        """All that training left in it."""
        return self.params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """What was chosen, not learned."""
        said = {name: getattr(self, name) for name in ("kind", "formula", "family", "link", "constants", "constant")}
        return {**said, "names": list(self.names)}

    def take(self, X: Any) -> Any:
        """The columns that it needs of a table that may have more, the constant among them."""
        table = as_table(X)
        if not self.columns:
            has_constant = self.constant is not None and len(table.names) == len(self.params)
            return _choose(table, [i for i in range(len(table.names)) if not has_constant or i != self.constant])
        self._check(table)
        return _choose(table, [table.names.index(name) for name in self.columns])

    def fitted(self, X: Any, y: Any) -> tuple[Any, Any]:
        """``take`` for training rows, without those that the library left out when it was fitted."""
        X, targets = self.take(X), vector(y)
        if not self.dropped:
            return X, y
        lacking = np.isnan(self.matrix(X)).any(axis=1) | as_table(targets[:, None]).missing("x0")
        kept = np.flatnonzero(~lacking)
        return as_table(X).take(kept), y.iloc[kept] if hasattr(y, "iloc") else targets[kept]

    def predict(self, X: Any) -> Floats:
        """The mean that the model expects for each row (of yes and no: the probability of yes); shape (rows,)."""
        return self.answers(self.matrix(X))

    def matrix(self, X: Any) -> Floats:
        """The rows as the library takes them; shape (rows, parameters)."""
        table = as_table(X)
        if self.columns:
            self._check(table)
        if self.design is not None:
            return self.design.matrix(table)
        if not self.columns and len(table.names) not in (self.n_features_in_, len(self.params)):
            raise BadInput(
                f"Found {count(len(table.names), 'column')}", expected=f"the {self.n_features_in_} it was fitted on"
            )
        return self._with_constant(table)

    def answers(self, matrix: Floats) -> Floats:
        """The library's answers to rows of its own form."""
        if self.kind == GLM:
            maker = getattr(importlib.import_module(LINKS_MODULE), self.link)
            return np.asarray(maker(**(self.constants or {})).inverse(np.dot(matrix, self.params)))
        maker = getattr(importlib.import_module(MODELS[self.kind]), self.kind)
        return np.asarray(maker.__new__(maker).predict(self.params, matrix))

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        kind = "classifier" if self.gives_probabilities else "regressor"
        return Tags(estimator_type=kind, target_tags=TargetTags(required=True))

    def _check(self, table: Table) -> None:
        missing = [name for name in self.columns if name not in table.kinds]
        if missing and (self.design is not None or table.container != "numpy"):
            raise BadInput(f"Missing from the table: {', '.join(missing[:5])}", expected="the columns it was fitted on")

    def _with_constant(self, table: Table) -> Floats:
        """In memory as the library would have it, for sums are rounded by that: a table column after column, as pandas
        hands it over, and an array as it came."""
        if table.container == "numpy":
            rows = np.asarray(table.native, dtype=np.float64)
            at, given = self.constant, rows.shape[1] == len(self.params)
            return rows if at is None or given else np.column_stack([rows[:, :at], np.ones(len(rows)), rows[:, at:]])
        names = self.columns or table.names
        columns = [table.numbers(name) for name in names]
        if self.constant is not None and len(names) < len(self.params):
            own = self.names[self.constant]
            is_there = bool(self.columns) and own in table.kinds
            columns.insert(self.constant, table.numbers(own) if is_there else np.ones(table.rows))
        return np.array(columns, dtype=np.float64).T


class StatsmodelsClassifier(StatsmodelsModel):
    """One that answers yes or no: ``predict`` gives the probability of 1, as the library does."""

    gives_probabilities = True

    @property
    def classes_(self) -> npt.NDArray[np.int64]:
        return np.array([0, 1])

    def predict_proba(self, X: Any) -> Floats:
        """The probabilities of 0 and of 1; shape (rows, 2)."""
        yes = self.predict(X)
        return np.column_stack([1 - yes, yes])


def _choose(table: Table, positions: list[int]) -> Any:
    if positions == list(range(len(table.names))):
        return table.native
    if table.container == "numpy":
        return np.asarray(table.native)[:, positions]
    if table.container == "pandas":
        return table.native.iloc[:, positions]
    return table.native.select([table.names[p] for p in positions])

"""A result of statsmodels read into its numbers, or refused in one line that says what is in the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipymlops.errors import BadInput, MlopsError
from ipymlops.frames import as_table
from ipymlops.registry.serializers.formula_design import Design, design_of
from ipymlops.registry.serializers.statsmodels_model import (
    BINARY,
    GLM,
    LINKS,
    LINKS_MODULE,
    MODELS,
    StatsmodelsClassifier,
    StatsmodelsModel,
)

# Results of these are read; others of the same models (regularised, robust to clusters of models, ...) may hold more.
RESULTS = (
    "RegressionResultsWrapper",
    "BinaryResultsWrapper",
    "L1BinaryResultsWrapper",
    "PoissonResultsWrapper",
    "L1PoissonResultsWrapper",
    "GLMResultsWrapper",
    "RegularizedResultsWrapper",
    "RegressionResults",
    "OLSResults",
)
NAMES = ", ".join(MODELS)


def read_results(results: Any) -> StatsmodelsModel:
    """The result as numbers that give the library's own answers; raises BadInput if that is not so."""
    model = getattr(results, "model", None)
    if model is None or not hasattr(results, "params"):
        raise BadInput(
            f"Found a {type(results).__name__} of statsmodels, which holds no parameters",
            expected="what its fit() gives",
            next_step="register the result: results = model.fit()",
        )
    _check_supported(results, model)
    try:
        read = _read(results, model)
        _prove(read, results, model)
    except ValueError as error:
        raise BadInput(
            f"This {type(model).__name__} cannot be stored: {error}",
            expected="a formula of columns, arithmetic, C(), I() and NumPy functions, and finite parameters",
            next_step="compute that part as a column of the table before the fit, and name the column in the formula",
        ) from error
    return read


def _check_supported(results: Any, model: Any) -> None:
    kind = type(model).__name__
    if MODELS.get(kind) != type(model).__module__ or type(results).__name__ not in RESULTS:
        raise BadInput(
            f"Found a result of statsmodels' {kind} ({type(results).__name__}), which is not stored",
            expected=f"a result of {NAMES}",
            next_step="fit one of these, or wrap the model in a scikit-learn estimator of your own",
        )
    if any(np.any(_given(model, name)) for name in ("offset", "exposure")):
        raise BadInput(
            f"This {kind} was fitted with an offset or exposure, which no column of a new table stands for",
            expected="a model of columns alone",
            next_step="fit the rate instead, or take the logarithm of the exposure as a column",
        )
    if model.exog is None:
        raise BadInput(
            f"The data of this {kind} was removed, so what it takes and gives cannot be checked",
            expected="a result that still has the rows it was fitted on",
            next_step="register it before remove_data(): the bundle holds none of the rows",
        )


def _given(model: Any, name: str) -> Any:
    """The offset of a fit; a model without one may have none, or zero."""
    found = getattr(model, name, None)
    return 0 if found is None else found


def _read(results: Any, model: Any) -> StatsmodelsModel:
    params = np.asarray(results.params, dtype=np.float64)
    if params.ndim != 1 or len(params) != len(model.exog_names) or not np.isfinite(params).all():
        raise ValueError("its parameters are not one finite number a column")
    made = StatsmodelsClassifier if _is_binary(model) else StatsmodelsModel
    link = model.family.link if type(model).__name__ == GLM else None
    return made(
        kind=type(model).__name__,
        params=params,
        names=tuple(map(str, model.exog_names)),
        target=str(model.endog_names),
        nobs=len(model.exog),
        dropped=len(_left_out(model)),
        **_columns(model),
        **({} if link is None else _family(model.family, link)),
    )


def _is_binary(model: Any) -> bool:
    """Whether it was fitted on yes and no; a binomial GLM may also have been fitted on shares, or on counts."""
    if type(model).__name__ in BINARY:
        return True
    if type(model).__name__ != GLM or type(model.family).__name__ != "Binomial":
        return False
    if np.ndim(model.data.orig_endog) == 2 and np.shape(model.data.orig_endog)[1] == 2:
        raise ValueError("its target is two columns, of successes and failures")
    return set(np.unique(model.endog).tolist()) <= {0.0, 1.0}


def _family(family: Any, link: Any) -> dict[str, Any]:
    name = type(link).__name__
    if name not in LINKS or type(link).__module__ != LINKS_MODULE:
        raise ValueError(f"its link {name} is not stored (the links that are: {', '.join(LINKS)})")
    constants = {c: float(getattr(link, c)) for c in LINKS[name]}
    return {"family": type(family).__name__, "link": name, "constants": constants or None}


def _columns(model: Any) -> dict[str, Any]:
    """What it takes of a table: by a formula's design, by name, or by position."""
    if hasattr(model, "formula"):
        design = _design(model)
        return {"design": design, "columns": design.columns, "formula": str(model.formula)}
    constant = _constant(model)
    exog = model.data.orig_exog
    names = as_table(exog).names if hasattr(exog, "columns") else ()
    return {"constant": constant, "columns": tuple(n for i, n in enumerate(names) if i != constant)}


def _left_out(model: Any) -> set[int]:
    """The positions of rows that the library did not fit on, because they lack something."""
    found = getattr(model.data, "missing_row_idx", None)
    return set() if found is None else {int(i) for i in found}


def _design(model: Any) -> Design:
    spec = model.data.model_spec
    if not hasattr(spec, "factor_infos"):
        raise ValueError("its formula was read by formulaic, and patsy's is what is stored")
    design = design_of(spec)
    strangers = [name for name in design.columns if name not in model.data.frame]
    if strangers:
        raise ValueError(f"its formula reads {strangers[0]}, which is no column of the table")
    if not design.columns:
        raise ValueError("its formula reads no column")
    return design


def _constant(model: Any) -> int | None:
    """The column that ``add_constant`` made: its name is the library's, and it holds ones."""
    at = [i for i, name in enumerate(model.exog_names) if name == "const"]
    return at[0] if len(at) == 1 and len(model.exog_names) > 1 and (model.exog[:, at[0]] == 1).all() else None


def _prove(read: StatsmodelsModel, results: Any, model: Any) -> None:
    """Its own training rows, as a table that comes later would bring them, give the library's matrix and answers."""
    data = model.data
    table = data.frame if read.design is not None else data.orig_exog
    try:
        matrix = read.matrix(read.take(table))
    except (MlopsError, TypeError) as error:
        raise ValueError(str(error)) from error
    if read.design is not None:
        lost = _left_out(model)
        matrix = matrix[[i for i in range(len(matrix)) if i not in lost]]
    if matrix.shape != model.exog.shape or not (matrix == model.exog).all():
        raise ValueError("what is stored makes other columns of its training rows than the library did")
    answers = np.asarray(results.predict(matrix, transform=False))
    if not np.array_equal(read.answers(matrix), answers, equal_nan=True):
        raise ValueError("what is stored gives other answers to its training rows than the library does")

"""Fitted models of statsmodels as one JSON file of numbers and names: no pickle, no data, no code.

The file says which class computes the answers (by a name from a list), the parameters with their names, and, of a
formula, the design that patsy made of it. It is read, every value is checked, and only then is anything constructed.
What is stored has proved itself before: on the model's own training rows it makes the library's own matrix and gives
the library's own answers, to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ipymlops.errors import MlopsError, UnsafeModel
from ipymlops.registry.serializers.formula_design import Design
from ipymlops.registry.serializers.libraries import require, versions
from ipymlops.registry.serializers.statsmodels_model import (
    BINARY,
    GLM,
    LINKS,
    MODELS,
    StatsmodelsClassifier,
    StatsmodelsModel,
)
from ipymlops.registry.serializers.statsmodels_results import read_results

FILE = "model.json"
LIBRARY = "statsmodels"
FORMAT = 1


def accepts(model: Any) -> bool:
    return isinstance(model, StatsmodelsModel) or type(model).__module__.partition(".")[0] == LIBRARY


def served(model: Any) -> Any:
    """The result as ``load`` would give it back. Raises BadInput for what is not stored."""
    return model if isinstance(model, StatsmodelsModel) else read_results(model)


def dump(model: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    record = _record(served(model))
    data = json.dumps(record, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False).encode()
    return {FILE: data}, {"file": FILE, "format": "statsmodels numbers", "libraries": versions([LIBRARY])}


def load(read: Callable[[str], bytes], facts: Mapping[str, Any]) -> Any:
    data = read(FILE)
    require([LIBRARY], facts)
    try:
        return _model(json.loads(data))
    except MlopsError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise UnsafeModel(
            f"{FILE} is not what `register` writes of a statsmodels model: {error}",
            expected="parameters, names and a design, as numbers and texts",
            next_step="do not use this bundle; ask where it came from",
        ) from error


def _record(model: StatsmodelsModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "model": model.kind,
        "answers": "probabilities" if model.gives_probabilities else "means",
        "params": model.params.tolist(),
        "names": list(model.names),
        "target": model.target,
        "rows": [model.nobs, model.dropped],
        "columns": list(model.columns),
        "constant": model.constant,
        "design": model.design and model.design.to_record(),
        "formula": model.formula,
        "family": model.family,
        "link": [model.link, dict(model.constants or {})],
    }


def _model(record: Mapping[str, Any]) -> StatsmodelsModel:
    _demand(record["format"] == FORMAT, f"its format is {record['format']!r}")
    kind, (link, constants), (rows, dropped) = record["model"], record["link"], record["rows"]
    _demand(kind in MODELS, f"its model is {kind!r}")
    _demand((link in LINKS) if kind == GLM else link == "", f"its link is {link!r}")
    _demand(set(constants) == set(LINKS.get(link, ())), "its link has other constants than such a link")
    _demand(all(type(v) is float for v in constants.values()), "a constant of its link is no number")
    _demand(all(type(v) is int and v >= 0 for v in (rows, dropped)), "its numbers of rows are none")
    _demand(all(isinstance(record[name], str) for name in ("target", "formula", "family")), "a name is no text")
    names, columns = _texts(record["names"]), _texts(record["columns"])
    params = record["params"]
    _demand(isinstance(params, list) and all(type(v) is float for v in params), "a parameter is no number")
    _demand(len(params) == len(names) and np.isfinite(params).all(), "its parameters do not fit their names")
    answers = record["answers"]
    _demand(answers in ("probabilities", "means"), f"its answers are {answers!r}")
    _demand(answers == "probabilities" or kind not in BINARY, f"its answers are {answers!r}")
    _demand(answers == "means" or kind in (*BINARY, GLM), f"its answers are {answers!r}")
    made = StatsmodelsClassifier if answers == "probabilities" else StatsmodelsModel
    design = Design.from_record(record["design"]) if record["design"] is not None else None
    model = made(
        kind=kind,
        params=np.array(params, dtype=np.float64),
        names=names,
        target=record["target"],
        nobs=rows,
        dropped=dropped,
        columns=columns,
        constant=_constant(record["constant"], len(params)),
        design=design,
        formula=record["formula"],
        family=record["family"],
        link=link,
        constants=constants or None,
    )
    _check_columns(model)
    return model


def _check_columns(model: StatsmodelsModel) -> None:
    if model.design is not None:
        _demand(model.constant is None and set(model.design.columns) == set(model.columns), "its columns do not fit")
        _demand(model.design.width == len(model.params), "its parameters do not fit its terms")
    elif model.columns:
        width = len(model.columns) + (model.constant is not None)
        _demand(width == len(model.params), "its parameters do not fit its columns")
    _demand(len(set(model.columns)) == len(model.columns) and model.n_features_in_ > 0, "its columns do not fit")


def _constant(found: Any, count: int) -> int | None:
    _demand(found is None or (type(found) is int and 0 <= found < count), "its constant is no parameter")
    return found  # type: ignore[no-any-return]


def _texts(found: Any) -> tuple[str, ...]:
    _demand(isinstance(found, list) and all(isinstance(v, str) for v in found), "a name is no text")
    return tuple(found)


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)

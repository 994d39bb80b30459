"""An evaluation as JSON in a bundle, and back."""

from __future__ import annotations

import math
from typing import Any, cast

from ipymlops.declared import as_declared
from ipymlops.errors import IntegrityError
from ipymlops.evaluation.results import (
    CalibrationBin,
    CostPoint,
    Costs,
    CurvePoint,
    Estimate,
    Evaluation,
    Fairness,
    Gap,
    GroupFigures,
    Residuals,
    SliceSearch,
    WeakSlice,
)
from ipymlops.plain import plain

NEVER_STORED = ("footprint", "trained_on", "place", "given")


def to_record(evaluation: Evaluation) -> dict[str, Any]:
    """Plain types only; what cannot be a JSON number (NaN, infinities) becomes None. The footprint is left out: it is
    that of a machine at a moment, and bundles are the same bytes wherever they are made. So is what a table has in
    common with the training rows, of which the bundle holds the hashes, and how the version stood in its line."""
    record = cast(dict[str, Any], plain(evaluation))
    for name in NEVER_STORED:
        del record[name]
    return record


def from_record(record: dict[str, Any]) -> Evaluation:
    """The evaluation of ``to_record`` again; raises IntegrityError where it is not one."""
    try:
        values = dict(record)
        values["metrics"] = tuple(_estimate(m) for m in values["metrics"])
        values["curve"] = tuple(CurvePoint(**_numbers(p, *p)) for p in values["curve"])
        values["calibration"] = tuple(
            CalibrationBin(**_numbers(b, "predicted", "observed", "low", "high")) for b in values["calibration"]
        )
        values["residuals"] = _residuals(values["residuals"])
        values["slices"] = _slices(values.get("slices"))
        values["fairness"] = tuple(_fairness(f) for f in values.get("fairness", ()))
        values["costs"] = _costs(values.get("costs"))
        values["confusion"] = tuple(tuple(row) for row in values["confusion"])
        for name in ("classes", "notes"):
            values[name] = tuple(values[name])
        return as_declared(Evaluation(**values))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise IntegrityError(f"The stored metrics cannot be read: {error}") from error


def _estimate(record: dict[str, Any]) -> Estimate:
    return Estimate(**_numbers(record, "value", "low", "high"))


def _slices(record: dict[str, Any] | None) -> SliceSearch | None:
    if record is None:
        return None
    return SliceSearch(**record | {"found": tuple(_slice(s) for s in record["found"])})


def _slice(record: dict[str, Any]) -> WeakSlice:
    sides = {side: _estimate(record[side]) for side in ("here", "beside")}
    return WeakSlice(**_numbers(record, "low", "high") | sides)


def _fairness(record: dict[str, Any]) -> Fairness:
    groups = tuple(
        GroupFigures(g["group"], g["n_rows"], tuple(_estimate(e) for e in g["figures"])) for g in record["groups"]
    )
    gaps = tuple(Gap(**_numbers(g, "difference", "low", "high")) for g in record["gaps"])
    return Fairness(**record | {"groups": groups, "gaps": gaps})


def _costs(record: dict[str, Any] | None) -> Costs | None:
    if record is None:
        return None
    curve = tuple(CostPoint(**point) for point in record["curve"])
    sides = {side: _estimate(record[side]) for side in ("best", "own")}
    return Costs(**_numbers(record, "low", "high") | sides | {"curve": curve})


def _residuals(record: dict[str, Any] | None) -> Residuals | None:
    if record is None:
        return None
    return Residuals(
        edges=tuple(record["edges"]),
        counts=tuple(record["counts"]),
        quantiles=tuple(record["quantiles"]),
        points=tuple((x, y) for x, y in record["points"]),
    )


def _numbers(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: math.nan if v is None and k in names else v for k, v in record.items()}

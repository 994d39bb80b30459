"""An evaluation as JSON in a bundle, and back."""

from __future__ import annotations

import math
from typing import Any, cast

from ipymlops.errors import IntegrityError
from ipymlops.evaluation.results import CalibrationBin, CurvePoint, Estimate, Evaluation, Residuals
from ipymlops.plain import plain


def to_record(evaluation: Evaluation) -> dict[str, Any]:
    """Plain types only; what cannot be a JSON number (NaN, infinities) becomes None."""
    return cast(dict[str, Any], plain(evaluation))


def from_record(record: dict[str, Any]) -> Evaluation:
    """The evaluation of ``to_record`` again; raises IntegrityError where it is not one."""
    try:
        values = dict(record)
        values["metrics"] = tuple(Estimate(**_numbers(m, "value", "low", "high")) for m in values["metrics"])
        values["curve"] = tuple(CurvePoint(**_numbers(p, *p)) for p in values["curve"])
        values["calibration"] = tuple(
            CalibrationBin(**_numbers(b, "predicted", "observed", "low", "high")) for b in values["calibration"]
        )
        values["residuals"] = _residuals(values["residuals"])
        values["confusion"] = tuple(tuple(row) for row in values["confusion"])
        for name in ("classes", "notes"):
            values[name] = tuple(values[name])
        return Evaluation(**values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"The stored metrics cannot be read: {error}") from error


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

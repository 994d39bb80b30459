"""In which unit figures of a regression are told: that of its target, by the target's name where it is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from ipymlops.plain import fields_of, is_record

TARGET_UNITS = "target units"
Result = TypeVar("Result")


def told_in_units_of(result: Result, target: str) -> Result:
    """The result with its unit named after the column ``target``; as it is where the name tells nothing.

    >>> from ipymlops.evaluation.results import Estimate
    >>> found = Estimate("rmse", 3.0, 2.5, 3.5, 0.95, 100, "bootstrap", False, TARGET_UNITS)
    >>> told_in_units_of(found, "price").unit, told_in_units_of(found, "target").unit
    ('units of price', 'target units')
    """
    return result if target in ("", "target") else _renamed(result, f"units of {target}")


def _renamed(value: Result, unit: str) -> Result:
    if isinstance(value, tuple):
        return type(value)(_renamed(part, unit) for part in value)
    if not is_record(value):
        return value
    changes = {name: _renamed(part, unit) for name, part in fields_of(value).items()}
    if changes.get("unit") == TARGET_UNITS:
        changes["unit"] = unit
    return replace(value, **changes)  # type: ignore[type-var]

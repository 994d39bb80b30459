from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

import numpy as np
import numpy.typing as npt
import pytest

from ipymlops.declared import as_declared, fits


@dataclass(frozen=True)
class Inner:
    value: float


@dataclass(frozen=True)
class Outer:
    kind: Literal["a", "b"]
    count: int = 0
    parts: tuple[Inner, ...] = ()
    pair: tuple[str, float] | None = None
    named: Mapping[str, int] = field(default_factory=dict)
    array: npt.NDArray[Any] | None = None


class Row(TypedDict):
    name: str
    size: NotRequired[int | None]


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "a"},
        {"kind": "b", "count": 3, "parts": (Inner(1), Inner(2.5)), "pair": ("x", 1)},
        {"kind": "a", "parts": [Inner(float("nan"))], "named": {"x": 1}, "array": np.zeros(2)},
    ],
)
def test_a_record_of_its_own_types_is_itself(values: dict[str, Any]) -> None:
    record = Outer(**values)
    assert as_declared(record) is record


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"kind": "c"}, "kind"),
        ({"kind": ["a"]}, "kind"),
        ({"kind": "a", "count": True}, "count"),
        ({"kind": "a", "count": 1.0}, "count"),
        ({"kind": "a", "parts": Inner(1)}, "parts"),
        ({"kind": "a", "parts": (Inner("x"),)}, "parts"),  # type: ignore[arg-type]
        ({"kind": "a", "pair": ("x",)}, "pair"),
        ({"kind": "a", "pair": ("\ud800", 1)}, "pair"),
        ({"kind": "a", "named": {"x": "y"}}, "named"),
        ({"kind": "a", "named": [1]}, "named"),
        ({"kind": "a", "array": [1]}, "array"),
    ],
)
def test_another_type_is_told_by_its_field(values: dict[str, Any], name: str) -> None:
    with pytest.raises(TypeError, match=f"Outer.{name} is"):
        as_declared(Outer(**values))


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ({"name": "x"}, True),
        ({"name": "x", "size": None, "more": 1}, True),
        ({}, False),
        ({"name": 1}, False),
        ([], False),
    ],
)
def test_a_dictionary_has_what_is_demanded(value: Any, holds: bool) -> None:
    assert fits(value, Row) is holds

"""Values of ours as JSON: every one of them, once and for all."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.plain import plain


class Colour(Enum):
    RED = ("r", math.nan)


class Size(IntEnum):
    LARGE = 3


class Word(StrEnum):
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Inner:
    low: float

    @property
    def doubled(self) -> float:
        return 2 * self.low


@dataclass(frozen=True, slots=True)
class Outer:
    inner: tuple[Inner, ...]
    at: datetime


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Colour.RED, ["r", None]),
        (Size.LARGE, 3),
        (Word.YES, "yes"),
        (np.float32("inf"), None),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.datetime64("2026-01-31"), "2026-01-31"),
        ({3: {2, 1}}, {"3": [1, 2]}),
        (Outer((Inner(math.nan),), datetime(2026, 1, 31)), {"inner": [{"low": None}], "at": "2026-01-31T00:00:00Z"}),
    ],
    ids=repr,
)
def test_each_value_has_one_form(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("value", [object(), b"raw", 1j, [object()], {"a": {"b": len}}, Inner])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be said in JSON"):
        plain(value)


def test_the_caller_may_say_what_a_record_shows() -> None:
    shown = plain([Inner(2.0)], lambda record: {"low": record.low, "doubled": record.doubled})
    assert shown == [{"low": 2.0, "doubled": 4.0}]


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.just(np.float64("nan"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.builds(Inner, inner) | st.tuples(inner),
)


@given(VALUES)
def test_the_form_is_json_and_has_itself_for_its_form(value: Any) -> None:
    found = plain(value)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert plain(found) == found


def test_no_minus_zero() -> None:
    assert json.dumps(plain({"low": -0.0, "of": np.array([-0.0])})) == '{"low": 0.0, "of": [0.0]}'

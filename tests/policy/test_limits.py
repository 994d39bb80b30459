"""Limits that somebody names."""

from __future__ import annotations

import math

import pytest

from ipymlops.errors import BadInput, UnknownName
from ipymlops.policy.limits import NO_LIMITS, Limits


def test_none_and_some() -> None:
    assert Limits.of({}) == NO_LIMITS
    assert not NO_LIMITS.named
    assert Limits.of({"size_mb": 2.0}).named


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_what_is_no_limit(value: float) -> None:
    with pytest.raises(BadInput, match="a number above 0"):
        Limits.of({"size_mb": value})


def test_a_limit_nobody_knows() -> None:
    with pytest.raises(UnknownName, match="latency_ms"):
        Limits.of({"latency": 3.0})

"""What an application can bear, whatever is at stake: no tier knows it, so whoever promotes names it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ipymlops.errors import BadInput, UnknownName

NAMES = ("latency_ms", "size_mb")


@dataclass(frozen=True, slots=True)
class Limits:
    """Each None where nobody named it."""

    latency_ms: float | None = None  # of one row, 99 times in 100
    size_mb: float | None = None  # of the stored model

    @classmethod
    def of(cls, given: Mapping[str, float]) -> Limits:
        """
        >>> Limits.of({"latency_ms": 50})
        Limits(latency_ms=50, size_mb=None)
        """
        for name, value in given.items():
            if name not in NAMES:
                raise UnknownName.of("limit", name, NAMES)
            if not (math.isfinite(value) and value > 0):
                raise BadInput(f"Found the limit {name}={value:g}", expected="a number above 0, as in latency_ms=50")
        return cls(**given)

    @property
    def named(self) -> bool:
        return self != NO_LIMITS


NO_LIMITS = Limits()

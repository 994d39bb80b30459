"""Every object inside a model: its estimators, containers, arrays of objects, and what they hold."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np


def parts(model: Any) -> Iterator[Any]:
    """Each object once, the model first."""
    waiting, seen = [model], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | None):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | set | frozenset):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            waiting.extend(part.ravel().tolist() if part.dtype == object else ())
        elif isinstance(part, functools.partial):
            waiting.extend((part.func, part.args, part.keywords))
        elif hasattr(part, "__dict__") and not isinstance(part, type):
            waiting.extend(vars(part).values())

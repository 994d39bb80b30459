"""Every object inside a model: its estimators, containers, arrays of objects, and what they hold."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from ipymlops.frames.stored import is_pandas
from ipymlops.registry.serializers.distributions import is_distribution

PLAIN = (str, bytes, int, float, type(None))


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a model, and the attribute through which it is held."""

    value: Any
    owner: str = ""  # the class of the object whose attribute it is, or is in; the model has none
    attribute: str = ""

    @property
    def place(self) -> str:
        """``The attribute medians_ of Filler``; ``This model`` for the model."""
        return f"The attribute {self.attribute} of {self.owner}" if self.owner else "This model"


def parts(model: Any) -> Iterator[Any]:
    """Each object once, the model first."""
    return (part.value for part in named_parts(model))


def named_parts(model: Any) -> Iterator[Part]:
    """Each object once, the model first, with its place."""
    waiting, seen = [Part(model)], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part.value) in seen:
            continue
        seen.add(id(part.value))
        yield part
        waiting.extend(_held(part))


def place_of(model: Any, name: str) -> str:
    """Where the model holds what skops calls ``module.name``; ``This model`` where that is not found."""
    return next((part.place for part in named_parts(model) if part.owner and name in _names(part.value)), "This model")


def _names(value: Any) -> tuple[str, ...]:
    thing = value if isinstance(value, type | FunctionType) else type(value)
    own = f"{thing.__module__}.{thing.__name__}"
    if not isinstance(value, MethodType):
        return (own,)
    kind = type(value.__self__)
    return own, f"{kind.__module__}.{kind.__name__}.{value.__name__}"


def _held(part: Part) -> list[Part]:
    value = part.value
    if is_pandas(value) or is_distribution(value):
        return []
    if isinstance(value, dict):
        inside = list(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        inside = list(value)
    elif isinstance(value, np.ndarray):
        inside = value.ravel().tolist() if value.dtype == object else []
    elif isinstance(value, MethodType):
        inside = [value.__self__]
    elif isinstance(value, functools.partial):
        inside = [value.func, value.args, value.keywords]
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        named = vars(value).items()
        return [Part(held, type(value).__name__, name) for name, held in named if not isinstance(held, PLAIN)]
    else:
        inside = []
    return [Part(held, part.owner, part.attribute) for held in inside if not isinstance(held, PLAIN)]

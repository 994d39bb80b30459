"""Distributions of scipy.stats inside a model, as a search over random parameters holds them.

skops would write their insides, which are functions. In the file each is a text instead: the name of the distribution
and its numbers, and reading it makes nothing but that distribution.
"""

from __future__ import annotations

import json
from typing import Any

from ipymlops.errors import UnsafeModel

MOST = 10_000  # letters of a text


class StoredDistribution:
    """``StoredDistribution(text)`` is the distribution of the text. An object of this class stands for one while it is
    written."""

    text: str

    def __new__(cls, text: str) -> Any:
        if type(text) is not str or len(text) > MOST:
            raise ValueError("a distribution is stored as a short text")
        return from_text(text)

    def __reduce__(self) -> tuple[type[StoredDistribution], tuple[str]]:
        return StoredDistribution, (self.text,)

    def __deepcopy__(self, memo: Any) -> StoredDistribution:
        return self


NAME = f"{StoredDistribution.__module__}.{StoredDistribution.__qualname__}"


def is_distribution(value: Any) -> bool:
    """Whether it is a distribution of scipy.stats with its parameters, or one of these without, as ``norm`` is."""
    return bool(_name(value))


def stored(value: Any, place: str) -> StoredDistribution:
    """What stands for the distribution. Raises UnsafeModel, with the place, where its parameters are no numbers."""
    parameters = {"args": getattr(value, "args", None), "kwds": getattr(value, "kwds", None)}
    try:
        text = json.dumps({"name": _name(value), **parameters}, default=_number)
        if len(text) > MOST:
            raise TypeError
    except TypeError as error:
        raise UnsafeModel(
            f"{place} holds the distribution {_name(value)} with parameters that are not a few numbers",
            expected="numbers, as in randint(2, 10)",
            next_step="give it numbers, or register what was found: search.best_estimator_",
        ) from error
    made = object.__new__(StoredDistribution)
    made.text = text
    return made


def from_text(text: str) -> Any:
    """The distribution that ``stored`` wrote."""
    from scipy import stats

    record = json.loads(text)
    family = vars(stats).get(record["name"])
    if not isinstance(family, stats.rv_continuous | stats.rv_discrete):
        raise ValueError("no distribution of scipy.stats has that name")
    if record["args"] is None:
        return family
    if not all(_is_numbers(v) for v in (*record["args"], *record["kwds"].values())):
        raise ValueError("the parameters of a distribution are numbers")
    return family(*record["args"], **record["kwds"])


def _name(value: Any) -> str:
    """Its name in scipy.stats; nothing where it is no distribution from there."""
    family = getattr(value, "dist", value)
    if not type(family).__module__.startswith("scipy.stats.") or not type(value).__module__.startswith("scipy.stats."):
        return ""
    from scipy import stats

    known = (n for n, v in vars(stats).items() if isinstance(v, stats.rv_continuous | stats.rv_discrete))
    return next((n for n in known if type(vars(stats)[n]) is type(family)), "")


def _number(value: Any) -> Any:
    """A NumPy number, or an array of them, as JSON has it."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError


def _is_numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_numbers, value))
    return isinstance(value, int | float)

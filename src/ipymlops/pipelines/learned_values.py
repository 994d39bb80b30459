"""What two models show of what they have learned: public attributes such as ``mean_`` or ``categories_``.

A statistic may be another one though no row that was compared tells: the median that fills gaps of a column without
any, the weight of a level that never came up. By the convention of scikit-learn such attributes end in one underscore.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ipymlops.pipelines.answering import Answers, compared

WORDS = "learned values"
DEEPEST = 12
NAMED = 3  # attributes that differ, in the cause
PLAIN = (bool, int, float, str)


def compared_learned(registered: Any, trained: Any, without: Collection[str] = ()) -> Answers | None:
    """The public learned attributes of two models and of their parts; None where the registered one has none.

    ``without`` names attributes of the model itself. ``rows`` of the answer are values, not attributes. Times, and
    what a search of parameters says of its candidates, are left out: another run may measure or search otherwise and
    find the same model.
    """
    was, now = (
        {name: flat for name, flat in _values("", model, ()) if name not in without} for model in (registered, trained)
    )
    if not was:
        return None
    pairs = [_one(name, was[name], now[name]) for name in was if name in now]
    unlike = sorted(was.keys() ^ now.keys())
    wrong = [name for name, one in zip((n for n in was if n in now), pairs, strict=True) if not one.close]
    named = [f"{name} {_which(was, now, name)}" for name in unlike] + [f"{name} differs" for name in wrong]
    return Answers(
        WORDS,
        "",
        sum(one.rows for one in pairs),
        not unlike and all(one.identical for one in pairs),
        not named,
        sum(one.differing for one in pairs),
        max((one.largest for one in pairs), default=0.0),
        ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED} more" if len(named) > NAMED else ""),
    )


def _one(name: str, was: Any, now: Any) -> Answers:
    return compared(name, "", len(was), was, now)


def _which(was: dict[str, Any], now: dict[str, Any], name: str) -> str:
    return "is new" if name in now else "is not there"


def _values(path: str, model: Any, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """Name and flat array of each attribute of a model and of the models in it."""
    if id(model) in above or len(above) > DEEPEST:
        return
    searched = hasattr(model, "best_estimator_")
    for name, value in sorted(getattr(model, "__dict__", {}).items()):
        public = name.endswith("_") and not name.startswith("_") and "time" not in name
        here = f"{path}.{name}" if path else name
        if public and not (searched and name != "best_estimator_"):
            flat = _flat(value)
            if flat is not None:
                yield here, flat
                continue
        if not name.startswith("_"):
            yield from _within(here, value, (*above, id(model)))


def _within(path: str, value: Any, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """Models that an attribute holds, alone or in lists, pairs and dictionaries."""
    if hasattr(value, "get_params") and hasattr(value, "__dict__") and not isinstance(value, type):
        yield from _values(path, value, above)
        return
    if len(above) > DEEPEST:
        return
    for key, part in _parts(value):
        yield from _within(f"{path}[{key}]" if key != "" else path, part, (*above, id(value)))


def _parts(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return [(key, part) for key, part in value.items() if not isinstance(part, PLAIN)]
    if isinstance(value, tuple) and value and isinstance(value[0], str):  # a step: its name, the model, columns
        return [("", part) for part in value[1:2]]
    if isinstance(value, list | tuple):
        named = (part[0] if isinstance(part, tuple) and part else number for number, part in enumerate(value))
        return [(key, part) for key, part in zip(named, value, strict=True) if not isinstance(part, PLAIN)]
    if getattr(value, "dtype", None) is not None and value.dtype == object and hasattr(value, "ravel"):
        return [(number, part) for number, part in enumerate(value.ravel().tolist()) if hasattr(part, "get_params")]
    return []


def _flat(value: Any) -> Any | None:
    """Plain values, arrays and what is made of them, as one array; None for anything else."""
    import numpy as np

    if isinstance(value, (*PLAIN, np.generic)):
        return np.asarray([value])
    if isinstance(value, np.ndarray):
        return value.ravel() if value.dtype != object or _all_plain(value.ravel().tolist()) else None
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: str(item[0]))
        return _joined([[str(key) for key, _ in ordered], [part for _, part in ordered]]) if ordered else None
    return _joined(value) if isinstance(value, list | tuple) and value else None


def _joined(parts: Any) -> Any | None:
    import numpy as np

    flat = [one for one in map(_flat, parts) if one is not None]
    if len(flat) < len(parts):
        return None
    numeric = all(one.dtype.kind in "fiub" for one in flat)
    return np.concatenate(flat if numeric else [one.astype(object) for one in flat])


def _all_plain(values: list[Any]) -> bool:
    return all(value is None or isinstance(value, PLAIN) for value in values)

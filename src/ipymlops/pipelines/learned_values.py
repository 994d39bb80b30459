"""What two models show of what they have learned: public attributes of scikit-learn's classes, such as ``mean_``.

A statistic may be another one though no row that was compared tells: the median that fills gaps of a column without
any, the weight of a level that never came up. Only scikit-learn's own classes are asked: what they show is a matter of
the data alone, while a class of somebody's own may show a clock, a cache or the order of a set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ipymlops.pipelines.answering import Answers, compared

WORDS = "learned values"
DEEPEST = 12
NAMED = 3  # attributes that differ, in the cause
PLAIN = (bool, int, float, str)


def compared_learned(
    registered: Any, trained: Any, without: Collection[str] = (), *, rounded: bool = False
) -> Answers | None:
    """The public learned attributes of two models and of their parts; None where there are none that both have.

    ``without`` names attributes of the model itself. ``rows`` of the answer are values, not attributes. Times, and
    what a search of parameters says of its candidates, are left out: another run may measure or search otherwise and
    find the same model. What only one side has is not compared: another version of the library may show more.
    ``rounded``: the models' answers differ by rounding, so what they learned may, by more than the answers do: a
    direction that no row has is turned by the last bit. Names, levels and shapes must be the same all the same.
    """
    was, now = (
        {name: flat for name, flat in _values("", model, ()) if name.removesuffix(".shape") not in without}
        for model in (registered, trained)
    )
    pairs = {name: compared(name, "", len(was[name]), was[name], now[name]) for name in was if name in now}
    if not pairs:
        return None
    wrong = [f"{name} differs" for name, one in pairs.items() if not (one.close or (rounded and one.largest))]
    return Answers(
        WORDS,
        "",
        sum(one.rows for one in pairs.values()),
        all(one.identical for one in pairs.values()),
        not wrong,
        sum(one.differing for one in pairs.values()),
        max(one.largest for one in pairs.values()),
        ", ".join(wrong[:NAMED]) + (f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""),
    )


def _values(path: str, model: Any, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """Name and flat array of each attribute of a model and of the models in it."""
    if id(model) in above or len(above) > DEEPEST:
        return
    asked = type(model).__module__.partition(".")[0] == "sklearn"
    searched = hasattr(model, "best_estimator_")
    for name, value in sorted(getattr(model, "__dict__", {}).items()):
        if name.startswith("_"):
            continue
        here = f"{path}.{name}" if path else name
        if asked and _is_learned(name, searched):
            yield from _flat(here, value)
        yield from _within(here, value, (*above, id(model)))


def _is_learned(name: str, searched: bool) -> bool:
    return name.endswith("_") and "time" not in name and not searched


def _within(path: str, value: Any, above: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """Models that an attribute holds, alone or in lists, pairs and dictionaries."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        yield from _values(path, value, above)
        return
    if len(above) > DEEPEST or id(value) in above:
        return
    for key, part in _parts(value):
        yield from _within(f"{path}[{key}]" if key != "" else path, part, (*above, id(value)))


def _parts(value: Any) -> list[tuple[Any, Any]]:
    import numpy as np

    if isinstance(value, dict):
        return [(key, part) for key, part in value.items() if not isinstance(part, PLAIN)]
    if isinstance(value, tuple) and value and isinstance(value[0], str):  # a step: its name, the model, columns
        return [("", part) for part in value[1:2]]
    if isinstance(value, list | tuple):
        named = (part[0] if isinstance(part, tuple) and part else number for number, part in enumerate(value))
        return [(key, part) for key, part in zip(named, value, strict=True) if not isinstance(part, PLAIN)]
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [(number, part) for number, part in enumerate(value.ravel().tolist()) if hasattr(part, "get_params")]
    return []


def _flat(path: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Plain values, arrays and what is made of them, as flat arrays; nothing for anything else."""
    import numpy as np

    if isinstance(value, (*PLAIN, np.generic)):
        yield path, np.asarray([value])
    elif isinstance(value, np.ndarray):
        if value.dtype != object or all(v is None or isinstance(v, PLAIN) for v in value.ravel().tolist()):
            yield path, np.asarray(value).ravel()
            yield f"{path}.shape", np.asarray(value.shape)
    elif isinstance(value, dict) and depth < DEEPEST:
        yield from _flat_dict(path, value, depth)
    elif isinstance(value, list | tuple) and depth < DEEPEST and value:
        yield from _flat_list(path, value, depth)


def _flat_dict(path: str, value: dict[Any, Any], depth: int) -> Iterator[tuple[str, Any]]:
    """Names and, in their order, values: a vocabulary has a hundred thousand."""
    import numpy as np

    ordered = sorted(value.items(), key=lambda item: (str(item[0]), str(type(item[0]))))
    if not all(isinstance(part, (*PLAIN, np.generic)) for _, part in ordered):
        for key, part in ordered:
            yield from _flat(f"{path}[{key}]", part, depth + 1)
        return
    yield f"{path}.keys", np.array([str(key) for key, _ in ordered], dtype=object)
    yield from _flat_list(path, [part for _, part in ordered], depth)


def _flat_list(path: str, parts: Sequence[Any], depth: int) -> Iterator[tuple[str, Any]]:
    import numpy as np

    if all(isinstance(part, bool | int | float | np.number) for part in parts):
        yield path, np.asarray(parts, dtype=np.float64)
    elif all(isinstance(part, PLAIN) for part in parts):
        yield path, np.array(parts, dtype=object)
    else:
        for number, part in enumerate(parts):
            yield from _flat(f"{path}[{number}]", part, depth + 1)

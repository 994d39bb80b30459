"""What is in the way of storing a model: which part, through which attribute it is held, and what to use instead."""

from __future__ import annotations

from types import MethodType
from typing import Any

import skops.io

from ipymlops.errors import BadInput, MlopsError, UnsafeModel, first_line
from ipymlops.registry.serializers.boosters import LIBRARIES
from ipymlops.registry.serializers.parts import Part, named_parts, place_of

OWN_TYPES = "a model made of scikit-learn's, NumPy's and pandas' own types"


def cannot_be_stored(model: Any, error: Exception) -> MlopsError:
    """skops could not write the model: of the parts that it cannot write, the innermost is to blame."""
    name = type(model).__name__
    blamed = [part for part in named_parts(model) if part.owner and _fails(part.value)]
    if not blamed:
        return BadInput(f"This {name} cannot be stored: {first_line(error)}", expected=OWN_TYPES)
    part = blamed[-1]
    kind = type(part.value)
    return BadInput(
        f"This {name} cannot be stored: {place_of_value(part)} is a {kind.__module__}.{kind.__qualname__}",
        expected=OWN_TYPES,
        next_step=f"keep plain values, arrays or tables in {part.attribute}, or delete it before registering",
    )


def cannot_be_loaded_again(model: Any, refused: list[str]) -> UnsafeModel:
    """Say which type is in the way and what to use instead; the first one that a person can act on."""
    name = sorted(refused, key=lambda n: not n.startswith("__main__."))[0]
    library = LIBRARIES.get(name.partition(".")[0])
    if method := _bound(model, refused):
        return method
    if library:
        return UnsafeModel(
            f"This model holds {name} of {library}, which is code and not the model",
            expected=f"{library}'s scikit-learn models without callbacks, own objectives or own metrics",
            next_step="take it out (model.set_params(callbacks=None)); predictions do not need it",
        )
    if "<lambda>" in name:
        return UnsafeModel(
            "This model holds a lambda, which has no name to load it by",
            expected=OWN_TYPES,
            next_step="give it a name in a cell of its own (half = lambda x: x / 2), or use a NumPy function",
        )
    if name.startswith("__main__."):
        own = name.removeprefix("__main__.")
        return UnsafeModel(
            f"This model holds {own!r}, which this notebook defines and no other process has",
            expected=OWN_TYPES,
            next_step="use a scikit-learn class or a NumPy function in its place, or do that step before the model",
        )
    return UnsafeModel(
        f"{place_of(model, name)} holds {name}, which is not among the types that are loaded again",
        expected=OWN_TYPES,
        next_step="leave that part out, or take the fitted part out of it (of a search: search.best_estimator_)",
    )


def _bound(model: Any, refused: list[str]) -> UnsafeModel | None:
    """A method of an object, as in ``FunctionTransformer(scaler.transform)``."""
    for part in named_parts(model):
        if not isinstance(part.value, MethodType):
            continue
        owner, method = type(part.value.__self__), part.value.__name__
        if f"{owner.__module__}.{owner.__name__}.{method}" in refused:
            return UnsafeModel(
                f"{part.place} is a method of an object, {owner.__name__}.{method}, and loading calls no methods",
                expected="an estimator, or a function that has a name of its own",
                next_step=f"put the {owner.__name__} itself there as a step, or a function that the notebook defines",
            )
    return None


def place_of_value(part: Part) -> str:
    return f"{part.place[0].lower()}{part.place[1:]}"


def _fails(value: Any) -> bool:
    try:
        skops.io.dumps(value)
    except Exception:  # skops and the objects' own __reduce__ raise all sorts
        return True
    return False

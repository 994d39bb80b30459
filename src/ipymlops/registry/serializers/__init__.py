"""How models become files and come back, one row a model family.

A family is a module with four functions: ``accepts(model)`` says whether the model is one of its own,
``served(model)`` gives what ``load`` will give back, ``dump(model)`` gives files and facts, ``load(read, facts)``
audits the bytes and only then constructs the model. ``pickled`` is none of them: nobody gets there but by a word.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.registry.code import Code, codes_in, named
from ipymlops.registry.code import load as load_code
from ipymlops.registry.serializers import pickled

FAMILIES = {
    "scikit-learn": "ipymlops.registry.serializers.sklearn",
    "torch": "ipymlops.registry.serializers.torch",
    "onnx": "ipymlops.registry.serializers.onnx",
    "statsmodels": "ipymlops.registry.serializers.statsmodels",
    "catboost": "ipymlops.registry.serializers.catboost",
}


class Family(Protocol):
    """What the module of a family offers."""

    def accepts(self, model: Any) -> bool: ...

    def served(self, model: Any) -> Any: ...

    def dump(self, model: Any) -> tuple[dict[str, bytes], dict[str, Any]]: ...

    def load(self, read: Callable[[str], bytes], facts: Mapping[str, Any]) -> Any: ...


def dump(
    model: Any, codes: Iterable[Code] = (), objects: Mapping[str, Iterable[Any]] | None = None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The model as files of a bundle, and the facts that its manifest must hold (``estimator``, ``serializer``).

    ``codes`` are modules that the bundle takes along, ``objects`` the model's classes and functions that are theirs:
    module name -> objects. Raises BadInput for what cannot be stored and UnsafeModel for what could not be loaded
    again safely; both name the type and the way out.
    """
    for name in FAMILIES:
        family = _family(name)
        if family.accepts(model):
            for code in codes:
                load_code(code)
            with named(objects or {}):
                files, facts = family.dump(model)
            files |= {code.file: code.source.encode() for code in codes}
            if codes:
                facts = {**facts, "code": [code.fact for code in codes]}
                _try(family, files, facts)
            return files, {"estimator": estimator_name(model), "serializer": {"family": name, **facts}}
    raise BadInput(
        f"Found a {type(model).__module__}.{type(model).__qualname__}",
        expected=f"a fitted model of {', '.join(FAMILIES)}",
        next_step="wrap the model in a scikit-learn Pipeline or estimator",
    )


def dump_pickle(model: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The same as a pickle, for somebody who said so."""
    files, facts = pickled.dump(model)
    return files, {"estimator": estimator_name(model), "serializer": {"family": pickled.FAMILY, **facts}}


def served(model: Any) -> Any:
    """The model as a bundle gives it back: an estimator is itself, a result of statsmodels its numbers.

    Everything that judges or compares a model takes this one. Raises BadInput for what its family cannot store.
    """
    found = (family for family in map(_family, FAMILIES) if family.accepts(model))
    return next((family.served(model) for family in found), model)


def rows_for(model: Any, data: tuple[Any, Any]) -> tuple[Any, Any]:
    """The rows and targets that a served model was trained on, of those that it was given: without the columns and the
    rows that its library left out by itself."""
    return model.fitted(*data) if hasattr(model, "fitted") else data


def columns_for(model: Any, X: Any) -> Any:
    """The columns that a served model takes, where it knows that it needs no others."""
    return model.take(X) if hasattr(model, "take") else X


def _try(family: Family, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> None:
    """Load what was written: classes of a notebook can be of kinds that no file gives back."""
    try:
        family.load(files.__getitem__, facts)
    except UnsafeModel as error:
        raise UnsafeModel(
            f"This model could not be loaded again: {error.found}",
            expected="parts of plain classes: no members of an enumeration, sets, slots, kinds of dict or tuple",
            next_step="keep plain values in their place (of an enumeration: its .value)",
        ) from error


def estimator_name(model: Any) -> str:
    """What people call it: ``LogisticRegression``, or ``RandomForestClassifier in a Pipeline``."""
    if isinstance(own := getattr(model, "estimator_name", None), str):
        return own
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        return f"{estimator_name(steps[-1][1])} in a {type(model).__name__}"
    return type(model).__name__


def like_registered(model: Any, registered: Callable[[], Any]) -> Any:
    """A model that a pipeline trained, with the methods of the ``registered`` one: a torch module and an ONNX graph do
    not say what they take and answer. Any other model is as it is."""
    from ipymlops.registry.serializers import onnx, torch

    if torch.is_module(model):
        return torch.likewise(model, registered())
    return onnx.likewise(model, registered()) if onnx.is_graph(model) else model


def load(
    read: Callable[[str], bytes], manifest: Mapping[str, Any], *, allow_pickle: bool = False, risk: str = ""
) -> Any:
    """The model again. ``read`` gives a bundle's file by name, with its hash already checked. A pickle needs a word,
    and a ``risk`` that is not high, whatever the manifest says."""
    if pickled.is_pickled(manifest):
        pickled.refuse(manifest, allowed=allow_pickle, risk=risk)
        return pickled.load(read)
    facts = manifest.get("serializer")
    name = facts.get("family") if isinstance(facts, dict) else None
    if not isinstance(name, str) or name not in FAMILIES:
        raise UnsafeModel(f"This bundle's model is of the family {name!r}", expected=f"one of {', '.join(FAMILIES)}")
    for code in codes_in(manifest, read):
        load_code(code)
    return _family(name).load(read, cast(Mapping[str, Any], facts))


def _family(name: str) -> Family:
    return cast(Family, importlib.import_module(FAMILIES[name]))

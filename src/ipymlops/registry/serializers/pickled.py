"""Models as a pickle: what no family stores otherwise, and only because somebody said so, twice.

Unpickling runs whatever the file says, so nothing about it can be audited by loading it. What is left: the word at
registration, the same word at each load, never at tier high, the bytes held against their hash (and, where one is
demanded, the signature) before the first of them is read. Plain ``pickle``: what lives in the notebook itself is
refused, as another process would look for it in vain.
"""

from __future__ import annotations

import io
import pickle
import platform
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

from ipymlops.errors import BadInput, UnsafeModel, first_line

FAMILY = "pickle"
FILE = "model.pkl"
PROTOCOL = 5
WARNING = (
    "STORED AS A PICKLE: whoever loads it runs whatever the file says, and nothing checks that beforehand; "
    "it is loaded only by the word --allow-pickle (allow_pickle=True), and never at tier high"
)


def is_pickled(manifest: Mapping[str, Any]) -> bool:
    """Whether the model of this bundle is a pickle."""
    facts = manifest.get("serializer")
    return isinstance(facts, dict) and facts.get("family") == FAMILY


def dump(model: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The file and its facts. BadInput for what cannot be pickled, or could not be loaded elsewhere."""
    written = io.BytesIO()
    pickler = _Pickler(written, PROTOCOL)
    try:
        pickler.dump(model)
    except BadInput:
        raise
    except Exception as error:  # the objects' own __reduce__ raise all sorts
        raise BadInput(
            f"This {type(model).__name__} cannot be pickled: {first_line(error)}",
            expected="a model of importable classes and functions",
            next_step="take out what the message names",
        ) from error
    facts: dict[str, Any] = {"file": FILE, "format": "pickle", "protocol": PROTOCOL}
    return {FILE: written.getvalue()}, {**facts, "python": platform.python_version(), "libraries": pickler.libraries()}


def refuse(manifest: Mapping[str, Any], *, allowed: bool, risk: str) -> None:
    """Raise UnsafeModel unless the word was said, and at tier high whatever was said. ``risk``: what the registry says,
    beside the bundle."""
    if "high" in (risk, manifest.get("risk")):
        raise UnsafeModel(
            "This model is stored as a pickle, which is never loaded at tier high",
            expected="a model that is stored without pickle",
            next_step="register one of scikit-learn, XGBoost, LightGBM, statsmodels or torch in its place",
        )
    if not allowed:
        raise UnsafeModel(
            "This model is stored as a pickle, which runs whatever it says when it is loaded",
            expected="a model that is stored without pickle, or your word",
            next_step="if you trust whoever registered it: --allow-pickle, or allow_pickle=True",
        )


def load(read: Callable[[str], bytes]) -> Any:
    """The model, whatever that runs; ``refuse`` was asked, and ``read`` holds the bytes against their hash."""
    data = read(FILE)
    try:
        return pickle.loads(data)
    except Exception as error:  # whatever the file makes of it
        raise UnsafeModel(
            f"{FILE} could not be unpickled: {first_line(error)}",
            expected="the libraries that stored it, in the versions of its requirements.txt",
        ) from error


class _Pickler(pickle.Pickler):
    """Tells which modules the file will ask for."""

    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        self._modules: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        named = value if hasattr(value, "__qualname__") else type(value)
        module = getattr(named, "__module__", None) or ""
        if module == "__main__":
            raise BadInput(
                f"This model holds {named.__qualname__!r}, which this notebook defines: a pickle has only its name",
                expected="classes and functions of a module that others can import",
                next_step="move it into a file beside the notebook and import it from there",
            )
        self._modules.add(module.partition(".")[0])
        return NotImplemented

    def libraries(self) -> dict[str, str]:
        """Distribution -> version of what was asked for, as far as it is one."""
        owners = metadata.packages_distributions()
        names = {owner for module in self._modules for owner in owners.get(module, ())[:1]}
        return {name: metadata.version(name) for name in sorted(names)}

"""Models that MLflow itself wrote: what their ``MLmodel`` says, and the model, audited before it is constructed.

Only formats that hold no code are read: skops (flavors sklearn and lightgbm) and XGBoost's own. The list of trusted
types that MLflow keeps inside the artifact is not looked at: whoever writes the artifact writes the list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipymlops.errors import BadInput, IntegrityError, ProjectError, UnsafeModel
from ipymlops.progress import Progress
from ipymlops.registry.file_names import is_safe
from ipymlops.registry.mlflow.fetching import MOST, Place
from ipymlops.registry.serializers import elsewhere
from ipymlops.storage.blobs import digest

MLMODEL = "MLmodel"
_MOST_MLMODEL = 2**22  # bytes; a signature of ten thousand columns has one million
_SKOPS = "skops"
_AGAIN = 'log it again with serialization_format="skops", or register it in the notebook that trained it'


@dataclass(frozen=True, slots=True)
class Foreign:
    """A model that MLflow wrote. ``columns`` are those of its signature; none where it has no names for them."""

    model: Any
    flavor: str
    columns: tuple[str, ...]
    versions: Mapping[str, str]  # library -> version that wrote it
    files: Mapping[str, str]  # name -> sha256


def read_foreign(place: Place, say: Progress) -> Foreign:
    """The model of that place. BadInput for a flavor that is not read, UnsafeModel for one that may hold code."""
    if MLMODEL not in place.names:
        raise BadInput(
            f"{place.remote.ref} on {place.tracking.url} holds no {MLMODEL}",
            expected="a model that MLflow logged, or a bundle that was pushed",
        )
    say(f"read {MLMODEL}")
    raw = place.read(MLMODEL, _MOST_MLMODEL)
    record = _parsed(raw)
    flavors = record.get("flavors")
    flavor, facts = _flavor(place, flavors if isinstance(flavors, dict) else {})
    name = _data_file(place, flavor, facts)
    say(f"read {name}")
    data = place.read(name, MOST)
    say("audit the model")
    library, written = _LIBRARIES[flavor], str(facts.get(_VERSION[flavor], "unknown"))
    if flavor == "xgboost":
        model = elsewhere.from_xgboost(data, str(facts.get("model_class")), written)
    else:
        model = elsewhere.from_skops(data, {library: written})
    files = {MLMODEL: digest(raw), name: digest(data)}
    return Foreign(model, flavor, _columns(record.get("signature")), {library: written}, files)


_LIBRARIES = {"sklearn": "scikit-learn", "lightgbm": "lightgbm", "xgboost": "xgboost"}
_VERSION = {"sklearn": "sklearn_version", "lightgbm": "lgb_version", "xgboost": "xgb_version"}
_FILE = {"sklearn": "pickled_model", "lightgbm": "data", "xgboost": "data"}


def _flavor(place: Place, flavors: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for name in _LIBRARIES:
        facts = flavors.get(name)
        if isinstance(facts, dict):
            return name, facts
    found = ", ".join(sorted(str(name) for name in flavors)) or "none"
    raise BadInput(
        f"{place.remote.ref} on {place.tracking.url} is of the flavors {found}",
        expected=f"one of {', '.join(_LIBRARIES)}",
        next_step="register it in the notebook that trained it",
    )


def _data_file(place: Place, flavor: str, facts: Mapping[str, Any]) -> str:
    """The model's file, if it is of a format that holds no code."""
    name = str(facts.get(_FILE[flavor], ""))
    said = str(facts.get("model_format" if flavor == "xgboost" else "serialization_format", "unknown format"))
    if flavor == "xgboost" and said != "ubj":
        raise BadInput(
            f"{place.remote.ref} holds XGBoost's model as {said}",
            expected="ubj",
            next_step='log it with model_format="ubj"',
        )
    if flavor == "lightgbm" and facts.get("model_class") == "lightgbm.basic.Booster":
        raise BadInput(
            f"{place.remote.ref} is a Booster of LightGBM",
            expected="one of its scikit-learn classes, such as LGBMClassifier",
            next_step="log it as such: a Booster alone does not say what its answers mean",
        )
    if flavor != "xgboost" and said != _SKOPS:
        raise UnsafeModel(
            f"{place.remote.ref} on {place.tracking.url} is stored as {said}, which runs what it likes when it is read",
            expected="skops (flavors sklearn and lightgbm), or XGBoost's own ubj",
            next_step=_AGAIN,
        )
    if not is_safe(name):
        raise IntegrityError(
            f"{MLMODEL} of {place.remote.ref} names the file {name!r}",
            expected="a file of that model",
            next_step="do not use it; ask where it came from",
        )
    return name


def _columns(signature: Any) -> tuple[str, ...]:
    """The names that the signature gives the inputs, if it gives each one."""
    try:
        inputs = json.loads(signature["inputs"])
        names = tuple(column["name"] for column in inputs)
    except (TypeError, KeyError, ValueError, RecursionError):
        return ()
    return names if all(isinstance(name, str) for name in names) else ()


def _parsed(raw: bytes) -> Mapping[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise ProjectError(
            f"{MLMODEL} is YAML, and no reader of it is installed", next_step="pip install 'ipymlops[mlflow]'"
        ) from error
    try:
        text = raw.decode()
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise ValueError("a part refers to another, which can grow without end")
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError) as error:
        raise IntegrityError(
            f"{MLMODEL} cannot be read: {(str(error).splitlines() or ['no reason'])[0][:200]}"
        ) from error
    if not isinstance(found, dict):
        raise IntegrityError(f"{MLMODEL} is no mapping", expected="what MLflow writes")
    return found

"""scikit-learn models as skops files: no pickle, audited against a list of types that is ours, not the file's.

skops trusts scikit-learn's estimators and refuses the rest until told otherwise. What we add is in
``trusted_types.py``; what we check after loading, because a type alone proves nothing, is in ``structure.py``.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import skops.io
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from ipymlops.errors import BadInput, IntegrityError, MlopsError, UnsafeModel, first_line
from ipymlops.registry import code
from ipymlops.registry.serializers.archive import canonical, schema_of, type_names, unpacked
from ipymlops.registry.serializers.boosters import check_boosters, libraries
from ipymlops.registry.serializers.graph import check_graph
from ipymlops.registry.serializers.libraries import require, versions
from ipymlops.registry.serializers.refusals import cannot_be_loaded_again, cannot_be_stored
from ipymlops.registry.serializers.shells import Shells
from ipymlops.registry.serializers.structure import check_structure
from ipymlops.registry.serializers.tables import without_tables
from ipymlops.registry.serializers.trusted_types import trusted_types

FILE = "model.skops"
_OLDEST_PROTOCOL = 2  # earlier protocols of skops are read by laxer code


def accepts(model: Any) -> bool:
    return isinstance(model, BaseEstimator)


def served(model: Any) -> Any:
    return model


def dump(model: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    _check_fitted(model)
    try:
        raw = skops.io.dumps(without_tables(model))
    except MlopsError:
        raise
    except Exception as error:  # skops and the objects' own __reduce__ raise all sorts
        raise cannot_be_stored(model, error) from error
    refused = _refused(raw)
    if refused:
        raise cannot_be_loaded_again(model, refused)
    files = unpacked(raw)
    del raw  # as large as the model
    schema = schema_of(files)
    check_boosters(schema, files.__getitem__)
    own = versions(libraries(schema))
    return {FILE: canonical(files)}, {"file": FILE, "format": "skops", **({"libraries": own} if own else {})}


def load(read: Callable[[str], bytes], facts: Mapping[str, Any]) -> Any:
    try:
        files = unpacked(read(FILE))
        schema = schema_of(files)
        if not isinstance(schema.get("protocol"), int) or schema["protocol"] < _OLDEST_PROTOCOL:
            raise UnsafeModel(f"{FILE} is of an old skops format", next_step="register the model again")
        require(libraries(schema), facts)
        check_boosters(schema, files.__getitem__)
        shells = Shells(schema)
        check_graph(schema, files)
        model = _constructed(shells, files, schema)
    except MlopsError:
        raise
    except zipfile.BadZipFile as error:
        raise IntegrityError(f"{FILE} is not a whole skops file", next_step="register the model again") from error
    except Exception as error:  # a hostile file may raise anything on its way through skops
        raise UnsafeModel(
            f"{FILE} could not be read: {first_line(error)}", expected="a file that `register` wrote"
        ) from error
    check_structure(model)
    shells.fill()
    return model


def _constructed(shells: Shells, files: dict[str, bytes], schema: dict[str, Any]) -> Any:
    """What skops makes of the files, whose memory is given back meanwhile."""
    trusted = sorted({n for n in type_names(schema) if is_trusted(n)} | shells.names)
    data = shells.file(files)
    files.clear()
    try:
        with warnings.catch_warnings(), shells.importable():
            warnings.simplefilter("ignore", DeprecationWarning)  # NumPy's, about names in older files
            return skops.io.loads(data, trusted=trusted)
    except skops.io.exceptions.UntrustedTypesFoundException as error:
        refused = [name for name in _refused(data) if name not in shells.names]
        raise UnsafeModel(
            f"{FILE} holds types that are not constructed: {', '.join(refused[:5])}",
            expected="scikit-learn's and NumPy's own types",
            next_step="do not use this bundle unless you know where it came from; register the model again",
        ) from error


def is_trusted(name: str) -> bool:
    """Whether a type or function may be constructed: it is on our list, or the bundle's own audited code."""
    return name in trusted_types() or code.holds(name)


def _check_fitted(model: Any) -> None:
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise BadInput(
            f"This {type(model).__name__} is not fitted", expected="a fitted model", next_step="call its fit first"
        ) from error


def _refused(data: bytes) -> list[str]:
    return [name for name in skops.io.get_untrusted_types(data=data) if not is_trusted(name)]

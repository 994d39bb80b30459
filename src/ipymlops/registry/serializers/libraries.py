"""Which version of a model's own library a bundle needs, asked before anything of that library is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from ipymlops.errors import BadInput, UnsafeModel


def versions(names: Iterable[str]) -> dict[str, str]:
    """``{"xgboost": "3.2.0"}``: the facts that ``require`` reads later."""
    return {name: _version(name) for name in sorted(names)}


def require(names: Iterable[str], facts: Mapping[str, Any]) -> None:
    """Raise BadInput unless each library is installed in the major version that stored the model."""
    said = facts.get("libraries")
    for name in sorted(names):
        version = said.get(name) if isinstance(said, dict) else None
        if not isinstance(version, str) or not version.partition(".")[0].isdigit():
            raise UnsafeModel(f"This bundle does not say which {name} its model needs", next_step="register it again")
        major = version.partition(".")[0]
        found = _version(name) if find_spec(name) else "none"
        if found.partition(".")[0] != major:
            raise BadInput(
                f"This bundle needs {name} {major}.x; found {found}",
                expected=f"{name} {version}, which stored the model",
                next_step=f'pip install "{name}=={major}.*"',
            )


def _version(name: str) -> str:
    """By the distribution that brings the module: ``xgboost`` may come from ``xgboost-cpu``."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)  # most have their module's name, and the search below takes a second
    owners = metadata.packages_distributions().get(name, [])
    return metadata.version(owners[0]) if owners else "none"

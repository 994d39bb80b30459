"""ipymlops: from the notebook cell that trained a model to a model that keeps working in production.

Importing this package binds names and does nothing else; what they need is imported when they are used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "MlopsError": "ipymlops.errors",
    "Pipeline": "ipymlops.retraining.pipeline",
    "Project": "ipymlops.project",
    "open_project": "ipymlops.project",
}

__all__ = ["MlopsError", "Pipeline", "Project", "__version__", "load_ipython_extension", "open_project"]

if TYPE_CHECKING:
    from ipymlops.errors import MlopsError
    from ipymlops.project import Project, open_project
    from ipymlops.retraining.pipeline import Pipeline


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext ipymlops``."""
    from ipymlops.apps.notebook.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """``%unload_ext ipymlops``."""
    from ipymlops.apps.notebook.extension import unload

    unload(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "ipymlops"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "ipymlops.apps.jupyter_server"}]

"""What the kernel runs on: Python, platform, and the exact versions of the packages that were imported."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_FIRST_SEEN = dict(os.environ)
# Imported by every kernel, and no part of a model.
_NOTEBOOK_PACKAGES = """
    ipykernel ipython jupyter_client jupyter_core traitlets tornado pyzmq comm debugpy jedi parso prompt-toolkit
    pygments stack-data executing asttokens pure-eval wcwidth decorator matplotlib-inline nest-asyncio nest-asyncio2
    psutil pip setuptools pexpect ptyprocess
"""


def environment() -> dict[str, Any]:
    """``{"python": "3.11.9", "platform": ..., "packages": {distribution: version}}`` of what is imported now."""
    tops = {name.partition(".")[0] for name in list(sys.modules)}
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": dict(sorted(_versions(tops).items())),
        "arithmetic": arithmetic(),
    }


def arithmetic() -> dict[str, str]:
    """What multiplies matrices, and on how many threads: sums in another order are other numbers in the last digits."""
    import numpy as np

    told: Any = np.show_config(mode="dicts")
    blas = told.get("Build Dependencies", {}).get("blas", {})
    found = {"BLAS": f"{blas.get('name', 'not known')} {blas.get('version', '')}".strip()}
    if find_spec("threadpoolctl") is not None:
        pools = import_module("threadpoolctl").threadpool_info()
        threads = {p["num_threads"] for p in pools if p["user_api"] == "blas" and "numpy" in p["filepath"]}
        found["BLAS threads"] = str(max(threads, default=os.cpu_count() or 1))
    return found


def variables_at_start() -> dict[str, str]:
    """The environment variables as this process got them: what a cell set is no part of them.

    Where the system does not tell, they are as they were when ipymlops was first used.
    """
    try:
        entries = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return dict(_FIRST_SEEN)
    return dict(os.fsdecode(entry).split("=", 1) for entry in entries if b"=" in entry)


def requirements(modules: Iterable[str]) -> tuple[str, ...]:
    """The distributions behind top-level module names, pinned: ``("scikit-learn==1.9.1",)``.

    Names of the standard library, of local files and of packages that are not installed give nothing. The label of a
    local build (``2.13.0+cpu``) is left out: no index has it.
    """
    tops = {name.partition(".")[0] for name in modules}
    return tuple(f"{name}=={version.partition('+')[0]}" for name, version in sorted(_versions(tops).items()))


def _versions(modules: Iterable[str]) -> dict[str, str]:
    table = distributions()
    found: dict[str, str] = {}
    for module in modules:
        if module in sys.stdlib_module_names or module.startswith("_"):
            continue
        for name in table.get(module, ()):
            version = _imported_version(name)
            if version and name.lower() not in _notebook_packages():
                found[name] = version
    return found


@cache
def distributions() -> dict[str, list[str]]:
    """Top-level module -> distributions; reading it takes tens of milliseconds, so once a process."""
    return {module: sorted(set(names)) for module, names in metadata.packages_distributions().items()}


def installed_version(distribution: str) -> str:
    """Empty where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


_imported_version = cache(installed_version)  # an upgrade changes nothing of what this process has imported


@cache
def _notebook_packages() -> frozenset[str]:
    return frozenset(_NOTEBOOK_PACKAGES.split())

"""What a pipeline reads, for ``--list-inputs``: each input, what it is, and whether it is still what it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipymlops.retraining.pipeline import Pipeline


def listed(pipeline: Pipeline) -> list[dict[str, str]]:
    """A row an input: ``name``, ``kind``, ``path`` (where the notebook read it) and ``state``."""
    from ipymlops.pipelines.inputs import kind_of

    hashes = {i["name"]: i["sha256"] for i in pipeline.record["inputs"]}
    return [
        {"name": name, "kind": kind_of(path), "path": path, "state": _state(path, hashes.get(name))}
        for name, path in pipeline.paths({}).items()
    ]


def _state(path: str, recorded: str | None) -> str:
    """In words; what lies at an address is not asked for."""
    from ipymlops.pipelines.inputs import fingerprint, kind_of
    from ipymlops.pipelines.variables import ENV

    kind = kind_of(path)
    if kind == "variable":
        return "set" if path.removeprefix(ENV) in os.environ else "not set"
    if kind == "address":
        return "not looked at"
    now = fingerprint(Path(path))[0]
    if now is None:
        return "there" if kind == "folder" else "missing"
    if recorded is None:
        return "there, was not when the model was registered"
    return "as the notebook read it" if now == recorded else "changed since the notebook read it"

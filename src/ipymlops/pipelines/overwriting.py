"""Inputs that the notebook writes over after it has read them: a run does that to a copy of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from ipymlops.pipelines.paths import is_address
from ipymlops.pipelines.results import PipelineInput, Slice
from ipymlops.pipelines.sites import walk
from ipymlops.pipelines.variables import is_variable, path_of


def overwritten(slice_: Slice, inputs: Iterable[PipelineInput]) -> frozenset[str]:
    """The paths of the inputs that the slice writes, too, in its own words or through a function."""
    used: dict[PurePosixPath, set[str]] = {}
    for _, sites in walk(slice_.kept):
        for site in sites:
            used.setdefault(PurePosixPath(path_of(site)), set()).add(site.use)
    spelled = {path.name for path, uses in used.items() if "written" in uses}
    paths = [i.default for i in inputs if not (is_address(i.default) or is_variable(i.default))]
    return frozenset(p for p in paths if _is_written(PurePosixPath(p), used, spelled, slice_))


def _is_written(path: PurePosixPath, used: dict[PurePosixPath, set[str]], spelled: set[str], slice_: Slice) -> bool:
    uses = used.get(path, set())
    return "database" not in uses and ("written" in uses or (path.name in slice_.written and path.name not in spelled))


def what_is_gone(slice_: Slice, inputs: Sequence[PipelineInput]) -> str:
    """In words, the files whose first content the notebook has written over; nothing where there are none."""
    paths = sorted(overwritten(slice_, inputs))
    if not paths:
        return ""
    return f"the notebook writes over {' and '.join(paths)} after it has read it, so what it read is no longer there"

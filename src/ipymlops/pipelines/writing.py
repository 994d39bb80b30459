"""One script and what lies beside it, written into a draft: what a proof then runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipymlops.pipelines import local_modules
from ipymlops.pipelines.folder import RECORD, SCRIPT
from ipymlops.pipelines.formatting import formatted
from ipymlops.pipelines.origin import Origin, record_of
from ipymlops.pipelines.requirements import requirements_of
from ipymlops.pipelines.results import PipelineInput, Slice
from ipymlops.pipelines.script import modules_needed, write_script
from ipymlops.pipelines.tuning import searches_beside
from ipymlops.storage.disk import write_atomically


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and in words what its reader should know."""

    source: str
    copied: tuple[str, ...]  # modules from the notebook's folder
    own: tuple[str, ...]  # modules from the bundle: what the model needs of the notebook
    requirements: tuple[str, ...]
    notes: tuple[str, ...] = ()


def write(origin: Origin, slice_: Slice, inputs: Sequence[PipelineInput], draft: Path) -> Written:
    """The formatted script, its record and the modules that it takes along."""
    folder = Path(origin.journal.folder)
    modules = modules_needed(slice_, inputs)
    copied = local_modules.copy(modules, local_modules.search_path(slice_, folder), draft)
    own = tuple(f"{code.module}.py" for code in origin.codes)
    for name, code in zip(own, origin.codes, strict=True):
        write_atomically(draft / name, code.source.encode())
    beside = (*copied, *own)
    theirs = frozenset[str]().union(*(local_modules.imported_by(draft / name) for name in beside))
    ours = {Path(name).stem for name in beside}
    required, unnamed = requirements_of(
        (m for m in (*modules, *sorted(theirs)) if m.partition(".")[0] not in ours),
        (k.statement.source for k in slice_.kept),
        typed=slice_.requirements,
        loaders=origin.loaders,
        packages=origin.packages,
        folder=folder,
    )
    script = formatted(
        write_script(
            slice_,
            inputs,
            model=origin.model,
            version=origin.version,
            notebook=origin.notebook,
            requirements=required,
        )
    )
    write_atomically(draft / SCRIPT, script.text.encode())
    write_atomically(draft / RECORD, record_of(origin, slice_, tuple(inputs)))
    problems = (script.problem,) if script.problem else ()
    notes = (*unnamed, *problems, *searches_beside(draft, beside))
    return Written(script.text, copied, own, required, notes)

"""The story of an export: slice, write, prove; widen what was not enough; and only then put the folder in its place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipymlops
from ipymlops.capture.journal import Journal
from ipymlops.errors import BadInput
from ipymlops.pipelines import local_modules
from ipymlops.pipelines.docstring import docstring, with_verification
from ipymlops.pipelines.inputs import find_inputs, uncertain_reads
from ipymlops.pipelines.results import Export, PipelineInput, Slice, Verification
from ipymlops.pipelines.script import modules_needed, write_script
from ipymlops.pipelines.slicing import EVERYTHING, slice_journal
from ipymlops.pipelines.verification import BUNDLE, RECORD, SCRIPT, Attempt, attempt
from ipymlops.storage.disk import disk_error, sync_folder, write_atomically

if TYPE_CHECKING:
    from ipymlops.registry.bundle import Bundle

PROOF = "verification.json"
FORMAT = 1
RUNGS = (
    "the statements it needs",
    "with what defines the missing name",
    "with everything that draws random numbers",
    "with calls of unknown effect",
    "with whole cells",
    "with everything that was executed",
)


def export(
    bundle: Bundle,
    folder: Path,
    *,
    model: str,
    version: int,
    force: bool = False,
    timeout: float = 600.0,
    progress: Callable[[str], None] | None = None,
) -> Export:
    """Write the pipeline of a version into ``folder``, with the verdict of its verification.

    The folder is there whole or not at all. A pipeline that does not reproduce its model is written too, and says so.
    """
    refuse_occupied(folder, force)
    origin = _Origin.of(bundle, model, version, folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise disk_error(error, folder) from error
    try:
        bundle.extract(draft / BUNDLE)
        outcome = _Ladder(origin, draft, timeout, progress or (lambda _: None)).climb()
        result = _finish(origin, outcome, draft, folder)
        draft.chmod(0o755)  # mkdtemp made it private
        _put_in_place(draft, folder)
        return result
    except OSError as error:
        raise disk_error(error, folder) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def refuse_occupied(folder: Path, force: bool) -> None:
    """Nothing that somebody made is overwritten: only a pipeline, and only with ``force``."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadInput(f"Found a file at {folder}", expected="a folder, or nothing")
    if not any(folder.iterdir()):
        return
    if not (folder / RECORD).exists():
        raise BadInput(
            f"{folder} holds other things than a pipeline",
            expected="a new or empty folder",
            next_step="name another one with --to",
        )
    if not force:
        raise BadInput(
            f"{folder} holds a pipeline already", expected="a new folder", next_step="replace it with --force"
        )


@dataclass(frozen=True, slots=True)
class _Origin:
    """What the bundle says of the notebook."""

    model: str
    version: int
    journal: Journal
    targets: tuple[str, ...]
    recorded: Mapping[str, Mapping[str, Any]]  # inputs as they were at registration, by path
    packages: Mapping[str, str]
    folder: str  # the notebook's, seen from the exported folder

    @classmethod
    def of(cls, bundle: Bundle, model: str, version: int, folder: Path) -> _Origin:
        record = bundle.json("targets.json") if "targets.json" in bundle else {}
        if "journal.json" not in bundle or not record.get("targets"):
            raise BadInput(
                f"{model}@{version} was not registered from a notebook, so there is no record to make a pipeline of",
                expected="a version that %mlops register stored",
                next_step=f"register it in its notebook: %mlops register MODEL --name {model}",
            )
        journal = Journal.from_json(bundle.read("journal.json"))
        packages = bundle.json("environment.json")["packages"] if "environment.json" in bundle else {}
        recorded = {i["default"]: i for i in record.get("inputs", ())}
        seen = _relative(Path(journal.folder).resolve(), folder.resolve())
        return cls(model, version, journal, tuple(record["targets"]), recorded, packages, seen)

    @property
    def notebook(self) -> str | None:
        return Path(self.journal.notebook).name if self.journal.notebook else None

    def slice(self, rung: int, evidence: str = "") -> Slice:
        return slice_journal(self.journal, self.targets, rung=rung, evidence_of_failure=evidence)

    def inputs(self, slice_: Slice) -> tuple[PipelineInput, ...]:
        found = find_inputs(slice_, self.journal.folder, recorded=self.recorded)
        return tuple(
            replace(i, sha256=self.recorded[i.default]["sha256"], size=self.recorded[i.default]["size"])
            if i.default in self.recorded
            else i
            for i in found
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One script and what its run proved."""

    slice: Slice
    inputs: tuple[PipelineInput, ...]
    source: str
    tried: Attempt
    copied: tuple[str, ...] = ()

    @property
    def verification(self) -> Verification:
        return replace(self.tried.verification, widened=self.slice.widened)


@dataclass(slots=True)
class _Ladder:
    """Tries wider and wider slices until one reproduces the model."""

    origin: _Origin
    draft: Path
    timeout: float
    progress: Callable[[str], None]
    done: dict[tuple[int, ...], _Outcome] = field(default_factory=dict)  # by the statements kept

    def climb(self) -> _Outcome:
        first = outcome = self.attempt(0)
        if not self._hopeful(outcome):
            return outcome
        if cause := self._hopeless(outcome):
            return _because(first, cause)
        for rung in range(1, EVERYTHING + 1):
            outcome = self.attempt(rung, outcome.tried.evidence)
            if not self._hopeful(outcome):
                return outcome if outcome.verification.reproduced else first
        return first

    def attempt(self, rung: int, evidence: str = "", *, again: bool = False) -> _Outcome:
        slice_ = self.origin.slice(rung, evidence)
        kept = tuple(k.statement.index for k in slice_.kept)
        if kept in self.done and not again:
            return self.done[kept]
        self.progress(f"verify {RUNGS[rung]}")
        outcome = self._run(slice_)
        self.done.setdefault(kept, outcome)
        return outcome

    def _hopeful(self, outcome: _Outcome) -> bool:
        return not (outcome.verification.reproduced or outcome.tried.final)

    def _hopeless(self, outcome: _Outcome) -> str:
        """Whether even all that was executed gives another model, or another one each time: then no slice helps."""
        if not outcome.tried.digest:
            return ""  # it failed before there was a model: more statements may help
        whole = self.attempt(EVERYTHING)
        if whole.verification.reproduced or not whole.tried.digest:
            return ""
        again = self.attempt(EVERYTHING, again=True)
        if again.tried.digest and again.tried.digest != whole.tried.digest:
            return "training is not deterministic: everything that was executed, run twice, gave two different models"
        return "everything that was executed, run again in order, gives another model too"

    def _run(self, slice_: Slice) -> _Outcome:
        inputs = self.origin.inputs(slice_)
        source, copied = self._write(slice_, inputs)
        return _Outcome(slice_, inputs, source, attempt(self.draft, timeout=self.timeout), copied)

    def _write(self, slice_: Slice, inputs: tuple[PipelineInput, ...]) -> tuple[str, tuple[str, ...]]:
        modules = modules_needed(slice_, inputs)
        places = local_modules.search_path(slice_, Path(self.origin.journal.folder))
        copied = local_modules.copy(modules, places, self.draft)
        source = write_script(
            slice_,
            inputs,
            model=self.origin.model,
            version=self.origin.version,
            notebook=self.origin.notebook,
            requirements=_requirements(self.origin, slice_, modules),
        )
        write_atomically(self.draft / SCRIPT, source.encode())
        write_atomically(self.draft / RECORD, _record(self.origin, slice_, inputs))
        return source, copied


def _because(outcome: _Outcome, cause: str) -> _Outcome:
    causes = [cause, outcome.verification.cause, *outcome.slice.left_out[:2]]
    verification = replace(outcome.tried.verification, cause="; ".join(c for c in causes if c))
    return replace(outcome, tried=replace(outcome.tried, verification=verification))


def _requirements(origin: _Origin, slice_: Slice, modules: tuple[str, ...]) -> tuple[str, ...]:
    """Pinned as they were when the version was registered; what ``!pip install`` named comes as it was typed."""
    from ipymlops.capture.environment import requirements

    pinned = [r.partition("==") for r in requirements(m for m in modules if m != "ipymlops")]
    ours = f"ipymlops=={ipymlops.__version__}"
    listed = sorted([ours, *(f"{name}=={origin.packages.get(name, now)}" for name, _, now in pinned)])
    names = {name.lower() for name, _, _ in pinned}
    return (*listed, *(r for r in slice_.requirements if r.split("==")[0].split("[")[0].lower() not in names))


def _record(origin: _Origin, slice_: Slice, inputs: tuple[PipelineInput, ...]) -> bytes:
    runs = {run.execution: run for run in origin.journal}
    states = {
        f"In [{execution}]": {
            "generators": list(generators),
            **(asdict(before) if (before := runs[execution].random_before) else {"numpy": None, "python": None}),
        }
        for execution, generators in slice_.unseeded.items()
    }
    record = {
        "format": FORMAT,
        "model": origin.model,
        "version": origin.version,
        "notebook": origin.notebook,
        "folder": origin.folder,
        "targets": list(origin.targets),
        "inputs": [asdict(i) for i in inputs],
        "random_states": states,
        "cells": sorted({k.statement.execution for k in slice_.kept}),
        "widened": slice_.widened,
    }
    return json.dumps(record, sort_keys=True, ensure_ascii=False).encode()


def _finish(origin: _Origin, outcome: _Outcome, draft: Path, folder: Path) -> Export:
    """The last script, with its proof in its docstring, and the proof beside it."""
    slice_, journal = outcome.slice, origin.journal
    local_modules.remove(draft, keep=outcome.copied)
    notes = slice_.left_out
    about = (origin.model, origin.version, origin.notebook)
    source = with_verification(
        outcome.source, docstring(*about, None, notes), docstring(*about, outcome.verification, notes)
    )
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    verification = replace(outcome.verification, script_sha256=sha256)
    write_atomically(draft / SCRIPT, source.encode())
    write_atomically(draft / RECORD, _record(origin, slice_, outcome.inputs))
    write_atomically(draft / PROOF, json.dumps(asdict(verification), indent=1, sort_keys=True).encode() + b"\n")
    copied = tuple(f"{name} was copied from the notebook's folder" for name in outcome.copied)
    return Export(
        model=origin.model,
        version=origin.version,
        folder=folder,
        script=folder / SCRIPT,
        inputs=outcome.inputs,
        kept=len(slice_.kept),
        total=slice_.total,
        cells_kept=len({k.statement.execution for k in slice_.kept}),
        cells_total=len(journal),
        verification=verification,
        source=source,
        notes=(*notes, *uncertain_reads(slice_), *copied, *_unseeded(slice_)),
    )


def _unseeded(slice_: Slice) -> tuple[str, ...]:
    cells = ", ".join(f"In [{e}]" for e in slice_.unseeded)
    if not cells:
        return ()
    return (f"{cells} draws random numbers without a seed: the proof replays the notebook's state, later runs a seed",)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename; what stood there before is moved aside first, and comes back if that fails."""
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()
    if not folder.exists():
        draft.rename(folder)
    else:
        aside = folder.with_name(f"{draft.name}.old")
        folder.rename(aside)
        try:
            draft.rename(folder)
        except BaseException:
            aside.rename(folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    sync_folder(folder.parent)


def _relative(place: Path, start: Path) -> str:
    try:
        return Path(os.path.relpath(place, start)).as_posix()
    except ValueError:  # another drive
        return place.as_posix()

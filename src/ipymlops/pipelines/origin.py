"""The notebook that a version came from, as its bundle tells: what is sliced, what the slice read, what it needs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.capture.journal import Journal
from ipymlops.errors import BadInput
from ipymlops.pipelines.code_module import with_code
from ipymlops.pipelines.inputs import find_inputs
from ipymlops.pipelines.results import PipelineInput, Slice
from ipymlops.pipelines.secrets import redacted
from ipymlops.pipelines.slicing import EVERYTHING, slice_journal
from ipymlops.pipelines.variables import values_typed, variables
from ipymlops.registry.code import Code, codes_in

if TYPE_CHECKING:
    from ipymlops.registry.bundle import Bundle

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """What the bundle says of the notebook."""

    model: str
    version: int
    journal: Journal
    targets: tuple[str, ...]
    recorded: Mapping[str, Mapping[str, Any]]  # inputs as they were at registration, by path
    packages: Mapping[str, str]
    loaders: tuple[str, ...]  # the distributions that load the model, pinned
    folder: str  # the notebook's, seen from the exported folder
    codes: tuple[Code, ...] = ()  # the modules that its model needs
    as_of: int | None = None  # the statement after which the targets behind the model are meant; None: the last

    @classmethod
    def of(cls, bundle: Bundle, model: str, version: int, folder: Path) -> Origin:
        record = bundle.json("targets.json") if "targets.json" in bundle else {}
        if "journal.json" not in bundle or not record.get("targets"):
            raise BadInput(
                f"{model}@{version} was not registered from a notebook, so there is no record to make a pipeline of",
                expected="a version that %mlops register stored",
                next_step=f"register it in its notebook: %mlops register MODEL --name {model}",
            )
        journal = Journal.from_json(bundle.read("journal.json"))
        packages = bundle.json("environment.json")["packages"] if "environment.json" in bundle else {}
        recorded = {i["default"]: i for i in record.get("inputs", ()) if "default" in i}
        loaders = tuple(bundle.text("requirements.txt").split()) if "requirements.txt" in bundle else ()
        seen = _relative(Path(journal.folder).resolve(), folder.resolve())
        codes = codes_in(bundle.manifest, bundle.read)
        targets, as_of = tuple(record["targets"]), record.get("as_of")
        return cls(model, version, journal, targets, recorded, packages, loaders, seen, codes, as_of)

    @property
    def notebook(self) -> str | None:
        return Path(self.journal.notebook).name if self.journal.notebook else None

    def slice(self, rung: int, evidence: str = "") -> Slice:
        return with_code(self._cut(self.journal, rung, evidence), self.codes)

    def _cut(self, journal: Journal, rung: int, evidence: str = "") -> Slice:
        return slice_journal(
            journal, self.targets, rung=rung, evidence_of_failure=evidence, packages=self.packages, as_of=self.as_of
        )

    def inputs(self, slice_: Slice) -> tuple[PipelineInput, ...]:
        found = find_inputs(slice_, self.journal.folder, recorded=self.recorded)
        return tuple(
            replace(i, sha256=self.recorded[i.default]["sha256"], size=self.recorded[i.default]["size"])
            if i.default in self.recorded
            else i
            for i in found
        )

    def values_typed(self, journal: Journal | None, slice_: Slice) -> dict[str, str]:
        """What stood in the notebook for each environment variable, if ``journal`` is that of the same kernel."""
        if journal is None or not variables(slice_):
            return {}
        typed = replace(journal, cells=journal.cells[: len(self.journal)])
        if [c.source for c in redacted(typed)[0]] != [c.source for c in self.journal]:
            return {}
        kept = {k.statement.index for k in slice_.kept}
        every = self._cut(typed, EVERYTHING)
        return values_typed(replace(every, kept=tuple(k for k in every.kept if k.statement.index in kept)), slice_)


def record_of(
    origin: Origin,
    slice_: Slice,
    inputs: tuple[PipelineInput, ...],
    tuned: Mapping[str, Any] | None = None,
    *,
    seen: tuple[str, ...] = (),
) -> bytes:
    """What the script's runs need to know. ``tuned``: what a proof saw its searches of parameters find; ``seen``: the
    inputs whose paths it saw the script look up."""
    runs = {run.execution: run for run in origin.journal}
    states = {
        f"In [{execution}]": {
            "generators": list(generators),
            **(asdict(before) if (before := runs[execution].random_before) else {}),
        }
        for execution, generators in slice_.unseeded.items()
    }
    generators = {
        f"In [{k.statement.execution}] {name}": runs[k.statement.execution].generators[name]
        for k in slice_.kept
        for name in slice_.generators.get(k.statement.index, ())
    }
    record = {
        "format": FORMAT,
        "model": origin.model,
        "version": origin.version,
        "notebook": origin.notebook,
        "folder": origin.folder,
        "targets": list(origin.targets),
        "inputs": [asdict(i) for i in inputs],
        "seen": list(seen),
        "random_states": states,
        "generators": generators,
        "tuned": dict(tuned or {}),
        "cells": sorted({k.statement.execution for k in slice_.kept}),
        "widened": slice_.widened,
    }
    return json.dumps(record, sort_keys=True, ensure_ascii=False).encode()


def _relative(place: Path, start: Path) -> str:
    try:
        return Path(os.path.relpath(place, start)).as_posix()
    except ValueError:  # another drive
        return place.as_posix()

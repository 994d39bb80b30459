"""Where a version came from: journal, inputs, environment, commit; and the papers that say so to people and tools."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import MlopsError
from ipymlops.project import workspace

if TYPE_CHECKING:
    from ipymlops.capture.journal import Journal
    from ipymlops.evaluation.results import Evaluation
    from ipymlops.pipelines.results import PipelineInput, Slice
    from ipymlops.project.candidate import Candidate, Parcel
    from ipymlops.registry.schema import Schema

# What a bundle needs to be loaded anywhere, besides the model's own libraries (``serializer`` in the manifest).
LOADERS = ("numpy", "pandas", "pyarrow", "sklearn", "scipy", "skops")


def add(candidate: Candidate, home: Path, parcel: Parcel) -> None:
    """The journal with its targets, the cells and files that they need, the environment and the commit.

    ``home`` is the project's folder."""
    from ipymlops.capture.environment import environment
    from ipymlops.pipelines.secrets import redacted

    if candidate.pulled:  # environment and commit of this machine say nothing of one that was trained elsewhere
        return
    parcel.add_json("environment.json", environment())
    notebook = _notebook(candidate.journal)
    if state := workspace.git_state(_folder(candidate), notebook):
        parcel.facts["git"] = state
    if candidate.journal is None:
        if candidate.inputs:
            parcel.add_json("targets.json", {"targets": [], "inputs": list(candidate.inputs)})
        return
    journal, words = redacted(candidate.journal)
    parcel.warnings += words
    parcel.files["journal.json"] = journal.to_json()
    parcel.facts["notebook"] = Path(journal.notebook).name if journal.notebook else None
    if notebook is not None:
        parcel.facts["notebook_path"] = workspace.place_of(notebook, home)
    as_of = {} if candidate.as_of is None else {"as_of": candidate.as_of}
    needed = _needed(journal, candidate, parcel)
    parcel.add_json("targets.json", {"targets": list(candidate.targets), **as_of, **needed})


def _folder(candidate: Candidate) -> Path:
    """Where the code lies that trained it."""
    return Path(candidate.journal.folder if candidate.journal else candidate.folder or Path.cwd())


def _notebook(journal: Journal | None) -> Path | None:
    """The notebook's file, if it can be found: Jupyter may name it from a folder that the kernel does not know."""
    if journal is None or not journal.notebook:
        return None
    named = (Path(journal.folder, journal.notebook), Path(journal.folder, Path(journal.notebook).name))
    return next((path.resolve() for path in named if path.is_file()), None)


def add_papers(
    candidate: Candidate, schema: Schema | None, evaluation: Evaluation | None, why: str, parcel: Parcel
) -> None:
    """MLmodel, requirements, environment for MLflow, the model card and the bill of materials; the last three
    have nothing to say without a schema."""
    from ipymlops.capture.environment import requirements
    from ipymlops.evaluation.models import gives_probabilities
    from ipymlops.evaluation.stored import to_record
    from ipymlops.registry.bom import FILE, bom
    from ipymlops.registry.card import model_card
    from ipymlops.registry.mlmodel import mlmodel, python_env, requirements_txt
    from ipymlops.storage.blobs import digest

    python = platform.python_version()
    own = parcel.facts["serializer"].get("libraries", {})
    for name, version in own.items():
        if "+" in version:  # the label of a local build
            plain = version.partition("+")[0]
            parcel.warnings.append(f"{name} {version} is required as {name}=={plain}: no index knows its label")
    pinned = requirements(["ipymlops", *LOADERS, *own])
    parcel.files["requirements.txt"] = requirements_txt(pinned)
    parcel.files["python_env.yaml"] = python_env(python)
    if schema is None:
        return
    parcel.files["MLmodel"] = mlmodel(
        schema,
        python=python,
        estimator=parcel.facts["estimator"],
        probabilities=gives_probabilities(candidate.model),
    )
    facts = {**parcel.facts, "who": workspace.who(), "why": why, "python": python, "data": "the benchmark"}
    record = to_record(evaluation) if evaluation else {}
    metrics = record.get("metrics", [])
    needed = json.loads(parcel.files.get("targets.json", b"{}"))
    inputs, cells = needed.get("inputs", ()), needed.get("cells", ())
    card = model_card(facts, metrics, schema, slices=record.get("slices"), inputs=inputs, cells=cells)
    parcel.files["README.md"] = card.encode()
    parcel.files[FILE] = bom(
        facts,
        metrics,
        schema,
        model_hashes={name: digest(parcel.files[name]) for name in parcel.model_files},
        requirements=sorted(set(pinned)),
        inputs=inputs,
    )


def _needed(journal: Journal, candidate: Candidate, parcel: Parcel) -> dict[str, Any]:
    """The cells of the slice and what it reads, hashed now: the proof later says whether it changed since."""
    from ipymlops.pipelines.inputs import find_inputs
    from ipymlops.pipelines.slicing import slice_journal

    if not candidate.targets:
        return {"inputs": []}
    try:
        slice_ = slice_journal(journal, candidate.targets, as_of=candidate.as_of)
        inputs = [_record(i) for i in find_inputs(slice_, journal.folder)]
    except MlopsError as error:
        parcel.warnings.append(f"The notebook's inputs could not be found, so an export will not verify: {error}")
        return {"inputs": []}
    return {"inputs": inputs, "cells": _cells(journal, slice_), "executed": len(journal)}


def _cells(journal: Journal, slice_: Slice) -> list[dict[str, Any]]:
    """In execution order, each with the id that the notebook gives it and how many of its statements are needed."""
    ids = {run.execution: run.cell_id for run in journal}
    needed = Counter(k.statement.execution for k in slice_.kept)
    return [{"execution": n, "id": ids.get(n), "statements": count} for n, count in needed.items()]


def _record(found: PipelineInput) -> dict[str, Any]:
    return {"name": found.name, "default": os.fspath(found.default), "sha256": found.sha256, "size": found.size}

"""Exporting a version's pipeline and proving it; each proof is an event of the version."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ipymlops.errors import BadInput, UnknownName
from ipymlops.project import workspace

if TYPE_CHECKING:
    from ipymlops.capture.journal import Journal
    from ipymlops.pipelines.marking import MarkedNotebook
    from ipymlops.pipelines.results import Export, Verification
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Version

JOURNAL = "journal.json"
Progress = Callable[[str], None] | None


def export(project: Project, ref: str, to: Path, **options: Any) -> Export:
    """Write the pipeline into ``to``, with the verdict of its verification; ``options`` are those of the export."""
    return _export(project, ref, to, "export", **options)


def verify(project: Project, ref: str, *, timeout: float, progress: Progress, journal: Journal | None = None) -> Export:
    """Export into a temporary folder for the proof alone."""
    with tempfile.TemporaryDirectory(prefix="ipymlops-verify-") as folder:
        to = Path(folder) / "pipeline"
        return _export(project, ref, to, "verify", lock=False, timeout=timeout, progress=progress, journal=journal)


def prove_again(project: Project, folder: Path, *, timeout: float, moved: Mapping[str, str] | None) -> Verification:
    """Prove what lies in the folder; an event of its version, where this project has it."""
    from ipymlops.pipelines import reproving
    from ipymlops.pipelines.slice_record import read_record, ref_of

    signature = _signature_beside(project, folder)
    result = reproving.prove_again(folder, timeout=timeout, moved=moved)
    result = replace(result, notes=(*result.notes, *signature))
    if project.exists and (version := _registered(project, folder, ref_of(read_record(folder)))):
        evidence: dict[str, Any] = {**_outcome(result), "script": result.script_sha256, "folder": folder.name}
        evidence |= {"changed": list(result.changed)} if result.changed else {}
        project.registry.record("verify", version.model, version.number, who=workspace.who(), evidence=evidence)
    return result


def _signature_beside(project: Project, folder: Path) -> tuple[str, ...]:
    """What the signature in an exported folder is worth, where keys are trusted. Nothing of the folder has run yet."""
    from ipymlops.pipelines.folder import BUNDLE
    from ipymlops.pipelines.reproving import is_pipeline
    from ipymlops.pipelines.slice_record import read_record, ref_of
    from ipymlops.project.signing import admit_folder

    if not project.settings.signing.trusted or not is_pipeline(folder):
        return ()
    return (admit_folder(project, folder / BUNDLE, ref_of(read_record(folder))),)


def _registered(project: Project, folder: Path, ref: str) -> Version | None:
    """The version whose bundle lies in the folder; None in a project that never had it, or has another of that name."""
    from ipymlops.pipelines.folder import BUNDLE
    from ipymlops.registry.bundle import MANIFEST
    from ipymlops.storage.blobs import digest

    try:
        version = project.registry.resolve(ref)
    except (BadInput, UnknownName):
        return None
    manifest = digest((folder / BUNDLE / MANIFEST).read_bytes())
    return version if version.manifest == manifest else None


def marked(project: Project, ref: str) -> MarkedNotebook:
    """The notebook that a version came from, with its slice marked in it. Nothing is written, nothing is run."""
    from ipymlops.pipelines.marking import mark
    from ipymlops.pipelines.origin import Origin

    version = _ancestor(project, project.registry.resolve(ref))
    origin = Origin.of(project.bundle(version), version.model, version.number, Path.cwd())
    return mark(origin.journal, origin.slice(0), model=version.model, version=version.number, notebook=origin.notebook)


def _export(
    project: Project,
    ref: str,
    to: Path,
    kind: Literal["export", "verify"],
    *,
    journal: Journal | None = None,
    **options: Any,
) -> Export:
    from ipymlops.pipelines.export import export as write
    from ipymlops.project.signing import signature_file

    asked = project.registry.resolve(ref)
    version = _ancestor(project, asked)
    bundle = project.bundle(version)
    signature = signature_file(project, version, bundle)
    names: dict[str, Any] = {"model": version.model, "version": version.number, "typed": journal}
    done = write(bundle, to, **names, signature=signature, **options)
    proof = done.verification
    if kind == "verify":
        proof = replace(proof, changed=_environment_changes(project, version, done))
        done = replace(done, verification=proof)
    evidence: dict[str, Any] = {
        **_outcome(proof),
        "script": proof.script_sha256,
        "compared": list(proof.compared),
        "seconds": proof.seconds,
        "kept": done.kept,
        "total": done.total,
    }
    evidence |= {"refused": list(proof.refused)} if proof.refused else {}  # rows that neither model answers
    if kind == "export":
        evidence["folder"] = to.name
    if version != asked:
        evidence["asked"] = asked.ref
        note = f"{asked.ref} was retrained by the pipeline of {version.ref}: this is that pipeline"
        done = replace(done, notes=(note, *done.notes))
    project.registry.record(kind, version.model, version.number, who=workspace.who(), evidence=evidence)
    return done


def _environment_changes(project: Project, version: Version, done: Export) -> tuple[str, ...]:
    from ipymlops.pipelines.reproving import environment_changes

    bundle = project.bundle(version)
    return environment_changes(done.source, bundle.json("environment.json") if "environment.json" in bundle else {})


def _ancestor(project: Project, version: Version) -> Version:
    """Itself if it comes from a notebook; a retrained one has the pipeline of the version that it was retrained by.
    Where that is not known here, itself: the export then says what is missing."""
    found, seen = version, {version.ref}
    while JOURNAL not in (bundle := project.bundle(found)):
        parent = str(bundle.manifest.get("parent"))
        if parent in seen:
            return version
        seen.add(parent)
        try:
            found = project.registry.resolve(parent)
        except (BadInput, UnknownName):
            return version
    return found


def _outcome(proof: Verification) -> dict[str, str]:
    """An attempt that came to no answer leaves the verdict of an earlier proof as it is."""
    if proof.verdict == "not verified":
        return {"attempt": proof.cause or proof.verdict}
    return {"verdict": proof.verdict, "cause": proof.cause}

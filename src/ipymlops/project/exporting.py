"""Exporting a version's pipeline and proving it; each proof is an event of the version."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ipymlops.project import workspace

if TYPE_CHECKING:
    from ipymlops.pipelines.results import Export, Verification
    from ipymlops.project.project import Project

Progress = Callable[[str], None] | None


def export(project: Project, ref: str, to: Path, *, force: bool, timeout: float, progress: Progress) -> Export:
    """Write the pipeline into ``to``, with the verdict of its verification."""
    return _export(project, ref, to, "export", force=force, timeout=timeout, progress=progress)


def verify(project: Project, ref: str, *, timeout: float, progress: Progress) -> Export:
    """Export into a temporary folder for the proof alone."""
    with tempfile.TemporaryDirectory(prefix="ipymlops-verify-") as folder:
        return _export(
            project, ref, Path(folder) / "pipeline", "verify", force=False, timeout=timeout, progress=progress
        )


def _export(
    project: Project,
    ref: str,
    to: Path,
    kind: Literal["export", "verify"],
    *,
    force: bool,
    timeout: float,
    progress: Progress,
) -> Export:
    from ipymlops.pipelines.export import export as write

    version = project.registry.resolve(ref)
    done = write(
        project.bundle(version),
        to,
        model=version.model,
        version=version.number,
        force=force,
        timeout=timeout,
        progress=progress,
    )
    proof = done.verification
    evidence: dict[str, Any] = {
        **_outcome(proof),
        "script": proof.script_sha256,
        "compared": list(proof.compared),
        "seconds": proof.seconds,
        "kept": done.kept,
        "total": done.total,
    }
    if kind == "export":
        evidence["folder"] = to.name
    project.registry.record(kind, version.model, version.number, who=workspace.who(), evidence=evidence)
    return done


def _outcome(proof: Verification) -> dict[str, str]:
    """An attempt that came to no answer leaves the verdict of an earlier proof as it is."""
    if proof.verdict == "not verified":
        return {"attempt": proof.cause or proof.verdict}
    return {"verdict": proof.verdict, "cause": proof.cause}

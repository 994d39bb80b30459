"""verify: prove again that a pipeline reproduces its version, exported anew or as it lies in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.pipelines.results import Verification
    from ipymlops.project import Project

EXAMPLES = ("verify credit-risk@1", "verify pipelines/credit-risk")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("ref", metavar="MODEL[@REF]|FOLDER", help="a version, or the folder of an exported pipeline")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="for each proof (default: 600)")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Verification:
    if _is_folder(project, arguments.ref):
        if resolve.progress:
            resolve.progress("run the pipeline in a clean process")
        return project.prove_again(arguments.ref, timeout=arguments.timeout)
    if not project.exists:
        type(project).open(project.root.parent, create=False)  # says that there is none
    # the folder of the proof is gone by now; what was proved is what there is to tell
    done = project.verify(
        arguments.ref, timeout=arguments.timeout, progress=resolve.progress, journal=resolve.journal()
    )
    return done.verification


def _is_folder(project: Project, word: str) -> bool:
    from ipymlops.pipelines.reproving import is_pipeline

    if not is_pipeline(Path(word)):
        return "/" in word
    if _is_version(project, word):
        raise BadInput(
            f"{word!r} is a model and the folder of a pipeline",
            expected="one of them",
            next_step=f"say {word}@1 for the version, or ./{word} for the folder",
        )
    return True


def _is_version(project: Project, word: str) -> bool:
    if not project.exists or "/" in word:
        return False
    try:
        project.registry.resolve(word)
    except (BadInput, UnknownName):
        return False
    return True

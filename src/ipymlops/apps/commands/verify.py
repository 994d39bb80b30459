"""verify: prove again that the pipeline of a version reproduces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.pipelines.results import Verification
    from ipymlops.project import Project

EXAMPLES = ("verify credit-risk@1",)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="for each proof (default: 600)")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Verification:
    # the folder of the proof is gone by now; what was proved is what there is to tell
    done = project.verify(
        arguments.ref, timeout=arguments.timeout, progress=resolve.progress, journal=resolve.journal()
    )
    return done.verification

"""export: write the pipeline that retrains a version, and prove that it reproduces it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.pipelines.marking import MarkedNotebook
    from ipymlops.pipelines.results import Export
    from ipymlops.project import Project

EXAMPLES = ("export credit-risk --to pipelines/credit-risk", "export credit-risk --show")


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument(
        "--show", action="store_true", help="mark what it would keep of the notebook, and why; write and run nothing"
    )
    parser.add_argument("--to", metavar="FOLDER", help="where to write it (default: pipelines/MODEL)")
    parser.add_argument("--force", action="store_true", help="replace a pipeline that is there already")
    parser.add_argument("--no-verify", dest="verify", action="store_false", help="write it, and prove nothing")
    parser.add_argument(
        "--no-lock", dest="lock", action="store_false", help="write no requirements.txt (pinned, with hashes)"
    )
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="for each proof (default: 600)")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Export | MarkedNotebook:
    if arguments.show:
        return project.marked(arguments.ref)
    to = arguments.to or Path("pipelines") / arguments.ref.partition("@")[0]
    return project.export(
        arguments.ref,
        to,
        force=arguments.force,
        verify=arguments.verify,
        lock=arguments.lock,
        timeout=arguments.timeout,
        progress=resolve.progress,
        journal=resolve.journal(),
    )

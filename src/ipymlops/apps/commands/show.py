"""show: all that is known of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import VersionCard
    from ipymlops.registry.lineage import Lineage

EXAMPLES = ("show credit-risk@1", "show credit-risk --html card.html", "show credit-risk@3 --lineage")


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument(
        "--lineage", action="store_true", help="draw where it comes from: files, cells, versions before"
    )


def run(project: Project, arguments: Namespace, resolve: Resolve) -> VersionCard | Lineage:
    return project.lineage(arguments.ref) if arguments.lineage else project.show(arguments.ref)

"""restore: put a backup into an empty project, with its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.backup import Backup

EXAMPLES = ("restore models-2026-03.tar --project new-folder",)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that `backup` wrote")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Backup:
    if arguments.project:
        project = type(project).at(arguments.project)  # a new one, though another lies above it
    return project.restore(arguments.file, progress=resolve.progress)

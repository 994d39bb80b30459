"""backup: write the whole project, with mlops.toml, into one file, while it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.backup import Backup

EXAMPLES = ("backup models-2026-03.tar",)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to write; it must not be there yet")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Backup:
    return project.backup(arguments.file, progress=resolve.progress)

"""fsck: hash everything that was registered, and compare aliases with their events."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.upkeep import Checkup

EXAMPLES = ("fsck", "fsck --repair")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--repair", action="store_true", help="point aliases to where their last event did")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Checkup:
    return project.fsck(repair=arguments.repair, progress=resolve.progress)

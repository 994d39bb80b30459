"""gc: find stored files that no version names, and remove them where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.upkeep import Collection

EXAMPLES = ("gc", "gc --remove")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--remove", action="store_true", help="remove them; else they are only listed")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Collection:
    return project.gc(remove=arguments.remove)

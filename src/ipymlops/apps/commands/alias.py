"""alias: let a name of your own point to a version, or take it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref, add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.records import Event

EXAMPLES = ("alias credit-risk@3 staging", "alias credit-risk staging --remove")


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument("name", metavar="ALIAS", help="the alias, such as staging")
    parser.add_argument("--remove", action="store_true", help="take the alias away")
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Event:
    return project.alias(arguments.ref, arguments.name, why=arguments.message, remove=arguments.remove)

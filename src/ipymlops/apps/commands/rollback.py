"""rollback: put the champion before the present one back; twice, the one before that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.records import Event

EXAMPLES = ('rollback credit-risk -m "complaints from the north"',)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model of the project")
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Event:
    return project.rollback(arguments.model, why=arguments.message)

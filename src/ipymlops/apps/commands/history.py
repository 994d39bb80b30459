"""history: who did what to a model, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.records import History

EXAMPLES = ("history credit-risk",)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model of the project")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> History:
    return project.history(arguments.model)

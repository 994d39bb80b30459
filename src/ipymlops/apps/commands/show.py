"""show: all that is known of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import VersionCard

EXAMPLES = ("show credit-risk@1", "show credit-risk --html card.html")


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> VersionCard:
    return project.show(arguments.ref)

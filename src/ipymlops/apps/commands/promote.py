"""promote: make a version the champion, if its gates pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref, add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import Promotion

EXAMPLES = ('promote credit-risk@2 -m "recall is up on small loans"',)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Promotion:
    return project.promote(arguments.ref, why=arguments.message)

"""reject: say no to a version, so that it is not promoted while that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref, add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import Approval

EXAMPLES = ('reject credit-risk@2 -m "worse on the self-employed"',)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Approval:
    return project.reject(arguments.ref, why=arguments.message)

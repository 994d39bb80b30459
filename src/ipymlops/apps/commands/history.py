"""history: who did what to a model, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.records import History
    from ipymlops.registry.timeline import LiveThen

EXAMPLES = ("history credit-risk", "history credit-risk --at 2026-03-03")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model of the project")
    parser.add_argument("--at", metavar="MOMENT", help="what was live then: a date (its end) or a time, in UTC")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> History | LiveThen:
    if arguments.at:
        return project.live_at(arguments.model, arguments.at)
    return project.history(arguments.model)

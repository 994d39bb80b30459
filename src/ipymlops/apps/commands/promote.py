"""promote: make a version the champion, if its gates pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.amounts import amounts
from ipymlops.apps.commands.parsing import add_allow_pickle, add_ref, add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import Promotion

EXAMPLES = (
    'promote credit-risk@2 -m "recall is up on small loans"',
    "promote credit-risk --limit latency_ms=50 size_mb=100",
)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    add_why(parser)
    parser.add_argument(
        "--sensitive", nargs="+", metavar="COLUMN", default=[], help="demand that groups of these columns fare alike"
    )
    parser.add_argument(
        "--limit", nargs="+", metavar="latency_ms=50", default=[], help="demand latency_ms or size_mb at most"
    )
    add_allow_pickle(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Promotion:
    limits = amounts(arguments.limit, "limit", "--limit latency_ms=50")
    return project.promote(
        arguments.ref, why=arguments.message, sensitive=arguments.sensitive, limits=limits, progress=resolve.progress
    )

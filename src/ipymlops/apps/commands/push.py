"""push: put a version on an MLflow tracking server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref, add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import Push

EXAMPLES = (
    "push credit-risk@champion --to http://mlflow.example:5000",
    "push credit-risk@3 --as credit-risk-eu --alias staging",
)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument("--to", metavar="URI", help="the tracking server (default: MLFLOW_TRACKING_URI)")
    parser.add_argument(
        "--as", dest="name", metavar="NAME", help="the registered model there (default: the model's own name)"
    )
    parser.add_argument(
        "--alias",
        nargs="+",
        metavar="ALIAS",
        default=[],
        help="aliases that it gets there (default: champion, where it is the champion here)",
    )
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Push:
    return project.push(
        arguments.ref,
        to=arguments.to,
        name=arguments.name,
        aliases=arguments.alias,
        why=arguments.message,
        progress=resolve.progress,
    )

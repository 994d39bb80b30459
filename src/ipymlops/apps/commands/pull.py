"""pull: make a registered model of an MLflow tracking server a version here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_why, one_of
from ipymlops.apps.commands.register import TIERS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import Pull

EXAMPLES = (
    "pull credit-risk@champion --from http://mlflow.example:5000",
    "pull churn/3 --as churn-eu --test june.parquet left",
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "wanted",
        metavar="NAME[@ALIAS|/VERSION]",
        help="a registered model there, at an alias or version (default: champion, newest)",
    )
    parser.add_argument(
        "--from", dest="server", metavar="URI", help="the tracking server (default: MLFLOW_TRACKING_URI)"
    )
    parser.add_argument("--as", dest="name", metavar="MODEL", help="the model line here (default: its name there)")
    parser.add_argument(
        "--test",
        nargs=2,
        metavar=("X", "y"),
        help="held-out data and its true answers, a column of it or apart: gates read only what is measured here",
    )
    parser.add_argument(
        "--risk",
        type=one_of("risk tier", TIERS),
        metavar="{" + ",".join(TIERS) + "}",
        help="how much is demanded before promotion (default: the bundle's, else the line's, else low)",
    )
    parser.add_argument(
        "--code",
        action="store_true",
        help="take a bundle that brings code of its own, which --test and every later use of the model run",
    )
    parser.add_argument(
        "--unsigned",
        action="store_true",
        help="make a model that MLflow wrote, which nobody can have signed, though this project demands signatures",
    )
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Pull:
    test = (resolve.data(arguments.test[0]), arguments.test[1]) if arguments.test else None
    return project.pull(
        arguments.wanted,
        server=arguments.server,
        name=arguments.name,
        test=test,
        risk=arguments.risk,
        code=arguments.code,
        unsigned=arguments.unsigned,
        why=arguments.message,
        value=resolve.data,
        progress=resolve.progress,
    )

"""evaluate: measure a version on its benchmark or on other data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.apps.commands.amounts import amounts
from ipymlops.apps.commands.parsing import add_allow_pickle, add_pair, add_positive, add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.evaluation.results import Evaluation
    from ipymlops.project import Project

EXAMPLES = (
    "evaluate credit-risk",
    "evaluate credit-risk@2 --data X_june y_june --html june.html",
    "evaluate credit-risk --data june.parquet paid_back",
    "evaluate credit-risk --sensitive sex region",
    "evaluate credit-risk --cost fp=1 fn=5",
    "evaluate credit-risk --cost fp=1 fn=5 --positive bad",
)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    add_pair(
        parser,
        "--data",
        ("X", "y"),
        help="a table and its true answers: one of its columns, or apart (default: benchmark)",
    )
    parser.add_argument("--sensitive", nargs="+", metavar="COLUMN", default=[], help="compare the groups of columns")
    parser.add_argument(
        "--cost", nargs="+", metavar="fp=1 fn=5", help="what a false positive and a false negative cost"
    )
    add_positive(parser)
    parser.add_argument("--level", type=float, default=0.95, help="confidence of the intervals (default: 0.95)")
    add_allow_pickle(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Evaluation:
    data, name = None, "given data"
    if arguments.data:
        name = arguments.data[0]
        data = resolve.data(name, Path), arguments.data[1]
    cost = amounts(arguments.cost, "cost", "--cost fp=1 fn=5") if arguments.cost else None
    return project.evaluate(
        arguments.ref,
        data,
        name=name,
        level=arguments.level,
        sensitive=arguments.sensitive,
        cost=cost,
        positive=arguments.positive,
        value=resolve.data,
        progress=resolve.progress,
    )

"""estimate: tell how good a version is likely to be on rows that have no labels yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_allow_pickle, add_positive, add_ref
from ipymlops.project.labelling import UNSAID

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.evaluation.label_free.results import PerformanceEstimate
    from ipymlops.project import Project

EXAMPLES = (
    "estimate credit-risk --data latest_applications",
    "estimate credit-risk --data scored.parquet --by month --time applied_on --labels paid_back",
)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument(
        "--data", required=True, metavar="TABLE", help="a dataframe, a table's file, or a folder of Parquet files"
    )
    parser.add_argument("--by", metavar="STRETCH", help="hour, day, week, month, quarter, year, or a number of rows")
    parser.add_argument("--time", metavar="COLUMN", help="the column of times (default: the only one of the table)")
    parser.add_argument(
        "--labels",
        nargs="?",
        const=UNSAID,
        metavar="y",
        help="labels that have come, missing where not: a column of the table, or apart",
    )
    add_positive(parser)
    parser.add_argument("--level", type=float, default=0.95, help="confidence of the intervals (default: 0.95)")
    add_allow_pickle(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> PerformanceEstimate:
    return project.estimate(
        arguments.ref,
        resolve.data(arguments.data, Path),
        name=arguments.data,
        by=arguments.by,
        time=arguments.time,
        labels=arguments.labels,
        value=resolve.data,
        positive=arguments.positive,
        level=arguments.level,
        progress=resolve.progress,
    )

"""drift: tell whether data still look like what a version was trained on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref
from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.drift.over_time_results import DriftOverTime
    from ipymlops.drift.results import DriftReport
    from ipymlops.project import Project

EXAMPLES = (
    "drift credit-risk --data latest_applications",
    "drift credit-risk@2 --data june.parquet --html june.html",
    "drift credit-risk --data this_year --by month --time applied_on",
    "drift credit-risk --data june.parquet --against may.parquet",
    "drift credit-risk --data applications/2026",
)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument(
        "--data",
        required=True,
        metavar="TABLE",
        help="a dataframe, Dask's too, a table's file, or a folder of Parquet files",
    )
    parser.add_argument("--against", metavar="TABLE", help="compare with another table (default: the training data)")
    parser.add_argument("--by", metavar="STRETCH", help="hour, day, week, month, quarter, year, or a number of rows")
    parser.add_argument("--time", metavar="COLUMN", help="the column of times (default: the only one of the table)")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> DriftReport | DriftOverTime:
    if arguments.time is not None and arguments.by is None:
        raise BadInput("Found --time without --by", expected="what to cut the time into", next_step="add --by month")
    data = resolve.data(arguments.data, Path)
    read = partial(project.read_data, arguments.ref)
    against = (arguments.against, resolve.data(arguments.against, read)) if arguments.against else None
    told = {"name": arguments.data, "against": against, "progress": resolve.progress}
    if arguments.by is None:
        return project.drift(arguments.ref, data, **told)
    return project.drift_over_time(arguments.ref, data, by=arguments.by, time=arguments.time, **told)

"""drift: tell whether data still look like what a version was trained on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.apps.commands.parsing import add_allow_pickle, add_ref
from ipymlops.errors import BadInput, MlopsError
from ipymlops.project.labelling import UNSAID

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.drift.over_time_results import DriftOverTime
    from ipymlops.drift.results import DriftReport
    from ipymlops.drift.segments_results import DriftBySegment
    from ipymlops.project import Project

EXAMPLES = (
    "drift credit-risk --data latest_applications",
    "drift credit-risk@2 --data june.parquet --html june.html",
    "drift credit-risk --data this_year --by month --time applied_on",
    "drift credit-risk --data june.parquet --against may.parquet",
    "drift credit-risk --data applications/2026 --labels paid_back",
    "drift credit-risk --data latest_applications --segment region",
    "drift credit-risk --data latest_applications --classifier --predictions --labels paid_back",
)
TABLES = (
    "another table, as --data takes one: a dataframe of the notebook, or one file (.csv, .parquet, .arrow, .feather), "
    "such as --data june.parquet --against may.parquet"
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
    parser.add_argument("--segment", metavar="COLUMN", help="check each value of this column of categories apart")
    parser.add_argument(
        "--classifier", action="store_true", help="see whether a classifier tells rows from held-out ones"
    )
    parser.add_argument("--predictions", action="store_true", help="load the model; see whether it answers otherwise")
    parser.add_argument(
        "--labels",
        nargs="?",
        const=UNSAID,
        metavar="y",
        help="true answers, a column of the table or apart: did they change?",
    )
    add_allow_pickle(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> DriftReport | DriftOverTime | DriftBySegment:
    if arguments.time is not None and arguments.by is None:
        raise BadInput("Found --time without --by", expected="what to cut the time into", next_step="add --by month")
    if arguments.segment is not None and arguments.by is not None:
        raise BadInput(
            "Found --by and --segment", expected="one of them", next_step="cut the data, and check each part"
        )
    beyond = {name: getattr(arguments, name) for name in ("classifier", "predictions", "labels")}
    _check_together(arguments, [name for name, value in beyond.items() if value or value == UNSAID])
    data = resolve.data(arguments.data, Path)
    if arguments.segment is not None:
        return project.drift_by_segment(
            arguments.ref, data, name=arguments.data, by=arguments.segment, progress=resolve.progress
        )
    against = None
    if arguments.against is not None:
        against = (arguments.against, _reference(project, arguments, resolve))
    told = {"name": arguments.data, "against": against, "progress": resolve.progress}
    if arguments.by is None:
        return project.drift(arguments.ref, data, value=resolve.data, **told, **beyond)
    return project.drift_over_time(arguments.ref, data, by=arguments.by, time=arguments.time, **told)


def _reference(project: Project, arguments: Namespace, resolve: Resolve) -> Any:
    """The table after --against. Raises BadInput, which tells what may stand there, for a word that names none."""
    word: str = arguments.against
    try:
        return resolve.data(word, partial(project.read_data, arguments.ref))
    except MlopsError as error:
        if Path(word).exists():
            raise
        raise BadInput(
            f"Found --against {word}: {error.found[:1].lower()}{error.found[1:]}",
            expected=TABLES,
            next_step=f"{error.next_step or 'name the table'}; without --against it is compared with the training data",
        ) from error


def _check_together(arguments: Namespace, beyond: list[str]) -> None:
    """Raise BadInput for options that ask for different references or parts of the data."""
    others = [name for name in ("by", "segment", "against") if getattr(arguments, name) is not None]
    if beyond and others:
        raise BadInput(
            f"Found --{beyond[0]} with --{others[0]}",
            expected="all rows together, against the held-out rows" if others[0] == "against" else "all rows together",
            next_step="leave one of them out",
        )
    if arguments.segment is not None and arguments.against is not None:
        raise BadInput(
            "Found --segment with --against",
            expected="segments, which are compared with the held-out rows",
            next_step="leave one of them out",
        )

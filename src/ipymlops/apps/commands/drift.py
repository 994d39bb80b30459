"""drift: tell whether data still look like what a version was trained on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.drift.results import DriftReport
    from ipymlops.project import Project

EXAMPLES = ("drift credit-risk --data latest_applications", "drift credit-risk@2 --data june.parquet --html june.html")


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument("--data", required=True, metavar="TABLE", help="a dataframe, or a table's file")


def run(project: Project, arguments: Namespace, resolve: Resolve) -> DriftReport:
    data = resolve.data(arguments.data, partial(project.read_data, arguments.ref))
    return project.drift(arguments.ref, data, name=arguments.data)

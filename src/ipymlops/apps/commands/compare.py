"""compare: tell whether one version is better than another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_allow_pickle, add_positive, add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.evaluation.results import Comparison
    from ipymlops.project import Project

EXAMPLES = ("compare credit-risk@champion credit-risk@3",)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser, "champion", "CHAMPION")
    add_ref(parser, "candidate", "CANDIDATE")
    parser.add_argument("--metric", help="what decides (default: the model's primary metric)")
    add_positive(parser)
    add_allow_pickle(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Comparison:
    return project.compare(
        arguments.champion,
        arguments.candidate,
        metric=arguments.metric,
        positive=arguments.positive,
        progress=resolve.progress,
    )

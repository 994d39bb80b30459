"""diff: tell what is different between two versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_allow_pickle, add_ref

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.differences import VersionDiff

EXAMPLES = ("diff credit-risk@1 credit-risk@2",)


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser, "before")
    add_ref(parser, "after")
    add_allow_pickle(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> VersionDiff:
    return project.diff(arguments.before, arguments.after)

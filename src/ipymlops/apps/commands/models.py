"""models: list the models of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.registry.records import ModelList

EXAMPLES = ("models",)


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing to say but where, which all verbs know."""


def run(project: Project, arguments: Namespace, resolve: Resolve) -> ModelList:
    return project.models()

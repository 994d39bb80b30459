"""The verbs of the command language. A verb is one file in this folder and its row here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project


class Command(Protocol):
    """What a command file holds."""

    EXAMPLES: tuple[str, ...]

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def run(self, project: Project, arguments: Namespace, resolve: Resolve) -> Any: ...


@dataclass(frozen=True, slots=True)
class Verb:
    """One row: its file is imported when it is used."""

    name: str
    help: str
    about: Literal["version", "estimator", "folder", "project"] = "version"  # what its first word names
    creates: bool = False  # makes a project where there is none, or needs none
    report: bool = False  # its result can be written as a page: --html

    @property
    def command(self) -> Command:
        return importlib.import_module(f"ipymlops.apps.commands.{self.name}")


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("register", "store a fitted model as the next version of a line", "estimator", creates=True, report=True),
        Verb("evaluate", "measure a version on its benchmark or on other data, with intervals", report=True),
        Verb("compare", "tell whether one version is better than another, on the same rows", report=True),
        Verb("diff", "tell what is different between two versions: code, data, parameters, metrics", report=True),
        Verb("drift", "tell whether data still look like what a version was trained on", report=True),
        Verb("estimate", "tell how good a version is likely to be on rows without labels", report=True),
        Verb("approve", "say yes to a version, as the second person that high stakes ask for"),
        Verb("reject", "say no to a version, so that it is not promoted while that stands"),
        Verb("sign", "sign a version with a private key, so that altered or strange ones are told from it"),
        Verb("promote", "make a version the champion, if its gates pass"),
        Verb("rollback", "put the champion before the present one back"),
        Verb("alias", "let a name of your own point to a version, or take it away"),
        Verb("export", "write the pipeline that retrains a version, and prove that it reproduces it", report=True),
        Verb("verify", "prove again that the pipeline of a version, or of a folder, reproduces it", creates=True),
        Verb("retrain", "run an exported pipeline: train, judge, register, promote what passes", "folder", report=True),
        Verb("push", "put a version on an MLflow tracking server"),
        Verb("pull", "make a registered model of an MLflow tracking server a version here", "project", creates=True),
        Verb("models", "list the models of the project", "project"),
        Verb("show", "show all that is known of one version", report=True),
        Verb("history", "list who did what to a model, when and why, or what was live at a moment"),
        Verb("fsck", "hash everything that was registered, and say what is missing or was changed", "project"),
        Verb("gc", "list stored files that no version names, and remove them where asked", "project"),
        Verb("backup", "write the whole project into one file, while it is in use", "project"),
        Verb("restore", "put a backup into an empty project", "project", creates=True),
    )
}

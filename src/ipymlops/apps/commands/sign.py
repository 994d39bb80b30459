"""sign: sign a version with a private key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.apps.commands.parsing import add_ref, add_why

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import SignedVersion

EXAMPLES = ("sign credit-risk@1 --key team.pem", 'sign credit-risk@2 -m "built by our own server"')


def add_arguments(parser: ArgumentParser) -> None:
    add_ref(parser)
    parser.add_argument(
        "--key", metavar="FILE", help="a private key in PEM (default: IPYMLOPS_SIGNING_KEY, or mlops.toml)"
    )
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> SignedVersion:
    return project.sign(arguments.ref, arguments.key, why=arguments.message)

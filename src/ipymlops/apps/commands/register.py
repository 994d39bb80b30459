"""register: store a fitted model as the next version of a model line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops.apps.commands.parsing import add_why, one_of
from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ipymlops.apps.commands.resolve import Resolve
    from ipymlops.project import Project
    from ipymlops.project.results import Registration

EXAMPLES = (
    "register credit_risk",
    "register model --name credit-risk --train X_train y_train --test X_test y_test --risk medium",
    "register model --name credit-risk --time applications.applied_on",
)
TIERS = ("low", "medium", "high")
OUTPUTS = ("numbers", "logits", "probabilities", "log-probabilities")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="ESTIMATOR", help="the fitted model: a name or expression in the notebook")
    parser.add_argument("--name", help="the model line (default: the variable's name, _ as -)")
    parser.add_argument(
        "--train", nargs=2, metavar=("X", "y"), help="what it was trained on (default: read from its fit)"
    )
    parser.add_argument(
        "--test",
        nargs=2,
        metavar=("X", "y"),
        help="held-out data (default: from the split that made the training data); frozen as the line's benchmark",
    )
    parser.add_argument(
        "--risk",
        type=one_of("risk tier", TIERS),
        metavar="{" + ",".join(TIERS) + "}",
        help="how much is demanded before promotion (default: the line's, low for a first version)",
    )
    parser.add_argument(
        "--time",
        metavar="COLUMN",
        help="when each training row was made: a column of X, or one beside it (loans.applied_on); "
        "drift then allows for how far the training data's own months, weeks and days lie apart",
    )
    parser.add_argument(
        "--outputs",
        type=one_of("meaning of outputs", OUTPUTS),
        metavar="{" + ",".join(OUTPUTS) + "}",
        help="what the outputs of a torch module or ONNX graph mean (default: read from its loss or last operation)",
    )
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="pickle what can be stored in no other way: whoever loads it runs whatever is in it; at tier high never",
    )
    add_why(parser)


def run(project: Project, arguments: Namespace, resolve: Resolve) -> Registration:
    name = arguments.name or name_of(arguments.model)
    return project.register(
        resolve.value(arguments.model),
        name=name,
        train=_pair(arguments.train, resolve),
        test=_pair(arguments.test, resolve),
        risk=arguments.risk,
        why=arguments.message,
        journal=resolve.journal(),
        targets=(arguments.model, *(arguments.train or ())),
        value=resolve.value,
        inferred=() if arguments.name else (f"name {name} from the variable (--name)",),
        outputs=arguments.outputs,
        time=arguments.time,
        allow_pickle=arguments.allow_pickle,
        progress=resolve.progress,
    )


def name_of(expression: str) -> str:
    """The model's name where none was given: the variable's, as names of models are usually written."""
    if not expression.isidentifier():
        raise BadInput(f"Found the expression {expression!r} and no name", expected="--name NAME")
    return expression.strip("_").replace("_", "-")


def _pair(words: list[str] | None, resolve: Resolve) -> tuple[Any, Any] | None:
    return (resolve.data(words[0]), resolve.data(words[1])) if words else None

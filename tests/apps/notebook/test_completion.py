"""Tab after ``%mlops``, case by case, asked through the shell's own completer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from sklearn.linear_model import LogisticRegression

from ipymlops.apps.commands.table import VERBS
from ipymlops.apps.notebook import extension
from ipymlops.project import Project


@pytest.fixture
def stocked(shell: InteractiveShell) -> InteractiveShell:
    extension.load(shell)
    registry = Project.open().registry
    for model in ("credit-risk", "churn"):
        for _ in range(2):
            registry.add_version(model, "0" * 64, {}, who="ada", why="", evidence={})
        registry.set_alias(model, "champion", 1, kind="promote", who="ada", why="", evidence={})
    shell.user_ns.update(
        latest=pd.DataFrame({"a": [1]}), lookup={"a": 1}, limit=3, labels=np.array([0, 1]), logit=LogisticRegression()
    )
    return shell


def complete(shell: InteractiveShell, text: str) -> list[str]:
    """The last word of the line after each completion that is offered, as a front end would insert it."""
    with provisionalcompleter():
        offered = list(shell.Completer.completions(text, len(text)))
    return [(text[: c.start] + c.text + text[c.end :]).split()[-1] for c in offered]


CASES = [
    ("%mlops ", list(VERBS)),
    ("%mlops dr", ["drift"]),
    ("report = %mlops ev", ["evaluate"]),
    ("    %mlops mod", ["models"]),
    ("%mlops drift c", ["churn", "credit-risk"]),
    ("%mlops drift credit", ["credit-risk"]),
    ("%mlops show credit-risk@", ["credit-risk@champion", "credit-risk@2", "credit-risk@1"]),
    ("%mlops show credit-risk@ch", ["credit-risk@champion"]),
    ("%mlops drift churn --da", ["--data"]),
    ("%mlops drift churn --data l", ["labels", "latest"]),
    ("%mlops drift churn --against l", ["labels", "latest"]),
    ("%mlops compare churn cr", ["credit-risk"]),
    ("%mlops models --j", ["--json"]),
    ("%mlops register l", ["logit"]),
    ("%mlops register logit --t", ["--train", "--test", "--time"]),
    ("%mlops register logit --risk ", ["low", "medium", "high"]),
    ("%mlops register logit --risk me", ["medium"]),
    ("%mlops register logit --train la", ["labels", "latest"]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_what_is_offered_is_what_can_stand_there(stocked: InteractiveShell, text: str, expected: list[str]) -> None:
    assert sorted(complete(stocked, text)) == sorted(expected)


@pytest.mark.parametrize("text", ["%mlops fly c", "%mlops show nobody@", "%mlops drift zzz"])
def test_nothing_of_ours_is_offered_where_nothing_fits(stocked: InteractiveShell, text: str) -> None:
    assert not {"credit-risk", "churn", *VERBS} & set(complete(stocked, text))


def test_outside_our_magic_python_completes_as_ever(stocked: InteractiveShell) -> None:
    assert "latest" in complete(stocked, "lat")
    assert not set(VERBS) & set(complete(stocked, "%time dr"))


def test_without_a_project_there_are_no_models_and_none_is_made(shell: InteractiveShell) -> None:
    extension.load(shell)
    assert "credit-risk" not in complete(shell, "%mlops drift c")
    assert not (Path.cwd() / ".mlops").exists()

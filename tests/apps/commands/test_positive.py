"""``--positive`` on the command line: the class that is flagged, or one line with the classes there are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.apps import cli
from ipymlops.errors import BAD_INPUT
from ipymlops.project import Project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"income": random.normal(size=700), "age": random.normal(size=700)})
    y = pd.Series(np.where(X["income"] + random.normal(size=700) > 0, "good", "bad"), name="credit")
    made = tmp_path_factory.mktemp("credit")
    train, test = (X[:300], y[:300]), (X[300:], y[300:])
    for C in (1.0, 0.01):
        Project.open(made).register(LogisticRegression(C=C).fit(*train), name="credit", train=train, test=test)
    X[300:].to_csv(made / "new.csv", index=False)
    return made


VERBS = (
    "evaluate credit@1 --cost fp=1 fn=5",
    "compare credit@1 credit@2 --metric recall",
    "estimate credit@1 --data {folder}/new.csv",
)


@pytest.mark.parametrize("line", VERBS)
def test_each_verb_takes_the_class(folder: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    words = [*line.format(folder=folder).split(), "--project", str(folder), "--positive"]
    assert cli.main([*words, "bad", "--json"]) in (0, 3)
    assert json.loads(capsys.readouterr().out)["positive"] == "bad"
    assert cli.main([*words, "evil"]) == BAD_INPUT
    said = capsys.readouterr().err.strip()
    assert "No class is called 'evil'. Expected: one of bad, good." in said
    assert len(said.splitlines()) == 1

"""A model that only a pickle holds: registered by a word, asked by the same word, at tier high not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.apps import cli
from ipymlops.errors import UnsafeModel
from ipymlops.project import Project
from ipymlops.registry.serializers.pickled import WARNING
from ipymlops.views.table import render_text

Data = tuple[pd.DataFrame, pd.Series]
MODULE = """
import pathlib


class Rule:
    classes_ = (0, 1)

    def predict(self, X):
        return (X["income"].to_numpy() < 50).astype(int)

    def __setstate__(self, state):
        pathlib.Path(state["mark"]).touch()
        self.__dict__.update(state)
"""


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A model of an importable class that no family stores; it says where it was unpickled."""
    import importlib
    import sys

    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "house_rules.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path / "library"))
    monkeypatch.delitem(sys.modules, "house_rules", raising=False)
    made = importlib.import_module("house_rules").Rule()
    made.mark = str(tmp_path / "it-ran")
    return made


@pytest.fixture
def stored(project: Project, rule: Any, train: Data, test: Data) -> Project:
    done = project.register(rule, name="rules", train=train, test=test, allow_pickle=True)
    assert WARNING in done.warnings
    assert not Path(rule.mark).exists()  # not even tried
    return project


def test_without_the_word_it_is_not_registered(project: Project, rule: Any, train: Data, test: Data) -> None:
    with pytest.raises(Exception, match="house_rules"):
        project.register(rule, name="rules", train=train, test=test)
    assert not project.registry.names()


def test_the_word_pickles_nothing_that_is_stored_without(project: Project, model: Any, train: Data) -> None:
    done = project.register(model, name="credit-risk", train=train, allow_pickle=True)
    bundle = project.bundle(done.version)
    assert "model.skops" in bundle
    assert not bundle.pickled
    assert WARNING not in done.warnings


@pytest.mark.parametrize("held", [False, True])
def test_tier_high_takes_none(project: Project, model: Any, rule: Any, train: Data, held: bool) -> None:
    if held:  # by what the line is, whatever is said now
        project.register(model, name="rules", train=train, risk="high")
    with pytest.raises(UnsafeModel, match="tier high takes none"):
        project.register(rule, name="rules", train=train, risk="low" if held else "high", allow_pickle=True)


def test_every_verb_asks_for_the_word_and_says_so(stored: Project, rule: Any, test: Data) -> None:
    uses = {
        "load": lambda p: p.load("rules"),
        "evaluate": lambda p: p.evaluate("rules"),
        "compare": lambda p: p.compare("rules", "rules@1"),
        "estimate": lambda p: p.estimate("rules", test[0]),
        "predictions": lambda p: p.drift("rules", test[0], predictions=True),
    }
    for use in uses.values():
        with pytest.raises(UnsafeModel, match="stored as a pickle"):
            use(stored)
    for quiet in (stored.fsck, lambda: stored.show("rules"), lambda: stored.lineage("rules"), stored.models):
        quiet()
    assert not Path(rule.mark).exists()
    answers = stored.load("rules", allow_pickle=True).predict(test[0])
    assert np.array_equal(answers, rule.predict(test[0]))
    assert Path(rule.mark).exists()
    assert stored.allowing_pickle().evaluate("rules").n_rows == len(test[0])
    with pytest.raises(UnsafeModel):
        stored.evaluate("rules")  # the word was for once


def test_no_pickle_is_pushed_or_pulled_by_any_word(stored: Project, rule: Any) -> None:
    from types import SimpleNamespace

    from ipymlops.project.pulling import Wanted, _refuse_code
    from ipymlops.project.pushing import _shipment

    said, version = stored.allowing_pickle(), stored.registry.resolve("rules")
    with pytest.raises(UnsafeModel, match="rules@1 is stored as a pickle, and no pickle is pushed"):
        _shipment(said, version, None, (), "")
    there: Any = SimpleNamespace(
        remote=SimpleNamespace(ref="rules/1"), tracking=SimpleNamespace(url="http://127.0.0.1:5000")
    )
    wanted = Wanted("rules", None, None, None, None, "", None, code=True, unsigned=True)
    with pytest.raises(UnsafeModel, match=r"rules/1 on .* is stored as a pickle, which is not pulled"):
        _refuse_code(there, wanted, said.bundle(version))
    assert not Path(rule.mark).exists()


def test_the_page_the_card_and_the_bill_say_it_loudly(stored: Project) -> None:
    shown = stored.show("rules")
    assert shown.pickled
    assert f"**{WARNING}.**" in shown.card
    assert "allow_pickle=True" in shown.card
    assert "STORED AS A PICKLE" in render_text(shown)
    bundle = stored.bundle(stored.registry.resolve("rules"))
    assert bundle.manifest["serializer"]["family"] == "pickle"
    limits = bundle.json("bom.cdx.json")["metadata"]["component"]["modelCard"]["considerations"]["technicalLimitations"]
    assert limits[0] == f"{WARNING}."


def test_a_line_that_is_held_to_high_does_not_promote_it(
    stored: Project, rule: Any, model: Any, train: Data, test: Data
) -> None:
    stored.register(model, name="rules", train=train, test=test, risk="high")
    stored.registry.set_alias("rules", "champion", 2, kind="promote", who="ada", why="", evidence={})
    refused = stored.allowing_pickle().promote("rules@1")
    gate = refused.gates[0]
    assert (refused.promoted, gate.code, gate.outcome, gate.severity) == (False, "no-pickle", "fail", "blocks")
    assert {g.outcome for g in refused.gates[1:]} == {"not applicable"}
    assert not Path(rule.mark).exists()


def test_the_word_in_a_shell(stored: Project, rule: Any, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(stored.root))
    assert cli.main(["evaluate", "rules", *where]) == 2
    assert "--allow-pickle" in capsys.readouterr().err
    assert not Path(rule.mark).exists()
    assert cli.main(["evaluate", "rules", "--allow-pickle", *where]) == 0
    assert Path(rule.mark).exists()

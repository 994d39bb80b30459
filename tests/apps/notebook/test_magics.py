"""``%mlops`` in a real shell: what reaches the project, what comes back, and how an error shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension
from ipymlops.errors import BadInput, MlopsError, UnknownName
from ipymlops.project import Project
from ipymlops.registry.records import ModelList

LIST = ModelList("here", ())
ALL_ROWS = {"against": None, "progress": ANY, "classifier": False, "predictions": False, "labels": None, "value": ANY}


class Spy:
    """Stands where the project stands and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.opened: list[tuple[Any, bool]] = []

    def __getattr__(self, verb: str) -> Any:
        def answer(*arguments: Any, **options: Any) -> ModelList:
            self.asked.append((verb, arguments, options))
            return LIST

        return answer


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    made = Spy()

    def opened(start: Any = None, *, create: bool = True) -> Spy:
        made.opened.append((start, create))
        return made

    def named(folder: Any, *, create: bool) -> Spy:
        return opened(f"{folder} itself", create=create)

    monkeypatch.setattr(Project, "named", named)
    monkeypatch.setattr(Project, "open", opened)
    return made


@pytest.fixture
def loaded(shell: InteractiveShell) -> InteractiveShell:
    extension.load(shell)
    return shell


ASKED = [
    ("models", "models", (), {}),
    ("show credit@1", "show", ("credit@1",), {}),
    ("history credit", "history", ("credit",), {}),
    (
        "promote credit@2 -m 'it is better'",
        "promote",
        ("credit@2",),
        {"why": "it is better", "sensitive": [], "limits": {}, "progress": ANY},
    ),
    (
        "evaluate credit",
        "evaluate",
        ("credit", None),
        {
            "level": 0.95,
            "sensitive": [],
            "cost": None,
            "positive": None,
            "name": "given data",
            "value": ANY,
            "progress": ANY,
        },
    ),
    (
        "evaluate credit --data X y --level .9",
        "evaluate",
        ("credit", ("the X", "y")),
        {"level": 0.9, "sensitive": [], "cost": None, "positive": None, "name": "X", "value": ANY, "progress": ANY},
    ),
    (
        "compare credit@1 credit@2",
        "compare",
        ("credit@1", "credit@2"),
        {"metric": None, "positive": None, "progress": ANY},
    ),
    ("export credit@1 --show", "marked", ("credit@1",), {}),
    ("drift credit --data X", "drift", ("credit", "the X"), {"name": "X", **ALL_ROWS}),
    (
        "drift credit --data X --segment region",
        "drift_by_segment",
        ("credit", "the X"),
        {"name": "X", "by": "region", "progress": ANY},
    ),
    ("drift credit --data X[:3]", "drift", ("credit", "the"), {"name": "X[:3]", **ALL_ROWS}),
]


@pytest.mark.parametrize(("line", "verb", "arguments", "options"), ASKED)
def test_a_line_reaches_the_project(
    loaded: InteractiveShell, spy: Spy, line: str, verb: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    loaded.user_ns.update(X="the X", y="the y")
    assert loaded.run_line_magic("mlops", line) is LIST
    assert spy.asked == [(verb, arguments, options)]
    assert spy.opened == [(Path.cwd(), False)]


def test_register_hands_over_model_data_targets_and_journal(loaded: InteractiveShell, spy: Spy) -> None:
    loaded.run_cell("my_model, X, y = object(), [1], [2]", store_history=True)
    line = "%mlops register my_model --train X y --test X[:1] y[:1] --risk high -m first"
    loaded.run_cell(line, store_history=True).raise_error()
    [(verb, (model,), options)] = spy.asked
    assert verb == "register"
    assert model is loaded.user_ns["my_model"]
    assert options["name"] == "my-model"
    assert options["train"] == ([1], [2])
    assert options["test"] == ([1], [2])
    assert (options["risk"], options["why"]) == ("high", "first")
    assert options["targets"] == ("my_model", "X", "y")
    assert [cell.source for cell in options["journal"]][-1] == line
    assert options["progress"] is not None
    assert spy.opened == [(Path.cwd(), True)]


def test_export_goes_to_a_folder_named_after_the_model(loaded: InteractiveShell, spy: Spy) -> None:
    loaded.run_line_magic("mlops", "export credit@2")
    [(_, (ref, to), options)] = spy.asked
    assert (ref, Path(to)) == ("credit@2", Path("pipelines/credit"))
    assert (options["force"], options["timeout"]) == (False, 600.0)
    assert (options["verify"], options["lock"]) == (True, True)


def test_an_export_can_do_without_its_proof_and_its_lock(loaded: InteractiveShell, spy: Spy) -> None:
    loaded.run_line_magic("mlops", "export credit@2 --no-verify --no-lock")
    [(_, _, options)] = spy.asked
    assert (options["verify"], options["lock"]) == (False, False)


def test_another_project_can_be_named(loaded: InteractiveShell, spy: Spy) -> None:
    loaded.run_line_magic("mlops", "models --project elsewhere")
    assert spy.opened == [("elsewhere itself", False)]


def test_a_result_can_be_kept(loaded: InteractiveShell, spy: Spy) -> None:
    loaded.run_cell("kept = %mlops models", store_history=True).raise_error()
    assert loaded.user_ns["kept"] is LIST


def test_asking_for_help_answers_without_a_project(
    loaded: InteractiveShell, spy: Spy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loaded.run_line_magic("mlops", "drift --help") is None
    assert "%mlops drift credit-risk --data latest_applications" in capsys.readouterr().out
    assert spy.opened == []


ERRORS: list[tuple[str, type[MlopsError], str]] = [
    ("drft credit", UnknownName, "did you mean 'drift'?"),
    ("drift credit --data latst", UnknownName, "did you mean 'latest'?"),
    ("drift credit --data latest +", BadInput, "one word too many"),
    ("register latest.no_such_thing", BadInput, "--name NAME"),
    ("models --wide", UnknownName, "No option is called '--wide'"),
]


@pytest.mark.parametrize(("line", "kind", "words"), ERRORS)
def test_an_error_is_one_red_line_and_the_cell_has_failed(
    loaded: InteractiveShell,
    spy: Spy,
    line: str,
    kind: type[MlopsError],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loaded.user_ns["latest"] = 1
    result = loaded.run_cell(f"%mlops {line}", store_history=True)
    shown = "".join(capsys.readouterr())
    assert type(result.error_in_exec) is kind
    assert shown.count("\n") == 1
    assert shown.startswith(f"\x1b[31m{kind.__name__}: ")
    assert words in shown
    assert "Traceback" not in shown


def test_an_error_can_be_caught_by_its_type(loaded: InteractiveShell) -> None:
    source = (
        "import ipymlops\ntry:\n    get_ipython().run_line_magic('mlops', 'fly')\n"
        "except ipymlops.MlopsError as e:\n    caught = e"
    )
    loaded.run_cell(source, store_history=True).raise_error()
    assert isinstance(loaded.user_ns["caught"], UnknownName)


def test_an_error_of_ours_keeps_its_traceback(
    loaded: InteractiveShell, spy: Spy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Project, "open", lambda *a, **k: 1 / 0)
    result = loaded.run_cell("%mlops models", store_history=True)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "Traceback" in "".join(capsys.readouterr())

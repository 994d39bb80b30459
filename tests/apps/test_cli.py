"""``ipymlops`` in a shell: what it prints where, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import ipymlops
from ipymlops.apps import cli
from ipymlops.drift.results import DriftReport, Finding
from ipymlops.project import Project
from ipymlops.registry.records import ModelList

CLEAN = DriftReport("credit", 1, "june.csv", 100, 100, 0.05, ())
DRIFTED = DriftReport("credit", 1, "june.csv", 100, 100, 0.05, (), (Finding("age", "missing-column", "age is gone"),))


class Fixed:
    """A project whose drift check says what the test wants."""

    def __init__(self, report: DriftReport) -> None:
        self.report = report
        self.given: Any = None

    def drift(self, ref: str, data: Any, *, name: str) -> DriftReport:
        self.given = data
        return self.report


@pytest.fixture
def june(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"age": [31, 44]}).to_csv("june.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(("report", "code"), [(CLEAN, 0), (DRIFTED, 3)])
def test_the_exit_code_is_the_outcome(
    june: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], report: DriftReport, code: int
) -> None:
    project = Fixed(report)
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: project)
    assert cli.main(["drift", "credit", "--data", "june.csv", "--json"]) == code
    printed = capsys.readouterr()
    assert json.loads(printed.out)["model"] == "credit"
    assert printed.err == ""
    assert project.given["age"].tolist() == [31, 44]


def test_a_page_is_written_where_asked(june: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: Fixed(DRIFTED))
    assert cli.main(["drift", "credit", "--data", "june.csv", "--html", "june.html"]) == 3
    assert "<html" in (june / "june.html").read_text(encoding="utf-8").lower()


def test_a_page_that_cannot_be_written_is_bad_input(
    june: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: Fixed(CLEAN))
    assert cli.main(["drift", "credit", "--data", "june.csv", "--html", "no/such/folder/june.html"]) == 2
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["drft", "credit"], "did you mean 'drift'?"),
        (["drift", "credit"], "--data"),
        (["drift", "credit", "--dta", "x.csv"], "did you mean '--data'?"),
        (["models"], "No project is in"),
        (["models", "--project", "nowhere"], "No project is in"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_2(
    june: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("ipymlops: ")
    assert printed.err.count("\n") == 1
    assert said in printed.err
    assert not (june / ".mlops").exists()


def test_a_model_is_registered_where_it_was_trained(june: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["register", "model.skops", "--name", "credit"]) == 2
    assert "%mlops register in the notebook" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--help"], ["drift", "--help"], ["--version"]])
def test_help_and_version_are_answers(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 0
    assert "ipymlops" in capsys.readouterr().out


def test_a_bug_keeps_its_traceback(june: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["models"])


def test_an_empty_project_lists_no_models(june: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Project.open(june)
    assert cli.main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"] == []
    assert ModelList("x", ()).rows() == []


def test_the_installed_program(june: Path) -> None:
    program = Path(sys.executable).with_name("ipymlops")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert version.stdout == f"ipymlops {ipymlops.__version__}\n"
    refused = subprocess.run([program, "modles"], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert refused.stderr == "ipymlops: " + refused.stderr.removeprefix("ipymlops: ")
    assert "did you mean 'models'?" in refused.stderr

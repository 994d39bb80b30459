"""``ipymlops`` in a shell: what it prints where, and how it exits."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import ipymlops
from ipymlops.apps import cli
from ipymlops.drift.results import ColumnDrift, DriftReport, Finding
from ipymlops.project import Project
from ipymlops.registry.records import ModelList

AGE = ColumnDrift("age", "number", "ks", 0.01, 0.01, 0.01, 0.1, 0.9, 0.9, False, 0.0, 0.0)
CLEAN = DriftReport("credit", 1, "june.csv", 100, 100, 0.05, (AGE,))
DRIFTED = DriftReport("credit", 1, "june.csv", 100, 100, 0.05, (), (Finding("age", "missing-column", "age is gone"),))


class Fixed:
    """A project whose drift check says what the test wants."""

    def __init__(self, report: DriftReport) -> None:
        self.report = report
        self.given: Any = None

    def drift(self, ref: str, data: Any, **options: Any) -> DriftReport:
        self.given = data
        return self.report


@pytest.fixture
def june(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"age": [31, 44]}).to_csv("june.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(("report", "code"), [(CLEAN, 0), (DRIFTED, 3), (replace(CLEAN, rows_needed=10**6), 5)])
def test_the_exit_code_is_the_outcome(
    june: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], report: DriftReport, code: int
) -> None:
    project = Fixed(report)
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: project)
    assert cli.main(["drift", "credit", "--data", "june.csv", "--json"]) == code
    printed = capsys.readouterr()
    assert json.loads(printed.out)["model"] == "credit"
    assert printed.err == ""
    assert project.given == Path("june.csv")


def test_a_page_is_written_where_asked(june: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: Fixed(DRIFTED))
    assert cli.main(["drift", "credit", "--data", "june.csv", "--html", "june.html"]) == 3
    page = (june / "june.html").read_text(encoding="utf-8")
    assert "<title>Drift of credit@1 on june.csv</title>" in page
    assert "<code>ipymlops show credit@1</code>" in page
    assert "%mlops" not in page
    assert re.search(rf"<footer>Made 20\d\d-[-\d]+ [:\d]+ UTC by ipymlops {ipymlops.__version__}\.</footer>", page)


def test_a_page_that_cannot_be_written_is_bad_input(
    june: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Project, "open", lambda start=None, *, create=True: Fixed(CLEAN))
    assert cli.main(["drift", "credit", "--data", "june.csv", "--html", "no/such/folder/june.html"]) == 2
    before = (june / "june.csv").read_bytes()
    assert cli.main(["drift", "credit", "--data", "june.csv", "--html", "june.csv"]) == 2
    assert (june / "june.csv").read_bytes() == before
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
    (june / ".mlops").mkdir()
    assert cli.main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"] == []
    assert ModelList("x", ()).rows() == []


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project of two versions, and two tables beside it: one alike, one shifted."""
    folder = tmp_path_factory.mktemp("registered")
    rng = np.random.default_rng(7)
    X = pd.DataFrame({"age": rng.integers(20, 70, 900).astype(float), "income": rng.normal(3000, 800, 900)})
    y = (60 * X["age"] + X["income"] + rng.normal(0, 800, 900) > 5600).astype(int)
    project = Project.open(folder)
    for strength in (1.0, 0.5):
        model = LogisticRegression(C=strength, max_iter=1000).fit(X[:500], y[:500])
        project.register(model, name="credit", train=(X[:500], y[:500]), test=(X[500:], y[500:]))
    X[500:].to_parquet(folder / "alike.parquet")
    X[500:].assign(age=X["age"][500:] + 30).to_csv(folder / "shifted.csv", index=False)
    X[500:].to_csv(folder / "semicolons.csv", index=False, sep=";", decimal=",")
    y[500:].to_frame("y").to_csv(folder / "truth.csv", index=False)
    for name, moved in (("alike", 0), ("moved", 30)):
        for month in (1, 2):
            rows = X[500 + 200 * (month - 1) : 500 + 200 * month].assign(
                age=lambda part, by=moved: part["age"] + by, day=pd.Timestamp(f"2026-0{month}-05")
            )
            (folder / name / f"month={month}").mkdir(parents=True)
            rows.to_parquet(folder / name / f"month={month}" / "rows.parquet")
    (folder / "empty").mkdir()
    return folder


ANSWERS = [
    ("models", 0, "model-list"),
    ("show credit@1", 0, "version-card"),
    ("history credit", 0, "history"),
    ("evaluate credit", 0, "evaluation"),
    ("evaluate credit@2 --data alike.parquet truth.csv --level 0.9", 0, "evaluation"),
    ("compare credit@1 credit@2", 5, "comparison"),
    ("drift credit --data alike.parquet", 0, "drift-report"),
    ("drift credit --data shifted.csv", 3, "drift-report"),
    ("drift credit --data alike", 0, "drift-report"),
    ("drift credit --data moved", 3, "drift-report"),
    ("drift credit --data moved --by month", 3, "drift-over-time"),
    ("drift credit --data moved/month=1/rows.parquet --by 100", 3, "drift-over-time"),
]


@pytest.mark.parametrize("json_asked", [True, False])
@pytest.mark.parametrize(("line", "code", "kind"), ANSWERS)
def test_a_real_project_answers_in_text_and_in_json(
    registered: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    code: int,
    kind: str,
    json_asked: bool,
) -> None:
    monkeypatch.chdir(registered)
    words = [*shlex.split(line), *(["--json"] if json_asked else [])]
    assert cli.main(words) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    if json_asked:
        assert json.loads(printed.out)["kind"] == kind
    else:
        assert len(printed.out.splitlines()) > 2
        assert "\x1b" not in printed.out
        assert "%mlops" not in printed.out.replace("%mlops register", "")  # which needs the live model


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "log"])
def test_what_takes_over_a_second_says_what_it_does(
    registered: Path, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO
) -> None:
    from ipymlops.evaluation import evaluation

    ask = evaluation.predict

    def slow(*given: Any, **options: Any) -> Any:
        time.sleep(1.5)
        return ask(*given, **options)

    monkeypatch.setattr(evaluation, "predict", slow)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.chdir(registered)
    assert cli.main(["evaluate", "credit"]) == 0
    if stream.isatty():
        assert "\r\x1b[Kask the model ...\r\x1b[K" in stream.getvalue()
        assert stream.getvalue().endswith("\r\x1b[K")
    else:
        assert stream.getvalue() == ""


def test_a_promotion_is_answered_once(
    registered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(registered)
    promote = ["promote", "credit@1", "-m", "the first that works", "--json"]
    assert cli.main(promote) == 0
    assert json.loads(capsys.readouterr().out)["promoted"] is True
    assert cli.main(promote) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["already"], again["promoted"], again["event"]) == (True, False, None)
    assert cli.main(promote[:-1]) == 0
    assert "credit@1 is the champion already: there is nothing to do" in capsys.readouterr().out
    assert cli.main(["history", "credit", "--json"]) == 0
    kinds = [event["kind"] for event in json.loads(capsys.readouterr().out)["events"]]
    assert kinds.count("promote") == 1


UNKNOWN = [
    ("show crdit", "did you mean 'credit'?"),
    ("show credit@9", "9"),
    ("promote credit@champ", "champ"),
    ("history nobody", "No model is called 'nobody'"),
    ("drift credit --data truth.csv", "age"),
    ("evaluate credit --data alike.parquet alike.parquet", "one value per row"),
    ("evaluate credit --level 2", "level"),
    ("drift credit --data empty", "no Parquet file in the folder 'empty'"),
    ("drift credit --data .", "in the folder"),
    ("drift credit --data moved --by 100", "read the table into memory"),
    ("drift credit --data no_such_folder", "'no_such_folder'"),
    ("evaluate credit --data shifted.csv", "without the true answers"),
    ("drift credit --data shifted.csv --labels", "--labels without the true answers"),
    ("estimate credit --labels --data alike.parquet", "--labels without the true answers"),
    ("evaluate credit --data june.xlsx y", "pd.read_excel('june.xlsx')"),
    ("drift credit --data semicolons.csv", "pd.read_csv('semicolons.csv', sep=';')"),
    ("drift credit --data alike.parquet --against alike.parqet", "did you mean 'alike.parquet'"),
    ("promote credit@2 --sensitive sex", "evaluate credit@2 --data X y --sensitive sex"),
]


@pytest.mark.parametrize(("line", "said"), UNKNOWN)
def test_what_a_real_project_cannot_use_is_one_line_and_2(
    registered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    monkeypatch.chdir(registered)
    assert cli.main(shlex.split(line)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


@pytest.mark.parametrize(
    ("line", "said"), [*UNKNOWN, ("shw credit", "did you mean 'show'?"), ("drift credit", "--data")]
)
def test_an_error_is_json_too_where_json_is_asked_for(
    registered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    monkeypatch.chdir(registered)
    assert cli.main([*shlex.split(line), "--json"]) == 2
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert said in error["message"]
    assert error["kind"] in ("UnknownName", "BadInput")
    assert error["message"].startswith(error["found"].rstrip("."))
    assert printed.err == f"ipymlops: {error['message']}\n"


def test_a_next_step_names_the_project_that_was_named(
    registered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "the project"
    shutil.copytree(registered, there)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["show", "credit@2", "--project", "the project", "--html", "page.html"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("  ipymlops ")
    assert line.endswith(" --project 'the project'")
    assert "--project &#x27;the project&#x27;</code>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert cli.main(["approve", "credit@2", "--project", "the project"]) == 0
    _, *words = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert cli.main(words) == 0  # it promotes, from the folder above
    assert "credit@2 is the champion now" in capsys.readouterr().out
    monkeypatch.chdir(there)
    assert cli.main(["show", "credit@2"]) == 0
    assert "--project" not in capsys.readouterr().out


def test_signing_in_a_shell(
    registered: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    key_pair: Any,
) -> None:
    private, public = key_pair("team")
    there = tmp_path / "work"
    shutil.copytree(registered, there)
    monkeypatch.chdir(there)
    assert cli.main(["sign", "credit@1"]) == 2
    assert "No signing key is named" in capsys.readouterr().err
    assert cli.main(["sign", "credit@1", "--key", str(private), "-m", "ours", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["event"]["kind"], said["believed"]) == ("signed-version", "sign", None)
    (there / "mlops.toml").write_text(f"[signing]\ntrusted = ['{public}']\nrequired = true\n")
    assert cli.main(["evaluate", "credit@1", "--json"]) == 0
    assert cli.main(["show", "credit@1"]) == 0
    assert "It is signed by team.pub." in capsys.readouterr().out
    assert cli.main(["evaluate", "credit@2"]) == 3
    error = capsys.readouterr().err
    assert error.startswith("ipymlops: credit@2 is not signed. Expected: a signature by a key that mlops.toml trusts")
    assert error.count("\n") == 1
    assert cli.main(["fsck"]) == 3
    assert "sign credit@2 --key FILE" in capsys.readouterr().out
    assert cli.main(["promote", "credit@2"]) == 3
    assert "its model was not loaded" in capsys.readouterr().out


def test_the_installed_program(june: Path) -> None:
    program = Path(sys.executable).with_name("ipymlops")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert version.stdout == f"ipymlops {ipymlops.__version__}\n"
    refused = subprocess.run([program, "modles"], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert refused.stderr == "ipymlops: " + refused.stderr.removeprefix("ipymlops: ")
    assert "did you mean 'models'?" in refused.stderr


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """``ipymlops models | head -1``: the pipe is closed before anything was written."""
    Project.open(tmp_path).blobs  # noqa: B018
    command = f"{shlex.quote(sys.executable)} -m ipymlops models --project {shlex.quote(str(tmp_path))} | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

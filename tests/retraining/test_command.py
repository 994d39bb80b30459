"""``python retrain.py`` as a scheduler calls it: a fresh process, an empty folder, an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipymlops.apps import cli
from ipymlops.evaluation.results import Gate
from ipymlops.project import Project
from ipymlops.registry.registry import Registry
from ipymlops.retraining import command
from ipymlops.retraining.command import main
from ipymlops.retraining.results import Retraining


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def start(script: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "JPY"))}
    return subprocess.run(
        [sys.executable, script, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_a_scheduled_run(champion: Project, script: Path, empty: Path, month: Any) -> None:
    done = start(script, "--input", f"rows={month()}", "--project", str(champion.root.parent), "--json", cwd=empty)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["decision"], answer["version"], answer["exit_code"]) == ("promoted", 2, 0)
    assert "train" in done.stderr
    assert list(empty.iterdir()) == []
    assert champion.registry.aliases("loans")["champion"] == 2
    again = start(script, "--input", f"rows={month()}", cwd=empty)  # the project above the script
    assert again.returncode == 4
    assert "nothing to do" in again.stdout


def test_a_second_proof(script: Path, empty: Path) -> None:
    done = start(script, "--verify", cwd=empty)
    assert (done.returncode, done.stdout.startswith("loans: identical.")) == (0, True), done.stdout
    script.write_text(script.read_text().replace("max_depth=4", "max_depth=2"))
    done = start(script, "--verify", "--json", cwd=empty)
    assert done.returncode == 3
    assert "max_depth is 2, was 4" in json.loads(done.stdout)["cause"]


def test_a_proof_where_the_inputs_have_moved(place: Path, load: Any, capsys: pytest.CaptureFixture[str]) -> None:
    moved = (place / "rows.csv").rename(place / "archive.csv")
    assert main(load(), ["--verify"]) == 3
    assert "the input rows is missing" in capsys.readouterr().out
    assert main(load(), ["--verify", "--input", f"rows={moved}"]) == 0
    moved.write_text(moved.read_text() + "1,1,1\n")
    assert main(load(), ["--verify", "--input", f"rows={moved}"]) == 3
    assert "has changed: its sha256 was" in capsys.readouterr().out


# words -> exit code, a piece of what is said on stdout, on stderr
CALLS: dict[str, tuple[list[str], int, str, str]] = {
    "the inputs": (["--list-inputs"], 0, "rows = {place}/rows.csv  (file, as the notebook read it)", ""),
    "a check": (["--check"], 4, "The files are those of loans@1, so there is nothing to do", ""),
    "a refusal": (["--input", "rows={bad}"], 3, "[FAIL]", ""),
    "an unknown input": (["--input", "row=x"], 2, "", "did you mean 'rows'?"),
    "no equals sign": (["--input", "rows"], 2, "", "Expected: NAME=PATH"),
    "an input twice": (["--input", "rows=a", "--input", "rows=b"], 2, "", "two files for the input rows"),
    "a missing file": (["--input", "rows=/none.csv"], 2, "", "The input rows is missing"),
    "an unknown option": (["--projct", "x"], 2, "", "did you mean --project?"),
    "two modes": (["--check", "--verify"], 2, "", "not allowed with argument"),
    "a proof that searches again": (["--verify", "--retune"], 2, "", "Found --retune with --verify"),
    "a proof that is forced": (["--verify", "--force"], 2, "", "Found --force with --verify"),
    "training that stops": (["--input", "rows={short}"], 1, "", "KeyError"),
    "a project that is none": (["--project", "{place}/rows.csv", "--force"], 2, "", "Found a file at"),
}


@pytest.mark.parametrize(("words", "code", "out", "err"), CALLS.values(), ids=CALLS)
def test_calls(  # type: ignore[no-untyped-def]
    champion, place, load, month, tmp_path, capsys, words, code, out, err
) -> None:
    (tmp_path / "short.csv").write_text("a,t\n1,0\n")
    known = {"place": place, "bad": month(name="bad.csv", flip=True), "short": tmp_path / "short.csv"}
    found: Any
    try:
        found = main(load(), [w.format(**known) for w in words])
    except SystemExit as leaving:
        found = leaving.code
    said = capsys.readouterr()
    assert found == code, said
    assert out.format(**known) in said.out
    assert err in said.err


@pytest.mark.parametrize(("words", "kind"), [(["--input", "row=x"], "UnknownName"), (["--projct", "x"], "BadInput")])
def test_json_says_errors_too(
    champion: Project, load: Any, capsys: pytest.CaptureFixture[str], words: list[str], kind: str
) -> None:
    assert main(load(), ["--json", *words]) == 2
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error["kind"] == kind
    assert said.err.endswith(f"error: {error['message']}\n")


def test_both_programs_print_the_same(
    champion: Project, script: Path, load: Any, month: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dry-run", "--json", "--input", f"rows={month()}", "--project", str(champion.root.parent)]
    assert main(load(), words) == 0
    headless = json.loads(capsys.readouterr().out)
    assert cli.main(["retrain", str(script.parent), *words]) == 0
    by_verb = json.loads(capsys.readouterr().out)
    assert headless["kind"] == "retraining"
    assert all(headless[part] for part in ("comparison", "evaluation", "gates"))
    assert by_verb.pop("seconds") > 0
    assert headless.pop("seconds") > 0
    assert by_verb == headless


def test_a_project_begins_only_where_that_is_asked_for(
    load: Any, month: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path has no champion: whatever comes out would be promoted there."""
    words = ["--input", f"rows={month()}", "--project", str(tmp_path / "mistyped")]
    assert main(load(), words) == 2
    assert "begin a project there with --new-project" in capsys.readouterr().err
    assert not (tmp_path / "mistyped").exists()
    assert main(load(), [*words, "--new-project"]) == 0
    assert Project.open(tmp_path / "mistyped", create=False).registry.resolve("loans@champion").number == 1


def test_a_dry_run_answers_as_the_run_would() -> None:
    gates = tuple(Gate(code, code, "blocks", "fail", "") for code in ("approval", "not-worse"))
    dry = Retraining("loans", "checked", "", None, 1, 1, (), None, None, gates, 1.0)
    assert dry.exit_code == 3
    assert replace(dry, gates=gates[:1]).exit_code == 0


def test_what_training_prints_does_not_spoil_the_summary(
    champion: Project, script: Path, load: Any, month: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    script.write_text(script.read_text().replace("    # In [2]\n", "    # In [2]\n    print('epoch 1')\n"))
    assert main(load(), ["--json", "--dry-run", "--input", f"rows={month()}"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["decision"] == "checked"
    assert "epoch 1" in said.err


def test_a_lost_record_is_said(script: Path, load: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (script.parent / "slice.json").unlink()
    assert main(load(), ["--list-inputs"]) == 2
    assert "slice.json of this pipeline cannot be read" in capsys.readouterr().err


def test_no_project_anywhere_is_said(script: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    moved = script.parent.rename(lonely / "loans")
    done = start(moved / "retrain.py", "--check", cwd=lonely)
    assert done.returncode == 2
    assert "name it: --project PATH" in done.stderr


def test_an_interruption_says_what_was_written(
    champion: Project, load: Any, month: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    path = month()
    for place, said in (("fit", "nothing was written"), ("record", "nothing was written"), ("", "loans@2 was regist")):
        with monkeypatch.context() as patch:
            pipeline = load()
            if place == "fit":
                patch.setattr(pipeline, "fit", interrupt)
            elif place == "record":
                patch.setattr(Registry, "record", interrupt)
            else:
                patch.setattr(command, "in_words", interrupt)
            assert main(pipeline, ["--input", f"rows={path}"]) == 130
        assert f"interrupted; {said}" in capsys.readouterr().err
    assert len(champion.registry.versions("loans")) == 2


def test_an_interruption_of_the_first_run_of_a_line_is_said_too(
    load: Any, month: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Registry, "record", interrupt)
    assert main(load(), ["--input", f"rows={month()}", "--project", str(tmp_path / "fresh"), "--new-project"]) == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err

"""retrain: the script's answer read back, its steps told, and its failures worded."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ipymlops import errors
from ipymlops.apps.commands import retrain
from ipymlops.apps.commands.resolve import FileResolve
from ipymlops.pipelines import placing

GATE = {"code": "floor", "title": "Reaches the floor", "severity": "blocks", "outcome": "pass", "evidence": "0.9"}
ANSWER: dict[str, Any] = {
    "model": "credit",
    "decision": "promoted",
    "words": "credit@2 is the champion now.",
    "version": 2,
    "champion_before": 1,
    "champion_after": 2,
    "inputs": [{"name": "data", "path": "x.csv", "sha256": "0", "changed": True}],
    "evaluation": None,
    "comparison": None,
    "gates": [GATE],
    "seconds": 1.5,
    "notes": ["a note"],
    "exit_code": 0,
}


def pipeline(folder: Path, script: str) -> None:
    (folder / "retrain.py").write_text("import json, sys\n" + script)


def run(folder: Path, steps: list[str] | None = None, **options: Any) -> Any:
    given = {"input": [], "check": False, "dry_run": False, "force": False, **options}
    told = steps if steps is not None else []
    arguments = argparse.Namespace(folder=str(folder), **given)
    project: Any = SimpleNamespace(root=folder / ".mlops")
    return retrain.run(project, arguments, FileResolve(told.append))


def test_the_answer_is_read_back_and_the_steps_are_told(tmp_path: Path) -> None:
    steps: list[str] = []
    pipeline(
        tmp_path,
        "print('the training code prints {too}')\n"
        "print('2026-07-01T10:00:00+0000 train', file=sys.stderr)\n"
        "print('a warning', file=sys.stderr)\n"
        f"print(json.dumps({ANSWER!r}, indent=1))\n",
    )
    result = run(tmp_path, steps)
    assert (result.decision, result.version, result.exit_code) == ("promoted", 2, 0)
    assert result.gates[0].outcome == "pass"
    assert result.notes == ("a note",)
    assert steps == ["train"]


def test_options_reach_the_script(tmp_path: Path) -> None:
    pipeline(tmp_path, f"answer = {ANSWER!r}\nanswer['notes'] = sys.argv[1:]\nprint(json.dumps(answer))\n")
    result = run(tmp_path, input=["data=new.csv"], dry_run=True)
    assert result.notes == ("--json", "--project", str(tmp_path / ".mlops"), "--dry-run", "--input=data=new.csv")


def says(kind: str, found: str) -> str:
    record = {"error": {"kind": kind, "message": found, "found": found, "expected": "", "next_step": ""}}
    return f"print(json.dumps({record!r}))"


FAILURES = [
    (says("UnknownName", "No input is called x"), errors.UnknownName),
    (says("TrainingFailed", "Training stopped"), errors.MlopsError),
    ("raise RuntimeError('No input, and a bug')", errors.MlopsError),
    ("print(3)", errors.MlopsError),
]


@pytest.mark.parametrize(("script", "kind"), FAILURES)
def test_a_failure_is_worded(tmp_path: Path, script: str, kind: type[errors.MlopsError]) -> None:
    pipeline(tmp_path, script)
    with pytest.raises(errors.MlopsError, match=r"No input|stopped") as caught:
        run(tmp_path)
    assert type(caught.value) is kind


def test_a_folder_without_a_pipeline_is_said(tmp_path: Path) -> None:
    with pytest.raises(errors.BadInput, match=r"Expected: a folder with a retrain\.py"):
        run(tmp_path)


def test_a_pipeline_that_a_killed_export_left_aside_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "credit"
    draft = placing.new_draft(target)
    pipeline(draft, f"print(json.dumps({ANSWER!r}))\n")
    draft.rename(target.with_name(f"{draft.name}{placing.ASIDE}"))
    monkeypatch.setattr(placing, "_runs", lambda _process: False)
    monkeypatch.setattr(placing, "DAY", -1.0)
    assert run(target).version == 2
    assert [p.name for p in tmp_path.iterdir()] == ["credit"]

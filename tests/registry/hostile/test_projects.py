"""Hostile bundles where a project has them: in a store that others write to, or from a backup of somebody else."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.project import Project

ROWS = pd.DataFrame(np.random.default_rng(1).normal(size=(60, 4)), columns=list("abcd"))


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Path]:
    """A project whose one version is what a forged folder holds, consistent from the manifest to the last file."""

    def store(forged: Any) -> Path:
        from sklearn.linear_model import Ridge

        folder = tmp_path / "project"
        folder.mkdir()
        monkeypatch.chdir(folder)
        project = Project.open(folder)
        y = (ROWS["a"] > 0).astype(int)
        project.register(Ridge().fit(ROWS, y), name="m", train=(ROWS, y), test=(ROWS[:30], y[:30]))
        ROWS.to_csv(tmp_path / "rows.csv", index=False)
        for name in forged.facts["files"]:
            project.blobs.put(forged.read(name))
        manifest = project.blobs.put(forged.read("bundle.json"))
        with sqlite3.connect(folder / ".mlops" / "registry.db") as connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (trigger,) in triggers:
                connection.execute(f'DROP TRIGGER "{trigger}"')
            connection.execute("UPDATE versions SET manifest = ?", (manifest,))
        connection.close()
        return folder

    return store


def truncated(bundle: Any) -> None:
    bundle.write("model.skops", bundle.read("model.skops")[:-300])


def command(bundle: Any) -> None:
    bundle.attribute("extra_", {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"})


def file(name: str, content: Any) -> Callable[[Any], None]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda b: b.write(name, data)


DATA = "../../../rows.csv"
CASES: dict[str, tuple[Callable[[Any], None], list[str], str]] = {
    "a truncated model": (truncated, ["evaluate", "m"], "not a whole skops file"),
    "a command": (command, ["evaluate", "m"], r"os\.system"),
    "a model compared": (command, ["compare", "m@1", "m@1"], ""),
    "metrics that are a list": (file("metrics.json", [1]), ["show", "m"], r"metrics\.json"),
    "metrics of other types": (file("metrics.json", {"metrics": 3}), ["show", "m"], "metrics"),
    "a card that is no text": (file("README.md", b"\xff\xfe"), ["show", "m"], r"README\.md is no text"),
    "a schema of other types": (file("schema.json", {"columns": [{}]}), ["show", "m"], r"schema\.json"),
    "inputs that are none": (file("targets.json", {"inputs": [3]}), ["show", "m"], r"targets\.json"),
    "inputs of other fields": (
        file("targets.json", {"inputs": [{"name": "x", "sha256": None, "y": 1}]}), ["show", "m"], r"targets\.json"
    ),
    "cells of other types": (
        file("targets.json", {"cells": [{"execution": "1"}]}), ["show", "m", "--lineage"], r"targets\.json"
    ),
    "training rows that are no number": (
        file("training.json", {"rows": "many"}), ["show", "m", "--lineage"], r"training\.json"
    ),
    "a profile that is none": (file("profile.json", {"format": 2}), ["drift", "m", "--data", "ROWS"], "no profile"),
    "a profile that is a nest": (file("profile.json", b"[" * 10**5), ["drift", "m", "--data", "ROWS"], "no profile"),
    "rows that are no table": (file("benchmark.parquet", b"PAR1"), ["evaluate", "m"], r"benchmark\.parquet"),
    "rows that were seen and are not there": (
        file("benchmark_seen.json", {"coincidence": 0, "frozen": True, "rows": 1, "seen": [10**9]}),
        ["evaluate", "m"], "benchmark_seen",
    ),
    **{
        f"a comparison with {name} {content!r}"[:80]: (file(name, content), ["diff", "m@1", "m@1"], re.escape(name))
        for name, content in (
            ("metrics.json", {"metrics": [3]}), ("metrics.json", {"metrics": [{"name": "r2"}]}),
            ("metrics.json", {"metrics": [{"name": ["r2"], "value": 1, "low": 0, "high": 1}]}),
            ("metrics.json", {"metrics": [{"name": "r2", "value": "1", "low": 0, "high": 1}]}),
            ("training.json", {"fingerprint": 3}), ("environment.json", {"packages": {"numpy": [1]}}),
        )
    },
    **{
        f"a manifest whose {name} is {value!r}": (
            lambda b, n=name, v=value: b.manifest(lambda m: m.update({n: v})), ["diff", "m@1", "m@1"], r"bundle\.json"
        )
        for name, value in (
            ("git", "main"), ("git", {"commit": 3, "dirty": False}), ("git", {}), ("notebook", ["a"]), ("rows", "many"),
            ("parent", {}), ("estimator", 3), ("risk", []),
        )
    },
    "an environment that is a list": (file("environment.json", [1]), ["diff", "m@1", "m@1"], ""),
    "a journal that is none": (
        lambda b: (file("journal.json", {"format": 1, "cells": [{}]})(b), file("targets.json", {"targets": ["m"]})(b)),
        ["export", "m", "--to", "out"], "journal",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_command_ends_in_one_line(name: str, forged: Any, stored: Any, opened: Any, tmp_path: Path) -> None:
    change, words, found = CASES[name]
    bundle = forged("ridge")
    change(bundle)
    folder = stored(bundle)
    words = [str(tmp_path / "rows.csv") if word == "ROWS" else word for word in words]
    outcome = opened(do="command", words=[*words, "--project", str(folder)])
    assert "code" in outcome.told, outcome.told  # no traceback, no signal
    complained = outcome.told["complained"].strip()
    if found:
        assert outcome.told["code"] in (1, 2)
        assert len(complained.splitlines()) == 1
        assert re.search(found, complained), complained
    assert outcome.left == []

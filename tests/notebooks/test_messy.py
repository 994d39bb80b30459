"""What a data scientist leaves behind after two days: out of order, with failed, edited and deleted cells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from benchmarks.kernel import Kernel
from benchmarks.notebooks import sources

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
NEVER = re.compile(r"plt\.|\.plot\b|\.hist\(|\.describe\(|\.head\(|\.info\(|\.value_counts\(|matplotlib")


@dataclass(frozen=True, slots=True)
class Story:
    """A notebook of ``messy/``: the cells that failed in it, and what of it makes the model."""

    notebook: str
    load: Literal["first", "last"]
    model: str
    failed: tuple[str, ...]  # the errors in the order in which they came
    kept: tuple[str, ...]  # needed, and easily lost
    left_out: tuple[str, ...]  # deleted, edited away, or only looked at


# Names that a cell used before its own cell had been run; a look that went wrong; what was never installed.
STORIES = (
    Story(
        "credit",
        "first",
        "forest",
        ("AttributeError", *["NameError"] * 4, "ValueError", "AttributeError"),
        (
            "OFFSET = 1_000",
            "PENALTY = 3",
            "CAP = 0.995",
            "drop.append",
            "test_size=0.3",
            "n_estimators=30",
            "more trees",
        ),
        ("quantile(0.95)", "test_size=0.9", '"region"]', "DummyClassifier", "GradientBoosting", "scratch", "costs"),
    ),
    Story(
        "hotels",
        "first",
        "model",
        ("ValueError", "NameError", "ModuleNotFoundError"),
        ("price < 400", "bookings.price == 0", "KIDS = 0.5", 'errors="coerce"', "for depth in (2, 4, 6)", "subsample"),
        ("plot_tree", '"arrival_year"]', "sample(5)", "canceled", "monday", "marta"),
    ),
    Story(
        "bikes",
        "last",  # the history is enough: each candidate has its seed
        "best",
        ("NameError", "AttributeError"),
        ("lags=(24, 168)", "PERIOD = 24", "weathersit == 4", 'columns.insert(0, "yr")', "min(scores", "iloc[::4]"),
        ("log1p", '"registered"', "(1, 2)", "residuals", "timeit", "predikt"),
    ),
    Story(
        "houses",
        "first",
        "model",
        ("KeyError", "NameError", "NameError"),
        ("class Filler", "def near_city", "47.6, -122.3", "random.shuffle", "np.random.rand(", "max(path)", "pop("),
        ("47.0, -122.0", "sales.price * 1.1", "KNeighbors", "scatter", "y_train", "matplotlib", "R2", "nlargest"),
    ),
    Story(
        "electricity",
        "last",  # the notebook sets NumPy's seed: all draws since then count
        "clf --test Z[rows:] labels[rows:]",
        ("KeyError", "SystemError", "AttributeError"),
        (
            "np.random.seed(1998)",
            "np.random.gamma",
            '"prepared.csv"',
            "between(34, 42)",
            "def weeks",
            "labels[:48] = 0",
        ),
        ("do not run all", "time.time", "accuracy_score", "hit ="),
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda s: f"{s.notebook}, loaded {s.load}")
def test_the_model_of_a_messy_notebook_is_reproduced(story: Story, messy: Callable[[str], Path]) -> None:
    notebook = messy(story.notebook)
    cells = sources(notebook)
    with Kernel(notebook.parent) as kernel:
        loaded = [kernel.run("%load_ext ipymlops")] if story.load == "first" else []
        errors = [error.partition(":")[0] for error in map(kernel.run, cells) if error]
        loaded += [kernel.run("%load_ext ipymlops")] if story.load == "last" else []
        assert loaded == [""]
        assert tuple(errors) == story.failed
        assert kernel.run(f"%mlops register {story.model} --name line") == ""
        assert kernel.run("%mlops export line --no-lock") == ""
    folder = notebook.parent / "pipelines" / "line"
    proof = json.loads((folder / "verification.json").read_text())
    assert proof["verdict"] == "identical", proof
    assert proof["widened"] == 0, proof
    code = "\n".join(path.read_text() for path in sorted(folder.glob("*.py")))
    assert [piece for piece in story.kept if piece not in code] == []
    assert [piece for piece in story.left_out if piece in code] == []
    assert [line for line in code.splitlines() if NEVER.search(line)] == []

"""What a data scientist leaves behind after two days: out of order, with failed, edited and deleted cells, and plots."""

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
NEVER = r"plt\.|\.plot\b|\.hist\(|\.describe\(|\.head\(|\.info\(|\.value_counts\(|%|!ls|\bprint\("


@dataclass(frozen=True, slots=True)
class Story:
    """A notebook of ``messy/``: the cells that failed in it, and what of it makes the model."""

    notebook: str
    load: Literal["first", "last"]
    model: str
    failed: tuple[str, ...]  # the errors in the order in which they came
    kept: tuple[str, ...]  # needed, and easily lost
    left_out: tuple[str, ...]  # deleted, edited away, or only looked at


STORIES: tuple[Story, ...] = ()


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

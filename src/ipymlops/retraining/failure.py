"""What is said when the training code itself stops: where, with what, and in which cell it was written."""

from __future__ import annotations

import traceback
from pathlib import Path

from ipymlops.errors import MlopsError
from ipymlops.pipelines.verdicts import place_of


class TrainingFailed(MlopsError):
    """The author's own statements raised; the cause is chained."""

    @classmethod
    def of(cls, error: BaseException, script: Path) -> TrainingFailed:
        """Word it with the cell and line of the script."""
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).resolve() == script]
        source = script.read_text() if script.exists() else ""
        said = str(error).strip().split("\n")[0]
        return cls(
            f"Training stopped in {place_of(lines[-1] if lines else None, source)}: {type(error).__name__}: {said}",
            expected="data of the shape that the notebook had",
            next_step="nothing was written; look at the input, or at the statement",
        )

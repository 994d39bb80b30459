"""What is told where no slice, however wide, reproduces the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipymlops.pipelines.ladder import Ladder, Outcome
from ipymlops.pipelines.results import Slice, Verification
from ipymlops.pipelines.verdicts import Attempt
from ipymlops.pipelines.writing import Written

SHELL = ("`!mkdir a` runs in the shell, in In [1]", "`!mkdir b` runs in the shell, in In [2]")
UNDERSCORE = "`_` in In [3] exists only in the notebook; give the value a name of its own"


class _Failing(Ladder):
    """Every slice stops with the same error."""

    def attempt(self, rung: int, evidence: str = "", *, again: bool = False) -> Outcome:
        slice_ = Slice(("model",), (), 3, left_out=(*SHELL, UNDERSCORE))
        error = "In [3] (line 7 of retrain.py) stopped with NameError: name '_' is not defined"
        written = Written("", (), (), ())
        return Outcome(slice_, (), written, Attempt(Verification("not reproduced", error), "NameError: name '_'"))


def test_what_is_not_in_the_script_is_told_first_what_the_error_names(tmp_path: Path) -> None:
    origin: Any = None
    outcome = _Failing(origin, tmp_path, 1.0, lambda _: None).climb()
    assert outcome.verification.cause.endswith(f"name '_' is not defined; {UNDERSCORE}; {SHELL[0]}")

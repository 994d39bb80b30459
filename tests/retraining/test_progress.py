"""Steps on stderr: one live line in a terminal; in a log nothing, or a line with the time for each."""

from __future__ import annotations

import io

import pytest

from ipymlops.retraining.progress import CLEAR, STEP, TerminalProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "written"), [(Terminal(), f"{CLEAR}measure ...{CLEAR}store ...{CLEAR}"), (io.StringIO(), "")]
)
def test_a_step_replaces_the_one_before_and_nothing_stays(stream: io.StringIO, written: str) -> None:
    progress = TerminalProgress(stream)
    progress("measure")
    progress("store")
    progress.finish(None)
    assert stream.getvalue() == written


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_a_scheduler_reads_each_step_with_its_time(stream: io.StringIO) -> None:
    progress = TerminalProgress(stream, log=True)
    progress("train")
    progress.stop()
    step = STEP.fullmatch(stream.getvalue().rstrip("\n"))
    assert (step["step"] if step else None) == (None if stream.isatty() else "train")

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


def test_a_log_does_not_fill_with_the_parts_of_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 2.0, 10.5, 11.0, 12.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    stream = io.StringIO()
    progress = TerminalProgress(stream, log=True)
    for step in ("evaluate", "evaluate: ask the model", "store", "evaluate: slices", "evaluate: rows, 3 of 7", "store"):
        progress(step)
    told = [found["step"] for line in stream.getvalue().splitlines() if (found := STEP.fullmatch(line))]
    assert told == ["evaluate", "store", "evaluate: slices", "store"]


def test_a_long_step_is_heard_of_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 5.0, 10.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    stream = io.StringIO()
    progress = TerminalProgress(stream, log=True)
    for share in ("10%", "20%", "30%"):
        progress(f"read 10 rows \N{FULL BLOCK} {share}")
    assert [line.split()[-1] for line in stream.getvalue().splitlines()] == ["10%", "30%"]

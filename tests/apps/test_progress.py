"""Steps on stderr: one live line in a terminal, nothing in a log."""

from __future__ import annotations

import io

import pytest

from ipymlops.apps.progress import CLEAR, TerminalProgress


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

"""Steps of slow work: told from the first second on, while one takes long, and never after the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from ipymlops import progress
from ipymlops.progress import once_slow, share_told

PATIENCE = 30  # seconds that a test waits for another thread


class Recorder:
    """Hears steps, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._heard = threading.Semaphore(0)

    def __call__(self, step: str) -> None:
        self.said.append(step)
        self._heard.release()

    def next(self) -> str:
        assert self._heard.acquire(timeout=PATIENCE), "nothing was told"
        return self.said[-1]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET", 0.001)
    monkeypatch.setattr(progress, "PAUSE", 0.001)


@pytest.mark.usefixtures("impatient")
def test_a_step_is_told_while_it_is_under_way() -> None:
    heard = Recorder()
    with once_slow(heard) as say:
        for step in ("ask the model", "search for weak slices"):
            say(step)
            assert heard.next() == step
    assert heard.said == ["ask the model", "search for weak slices"]


def test_work_under_a_second_says_nothing() -> None:
    heard = Recorder()
    with once_slow(heard) as say:
        say("ask the model")
    assert heard.said == []
    assert progress.QUIET == 1.0


def test_only_the_newest_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET", 0.2)
    heard = Recorder()
    with once_slow(heard) as say:
        say("window 2026-01, 1 of 2")
        say("window 2026-02, 2 of 2")
        assert heard.next() == "window 2026-02, 2 of 2"
    assert len(heard.said) == 1


@pytest.mark.usefixtures("impatient")
def test_nothing_is_told_after_the_end_or_an_error() -> None:
    heard, says = Recorder(), list[progress.Progress]()

    def fail() -> None:
        with once_slow(heard) as say:
            says.append(say)
            say("ask the model")
            heard.next()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "ipymlops progress" not in [thread.name for thread in threading.enumerate()]
    says[0]("too late")
    assert heard.said == ["ask the model"]


@pytest.mark.usefixtures("impatient")
def test_what_is_told_belongs_to_the_cell_that_asked() -> None:
    """A kernel knows by the context which cell an output is of."""
    cell = ContextVar[str]("cell")
    cell.set("In [7]")
    heard = Recorder()
    with once_slow(lambda step: heard(f"{cell.get()}: {step}")) as say:
        say("ask the model")
        assert heard.next() == "In [7]: ask the model"


def test_where_nobody_listens_no_thread_is_started() -> None:
    with once_slow(None) as say:
        say("ask the model")
        assert "ipymlops progress" not in [thread.name for thread in threading.enumerate()]


def test_the_share_is_told_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.5, 2.0, 2.1, 3.0, 4.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    said: list[str] = []
    tell = share_told(said.append, "read 10 rows", 10)
    for more in (1, 1, 1, 2, 5):
        tell(more)
    assert said == [
        "read 10 rows ████░░░░░░░░░░░░░░░░ 20%, about 8 s left",
        "read 10 rows ██████████░░░░░░░░░░ 50%, about 3 s left",
    ]


def _broken(called: threading.Event) -> Callable[[str], None]:
    def listen(step: str) -> None:
        called.set()
        raise BrokenPipeError(step)

    return listen


def _told_to_a_broken_listener(then: Exception | None = None) -> None:
    called = threading.Event()
    with once_slow(_broken(called)) as tell:
        tell("long step")
        assert called.wait(PATIENCE)
        if then is not None:
            raise then


@pytest.mark.usefixtures("impatient")
def test_what_the_listener_raises_is_raised_where_the_work_was_done() -> None:
    with pytest.raises(BrokenPipeError, match="long step"):
        _told_to_a_broken_listener()


@pytest.mark.usefixtures("impatient")
def test_an_error_of_the_work_comes_before_one_of_the_listener() -> None:
    with pytest.raises(KeyError, match="mine"):
        _told_to_a_broken_listener(KeyError("mine"))

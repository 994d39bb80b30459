"""Every error a user can meet, worded as: what was found, what was expected, what to do next.

MlopsError
├── UnknownName      a model, version, alias, verb, option or column that does not exist ("did you mean")
├── BadInput         data, a model or an argument that cannot be used as given
├── ProjectError     the project folder: missing, read-only, full, locked, or of a newer format
├── IntegrityError   stored bytes are not the bytes that were stored
│   └── NotSigned    a version without the signature that is demanded of it
├── ServerError      a server that others run: away, or it says no
├── UnsafeModel      a stored model holds types that we do not construct
├── NotAllowed       what a team's rule, or the word of a person, keeps from this user or from everybody
└── Conflict         somebody else changed the same thing first

And what a program answers to a shell, ``ipymlops`` and ``retrain.py`` alike.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar

# Exit codes. NO is an answer, not an accident: a gate or a rule refused, data drifted, a pipeline does not reproduce.
# CANNOT_TELL is neither: too few rows, say. A scheduler that took it for a yes would be told that all is well when
# nobody knows.
DONE, UNEXPECTED, BAD_INPUT, NO, NOTHING_TO_DO, CANNOT_TELL = range(6)
INTERRUPTED, STOPPED = 130, 143  # Ctrl-C and SIGTERM, as shells have it: 128 and the number of the signal

_LONGEST = 4000  # characters of a sentence
_HIDDEN = ("Cc", "Cs", "Zl", "Zp")  # categories of characters that end lines, steer terminals, or are none


class MlopsError(Exception):
    """One line for a person: ``found. Expected: ... Next: ...``; the parts stay readable by programs."""

    exit_code: ClassVar[int] = UNEXPECTED

    def __init__(self, found: str, *, expected: str = "", next_step: str = "") -> None:
        self.found = found
        self.expected = expected
        self.next_step = next_step
        super().__init__(self.message)

    @property
    def message(self) -> str:
        parts = [_sentence(self.found)]
        if self.expected:
            parts.append(_sentence(f"Expected: {self.expected}"))
        if self.next_step:
            parts.append(_sentence(f"Next: {self.next_step}"))
        return " ".join(parts)

    @property
    def record(self) -> dict[str, Any]:
        """What ``--json`` prints in place of an answer."""
        parts = {"found": self.found, "expected": self.expected, "next_step": self.next_step}
        return {"error": {"kind": type(self).__name__, "message": self.message, **parts}}


class UnknownName(MlopsError):
    """A name that is not there; names the closest ones that are."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str], *, next_step: str = "") -> UnknownName:
        """Word the error for a missing ``name`` among the ``known`` ones, with a "did you mean"."""
        choices = sorted(known)
        close = near(name, choices)
        found = f"No {kind} is called {name!r}"
        if close:
            found += f"; did you mean {close[0]!r}?"
        nearest = [*close, *(choice for choice in choices if choice not in close)]
        listed = ", ".join(nearest[:8]) + (", ..." if len(choices) > 8 else "")
        return cls(found, expected=f"one of {listed}" if choices else "", next_step=next_step)


def near(name: str, known: Iterable[str]) -> list[str]:
    """The ``known`` names that are written much alike, the closest first."""
    return difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)


class BadInput(MlopsError):
    """Data, a model or an argument that cannot be used as given."""

    exit_code = BAD_INPUT


class ProjectError(MlopsError):
    """The project folder is missing, read-only, full, locked, or of a newer format."""

    exit_code = BAD_INPUT


class IntegrityError(MlopsError):
    """Stored bytes are not the bytes that were stored."""


class NotSigned(IntegrityError):
    """A version has not the signature that its project or its tier demands: an answer, as that of a gate is."""

    exit_code = NO


class ServerError(MlopsError):
    """A server that others run is away, says no, or is not what it should be."""

    exit_code = BAD_INPUT


class UnsafeModel(MlopsError):
    """A stored model holds types that we do not construct."""

    exit_code = BAD_INPUT


class NotAllowed(MlopsError):
    """What a team's rule, or the word of a person, keeps from this user or from everybody. That is an answer: no."""

    exit_code = NO


class Conflict(MlopsError):
    """Somebody else changed the same thing first."""

    exit_code = BAD_INPUT


def _sentence(text: str) -> str:
    text = _one_line(text.strip())
    return text if text.endswith((".", "?", "!")) else text + "."


def _one_line(text: str) -> str:
    """With what a stranger's name may bring made visible: line ends, control characters, half of a character; and not
    longer than a person reads."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 4] + " ..."
    if text.isprintable():
        return text
    return "".join(_shown(c) if unicodedata.category(c) in _HIDDEN else c for c in text)


def _shown(character: str) -> str:
    return " " if character in "\n\r\t" else character.encode("unicode_escape").decode()


def first_line(error: BaseException) -> str:
    """The first line of what another library's error says, cut where it is long; its type where it says nothing.

    >>> first_line(ValueError("a\\nb")), first_line(KeyError())
    ('a', 'KeyError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]

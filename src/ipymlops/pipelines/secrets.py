"""Passwords that stand in a notebook: taken out of what is stored, and asked of the environment when a pipeline runs.

A password in a connection string (``postgresql://ada:PASSWORD@host/warehouse``), in a variable that such a string is
made of, or under a name that says what it is (``password``, ``api_key``, ...) becomes ``<secret NAME>`` in the cells
that a bundle keeps. The text keeps its lines and its quotes, so that it is sliced as the typed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal

# Names whose value nobody would read aloud. ``token`` alone is not one: tokenizers have many of them.
SECRET_NAME = (
    r"\w*(?:password|passwd|passphrase|pwd|secret|api_?key|access_?key|private_?key|auth_?token|access_?token)"
)
MARK = re.compile(r"<secret (\w+)>")
_IN_ADDRESS = re.compile(r"(?P<before>[a-zA-Z][\w+.-]*://[^\s:/@'\"]*:)(?P<secret>[^\s/@'\"{}<>]+)(?=@)")
_HOLE_IN_ADDRESS = re.compile(r"[a-zA-Z][\w+.-]*://[^\s/@'\"]*:\{(\w+)\}@")
_VARIABLE_MAGIC = re.compile(
    rf"(?P<before>^[^\S\n]*%(?:env|set_env)\s+(?P<name>{SECRET_NAME})[ =]\s*)(?P<secret>\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def redacted(journal: Journal) -> tuple[Journal, tuple[str, ...]]:
    """The journal without its passwords, and in words where they stood."""
    holes = {name for run in journal for name in _HOLE_IN_ADDRESS.findall(run.source)}
    patterns = [p for name in (SECRET_NAME, *sorted(map(re.escape, holes))) for p in _assignments(name)]
    marks = _Marks()
    cells = tuple(marks.put(run, (_IN_ADDRESS, *patterns, _VARIABLE_MAGIC)) for run in journal)
    places = [f"In [{run.execution}]" for run, cell in zip(journal, cells, strict=True) if run is not cell]
    verb = "holds" if len(places) == 1 else "hold"
    words = f"{', '.join(places)} {verb} a password: it is not stored, and a pipeline asks the environment for it"
    return replace(journal, cells=cells), (words,) if places else ()


@dataclass(slots=True)
class _Marks:
    """One mark a secret: two secrets under one name are two variables."""

    secrets: dict[str, str] = field(default_factory=dict)  # variable -> secret

    def put(self, run: CellRun, patterns: Iterable[re.Pattern[str]]) -> CellRun:
        source = run.source
        for pattern in patterns:
            source = pattern.sub(self._mark, source)
        return run if source == run.source else replace(run, source=source)

    def _mark(self, found: re.Match[str]) -> str:
        """The mark in the place of a secret, on as many lines."""
        secret, name = found["secret"], found.groupdict().get("name") or "password"
        word = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
        candidates = (word, *(f"{word}_{n}" for n in range(2, len(self.secrets) + 3)))
        variable = next(c for c in candidates if self.secrets.setdefault(c, secret) == secret)
        return f"{found['before']}<secret {variable}>" + "\n" * secret.count("\n")


def _assignments(name: str) -> Iterator[re.Pattern[str]]:
    """``NAME = "x"``, ``NAME: str = "x"``, ``f(NAME="x")``, ``{"NAME": "x"}`` and ``os.environ["NAME"] = "x"``."""
    before = rf"(?P<before>(?<!\w)['\"]?(?P<name>{name})['\"]?\]?\s*(?::[\w\s.|\[\]]+=|=(?!=)|:)\s*[rbuRBU]?"
    for quote, any_character in (("\"\"\"|'''", r"[^\\]"), ("['\"]", r"[^\n\\]")):
        secret = rf"(?!['\"]|<secret )(?P<secret>(?:\\.|(?!(?P=quote)){any_character})+)(?=(?P=quote))"
        yield re.compile(rf"{before}(?P<quote>{quote})){secret}", re.IGNORECASE)

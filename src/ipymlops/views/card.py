"""What every result is told as: verdict, figures, what to do next, and the rest folded.

A card is neutral: ``reports/html.py`` draws it for a notebook or a page, ``terminal.py`` as text.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ipymlops.views.words import State

MAGIC = "%mlops"  # what a command starts with in a notebook


@dataclass(frozen=True, slots=True)
class Badge:
    """A state with its word: ``✓ reproduced``."""

    state: State
    word: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure with a small bar behind it; ``share`` of the longest, 0 to 1."""

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A name to be read and copied as code: a version, a column, a file."""

    text: str


Cell = str | Badge | Bar | Reference | datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three to five numbers; ``note`` is its interval or its unit of account."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: words, and a line to copy. A ``shell`` line is shown as it is, and what needs the live model
    stays a magic wherever it is shown. ``here`` is whether it works on the project, and not on something elsewhere."""

    words: str
    command: str
    shell: bool = False
    here: bool = True

    def in_project(self, folder: str) -> Step:
        """The same for the project in ``folder``. A magic in a notebook finds its own."""
        if not self.here or self._needs_model:
            return self
        return replace(self, command=f"{self.command} --project {shlex.quote(folder)}")

    @property
    def _needs_model(self) -> bool:
        return self.command.startswith("register ")

    def line(self, prompt: str) -> str:
        """The line, as it is typed where commands start with ``prompt``."""
        if self.shell:
            return self.command
        return f"{MAGIC if self._needs_model else prompt} {self.command}"


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a table column; figures are right-aligned."""

    text: str
    kind: Literal["text", "figure"] = "text"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first column names the row."""

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Text to be shown as it is: a script, a model card."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of code: ``state`` is that of what is marked, with ``note`` beside it; None for a line that is not."""

    text: str
    state: State | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Code with marks at its lines. ``folded`` where nothing of it is marked: one line says that it is there."""

    title: str
    note: str
    lines: tuple[CodeLine, ...]
    folded: bool = False


Shown = Grid | Lines | Source | Listing


@dataclass(frozen=True, slots=True)
class Fold:
    """A part that is folded until somebody asks; ``open`` where it is the point of the card."""

    title: str
    parts: tuple[Shown, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One result, told."""

    title: str  # what this is: "Drift of credit-risk@1"
    verdict: str  # the sentence that answers the question
    badge: Badge | None = None
    more: str = ""  # what else was found, in the same words but not as loud
    figures: tuple[Figure, ...] = ()
    warnings: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    folds: tuple[Fold, ...] = ()


def in_project(card: Card, folder: str | None) -> Card:
    """The card with lines to copy that name the project's ``folder``, where the user named it."""
    return replace(card, steps=tuple(step.in_project(folder) for step in card.steps)) if folder else card


def fold(title: str, *parts: Shown | None, open: bool = False) -> tuple[Fold, ...]:
    """A fold of the parts that have something to say; nothing if none has."""
    kept = tuple(p for p in parts if p is not None and not _is_empty(p))
    return (Fold(title, kept, open),) if kept else ()


def _is_empty(part: Shown) -> bool:
    if isinstance(part, Grid):
        return not part.rows
    if isinstance(part, Listing):
        return not part.lines
    return not (part.items if isinstance(part, Lines) else part.text)


def headings(*texts: str) -> tuple[Heading, ...]:
    """Headings from texts; one that starts with ``#`` heads figures."""
    return tuple(Heading(t.removeprefix("#"), "figure" if t.startswith("#") else "text") for t in texts)

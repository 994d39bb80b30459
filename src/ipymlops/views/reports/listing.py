"""Marked code as HTML: a mark in the margin, the line as it was typed, and beside it why it is marked."""

from __future__ import annotations

from html import escape

from ipymlops.views import words
from ipymlops.views.card import CodeLine, Listing
from ipymlops.views.words import MARKS, State

# How a marked line looks, and what its mark says to a screen reader and under the pointer.
LOOKS: dict[State, tuple[str, str]] = {
    "pass": ("m-in", "kept"),
    "cannot tell": ("m-in", "kept, because nobody can tell that it is not needed"),
    "fail": ("m-stays", "needed, and cannot leave the notebook"),
}


def listing(part: Listing) -> str:
    """One cell, or several folded ones."""
    head = f"<b>{_text(part.title)}</b> <span>{_text(part.note)}</span>"
    body = f'<ol class="m-code">{"".join(_line(line) for line in part.lines)}</ol>'
    if part.folded:
        return f'<details class="m-cell"><summary>{head}</summary>{body}</details>'
    return f'<div class="m-cell"><p>{head}</p>{body}</div>'


def _line(line: CodeLine) -> str:
    code = f"<code>{_text(line.text) or '&#8203;'}</code>"
    if line.state is None:
        return f"<li>{code}</li>"
    look, said = LOOKS[line.state]
    mark = f'<b role="img" title="{said}" aria-label="{said}">{MARKS[line.state]}</b>'
    note = f"<small>{_text(line.note)}</small>" if line.note else ""
    return f'<li class="{look}">{mark}{code}{note}</li>'


def _text(text: object) -> str:
    return escape(words.clean(text), quote=True)

"""A card as HTML: real headings, tables with scopes, everything escaped, readable without its style."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape

from ipymlops.views import words
from ipymlops.views.card import (
    MAGIC,
    Badge,
    Bar,
    Card,
    Cell,
    Figure,
    Fold,
    Grid,
    Heading,
    Lines,
    Listing,
    Reference,
    Shown,
    Step,
)
from ipymlops.views.reports.listing import listing
from ipymlops.views.reports.style import STYLE
from ipymlops.views.words import MARKS, State

ROWS_BEFORE_FOLDING = 10
_SHORT, _LONG = 12, 28  # characters: kept on one line up to the first, given room from the second
_PIECE = re.compile(r" (?=[(→])")  # where a figure may break: before its interval, between before and after
_CLASSES: dict[State, str] = {
    "pass": "m-pass",
    "fail": "m-fail",
    "cannot tell": "m-unsure",
    "not applicable": "m-none",
}


def card_html(card: Card, *, style: bool = True, titled: bool = True, prompt: str = MAGIC) -> str:
    """One ``<section>``; with ``style`` its style sheet stands before it. Not ``titled`` where a heading above says
    what it is of. ``prompt`` is what a line to copy starts with."""
    sheet = f"<style>{STYLE}</style>" if style else ""
    return (
        f'{sheet}<section class="ipymlops" aria-label="{_text(card.title)}">'
        f"{_title(card.title) if titled else ''}"
        f'<h3 class="m-verdict">{_badge(card.badge)}{_text(card.verdict)}</h3>'
        f"{_more(card.more)}{_figures(card.figures)}{_warnings(card.warnings)}"
        f"{''.join(_step(s, prompt) for s in card.steps)}{''.join(_fold(f) for f in card.folds)}</section>"
    )


def _text(text: object) -> str:
    return escape(words.clean(text), quote=True)


def _title(title: str) -> str:
    return f'<p class="m-title">{_text(title)}</p>'


def _badge(badge: Badge | None) -> str:
    if badge is None:
        return ""
    mark = f'<b aria-hidden="true">{MARKS[badge.state]}</b>'
    return f'<span class="m-badge {_CLASSES[badge.state]}">{mark} {_text(badge.word)}</span> '


def _more(text: str) -> str:
    return f'<p class="m-more">{_text(text)}</p>' if text else ""


def _figures(figures: tuple[Figure, ...]) -> str:
    if not figures:
        return ""
    return f'<dl class="m-figures">{"".join(_figure(f) for f in figures)}</dl>'


def _figure(figure: Figure) -> str:
    long = " m-long" if len(figure.value) > 16 else ""
    note = f'<dd class="m-note">{_text(figure.note)}</dd>' if figure.note else ""
    return f'<div><dt>{_text(figure.label)}</dt><dd class="m-value{long}">{_text(figure.value)}</dd>{note}</div>'


def _warnings(warnings: tuple[str, ...]) -> str:
    return f'<ul class="m-warnings" aria-label="Look at this">{_items(warnings)}</ul>' if warnings else ""


def _items(lines: tuple[str, ...]) -> str:
    return "".join(f"<li>{_text(line)}</li>" for line in lines)


def _step(step: Step, prompt: str) -> str:
    return f'<p class="m-next">Next: {_text(_lower(step.words))}: <code>{_text(step.line(prompt))}</code></p>'


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _fold(fold: Fold) -> str:
    opened = " open" if fold.open else ""
    return f"<details{opened}><summary>{_text(fold.title)}</summary>{''.join(_part(p) for p in fold.parts)}</details>"


def _part(part: Shown) -> str:
    if isinstance(part, Grid):
        return _grid(part)
    if isinstance(part, Listing):
        return listing(part)
    if isinstance(part, Lines):
        return f"<ul>{_items(part.items)}</ul>"
    return f"<pre>{_text(part.text)}</pre>"


def _grid(grid: Grid) -> str:
    """Ten rows, and the rest behind a fold."""
    first, rest = grid.rows[:ROWS_BEFORE_FOLDING], grid.rows[ROWS_BEFORE_FOLDING:]
    shown = _table(grid, first)
    if not rest:
        return shown
    return f"{shown}<details><summary>{len(rest):,} more</summary>{_table(grid, rest)}</details>"


def _table(grid: Grid, rows: tuple[tuple[Cell, ...], ...]) -> str:
    head = "".join(f'<th scope="col"{_align(h)}>{_text(h.text)}</th>' for h in grid.headings)
    body = "".join(_row(row, grid.headings) for row in rows)
    return (
        f'<div class="m-scroll"><table class="m-grid"><caption>{_text(grid.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: tuple[Cell, ...], headings: tuple[Heading, ...]) -> str:
    cells = [f'<th scope="row"{_align(headings[0])}>{_cell(row[0], headings[0])}</th>']
    cells += [f"<td{_looks(c, h)}>{_cell(c, h)}</td>" for c, h in zip(row[1:], headings[1:], strict=True)]
    return f"<tr>{''.join(cells)}</tr>"


def _align(heading: Heading) -> str:
    return ' class="m-figure"' if heading.kind == "figure" else ""


def _looks(cell: Cell, heading: Heading) -> str:
    if heading.kind == "figure" or not isinstance(cell, str):
        return _align(heading)
    length = len(cell)
    return ' class="m-whole"' if length <= _SHORT else ' class="m-words"' if length >= _LONG else ""


def _cell(cell: Cell, heading: Heading) -> str:
    if isinstance(cell, Badge):
        return _badge(cell).rstrip()
    if isinstance(cell, Bar):
        width = min(max(cell.share, 0.0), 1.0) * 100
        bar = f'<span class="m-bar" aria-hidden="true"><span style="width:{width:.0f}%"></span></span>'
        *first, last = _PIECE.split(cell.text)
        return " ".join((*map(_whole, first), f'<span class="m-whole">{_text(last)}{bar}</span>'))
    if isinstance(cell, Reference):
        return f"<code>{_text(cell.text)}</code>"
    if isinstance(cell, datetime):
        iso = cell.isoformat(timespec="seconds")
        return f'<time datetime="{_text(iso)}" title="{words.utc(cell)}">{words.moment(cell)}</time>'
    return " ".join(map(_whole, _PIECE.split(cell))) if heading.kind == "figure" else _text(cell)


def _whole(piece: str) -> str:
    """What of a figure stays on one line: ``0.815``, or ``(0.771 to 0.852)``."""
    return f'<span class="m-whole">{_text(piece)}</span>' if " " in piece else _text(piece)

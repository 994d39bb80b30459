"""A card as text, in the same order: verdict, figures, next step, then the tables that are open."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ipymlops.views import widths, words
from ipymlops.views.card import (
    MAGIC,
    Badge,
    Bar,
    Card,
    Cell,
    CodeLine,
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
from ipymlops.views.words import MARKS, State

PLAIN_WIDTH = 120
ROWS_SHOWN = 10
_STYLES: dict[State, str] = {
    "pass": "bold green",
    "fail": "bold red",
    "cannot tell": "bold yellow",
    "not applicable": "dim",
}


def card_text(card: Card, *, width: int | None = None, color: bool = False, prompt: str = MAGIC) -> str:
    """The card as lines no longer than ``width``; escape codes only with ``color``."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width or PLAIN_WIDTH,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        force_jupyter=False,  # inside a kernel rich would display instead of writing
    )
    console.print(Group(*_parts(card, prompt, console.width)))
    lines = widths.unglued(out.getvalue()).splitlines()
    return "\n".join(line.rstrip() for line in lines) if not color else "\n".join(lines)


def _parts(card: Card, prompt: str, width: int) -> list[RenderableType]:
    parts: list[RenderableType] = [_plain(card.title, "dim"), _verdict(card)]
    if card.more:
        parts.append(_plain(card.more))
    if card.figures:
        parts.append(_figures(card.figures))
    parts += [_plain(f"  note: {w}") for w in card.warnings]
    for fold in card.folds:
        if fold.open:
            parts += _fold(fold, width - 2)
    for step in card.steps:
        parts += _step(step, prompt)
    return parts


def _plain(text: str, style: str = "") -> Text:
    return Text(widths.kept_together(words.clean(text)), style=style)


def _verdict(card: Card) -> Text:
    badge = Text.assemble(_badge(card.badge), "  ") if card.badge else Text()
    return badge + _plain(card.verdict, "bold")


def _badge(badge: Badge) -> Text:
    return _plain(widths.state(f"{MARKS[badge.state]} {badge.word}"), _STYLES[badge.state])


def _figures(figures: tuple[Figure, ...]) -> RenderableType:
    table = _table(show_header=False)
    for style in ("dim", "bold", "dim"):
        table.add_column(style=style, overflow="fold")
    for f in figures:
        table.add_row(_plain(f.label), _plain(f.value), _plain(f.note))
    return Padding(table, (0, 0, 0, 2))


def _table(**options: Any) -> Table:
    return Table(box=None, pad_edge=False, padding=(0, widths.GAP, 0, 0), header_style="dim", **options)


def _fold(fold: Fold, width: int) -> list[RenderableType]:
    shown = [_part(p, width) for p in fold.parts]
    return [Text(), _plain(fold.title, "dim"), *(Padding(p, (0, 0, 0, 2)) for p in shown)]


def _part(part: Shown, width: int) -> RenderableType:
    if isinstance(part, Grid):
        return _grid(part, width)
    if isinstance(part, Listing):
        return _listing(part, width)
    return _plain("\n".join(part.items) if isinstance(part, Lines) else part.text)


def _grid(grid: Grid, width: int) -> RenderableType:
    """A table where one fits, else each row as lines of its own: text may wrap, and nothing vanishes."""
    cells = [[_cell(c, h) for c, h in zip(row, grid.headings, strict=True)] for row in grid.rows[:ROWS_SHOWN]]
    room = widths.fitted([_extent(grid, cells, i) for i in range(len(grid.headings))], width)
    shown = _listed(grid, cells) if room is None else _tabled(grid, cells, room)
    rest = len(grid.rows) - ROWS_SHOWN
    return Group(shown, _plain(f"{rest:,} more; --json has all", "dim")) if rest > 0 else shown


def _listing(listing: Listing, width: int) -> RenderableType:
    """A mark and the line as it was typed; why it is marked stands behind it, or below where it does not fit."""
    head = _plain(f"{listing.title}  {listing.note}", "dim")
    if listing.folded:
        return head
    return Group(head, *(_code_line(line, width) for line in listing.lines), Text())


def _code_line(line: CodeLine, width: int) -> Text:
    if line.state is None:
        return Text(f"  {words.clean(line.text)}", style="dim")
    code = Text(f"{MARKS[line.state]} {words.clean(line.text)}", style=_STYLES[line.state].removeprefix("bold "))
    if not line.note:
        return code
    note = f"# {words.clean(line.note)}"
    between = "  " if len(code) + 2 + len(note) <= width else "\n      "
    return Text.assemble(code, between, (note, "dim"))


def _extent(grid: Grid, cells: list[list[Text]], column: int) -> widths.Extent:
    is_name = any(isinstance(row[column], Reference) for row in grid.rows)
    return widths.Extent.of(grid.headings[column].text, [row[column].plain for row in cells], name=is_name)


def _tabled(grid: Grid, cells: list[list[Text]], room: list[int]) -> RenderableType:
    table = _table()
    for h, width in zip(grid.headings, room, strict=True):
        side: Literal["left", "right"] = "right" if h.kind == "figure" else "left"
        table.add_column(_plain(h.text), justify=side, overflow="fold", vertical="top", width=width)
    for row in cells:
        table.add_row(*row)
    return table


def _listed(grid: Grid, cells: list[list[Text]]) -> RenderableType:
    """The row's name, and under it ``heading value`` of whatever else is known."""
    lines: list[RenderableType] = []
    for name, *rest in cells:
        known = [
            (words.clean(h.text), c) for h, c in zip(grid.headings[1:], rest, strict=True) if c.plain != words.NOTHING
        ]
        pairs = [Text.assemble((widths.glued(f"{text} "), "dim"), cell) for text, cell in known]
        lines += [name, Padding(Text(" · ").join(pairs), (0, 0, 0, 2))]
    return Group(*lines)


def _cell(cell: Cell, heading: Heading) -> Text:
    if isinstance(cell, Badge):
        return _badge(cell)
    if isinstance(cell, Reference):
        return _plain(widths.glued(cell.text))
    if isinstance(cell, datetime):
        return _plain(widths.moment(words.moment(cell)))
    text = cell.text if isinstance(cell, Bar) else cell
    return _plain(widths.figure(text) if heading.kind == "figure" else text)


def _step(step: Step, prompt: str) -> list[RenderableType]:
    """The line to copy is never broken."""
    line = _plain(f"  {step.line(prompt)}", "bold cyan")
    line.no_wrap, line.overflow = True, "ignore"
    return [_plain(f"Next: {step.words[:1].lower()}{step.words[1:]}:"), line]

"""How wide the columns of a text table are: names and figures whole, long texts wrapped, or no table at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

GAP = 2  # between columns
READABLE = 20  # a long text is not squeezed below this
WORD = 24  # a longer word, such as a path, may be cut
# Stands for a space that no line may end at; a character that nobody's names hold.
GLUE = "\ue000"
_BRACKETS = re.compile(r"\([^()]{1,24}\)")


@dataclass(frozen=True, slots=True)
class Extent:
    """The least that a column can be read at, and what its cells and its heading take on one line."""

    least: int
    cells: int
    heading: int

    @classmethod
    def of(cls, heading: str, cells: Sequence[str], *, name: bool) -> Extent:
        """Of a column's texts; a ``name`` is never cut, as it is there to be copied."""
        top = max(_longest(word for word in heading.split(" ")), 1)
        whole = _longest(cells)
        if name:
            return cls(max(whole, top), whole, cell_len(heading))
        word = min(_longest(word for text in cells for word in text.split(" ")), WORD)
        least = max(word, READABLE) if whole > 2 * READABLE else word
        return cls(max(least, top), whole, cell_len(heading))


def _longest(texts: Iterable[str]) -> int:
    return max((cell_len(text) for text in texts), default=0)


def fitted(extents: Sequence[Extent], room: int) -> list[int] | None:
    """A width for each column, cells before headings, what needs the least first; None where no
    table fits."""
    widths = [extent.least for extent in extents]
    spare = room - sum(widths) - GAP * (len(widths) - 1)
    if spare < 0:
        return None
    for wanted in ([extent.cells for extent in extents], [extent.heading for extent in extents]):
        for i in sorted(range(len(widths)), key=lambda i: wanted[i] - widths[i]):
            more = min(spare, max(0, wanted[i] - widths[i]))
            widths[i] += more
            spare -= more
    return widths


def glued(text: str) -> str:
    """The text with every space as one that no line ends at."""
    return text.replace(" ", GLUE)


def kept_together(text: str) -> str:
    """An interval in brackets stays on one line: ``0.815 (0.771 to 0.852)``."""
    return _BRACKETS.sub(lambda found: glued(found[0]), text)


def figure(text: str) -> str:
    """Breaks at most before the interval, or between before and after: ``1.0 % → 1.3 %``."""
    return glued(text).replace(f"{GLUE}(", " (").replace(f"{GLUE}→", " →")


def moment(text: str) -> str:
    """Breaks at most between the day and the hour."""
    return glued(text).replace(f",{GLUE}", ", ")


def state(text: str) -> str:
    """The mark of a state stays with its word."""
    return text.replace(" ", GLUE, 1)


def unglued(text: str) -> str:
    """As it is printed."""
    return text.replace(GLUE, " ")

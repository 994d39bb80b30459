"""A version's lineage as a graph: versions before it above; files, what trained on them, and the rest below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from ipymlops.registry.lineage import Ancestor, Lineage, ReadFile
from ipymlops.views import words
from ipymlops.views.cards.lineage import (
    CHAMPION,
    DIGITS,
    NOT_RECORDED,
    cell_count,
    cell_names,
    commit_words,
    environment_words,
    lineage_verdict,
    made_from,
    shortened,
)
from ipymlops.views.charts.style import GREY, HOST_TEXT, REFERENCE, WIDTH, data, finished, title

MOST_FILES = 4
_BOX, _HEIGHT, _GAP = 174, 40, 12  # px of a box, and between two
_SMALL = 86  # px of a version before it
_LETTERS = 26  # of a name in a box
_RIGHT = WIDTH - _BOX - 2
_MIDDLE = _RIGHT // 2
_BESIDE = 4  # versions of a shortened line fit beside the version itself


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn at a place: a name, and what is known of it."""

    x: int
    y: int
    width: int
    height: int
    name: str
    note: str = ""
    marked: bool = False  # the champion
    known: bool = True  # False where it was not recorded, or only counted
    whole: str = ""  # what the pointer shows

    @property
    def row(self) -> dict[str, Any]:
        middle = self.y + self.height / 2
        return {
            "x": self.x, "x2": self.x + self.width, "y": self.y, "y2": self.y + self.height, "name": self.name,
            "note": self.note, "centre": self.x + self.width / 2, "upper": middle - (8 if self.note else 0),
            "lower": middle + 8, "about": self.whole or f"{self.name} {self.note}".strip(),
        }  # fmt: skip


def lineage_charts(result: Lineage) -> tuple[Any, ...]:
    """One graph."""
    return (finished(lineage_chart(result), lineage_verdict(result)),)


def lineage_chart(result: Lineage) -> Any:
    """Left to right: what went in, what made it, the version itself over the whole height."""
    before = _versions_before(result)
    top = _HEIGHT + 2 * _GAP if before else 0
    files, facts = _column(0, top, _files(result.inputs)), _column(_MIDDLE, top, _facts(result))
    height = max(b.y + b.height for b in (*files, *facts))
    itself = _itself(result, height)
    edges = [
        *((*_right(a), *_left(b)) for a, b in pairwise(before)),
        *((*_right(b), itself.x, b.y + b.height / 2) for b in (*before[-1:], *facts)),
        *((*_right(f), *_left(facts[0])) for f in files),
    ]
    layers = [*_arrows(edges), *_boxes([*before, *files, *facts, itself])]
    return alt.layer(*layers).properties(
        width=WIDTH - 2, height=height, title=title(lineage_verdict(result).rstrip("."), _subtitle(result), WIDTH)
    )


def _subtitle(result: Lineage) -> str:
    said = "Files, what trained on them, and what else it was made with, left to right"
    earlier = len(result.chain) - 1
    if not earlier:
        return said
    hidden = sum(a for a in shortened(result.chain) if isinstance(a, int))
    left_out = f", {hidden:,} of them not drawn" if hidden else ""
    return f"{said}; above, the {words.count(earlier, 'version')} that it came after{left_out}"


def _versions_before(result: Lineage) -> list[Box]:
    """Up to four, the last one next to the version itself."""
    drawn = shortened(result.chain)[:-1]
    step = _RIGHT // _BESIDE
    start = _RIGHT - step * len(drawn)
    return [_version(start + i * step, a) for i, a in enumerate(drawn)]


def _version(x: int, ancestor: Ancestor | int) -> Box:
    if isinstance(ancestor, int):
        return Box(x, 0, _SMALL, _HEIGHT, f"… {ancestor:,} more …", known=False)
    how = "retrained" if ancestor.retrained else "registered"
    note = CHAMPION if ancestor.champion else how
    whole = f"version {ancestor.number}, {how} by {ancestor.who} on {words.moment(ancestor.when)}"
    return Box(x, 0, _SMALL, _HEIGHT, f"@{ancestor.number}", note, ancestor.champion, whole=whole)


def _itself(result: Lineage, height: int) -> Box:
    last = result.chain[-1]
    how = "retrained" if last.retrained else "registered"
    note = CHAMPION if last.champion else f"{how} by {last.who}"
    whole = f"{how} by {last.who} on {words.moment(last.when)}"
    return Box(
        _RIGHT, 0, _BOX, height, words.version_ref(result.model, result.version), note, last.champion, whole=whole
    )


def _files(inputs: Sequence[ReadFile] | None) -> list[tuple[str, str, bool]]:
    if not inputs:
        return [("files", NOT_RECORDED, False) if inputs is None else ("no files", "", False)]
    drawn = inputs if len(inputs) <= MOST_FILES else inputs[: MOST_FILES - 1]
    found = [(_end(f.path or f.name), f"sha256 {f.sha256[:DIGITS]}" if f.sha256 else "not hashed", True) for f in drawn]
    rest = len(inputs) - len(drawn)
    return [*found, (f"and {rest:,} more files", "", False)] if rest else found


def _end(path: str) -> str:
    """The end of a long path tells more than its beginning."""
    return path if len(path) <= _LETTERS else f"…{path[1 - _LETTERS :]}"


def _facts(result: Lineage) -> list[tuple[str, str, bool]]:
    commit, state = commit_words(result)
    by = made_from(result)
    rows = "training rows" if result.training_rows is None else words.count(result.training_rows, "training row")
    found = result.environment
    runs_on = "environment" if found is None else environment_words(found.python, found.packages)
    trained = ("trained by", by, False) if by == NOT_RECORDED else (by, "", True)
    if result.cells:  # the title has the notebook
        trained = cell_count(result), cell_names(result.cells, 4), True
    return [
        trained,
        (rows, f"hash {result.fingerprint[:DIGITS]}" if result.fingerprint else NOT_RECORDED, bool(result.fingerprint)),
        (f"commit {commit}", state, True) if result.commit else ("commit", NOT_RECORDED, False),
        (runs_on, f"sha256 {found.sha256[:DIGITS]}" if found else NOT_RECORDED, found is not None),
    ]


def _column(x: int, top: int, told: Iterable[tuple[str, str, bool]]) -> list[Box]:
    step = _HEIGHT + _GAP
    return [
        Box(x, top + i * step, _BOX, _HEIGHT, name, note, known=known) for i, (name, note, known) in enumerate(told)
    ]


def _right(box: Box) -> tuple[float, float]:
    return box.x + box.width, box.y + box.height / 2


def _left(box: Box) -> tuple[float, float]:
    return box.x, box.y + box.height / 2


def _arrows(edges: Sequence[tuple[float, float, float, float]]) -> list[Any]:
    lines = alt.Chart(data({"x": x, "y": y, "x2": x2 - 5, "y2": y2} for x, y, x2, y2 in edges))
    heads = alt.Chart(data({"x": x, "y": y} for x, y in dict.fromkeys((x2 - 5, y2) for *_, x2, y2 in edges)))
    return [
        lines.mark_rule(color=GREY, strokeWidth=1.2).encode(x=_x("x"), y=_y("y"), x2="x2:Q", y2="y2:Q"),
        heads.mark_point(filled=True, opacity=1, shape="triangle-right", size=45, color=GREY).encode(
            x=_x("x"), y=_y("y")
        ),
    ]


def _boxes(boxes: Sequence[Box]) -> list[Any]:
    """What is known on a ground of its own, what is not within dashes; the champion within a thick line."""
    looks: tuple[tuple[list[Box], dict[str, Any]], ...] = (
        ([b for b in boxes if b.known and not b.marked], {"stroke": GREY, "fill": "#88888822"}),
        ([b for b in boxes if b.marked], {"stroke": REFERENCE, "strokeWidth": 2.5, "fill": "#88888822"}),
        ([b for b in boxes if not b.known], {"stroke": GREY, "strokeDash": [3, 3], "fill": "#88888808"}),
    )
    drawn = [
        alt.Chart(data(b.row for b in some))
        .mark_rect(cornerRadius=4, **look)
        .encode(x=_x("x"), x2="x2:Q", y=_y("y"), y2="y2:Q", tooltip=alt.Tooltip("about:N", title=" "))
        for some, look in looks
        if some
    ]
    return [*drawn, *_texts(boxes)]


def _texts(boxes: Sequence[Box]) -> list[Any]:
    """Two lines in each box, cut where they would leave it."""
    drawn = []
    for width in dict.fromkeys(b.width for b in boxes):
        base = alt.Chart(data(b.row for b in boxes if b.width == width))
        common = {"color": HOST_TEXT, "limit": width - 10, "baseline": "middle"}
        for field, place, size, weight in (("name", "upper", 11, 600), ("note", "lower", 10, 400)):
            mark = base.mark_text(fontSize=size, fontWeight=weight, **common)
            drawn.append(mark.encode(x=_x("centre"), y=_y(place), text=f"{field}:N"))
    return drawn


def _x(field: str) -> alt.X:
    """Pixels as they are."""
    return alt.X(f"{field}:Q", axis=None, scale=None)


def _y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=None)

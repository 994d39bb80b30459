"""A notebook with its slice marked in it: every executed cell, what is kept of it, and why."""

from __future__ import annotations

from collections.abc import Iterator

from ipymlops.pipelines.marking import MarkedCell, MarkedNotebook, Passage
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, CodeLine, Figure, Listing, Step, fold
from ipymlops.views.words import State

MOST_CELLS = 4  # of a chain, before its middle is left out


def marked_card(result: MarkedNotebook) -> Card:
    """How much of the notebook leads to the model, and the notebook itself with the marks."""
    ref = words.version_ref(result.model, result.version)
    return Card(
        title=f"What the pipeline of {ref} keeps of {result.notebook or 'the session'}",
        verdict=_verdict(result),
        badge=Badge("fail", "not all can leave") if result.left_out else None,
        figures=(
            Figure("statements kept", f"{result.kept:,}", f"of {result.total:,} executed"),
            Figure("cells kept", f"{result.cells_kept:,}", f"of {len(result.cells):,} executed"),
            *((Figure("kept to be safe", f"{result.doubtful:,}", "marked ?"),) if result.doubtful else ()),
        ),
        warnings=tuple(words.sentence(w) for w in result.left_out),
        steps=(_step(result, ref),),
        folds=fold("The cells in the order they ran", *_listings(result.cells), open=True),
    )


def _verdict(result: MarkedNotebook) -> str:
    targets = words.listed([f"`{t}`" for t in result.targets])
    if result.left_out:
        return f"{targets} cannot be made outside of this notebook as it stands."
    lead = words.numbered(result.kept, "leads", "lead")
    return f"{result.kept:,} of {words.count(result.total, 'statement')} {lead} to {targets}."


def _step(result: MarkedNotebook, ref: str) -> Step:
    """What cannot leave the notebook is changed there first: an export of it would not be proved."""
    if not result.left_out:
        return Step("Write it and prove it", f"export {ref}")
    model = result.targets[0] if result.targets else "MODEL"
    what = "Change what cannot leave the notebook, run it again, and register what it makes"
    return Step(what, f"register {model} --name {result.model}")


def _listings(cells: tuple[MarkedCell, ...]) -> Iterator[Listing]:
    """Each cell that is needed by itself; the ones between, folded together."""
    unneeded: list[MarkedCell] = []
    for cell in cells:
        if not cell.needed:
            unneeded.append(cell)
            continue
        yield from _folded(unneeded)
        unneeded = []
        yield _listing(cell)
    yield from _folded(unneeded)


def _folded(cells: list[MarkedCell]) -> Iterator[Listing]:
    if not cells:
        return
    first, last = f"In [{cells[0].execution}]", f"In [{cells[-1].execution}]"
    title = first if len(cells) == 1 else f"{first} to {last}"
    lines = tuple(line for cell in cells for line in _lines(cell))
    yield Listing(title, "not needed", lines, folded=True)


def _listing(cell: MarkedCell) -> Listing:
    kept, total = sum(p.state != "out" for p in cell.passages), len(cell.passages)
    note = f"{kept:,} of {words.count(total, 'statement')} kept{', then it raised' if cell.raised else ''}"
    return Listing(f"In [{cell.execution}]", note, tuple(_lines(cell)))


def _lines(cell: MarkedCell) -> Iterator[CodeLine]:
    for number, text in enumerate(cell.source.expandtabs(4).splitlines(), 1):
        starts = [p for p in cell.passages if p.first == number and p.state != "out"]
        yield CodeLine(text, _state(cell.at(number)), "; ".join(_note(p) for p in starts))


def _state(passage: Passage | None) -> State | None:
    if passage is None:
        return None
    if passage.state == "stays":
        return "fail"
    return "cannot tell" if passage.doubt else "pass"


def _note(passage: Passage) -> str:
    """``defines df → In [7] → In [12] → forest``; the middle of a long chain is left out."""
    what = passage.why.partition(", which ")[0].replace("`", "")
    cells, goal = passage.chain[:-1], passage.chain[-1:]
    shown = (*cells[:2], "…", *cells[-1:]) if len(cells) > MOST_CELLS else cells
    led = " → ".join((what, *shown, *(g.replace("`", "") for g in goal)))
    return f"{led}; {passage.doubt}" if passage.doubt else led

"""What the cards of drift over windows and within segments have in common."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.drift.parts_results import DriftInParts, PartDrift
from ipymlops.drift.results import ColumnDrift
from ipymlops.views import words
from ipymlops.views.card import Badge, Bar, Cell, Grid, Reference, headings
from ipymlops.views.cards.drift_columns import odd_word, ratio, severity, threshold_of, unit

_OF_OTHERS = ("too-few-rows", "missing-rate")  # told in the verdict and in the table of parts


def ordered(result: DriftInParts) -> list[str]:
    """Drifted and relied on first, then drifted; among those in the most parts, then by the largest effect that a part
    with rows enough has."""

    def key(column: str) -> tuple[float, ...]:
        cells = [c for c in result.of(column) if c is not None]
        changed = sum(c.changed for c in cells)
        alarming = any(c.alarming for c in cells)
        largest = _largest(result, column)[1]
        effect = 0.0 if largest is None else ratio(largest)
        return (-max(map(severity, cells)), not alarming, -changed, -effect)

    return sorted(result.columns, key=key)


def parts_badge(result: DriftInParts, otherwise: str = "drift") -> Badge:
    """The worst that was found; ``otherwise`` is what alarms where no part does."""
    if any(severity(c) == 2 for part in result.parts() for c in part.columns):
        return Badge("fail", "drift")
    if any(part.alarming for part in result.parts()):
        return Badge("fail", odd_word(bool(result.broken), any(map(_misses, result.parts()))))
    if result.alarming:
        return Badge("fail", otherwise)
    if result.drifted:
        return Badge("cannot tell", "drift in columns hardly used")
    if not result.columns:
        return Badge("cannot tell", "nothing checked")
    return Badge("cannot tell", "too few rows") if result.undecided else Badge("pass", "no drift")


def part_badge(part: PartDrift) -> Badge:
    if part.drifted or part.alarming:
        word = "drifted" if part.drifted else odd_word(bool(part.broken), _misses(part))
        return Badge("fail" if part.alarming else "cannot tell", word)
    if not part.columns:
        return Badge("cannot tell", "nothing checked")
    return Badge("pass", "no drift") if part.enough else Badge("cannot tell", "too few rows")


def _misses(part: PartDrift) -> bool:
    return bool(part.emptied or part.filled) or any(c.missing_changed and c.alarming for c in part.columns)


def too_few_said(result: DriftInParts, needed: int, where: str = "") -> str:
    """``, 2 with too few rows to show a small change: about 350 are needed``; nothing where all have as many."""
    few = f", {len(result.short):,} with too few rows to show a small change"
    return f"{few}: about {needed:,} are needed{where}" if result.short else ""


def enough_said(result: DriftInParts, parts: str, needed: int) -> tuple[str, ...]:
    """What is counted of what, where some parts have too few rows."""
    if not result.short:
        return ()
    total = len(result.parts())
    return (
        f"About {needed:,} rows tell a change at the threshold; {total - len(result.short):,} of {total:,} {parts} "
        "have as many. One with fewer counts where a change is so large that it shows all the same.",
    )


def finding_lines(result: DriftInParts) -> tuple[str, ...]:
    """Each finding once, with the parts it was made in."""
    seen: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for part in result.parts():
        for f in part.findings:
            if f.code not in _OF_OTHERS:
                seen.setdefault((f.column, f.code), []).append((part.label(), f.detail))
    lines = []
    for (column, _), made in seen.items():
        where = "" if len(made) == len(result.parts()) else f", {words.listed([label for label, _ in made])}"
        lines.append(words.stopped(f"{column}{where}: {made[0][1]}"))
    return tuple(lines)


def column_grid(result: DriftInParts, drifted_in: str = "drifted in") -> Grid:
    """Every column with its largest effect, and where that was; among the parts with rows enough to tell."""
    names = ordered(result)
    worst = {name: _largest(result, name) for name in names}
    told = [c for _, c in worst.values() if c is not None]
    longest = max(map(ratio, told), default=0.0) or 1.0
    known = any(c is not None and c.importance is not None for name in names for c in result.of(name))
    heads = ["column", drifted_in, "#largest effect", "#threshold", "in", *(["#used by model"] if known else [])]
    rows = tuple(_column_row(result, name, *worst[name], longest, known) for name in names)
    return Grid("Columns, what matters first", headings(*heads), rows)


def _largest(result: DriftInParts, name: str) -> tuple[str, ColumnDrift | None]:
    """The part where a column is farthest from its reference; chance alone makes the smallest parts look so, and what
    has too few rows counts only where it drifted for certain."""
    found = [
        (part.label(), c)
        for part, c in zip(result.parts(), result.of(name), strict=True)
        if c is not None and (part.enough or c.drifted)
    ]
    return max(found, key=lambda pair: ratio(pair[1]), default=(words.NOTHING, None))


def _column_row(
    result: DriftInParts, name: str, where: str, worst: ColumnDrift | None, longest: float, known: bool
) -> tuple[Cell, ...]:
    cells = result.of(name)
    used = next((c.importance for c in cells if c is not None and c.importance is not None), None)
    bar: Cell = Bar(words.percent(used), used) if used is not None else words.NOTHING
    effect: Cell = words.NOTHING
    if worst is not None:
        effect = Bar(f"{words.number(worst.effect)}{unit(worst)}", ratio(worst) / longest)
    return (
        Reference(name),
        _outcome(result, cells),
        effect,
        words.NOTHING if worst is None else threshold_of(worst),
        where,
        *((bar,) if known else ()),
    )


def _outcome(result: DriftInParts, cells: Sequence[ColumnDrift | None]) -> Badge:
    drifted = [c for c in cells if c is not None and c.drifted]
    if drifted:
        return Badge("fail" if any(c.alarming for c in drifted) else "cannot tell", f"{len(drifted)} of {len(cells)}")
    changed = [c for c in cells if c is not None and c.changed]
    if changed:
        word = odd_word(False, any(c.missing_changed for c in changed))
        return Badge("fail" if any(c.alarming for c in changed) else "cannot tell", word)
    told = sum(c is not None and part.enough for part, c in zip(result.parts(), cells, strict=True))
    if told == len(cells):
        return Badge("pass", f"0 of {told}")
    return Badge("cannot tell", f"0 of {len(cells)}, {told} can tell")

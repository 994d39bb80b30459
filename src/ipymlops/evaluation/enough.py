"""Whether a sample says anything, and how many rows would."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ipymlops.evaluation.results import Estimate, Evaluation, Task
from ipymlops.evaluation.uncertainty import z_of
from ipymlops.metric_names import metric_name
from ipymlops.phrases import count, numbered
from ipymlops.shares import percent

WIDEST = 0.10  # half an interval: of a figure in 0..1, or as a share of one in target units
WANTED = 0.05
FEWEST = 20  # rows below which no figure says anything
FEWEST_OF_CLASS = 10  # by Hanley and McNeil (1982) an area of 0.8 is known to within 0.17 then


def doubt(found: Evaluation) -> str:
    """What stands against reading any figure of an evaluation, or its deciding one; empty where nothing does."""
    return nothing_to_say(found) or too_few(found.headline)


def nothing_to_say(found: Evaluation) -> str:
    """See ``too_few_to_judge``."""
    return too_few_to_judge(found.task, found.n_rows, found.class_rows, found.headline.level)


def too_few_to_judge(task: Task, n_rows: int, class_rows: Mapping[str, int], level: float) -> str:
    """That the rows, or those of one class, are too few for any figure, and how many it takes; else empty.

    Of several classes two with enough rows leave something to say.
    """
    z = z_of(level)
    if task == "regression":
        # the standard error of an RMSE is its share 1 / sqrt(2 n) where errors are normal
        needed = _rounded((z / (2 * WANTED)) ** 2 / 2)
        return _too_few_rows(n_rows, f"about {needed:,} are needed") if n_rows < FEWEST else ""
    counts = sorted(class_rows.items(), key=lambda item: item[1])
    if not counts or (n_rows >= FEWEST and sum(n >= FEWEST_OF_CLASS for _, n in counts) >= 2):
        return ""
    name, rows = counts[0] if task == "binary" else counts[-2] if len(counts) > 1 else counts[0]
    needed = _rounded((z / 2 / WANTED) ** 2)
    if n_rows < FEWEST:
        return _too_few_rows(n_rows, f"about {needed:,} are needed, {FEWEST_OF_CLASS} of each class at least")
    at_this_share = f", which takes about {_rounded(n_rows * FEWEST_OF_CLASS / rows):,} such rows" if rows else ""
    return (
        f"{count(n_rows, 'row')} with {rows or 'none'} of class {name} are too few to say anything; at least "
        f"{FEWEST_OF_CLASS} of each class are needed{at_this_share}"
    )


def rare_classes(found: Evaluation) -> tuple[str, ...]:
    """Of several classes, those whose rows are too few to say anything of them."""
    return tuple(name for name, n in found.class_rows.items() if n < FEWEST_OF_CLASS) if len(found.classes) > 2 else ()


def _too_few_rows(rows: int, needed: str) -> str:
    return f"{count(rows, 'row')} {numbered(rows, 'is', 'are')} too few to say anything; {needed}"


def too_few(found: Estimate) -> str:
    """That the interval of the figure that decides is too wide, and how many rows it takes; empty where it is not.

    The number is what halves an interval in proportion to the root of the rows. Without an interval it is that of a
    share of one half, the most that any share takes.

    >>> too_few(Estimate("accuracy", 0.75, 0.51, 0.90, 0.95, 20, "Wilson"))
    '20 rows are too few to say much: accuracy is known to within 0.20 only; about 310 are needed for 0.05'
    """
    rows = f"{count(found.n_rows, 'row')} {numbered(found.n_rows, 'is', 'are')}"
    name = metric_name(found.name)
    if not math.isfinite(found.high - found.low):
        needed = _rounded((z_of(found.level) / 2 / WANTED) ** 2)
        if found.n_rows < needed:
            return f"{rows} too few to say anything; about {needed:,} are needed"
        return f"{name} has no interval: the answers to these {found.n_rows:,} rows do not vary"
    if not is_wide(found):
        return ""
    half, target = _half_and_target(found)
    needed = _rounded(found.n_rows * (half / target) ** 2)
    known, wanted = _in_words(found, half), _in_words(found, target)
    return (
        f"{rows} too few to say much: {name} is known to within {known} only; about {needed:,} are needed for {wanted}"
    )


def too_few_for(found: Estimate, known: Estimate) -> str:
    """The same of an estimate without labels, whose interval comes from two tables: its own rows, and the labelled ones
    that it was learned from, of which ``known`` is the same figure.

    What the labelled rows leave open is taken for what they leave open of their own figure. Own rows take in the rest,
    where that is less than half (in squares) of what may be open; else both tables have to be larger.

    >>> known = Estimate("accuracy", 0.8, 0.77, 0.83, 0.95, 700, "Wilson")
    >>> too_few_for(Estimate("accuracy", 0.75, 0.51, 0.91, 0.95, 20, "CBPE"), known)
    '20 rows are too few to say much: accuracy is known to within 0.20 only; about 490 are needed for 0.05'
    >>> known = Estimate("accuracy", 0.8, 0.68, 0.92, 0.95, 40, "Wilson")
    >>> too_few_for(Estimate("accuracy", 0.75, 0.51, 0.91, 0.95, 20, "CBPE"), known)
    '20 rows are too few to say much: accuracy is known to within 0.20 only; about 410 are needed for 0.05, and about \
470 rows with labels in the benchmark, which has 40'
    """
    if not is_wide(found):
        return ""
    half, target = _half_and_target(found)
    told = f"{metric_name(found.name)} is known to within {_in_words(found, half)} only"
    return (
        f"{count(found.n_rows, 'row')} {numbered(found.n_rows, 'is', 'are')} too few to say much: {told}"
        f"{_needed_of_both(found, known, half, target)}"
    )


def _needed_of_both(found: Estimate, known: Estimate, half: float, target: float) -> str:
    """Nothing where nobody can tell, because the labelled rows leave everything open."""
    learned = _half_and_target(known)[0]
    if not math.isfinite(learned):
        return ""
    own, room, more = max(half**2 - learned**2, 0.0), target**2 - learned**2, ""
    if room < target**2 / 2:
        room = target**2 / 2
        labelled = _rounded(known.n_rows * learned**2 / room)
        more = f"about {labelled:,} rows with labels in the benchmark, which has {known.n_rows:,}"
    rows, wanted = _rounded(found.n_rows * own / room), _in_words(found, target)
    if rows <= found.n_rows:
        return f"; for {wanted} it takes {more}"
    return f"; about {rows:,} are needed for {wanted}{', and ' + more if more else ''}"


def is_wide(found: Estimate) -> bool:
    """Whether an interval leaves too much open to be read: half of it above ``WIDEST``, twice that of itself for a
    figure in target units."""
    half, target = _half_and_target(found)
    return half > WIDEST / WANTED * target


def _half_and_target(found: Estimate) -> tuple[float, float]:
    half = (found.high - found.low) / 2
    if found.unit:
        return (half / abs(found.value) if found.value else 0.0), 2 * WANTED
    return half, WANTED


def _in_words(found: Estimate, share: float) -> str:
    return f"{percent(share)} of itself" if found.unit else f"{share:.2f}"


def _rounded(rows: float) -> int:
    """Up, to two digits."""
    size = int(10 ** max(0, math.floor(math.log10(max(rows, 1))) - 1))
    return int(math.ceil(rows / size) * size)

"""Targets and answers, label by label: which are missing, which class each is, and what cannot be one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.phrases import count, numbered

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

SHOWN = 3  # labels or columns named before "and 4 more"


def missing_labels(targets: Array) -> npt.NDArray[np.bool_]:
    if targets.dtype.kind == "f":
        return np.isnan(targets)
    if targets.dtype.kind != "O":
        return np.zeros(len(targets), dtype=bool)
    return np.array([value is None or type(value).__name__ == "NAType" or value != value for value in targets])


def without_missing(targets: Array) -> Array:
    kept = targets[~missing_labels(targets)]
    return kept if kept.dtype.kind != "O" else np.array(kept.tolist())


def notes_on_missing(present: Array) -> tuple[str, ...]:
    lost = int((~present).sum())
    have, are = numbered(lost, "has", "have"), numbered(lost, "is", "are")
    return (f"{lost:,} of {count(len(present), 'row')} {have} no label and {are} left out",) if lost else ()


def looks_like_classes(targets: Array) -> bool:
    if targets.dtype.kind == "f":
        return False
    return targets.dtype.kind not in "iu" or len(np.unique(targets)) <= 20


def found_classes(labels: Array, answers: Array) -> tuple[Any, ...]:
    found = set(labels.tolist()) | set(answers.tolist())
    try:
        return tuple(sorted(found))
    except TypeError:
        return tuple(sorted(found, key=lambda value: (type(value).__name__, str(value))))


def class_positions(labels: Array, classes: Sequence[Any], what: str, unknown: str) -> npt.NDArray[np.intp]:
    """Each label's position in ``classes``; ``unknown`` ends the sentence about those that have none, where
    ``{}`` stands for them."""
    found = _positions(labels, classes)
    if (strange := found < 0).any():
        strangers = Counter(repr(value) for value in labels[strange].tolist())
        plural, them = ("s", "them") if len(strangers) > 1 else ("", "it")
        known = ", ".join(repr(value) for value in classes[:8]) + (", ..." if len(classes) > 8 else "")
        raise BadInput(
            f"Found the {what}{plural} {counted(strangers, what)}{unknown.format(them)}",
            expected=f"one of {known}",
            next_step=_made_alike(set(labels[strange].tolist()), classes, what, nothing_shared=bool(strange.all())),
        )
    return found


def _made_alike(strangers: set[Any], classes: Sequence[Any], what: str, *, nothing_shared: bool) -> str:
    """What to do where labels are classes written in another type, '1' for 1, or in other words, 'yes' for 1."""
    if not {str(value) for value in strangers} <= {str(value) for value in classes}:
        return mapped(strangers, classes) if nothing_shared and what == "label" else ""
    kind = "texts" if all(isinstance(value, str) for value in classes) else "numbers"
    return f"the classes are {kind}: give the {what}s as {kind}, too"


def mapped(strangers: Collection[Any], classes: Sequence[Any]) -> str:
    """How labels that are other words for the classes are made the classes. Which is which is left to the reader,
    unless they are written alike but for capitals: a wrong guess would turn the model's figures round."""
    if len(strangers) > len(classes):
        return "name the column of true answers"
    alike = {str(known).strip().casefold(): repr(known) for known in classes}
    known = {label: alike.get(str(label).strip().casefold(), "CLASS") for label in strangers}
    shown = ", ".join(f"{label!r}: {known[label]}" for label in sorted(known, key=repr)[:SHOWN])
    more = ", ..." if len(strangers) > SHOWN else ""
    return f"if they mean the same, map them, each to its class: y = y.map({{{shown}{more}}})"


def _positions(labels: Array, classes: Sequence[Any]) -> npt.NDArray[np.intp]:
    """-1 for a label that is no class. Each distinct label is looked up once, where an array can tell them apart."""
    position = {value: i for i, value in enumerate(classes)}
    if labels.dtype.kind in "biuU":
        distinct, which = _distinct(labels)
        return np.array([position.get(value, -1) for value in distinct], dtype=np.intp)[which]
    return np.array([position.get(value, -1) for value in labels.tolist()], dtype=np.intp)


def _distinct(labels: Array) -> tuple[list[Any], npt.NDArray[np.intp]]:
    """The values, and each row's position among them; small integers without sorting."""
    if labels.dtype.kind != "U" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < len(labels):
            values = np.arange(low, high + 1).astype(labels.dtype).tolist()
            return values, labels.astype(np.intp) - low
    distinct, which = np.unique(labels, return_inverse=True)
    return distinct.tolist(), which


def refuse_continuous(labels: Array, classes: Sequence[Any]) -> None:
    if labels.dtype.kind != "f":
        return
    fractions = labels[labels != np.floor(labels)]
    if len(fractions) and not set(fractions.tolist()) <= set(classes):
        raise BadInput(
            f"Found continuous targets (such as {fractions[0]:.6g}) for a classifier",
            expected="the classes it was trained on",
        )


def as_numbers(values: Array, what: str) -> Floats:
    try:
        numbers = values.astype(np.float64)
    except (ValueError, TypeError) as error:
        raise BadInput(f"Found {what}s such as {values[0]!r} for a regression", expected="numbers") from error
    bad = int((~np.isfinite(numbers)).sum())
    if bad:
        found = f"Found {count(bad, what)} that {numbered(bad, 'is', 'are')} NaN or infinite"
        raise BadInput(found, expected="a finite number for every row")
    return numbers


def counted(rows: Mapping[str, int], noun: str) -> str:
    """``'a' (89 rows), 'b' (1 row)``; the most frequent three and how many more there are."""
    ordered = sorted(rows, key=lambda name: -rows[name])
    shown = [f"{name} ({count(rows[name], 'row')})" for name in ordered[:SHOWN]]
    rest = len(ordered) - SHOWN
    return ", ".join(shown) + (f" and {rest:,} more {numbered(rest, noun)}" if rest > 0 else "")

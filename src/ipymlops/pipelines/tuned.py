"""Parameters that a search found in the notebook: noted by the proof, kept by every later run.

A search is known by the cell that makes it and its place there; one that is made in a loop, also by its turn. What was
found counts as long as the search is the same: over the same values, of the same estimator.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

# scikit-learn's searches, with the parameter that holds what they try, and those that say how many.
SEARCHES: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "GridSearchCV": ("param_grid", {}),
    "HalvingGridSearchCV": ("param_grid", {}),
    "RandomizedSearchCV": ("param_distributions", {"n_iter": 1}),
    "HalvingRandomSearchCV": ("param_distributions", {"n_candidates": 1}),
}
LONGEST = 100  # characters of a text that is recorded as it is; of a longer one, its hash
Texts = Mapping[str, str]


class Record(TypedDict):
    """One search as a proof saw it."""

    found: Texts  # parameter -> its best value as Python text: JSON has no tuples
    tried: Texts  # parameter, or argument of the search -> what it was


Space = Mapping[str, Sequence[Any]]


@dataclass(slots=True)
class Tuning:
    """The searches of one run. ``recorded``: label -> what each turn found, nothing where that is not known."""

    recorded: Mapping[str, Sequence[Record | None]] = field(default_factory=dict)
    again: bool = False  # search, whatever is recorded
    notes: list[str] = field(default_factory=list)
    made: dict[str, list[tuple[Any, Texts | None]]] = field(default_factory=dict)  # with what each was made to try
    kept: list[tuple[str, Any, Texts | None]] = field(default_factory=list)  # with what is left to try

    def watched(self, search: Any, label: str) -> Any:
        """The search as it is; what it finds is in ``found`` later."""
        self.made.setdefault(label, []).append((search, tried_by(search)))
        return search

    def settled(self, search: Any, label: str) -> Any:
        """The search with nothing left to try but what was found in the notebook; as it is where that is not known,
        or where it is another search than in the notebook."""
        turn = len(self.made.get(label, ()))
        self.watched(search, label)
        cell, _, place = label.rpartition(" ")
        which = f"search {place} of {cell}"
        turns = self.recorded.get(label, ())
        if why := self._why_again(search, turns[turn] if turn < len(turns) else None):
            self.notes.append(f"{which} searched again{why}")
            return search
        (name, counts), found = SEARCHES[type(search).__name__], turns[turn]
        assert found is not None
        space = {k: [ast.literal_eval(v)] for k, v in found["found"].items()}
        search.set_params(**{name: space}, **counts)
        self.kept.append((which, search, tried_by(search)))
        return search

    def _why_again(self, search: Any, recorded: Record | None) -> str:
        if self.again:
            return ", as --retune asks"
        if recorded is None:
            return ": no proof has recorded what it found in the notebook"
        now, was = tried_by(search), recorded["tried"]
        if now is None:
            return ": what it tries cannot be compared with what it tried in the notebook"
        others = [name for name in sorted({*now, *was}) if now.get(name) != was.get(name)]
        return (
            f": its {' and '.join(others)} {'is' if len(others) == 1 else 'are'} not as in the notebook"
            if others
            else ""
        )

    def told(self) -> list[str]:
        """All that there is to say of the run: a script may have given a search other values after it was made."""
        changed = [which for which, search, tried in self.kept if tried_by(search) != tried]
        return [*self.notes, *(f"{which} searched again: it got other values after it was made" for which in changed)]

    def found(self) -> dict[str, list[Record | None]]:
        """What the watched searches found by now."""
        return {label: [_record(*one) for one in searches] for label, searches in self.made.items()}


def tried_by(search: Any) -> Texts | None:
    """What a search looks for, and where, as texts that are equal where that is the same; None if unclear."""
    if type(search).__name__ not in SEARCHES:
        return None
    texts: dict[str, list[str]] = {}
    for number, space in enumerate(_spaces(search)):
        for name, values in space.items():
            if (text := _text(values)) is None:
                return None
            texts.setdefault(name, []).append(f"{number}: {text}" if number else text)
    told = {name: "; ".join(parts) for name, parts in texts.items()}
    counts = {name: repr(getattr(search, name)) for name in SEARCHES[type(search).__name__][1]}
    scoring = {"scoring": search.scoring} if isinstance(search.scoring, str) else {}
    return {n: _short(t) for n, t in {**told, **counts, **scoring, "estimator": _classes(search.estimator)}.items()}


def _spaces(search: Any) -> list[Space]:
    space = getattr(search, SEARCHES[type(search).__name__][0])
    return [space] if isinstance(space, Mapping) else list(space)


def _text(values: Any) -> str | None:
    """The values that are tried for a parameter, or the distribution that they are drawn from."""
    if hasattr(values, "dist") and hasattr(values, "args"):  # of scipy, frozen
        return f"{values.dist.name}{_plain(values.args)}{_plain(values.kwds)}"
    if isinstance(values, Iterable) and not isinstance(values, str | bytes):
        texts = [_plain(v) for v in values]
        return f"[{', '.join(texts)}]" if all(" at 0x" not in text for text in texts) else None
    return None


def _plain(value: Any) -> str:
    """Numbers of NumPy as those of Python."""
    return repr(value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value)


def _classes(estimator: Any) -> str:
    """The class of an estimator, and those of its parts."""
    parts = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    inner = {name: type(part).__name__ for name, part in parts.items() if hasattr(part, "get_params")}
    return ", ".join((type(estimator).__name__, *(f"{name}: {inner[name]}" for name in sorted(inner))))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def _record(search: Any, tried: Texts | None) -> Record | None:
    """The best parameters as text; None if there are none or a value is more than a plain one, such as an estimator."""
    best = getattr(search, "best_params_", None)
    if best is None or tried is None:
        return None
    words = {}
    for name, value in best.items():
        plain = value.item() if hasattr(value, "item") else value
        try:
            if ast.literal_eval(repr(plain)) != plain:
                return None
        except (ValueError, SyntaxError):
            return None
        words[name] = repr(plain)
    return {"found": words, "tried": tried}

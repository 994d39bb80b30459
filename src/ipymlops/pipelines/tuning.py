"""Parameters that a search found in the notebook: noted by the proof, kept by every later run.

A search is known by the cell that makes it and its place there; one that is made in a loop, also by its turn.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipymlops.pipelines.source_text import Edit, replaced

if TYPE_CHECKING:
    from ipymlops.pipelines.imports import Imported
    from ipymlops.pipelines.layout import Line

# scikit-learn's searches, with the parameter that holds what they try, and those that say how many.
SEARCHES: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "GridSearchCV": ("param_grid", {}),
    "HalvingGridSearchCV": ("param_grid", {}),
    "RandomizedSearchCV": ("param_distributions", {"n_iter": 1}),
    "HalvingRandomSearchCV": ("param_distributions", {"n_candidates": 1}),
}
Found = Mapping[str, str]  # parameter -> its value as Python text: JSON has no tuples


def with_tuning(lines: Iterable[Line], imports: Iterable[Imported], pipeline: str) -> dict[int, Line]:
    """The lines by statement, each search in them handed to ``pipeline.as_tuned``."""
    made_by = {i.binds for i in imports if i.name in SEARCHES}
    places: Counter[int] = Counter()
    return {x.statement.index: _with_tuning(x, made_by, pipeline, places) for x in lines}


def _with_tuning(line: Line, made_by: set[str], pipeline: str, places: Counter[int]) -> Line:
    execution, edits = line.statement.execution, []
    for call in _searches(line.tree, made_by):
        places[execution] += 1
        text = ast.get_source_segment(line.source, call)
        edits.append(Edit(call, f'{pipeline}.as_tuned({text}, "In [{execution}] {places[execution]}")'))
    return type(line).of(line.statement, replaced(line.source, edits)) if edits else line


def _searches(node: ast.AST, made_by: set[str]) -> Iterable[ast.Call]:
    """The calls that make a search; not those inside of another, whose copies are what is fitted."""
    if isinstance(node, ast.Call):
        match node.func:
            case ast.Name(id=name) if name in made_by:
                yield node
                return
            case ast.Attribute(attr=name) if name in SEARCHES:
                yield node
                return
    for child in ast.iter_child_nodes(node):
        yield from _searches(child, made_by)


@dataclass(slots=True)
class Tuning:
    """The searches of one run. ``recorded``: label -> what each turn found, nothing where that is not known."""

    recorded: Mapping[str, Sequence[Found | None]] = field(default_factory=dict)
    again: bool = False  # search, whatever is recorded
    notes: list[str] = field(default_factory=list)
    made: dict[str, list[Any]] = field(default_factory=dict)

    def watched(self, search: Any, label: str) -> Any:
        """The search as it is; what it finds is in ``found`` later."""
        self.made.setdefault(label, []).append(search)
        return search

    def settled(self, search: Any, label: str) -> Any:
        """The search with nothing left to try but what was found in the notebook; as it is where that is not known."""
        turn = len(self.made.get(label, ()))
        self.watched(search, label)
        cell, _, place = label.rpartition(" ")
        which = f"search {place} of {cell}"
        if self.again:
            self.notes.append(f"{which} searched again, as --retune asks")
            return search
        turns = self.recorded.get(label, ())
        found = turns[turn] if turn < len(turns) else None
        if found is None or not _tries(search, found):
            self.notes.append(f"{which} searched again: no proof has recorded what it found in the notebook")
            return search
        space, counts = SEARCHES[type(search).__name__]
        return search.set_params(**{space: {k: [ast.literal_eval(v)] for k, v in found.items()}}, **counts)

    def found(self) -> dict[str, list[Found | None]]:
        """What the watched searches found by now."""
        return {label: [_found(s) for s in searches] for label, searches in self.made.items()}


def _tries(search: Any, found: Found) -> bool:
    """Whether the search is over these parameters; an edited script may have another one there."""
    if type(search).__name__ not in SEARCHES:
        return False
    spaces = getattr(search, SEARCHES[type(search).__name__][0])
    spaces = [spaces] if isinstance(spaces, Mapping) else spaces
    return any(set(space) == set(found) for space in spaces)


def _found(search: Any) -> Found | None:
    """The best parameters as text; None if there are none or a value is more than a plain one, such as an estimator."""
    best = getattr(search, "best_params_", None)
    if best is None:
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
    return words

"""Cut the journal down to what some expressions need: backwards, statement by statement, in execution order."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.cell_graph import GENERATORS, CellGraph, Executed, build
from ipymlops.pipelines.doubts import doubts
from ipymlops.pipelines.expressions import NOTEBOOK_ONLY
from ipymlops.pipelines.files import FILE
from ipymlops.pipelines.names import Names
from ipymlops.pipelines.results import Kept, Slice

# The ladder that verification climbs until the pipeline reproduces the model.
DEFINERS, RANDOM_CHAIN, UNKNOWN_CALLS, WHOLE_CELLS, EVERYTHING = 1, 2, 3, 4, 5


def slice_journal(
    journal: Journal,
    targets: tuple[str, ...],
    *,
    rung: int = 0,
    evidence_of_failure: str = "",
    packages: Mapping[str, str] | None = None,
    as_of: int | None = None,
) -> Slice:
    """The statements that evaluating ``targets`` after the last cell needs.

    ``rung`` widens the slice after a failed verification: 1 adds the definers of the name that
    ``evidence_of_failure`` says is missing, 2 every statement that draws random numbers, 3 calls of unknown effect
    on objects of the slice, 4 whole cells, 5 everything that was executed.
    ``packages``: the versions that the notebook ran with, where they are known. ``as_of``: the statement after which
    all targets but the first are meant: names that were bound again later.
    """
    graph = build(journal, targets, Names(packages), as_of)
    cut = _Cut(graph)
    for target, access in graph.goals.items():
        cut.add(access.needs, f"`{target}`", None, target)
    for step in range(1, rung + 1):
        _widen(cut, step, evidence_of_failure)
    return _result(journal, targets, cut, rung)


@dataclass(slots=True)
class _Cut:
    """The statements kept so far; adding one adds all it needs."""

    graph: CellGraph
    why: dict[int, str] = field(default_factory=dict)
    user: dict[int, int | None] = field(default_factory=dict)  # the statement that needs it; None: the goal itself
    goal: dict[int, str] = field(default_factory=dict)  # the target for whose sake it is in

    def add(self, needs: dict[int, str], needed_by: str, user: int | None, goal: str) -> None:
        waiting = [(index, name, needed_by, user) for index, name in sorted(needs.items(), reverse=True)]
        while waiting:
            index, name, place, by = waiting.pop()
            if index in self.why:
                continue
            executed = self.graph.executed[index]
            self.why[index] = _why(executed, name, place)
            self.user[index], self.goal[index] = by, goal
            place = f"In [{executed.statement.execution}]"
            waiting.extend((i, n, place, index) for i, n in sorted(executed.access.needs.items(), reverse=True))

    def add_all(self, executed: list[Executed], why: str) -> None:
        for e in executed:
            if e.statement.index not in self.why:
                self.why[e.statement.index] = why
                self.add(e.access.needs, f"In [{e.statement.execution}]", e.statement.index, "")


def _why(executed: Executed, name: str, user: str) -> str:
    access = executed.access
    if name.startswith("the "):
        verb = "sets" if access.seeds else "moves" if "generator" in name else "changes"
        return f"{verb} {name}, which {user} needs"
    verb = "defines" if name in access.binds else "changes"
    return f"{verb} `{name}`, which {user} needs"


def _widen(cut: _Cut, step: int, evidence: str) -> None:
    executed = list(cut.graph.executed)
    if step == DEFINERS:
        wanted = _missing_names(evidence)
        cut.add_all([e for e in executed if _provides(e, wanted)], "defines what was missing when it was tried")
    elif step == RANDOM_CHAIN:
        last = max(cut.why, default=-1)
        chain = [e for e in executed if e.statement.index <= last and (e.access.draws or e.access.seeds)]
        cut.add_all(chain, "draws random numbers before the model does")
    elif step == UNKNOWN_CALLS:
        names = {n for i in cut.why for n in executed[i].access.binds}
        things = {t for i in cut.why for t in executed[i].access.changes}
        calls = [e for e in executed if e.access.calls and (e.access.reads & names or e.access.changes & things)]
        cut.add_all(calls, "calls something whose effect is not known")
    elif step == WHOLE_CELLS:
        cells = {executed[i].cell for i in cut.why}
        cut.add_all([e for e in executed if e.cell in cells], "stands in a cell that is needed")
    elif step == EVERYTHING:
        cut.add_all(executed, "was executed")


def _missing_names(evidence: str) -> set[str]:
    """The names, keys and attributes that an error message says are not there."""
    return set(re.findall(r"(?:name|KeyError:|attribute|variable|module named) ['\"]([^'\"]+)['\"]", evidence))


def _provides(executed: Executed, wanted: set[str]) -> bool:
    if executed.access.binds & wanted:
        return True
    changes = bool(executed.access.changes)
    return changes and any(re.search(rf"['\".]{re.escape(w)}\b", executed.statement.source) for w in wanted)


def _result(journal: Journal, targets: tuple[str, ...], cut: _Cut, rung: int) -> Slice:
    chosen = [cut.graph.executed[i] for i in sorted(cut.why)]
    remade = _generators_made(chosen, journal)
    words = _left_out(cut.graph, chosen, journal, remade)
    doubtful = doubts(cut.graph, cut.why, {i for i in cut.why if not cut.goal.get(i)})
    kept = tuple(_kept(cut, e, doubtful) for e in chosen if not e.left_out)
    unseeded: dict[int, tuple[str, ...]] = {}
    for e in chosen:
        if e.restores:
            before = unseeded.get(e.statement.execution, ())
            unseeded[e.statement.execution] = tuple(sorted({*before, *e.restores}))
    requirements = tuple(dict.fromkeys(r for cell in cut.graph.cells for r in cell.requirements))
    return Slice(
        targets=targets,
        kept=kept,
        total=len(cut.graph.executed),
        requirements=requirements,
        unseeded=unseeded,
        generators=remade,
        left_out=words,
        stays=tuple(_kept(cut, e, doubtful) for e in chosen if e.left_out),
        widened=rung,
        written=_written(chosen),
    )


def _kept(cut: _Cut, executed: Executed, doubtful: dict[int, str]) -> Kept:
    index = executed.statement.index
    goal, doubt = cut.goal.get(index, ""), doubtful.get(index, "")
    return Kept(executed.statement, cut.why[index], cut.user.get(index), goal, doubt)


def _written(chosen: list[Executed]) -> dict[str, int]:
    files: dict[str, int] = {}
    for e in chosen:
        for thing in e.access.changes:
            if thing.kind == "file" and thing.label.startswith(FILE):
                files.setdefault(thing.label.removeprefix(FILE), e.statement.index)
    return files


def _generators_made(chosen: list[Executed], journal: Journal) -> dict[int, tuple[str, ...]]:
    """The statements that bind names to generators without a seed whose first state is known."""
    runs = list(journal)
    last = {(e.cell, name): e.statement.index for e in chosen for name in e.access.binds}
    made = {}
    for e in chosen:
        known = [n for n in e.access.binds & runs[e.cell].generators.keys() if last[e.cell, n] == e.statement.index]
        if e.access.entropy and known and isinstance(ast.parse(e.statement.source).body[0], ast.Assign):
            made[e.statement.index] = tuple(sorted(known))
    return made


def _left_out(graph: CellGraph, chosen: list[Executed], journal: Journal, remade: Collection[int]) -> tuple[str, ...]:
    """In words, everything the slice would need and cannot have."""
    words = [f"{w}, in In [{e.statement.execution}]" for e in chosen for w in (*e.left_out, *e.without)]
    words += [w for cell in graph.cells for w in [cell.unreadable] if w]
    runs = list(journal)
    for e in chosen:
        place = f"In [{e.statement.execution}]"
        words += [_missing(name, place) for name in sorted(e.access.missing) if not e.raised]
        if e.access.entropy and e.statement.index not in remade:
            asks = "asks the operating system for randomness, which nothing can replay; give it a seed"
            words.append(f"{e.statement.named} {asks}")
        words += [_unrecorded(g, place) for g in sorted(e.restores) if not runs[e.cell].has_state(g)]
    words += [_missing(name, "a target") for name in sorted(graph.missing)]
    return tuple(dict.fromkeys(words))


def _missing(name: str, place: str) -> str:
    if name in NOTEBOOK_ONLY or re.fullmatch(r"_i?\d+", name):
        return f"`{name}` in {place} exists only in the notebook; give the value a name of its own"
    return f"`{name}` in {place} was defined by no recorded cell"


def _unrecorded(generator: str, place: str) -> str:
    return (
        f"{place} draws from {GENERATORS[generator]}'s generator without a seed, and its state before was not recorded"
    )

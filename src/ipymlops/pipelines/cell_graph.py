"""Which executed statement needs which: one pass over the journal in execution order.

What the statements say is joined with what the recorder saw. Evidence adds: a fingerprint that changed makes a
statement of that cell a changer, names that appeared get a definer, objects that share memory are linked. Evidence
never removes, with one exception: a generator that did not move was not drawn from by a call that only might have.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ipymlops.capture.cell_run import CellRun, RandomStates
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.cells import Cell, read_cell
from ipymlops.pipelines.names import Names
from ipymlops.pipelines.results import Statement
from ipymlops.pipelines.things import Access, Binding, Thing, Value, reach

GENERATORS = {"numpy": "NumPy", "python": "Python", "torch": "torch"}


@dataclass(slots=True)
class Executed:
    """One executed statement, its accesses, and the generators it took from a cell's recorded state."""

    statement: Statement
    cell: int  # position in the journal
    access: Access
    restores: set[str] = field(default_factory=set)  # draws, and no seed came before
    raised: bool = False
    left_out: tuple[str, ...] = ()  # why it cannot leave the notebook, if so
    without: tuple[str, ...] = ()  # which part of it cannot


@dataclass(frozen=True, slots=True)
class CellGraph:
    """All executed statements; ``goals`` maps each target to what evaluating it needs."""

    executed: tuple[Executed, ...]
    goals: dict[str, Access]
    missing: frozenset[str]  # names that targets read and no statement bound
    cells: tuple[Cell, ...]


def build(journal: Journal, targets: Sequence[str], names: Names | None = None, as_of: int | None = None) -> CellGraph:
    """Read the journal again from the first cell to the last; ``names`` is given by who wants to ask it more.

    Targets are read after the last statement; all but the first after the statement ``as_of``, if one is given.
    """
    builder = _Builder(names or Names(), tuple(targets[1:]), as_of)
    for position, run in enumerate(journal):
        builder.add(position, read_cell(run))
    goals = {target: builder.goals.get(target) or builder.goal(target) for target in targets}
    missing = frozenset[str]().union(*(a.missing for a in goals.values()))
    return CellGraph(tuple(builder.executed), goals, missing, tuple(builder.cells))


class _Builder:
    def __init__(self, names: Names, early: tuple[str, ...] = (), as_of: int | None = None) -> None:
        self.names = names
        self.goals: dict[str, Access] = {}  # those that are read before the end
        self._early, self._as_of = early, as_of
        self.executed: list[Executed] = []
        self.cells: list[Cell] = []
        self._seeded: dict[str, bool] = dict.fromkeys(GENERATORS, False)
        self._maybe_seeded: set[str] = set()  # nobody saw whether it was
        self._stayed: set[str] = set()  # it was moved by what cannot leave the notebook
        self._chain: dict[str, dict[int, bool]] = {g: {} for g in GENERATORS}  # statement -> whether it surely moved it

    def add(self, position: int, cell: Cell) -> None:
        self.cells.append(cell)
        start = len(self.executed)
        for part in cell.parts:
            index = len(self.executed)
            statement = Statement(index, cell.run.execution, part.source, part.role, part.line)
            access = self.names.run(index, part.node, raised=part.raised)
            words = [
                tuple(cell.left_out[k] for k in sorted(found) if k < len(cell.left_out))
                for found in (access.left_out, access.without)
            ]
            self.executed.append(Executed(statement, position, access, set(), part.raised, *words))
            if index == self._as_of:
                self.goals = {target: self.goal(target) for target in self._early}
        own = self.executed[start:]
        if own and cell.run.evidence:
            self._add_evidence(cell.run, own)
        self._follow_randomness(cell.run, own)

    def goal(self, target: str) -> Access:
        """What evaluating ``target`` after the last statement needs."""
        node = ast.Expr(ast.parse(target.strip(), mode="eval").body)
        return self.names.run(len(self.executed), node)

    # --- evidence

    def _add_evidence(self, run: CellRun, own: list[Executed]) -> None:
        bound = set[str]().union(*(e.access.binds for e in own))
        for name in run.rebound:
            if name not in bound:
                self._add_definers(name, own)
            elif name in self.names.module.names:
                self._bound(name, own)
        for name in run.mutated:
            self._add_changers(name, own)
        for group in run.aliases:
            self._link([n for n in group if n in self.names.module.names])
        for name in run.deleted:
            if not any(name in e.access.deletes for e in own):
                self.names.module.names.pop(name, None)

    def _bound(self, name: str, own: list[Executed]) -> None:
        """The one statement that may have bound it, in a branch or a loop, did."""
        binding = self.names.module.names[name]
        here = {e.statement.index for e in own if name in e.access.binds} & binding.defs
        if len(here) == 1:
            self.names.module.names[name] = replace(binding, ran=frozenset(here))

    def _add_definers(self, name: str, own: list[Executed]) -> None:
        """A name got another object though no statement says so: exec, %run, a call that reaches into globals."""
        likely = [e for e in own if e.access.opaque] or [e for e in own if e.access.unknown] or own
        defs = frozenset(e.statement.index for e in likely)
        earlier = self.names.module.names.get(name)
        fresh = Binding(defs, Value(frozenset({Thing(name, born=min(defs))})))
        self.names.module.names[name] = earlier | fresh if earlier else fresh
        for e in likely:
            e.access.binds.add(name)

    def _add_changers(self, name: str, own: list[Executed]) -> None:
        binding = self.names.module.names.get(name)
        if binding is None:
            return
        things = binding.value.things
        indices = {e.statement.index for e in own}
        if known := {i for t in things for i in t.changed_by & indices} | (binding.defs & indices):
            if len(known) == 1 and not binding.defs & indices:
                for thing in things:
                    thing.surely |= known  # it may have, and something did
            return
        if not things:
            thing = Thing(name)
            things = frozenset({thing})
            self.names.module.names[name] = Binding(binding.defs, replace(binding.value, things=things))
        likely = [e for e in own if e.access.calls and (name in e.access.reads or e.access.unknown)]
        likely = likely or [e for e in own if name in e.access.reads] or own
        for e in likely:
            for thing in things:
                thing.changed_by.add(e.statement.index)
                thing.surely |= {e.statement.index} if len(likely) == 1 else set()
                e.access.changes.add(thing)
            for d in binding.defs - {e.statement.index}:
                e.access.needs.setdefault(d, name)

    def _link(self, names: list[str]) -> None:
        """These names share an object or memory: changing one changes the others."""
        groups = [self.names.module.names[n].value.things for n in names]
        things = [t for group in groups for t in group if t.kind not in ("module", "function", "class")]
        for one in things:
            linked = reach([one], through_sight=False)
            one.holds |= {other for other in things if other is not one and other not in linked}

    # --- randomness

    def _follow_randomness(self, run: CellRun, own: list[Executed]) -> None:
        for generator in GENERATORS:
            movers = _movers(run, own, generator)
            if generator in self._stayed and run.has_state(generator):
                self._unseed(generator)
            self._follow(generator, own, movers)
            moved = movers.keys() | {e.statement.index for e in own if generator in e.access.seeds}
            if generator in run.consumed and not moved:
                self._unseed(generator)

    def _unseed(self, generator: str) -> None:
        """What comes next starts from the state that its cell began with, as if there had been no seed."""
        self._seeded[generator] = False
        self._maybe_seeded.discard(generator)
        self._stayed.discard(generator)

    def _follow(self, generator: str, own: list[Executed], movers: dict[int, bool]) -> None:
        """Each statement that moves the generator needs all that moved it since it was seeded."""
        name = f"the state of the {GENERATORS[generator]} generator"
        if not self._seeded[generator] and generator not in self._maybe_seeded:
            self._chain[generator] = {}
        unknown = False  # the state is the operating system's, until a cell begins whose state is recorded
        for e in own:
            index = e.statement.index
            if generator in e.access.unseeds:
                unknown, self._seeded[generator], self._chain[generator] = True, False, {}
            elif generator in e.access.seeds:
                unknown = False
                self._seeded[generator] = True
                self._chain[generator] = {index: True}
                self._stayed.discard(generator)
            elif movers.get(index) and generator in e.access.may_seed - e.access.may_draw:
                self._seeded[generator] = True  # it stood in a branch, and something moved the generator
                self._chain[generator] = {index: True}
            elif index in movers:
                e.access.draws.add(generator)
                for earlier, surely in self._chain[generator].items():
                    e.access.needs.setdefault(earlier, name)
                    if surely and movers[index]:
                        e.access.sure[earlier] = None
                if unknown:
                    e.access.entropy = True
                elif not self._seeded[generator]:
                    e.restores.add(generator)
                if generator in e.access.may_seed:
                    self._maybe_seeded.add(generator)
                self._chain[generator][index] = movers[index]
            if index in self._chain[generator] and (e.left_out or e.without):
                self._stayed.add(generator)


def _movers(run: CellRun, own: list[Executed], generator: str) -> dict[int, bool]:
    """The statements of the cell that moved, or may have moved, the generator, and whether that is certain."""
    sure = {e.statement.index for e in own if generator in e.access.draws}
    possible = {e.statement.index for e in own if generator in e.access.may_draw | e.access.may_seed} - sure
    seeds = any(generator in e.access.seeds for e in own)
    watched = run.evidence and hasattr(RandomStates, generator)
    if watched and not (seeds or sure) and generator not in run.consumed:
        return {}  # A cell that seeds may end where it began: only there an unmoved generator proves nothing.
    if not (sure or possible) and generator in run.consumed:
        possible = _callers(own)
    alone = not sure and len(possible) == 1 and generator in run.consumed
    return dict.fromkeys(possible, alone) | dict.fromkeys(sure, True)


def _callers(own: list[Executed]) -> set[int]:
    """The statements that may draw unknown to us: those with unknown calls, else with any.

    Where all calls are known and something is imported, the import drew (rich does), and it is not repeated.
    """
    unknown = {e.statement.index for e in own if e.access.unknown and not e.access.seeds}
    if unknown or any(e.statement.role == "import" for e in own):
        return unknown
    return {e.statement.index for e in own if e.access.calls and not e.access.seeds}

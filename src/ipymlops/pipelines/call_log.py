"""The journal read once more with a note of every fit: of what, with which arguments, from within which functions.

``CallLog`` is the abstract execution behind the slice; what it notes besides is what questions on training data and
leakage need: who was fitted, which library function a call meant, and what the names stood for before each statement.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.cell_graph import Executed, build
from ipymlops.pipelines.effects import Effect
from ipymlops.pipelines.names import Names
from ipymlops.pipelines.things import Access, Binding, Code, Thing, Value, reach

Node = TypeVar("Node")
LONGEST = 40  # characters of a text that a message quotes; names of columns are shorter
FITS = ("fit", "partial_fit", "fit_transform", "fit_predict", "fit_resample")
NOTED = (*FITS, "set_params")
# Through these one gets at what they hold; an estimator is more than its parts.
TRANSPARENT = ("list", "container", "iterator", "part", "")


@dataclass(frozen=True, slots=True)
class Frame:
    """A function of the notebook that was entered, and the call that did; None where a library may have called it."""

    code: Code | None
    call: ast.Call | None


@dataclass(frozen=True, slots=True)
class Noted:
    """One call of a method of ``NOTED``."""

    index: int  # of the executed statement
    node: ast.Call
    method: str
    receivers: frozenset[Thing]
    frames: tuple[Frame, ...]


class CallLog(Names):
    """``Names`` that takes notes."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[dict[str, Binding]] = []  # what names stood for, before each statement
        self.made: dict[Thing, tuple[str, ast.Call]] = {}  # by which library call
        self._noted: dict[tuple[int, ...], Noted] = {}
        self._paths: dict[int, tuple[ast.expr, str]] = {}  # the node is kept, so that its id stays its own
        self._best: set[Thing] = set()  # what ``best_estimator_`` gave
        self._unclear: set[Thing] = set()  # what calls of unknown effect gave
        self._calls: list[ast.Call] = []
        self._frames: list[Frame] = []

    def run(self, index: int, node: ast.stmt, *, raised: bool = False) -> Access:
        if index == len(self.before):
            self.before.append(dict(self.module.names))
        return super().run(index, node, raised=raised)

    def call(self, node: ast.Call) -> Value:
        self._calls.append(node)
        value = super().call(node)
        self._calls.pop()
        return value

    def run_body(self, thing: Thing, positional: Sequence[Value], named: dict[str, Value]) -> Value:
        call = self._calls[-1] if self._calls and not self.guessing else None
        self._frames.append(Frame(thing.code, call))
        value = super().run_body(thing, positional, named)
        self._frames.pop()
        return value

    def _method(
        self, func: ast.Attribute, receiver: Value, positional: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        if func.attr in NOTED:
            key = (self.current, id(node), *(id(f.call) for f in self._frames))
            known = self._noted[key].receivers if key in self._noted else frozenset[Thing]()
            receivers = known | receiver.things
            self._noted[key] = Noted(self.current, node, func.attr, receivers, tuple(self._frames))
        return super()._method(func, receiver, positional, named, node)

    def _library(self, called: Value, positional: list[Value], named: dict[str, Value], node: ast.expr) -> Value:
        self._paths[id(node)] = (node, called.path)
        value = super()._library(called, positional, named, node)
        if isinstance(node, ast.Call):
            self.made |= {thing: (called.path, node) for thing in value.things if thing.born == self.current}
        return value

    def _result(self, effect: Effect, receiver: Value, arguments: Value) -> Value:
        value = super()._result(effect, receiver, arguments)
        if not effect.known:
            self._unclear |= value.things
        return value

    def _Attribute(self, node: ast.Attribute) -> Value:
        value = super()._Attribute(node)
        if node.attr == "best_estimator_":
            self._best |= value.things
        return value

    @property
    def noted(self) -> tuple[Noted, ...]:
        return tuple(self._noted.values())

    def path(self, node: ast.expr) -> str:
        """The library function that a call meant, whatever it is called here; empty where it is none."""
        return self._paths.get(id(node), (node, ""))[1]

    def opened(self, things: Iterable[Thing]) -> set[Thing]:
        """The things, and what stands in them where they are containers or a search's best estimator."""
        return spread(things, self._inside)

    def _inside(self, thing: Thing) -> Iterable[Thing]:
        if thing.kind not in TRANSPARENT or thing in self._unclear:
            return ()
        return (t for t in thing.holds if thing.kind != "part" or self._leads_into(thing, t))

    def _leads_into(self, part: Thing, owner: Thing) -> bool:
        """A step of a fitted pipeline is not the pipeline; what a search found best is what the search fitted."""
        return owner.kind != "estimator" or part in self._best


class History:
    """What was executed, with questions on it."""

    def __init__(self, journal: Journal, target: str) -> None:
        self.journal = journal
        self.log = CallLog()
        graph = build(journal, (), names=self.log)
        self.executed: tuple[Executed, ...] = graph.executed
        self.nodes: tuple[ast.stmt, ...] = tuple(part.node for cell in graph.cells for part in cell.parts)
        self.end = len(self.executed)
        self._runs = tuple(cell.run for cell in graph.cells)
        self.target = expression(target)
        self.log.before.append(dict(self.log.module.names))

    def read(self, node: ast.expr) -> Access:
        """What evaluating the expression now would need and do."""
        return self.log.run(self.end, ast.Expr(node))

    def things(self, node: ast.expr) -> frozenset[Thing]:
        """What the expression stands for now."""
        self.read(node)
        return self.log.value(node).things

    def place(self, index: int) -> str:
        return f"In [{self.executed[index].statement.execution}]"

    def failed_in(self, index: int) -> tuple[str, ...] | None:
        """The first functions between the statement and its error; None where nobody saw."""
        return self._runs[self.executed[index].cell].failed_in

    def binding(self, name: str, at: int) -> Binding | None:
        """What the name stood for before the statement ``at``."""
        return self.log.before[at].get(name)

    def changes(self, name: str, start: int, stop: int) -> list[int]:
        """The statements between ``start`` and ``stop`` that may have changed what the name stood for at ``stop``."""
        binding = self.binding(name, stop)
        things = reach(binding.value.things, through_sight=True) if binding else ()
        return sorted({i for t in things for i in t.changed_by if start < i < stop})

    def changed(self, name: str, bound: int) -> set[int]:
        """The statements that may have changed what the statement ``bound`` bound the name to."""
        binding = self.binding(name, bound + 1)
        things = reach(binding.value.things, through_sight=True) if binding else ()
        return {i for t in things for i in t.changed_by if i > bound}

    def makers(self, name: str, at: int) -> set[int]:
        """The statements that bound or may have changed what the name stood for before ``at``."""
        binding = self.binding(name, at)
        return {*binding.defs, *self.changes(name, -1, at)} if binding else set()

    def assigned(self) -> Iterator[tuple[int, str, ast.expr]]:
        """Every name that a statement alone binds, with the expression it is bound to."""
        for index in range(self.end):
            yield from ((index, name, value) for name, value in assignments(self.nodes[index]))


def spread(start: Iterable[Node], onward: Callable[[Node], Iterable[Node]]) -> set[Node]:
    """Everything that is reached from the start, itself included."""
    found: set[Node] = set()
    waiting = list(start)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(onward(one))
    return found


def assignments(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """``a = x`` and ``a, b = x, y`` as pairs of a name and its expression."""
    targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if value is None:
        return
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, part in zip(target.elts, value.elts, strict=True):
                if isinstance(one, ast.Name):
                    yield one.id, part


def names_in(node: ast.AST) -> set[str]:
    """The names that an expression or statement mentions."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def shown(node: ast.expr) -> str:
    """The expression as messages quote it: they are stored, so what may be an address or a password is left out."""
    return ast.unparse(_Short().visit(copy.deepcopy(node)))


class _Short(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        is_long = isinstance(node.value, str | bytes) and (len(node.value) > LONGEST or "://" in str(node.value))
        return ast.Constant(...) if is_long else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return ast.Constant(...)


def called(node: ast.AST) -> str:
    """The last name of the function or method that a call names; empty where it is no call."""
    func = node.func if isinstance(node, ast.Call) else None
    return str(getattr(func, "attr", getattr(func, "id", "")))


def expression(text: str) -> ast.expr:
    """The text as a tree."""
    return ast.parse(text.strip(), mode="eval").body

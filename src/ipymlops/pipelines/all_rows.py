"""The splits that were executed, and which expressions stand for all the rows that a split divides."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ipymlops.pipelines.call_log import History, assignments, called, names_in, spread

SPLIT = ".train_test_split"
NO_ROWS = ("module", "function", "class", "instance", "estimator", "generator", "figure")  # kinds of things


@dataclass(frozen=True, slots=True)
class Split:
    """One executed statement that divides rows, and the names of the test parts."""

    index: int
    test_names: tuple[str, ...]


def splits_of(history: History) -> list[Split]:
    """Every call of ``train_test_split``, in execution order."""
    found = []
    for index, node in enumerate(history.nodes):
        call = node.value if isinstance(node, ast.Assign) else None
        if isinstance(call, ast.Call) and history.log.path(call).endswith(SPLIT):
            target = node.targets[0] if isinstance(node, ast.Assign) else node
            parts = target.elts if isinstance(target, ast.Tuple) else []
            names = tuple(p.id for p in parts[1::2] if isinstance(p, ast.Name))
            found.append(Split(index, names))
    return found


def flow(history: History, start: Iterable[int]) -> set[int]:
    """The statements whose values reach the given ones; the order of random draws and the like is no flow."""

    def needed(index: int) -> Iterator[int]:
        needs = history.executed[index].access.needs
        return (i for i, name in needs.items() if not name.startswith("the "))

    return spread(start, needed)


@dataclass(slots=True)
class AllRows:
    """Tells whether an expression stands for all rows that a split divides: the names that flow into it, uncut."""

    history: History
    split: Split
    statements: set[int] = field(default_factory=set)  # that flow into the split, itself included

    def __post_init__(self) -> None:
        self.statements = flow(self.history, [self.split.index])

    def is_all(self, node: ast.expr, at: int, *, reaches: bool = False) -> bool:
        """Whether ``node``, evaluated at the statement ``at``, has every row; False where that is not certain.

        Its rows must be what other statements on the way to the split read, unless what ``at`` makes of them
        ``reaches`` the split by itself.
        """
        readers = self.statements if reaches else self.statements - {at}
        roots = set(roots_of(node))
        return bool(roots) and not self._is_cut(node, at) and any(self._is_read(n, at, readers) for n in roots)

    def _is_read(self, name: str, at: int, readers: set[int]) -> bool:
        """Whether one of the statements read the name when it stood for what it stood for at ``at``."""
        binding = self.history.binding(name, at)
        if binding is None or not any(t.kind not in NO_ROWS for t in binding.value.things):
            return False
        return any(
            name in self.history.executed[i].access.reads and self._meant(name, i) == binding.defs for i in readers
        )

    def _meant(self, name: str, at: int) -> frozenset[int] | None:
        binding = self.history.binding(name, at)
        return binding.defs if binding else None

    def _is_cut(self, node: ast.expr, at: int) -> bool:
        """Whether rows may have been chosen: anything in brackets that is no list of columns."""
        cuts = ("head", "tail", "sample", "query", "truncate", "loc", "iloc", "nlargest", "nsmallest")
        if any(isinstance(p, ast.Attribute) and p.attr in cuts for p in ast.walk(node)):
            return True
        return any(isinstance(p, ast.Subscript) and not self._names_columns(p.slice, at) for p in ast.walk(node))

    def _names_columns(self, inside: ast.expr, at: int) -> bool:
        if isinstance(inside, ast.Constant):
            return isinstance(inside.value, str)
        if isinstance(inside, ast.Tuple):
            return bool(inside.elts) and isinstance(inside.elts[0], ast.Slice) and not _is_bounded(inside.elts[0])
        if isinstance(inside, ast.Name):
            value = self._assigned(inside.id, at)
            return value is not None and (isinstance(value, ast.List) or _mentions_columns(value))
        return isinstance(inside, ast.List) or _mentions_columns(inside)

    def _assigned(self, name: str, at: int) -> ast.expr | None:
        binding = self.history.binding(name, at)
        defs = [d for d in binding.defs if 0 <= d < self.history.end] if binding else []
        pairs = [pair for d in defs for pair in assignments(self.history.nodes[d]) if pair[0] == name]
        return pairs[0][1] if len(pairs) == 1 else None


def roots_of(node: ast.expr) -> Iterator[str]:
    """The names at the root of an expression: ``df`` of ``df[cols].drop(columns="t")``, both of ``f(a, b)``."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        yield from roots_of(node.value)
    elif isinstance(node, ast.Call):
        inner = [*node.args, *(k.value for k in node.keywords)]
        is_module = called(node)[:1].isupper() or not isinstance(node.func, ast.Attribute)
        for part in inner if is_module else [node.func, *inner[:1]]:
            yield from roots_of(part)
    elif isinstance(node, ast.BinOp):
        yield from roots_of(node.left)
        yield from roots_of(node.right)


def names_of_test_rows(history: History, split: Split) -> set[str]:
    """The test parts of a split, and what was made of them alone."""
    names = set(split.test_names)
    for index, name, value in history.assigned():
        if index > split.index and names_in(value) & names:
            names.add(name)
    return names


def _is_bounded(node: ast.Slice) -> bool:
    return bool(node.lower or node.upper or node.step)


def _mentions_columns(node: ast.expr) -> bool:
    return any(isinstance(p, ast.Attribute) and p.attr == "columns" for p in ast.walk(node))

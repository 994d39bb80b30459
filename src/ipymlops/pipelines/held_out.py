"""The rows that were put aside when the training rows were made: each training name has a counterpart.

From the split onwards every statement that made a training name is matched with the statement that made the same of
the test rows: ``scaler.transform`` where the training rows went through ``fit_transform``. Where no such statement
stands, or something was done to one side only, nothing is given and the words say what was seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ipymlops.pipelines.arguments import replaced
from ipymlops.pipelines.call_log import History, assignments, called, names_in, shown
from ipymlops.pipelines.complements import complements, rest_of_sample
from ipymlops.pipelines.fit_call import Unclear, without_constant
from ipymlops.pipelines.likewise import done, is_choice, row_names, same, swapped, thinned, transforming

TEST = "give --test X y"
SPLIT = ".train_test_split"
# These change which training rows there are, or their order, and leave the test rows as they are.
TRAINING_ONLY = ("shuffle", "resample", "fit_resample")


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Expressions of the test rows and their targets, and the statement that put them aside."""

    index: int
    X: ast.expr
    y: ast.expr


def find_held_out(history: History, X: ast.expr, y: ast.expr, at: int) -> HeldOut | None:
    """The test data that belongs to training expressions of the statement ``at``; None where nothing was put aside.

    Raises Unclear where something was, and it cannot be told what.
    """
    search = _Search(history)
    rows, targets = search.counterpart(X, at), search.counterpart(y, at)
    if rows is None and targets is None:
        return None
    if rows is None or targets is None:
        lacking = shown(X if rows is None else y)
        raise Unclear(f"No split was seen that {lacking} comes from: {TEST}")
    if len(search.splits) > 1:
        places = " and ".join(history.place(i) for i in sorted(search.splits))
        raise Unclear(f"{shown(X)} and {shown(y)} come from two splits, in {places}: {TEST}")
    for node in (rows, targets):
        search.check(node)
    return HeldOut(min(search.splits or search.by_hand), rows, targets)


@dataclass(slots=True)
class _Search:
    """Follows training names back to their split."""

    history: History
    splits: set[int] = field(default_factory=set)  # statements that call train_test_split
    by_hand: set[int] = field(default_factory=set)
    mirrored: set[int] = field(default_factory=set)  # statements that did to test rows what others did to training rows
    test_names: dict[str, int] = field(default_factory=dict)  # and the statements that bound them
    meant: dict[str, int] = field(default_factory=dict)  # other names, and a statement for which they were right
    busy: set[tuple[str, int]] = field(default_factory=set)

    def counterpart(self, node: ast.expr, at: int) -> ast.expr | None:
        """The same of the test rows; None where ``node`` comes from no split."""
        if isinstance(node, ast.Name):
            return self._of_name(node.id, at)
        found, unclear = self._of_names(node, at)
        if not found:
            return self._rest(node, at, "")
        if (whole := thinned(node)) is not None and not unclear:
            return self.counterpart(whole, at)  # fewer training rows leave the test rows as they are
        if unclear or not is_choice(node):
            raise unclear or Unclear(f"`{shown(node)}` was not made of the test rows as well: {TEST}")
        return self._written_down(node, found, at)

    def check(self, node: ast.expr) -> None:
        """Raise Unclear unless everything in the expression still is what it was."""
        for name in sorted(names_in(node)):
            start = self.test_names.get(name, self.meant.get(name, self.history.end))
            bound = start if name in self.test_names else self._bound(name, start)
            changes = [i for i in self.history.changes(name, start, self.history.end) if i not in self.mirrored]
            if self._bound(name, self.history.end) != bound:
                changes.append(self._bound(name, self.history.end))
            if changes:
                place = self.history.place(changes[0]) if changes[0] >= 0 else "another cell"
                raise Unclear(f"{name} was changed after the split, in {place}: {TEST}")
        access = self.history.read(node)
        if access.missing or access.unknown or access.changes:
            raise Unclear(f"`{shown(node)}` cannot be evaluated again: {TEST}")

    def _bound(self, name: str, at: int) -> int:
        binding = self.history.binding(name, at)
        return max(binding.defs, default=-1) if binding else -1

    # --- names

    def _of_names(self, node: ast.AST, at: int) -> tuple[dict[str, ast.expr], Unclear | None]:
        """Counterparts of the names in ``node``, and why there is none of another name that has to do with them.

        What was fitted on training rows, or read off them, is the same for both sides.
        """
        found: dict[str, ast.expr] = {}
        unclear: list[Unclear] = []
        for name in sorted(row_names(node)):
            try:
                other = self._of_name(name, at)
            except Unclear as error:
                unclear.append(error)
            else:
                found |= {name: other} if other is not None else {}
        if unclear and not found:
            raise unclear[0]
        return found, unclear[0] if unclear else None

    def _of_name(self, name: str, at: int) -> ast.expr | None:
        binding = self.history.binding(name, at)
        if binding is None or len(binding.defs) != 1 or (name, at) in self.busy:
            return None
        (index,) = binding.defs
        self.busy.add((name, at))
        try:
            other = self._of_statement(name, index)
        finally:
            self.busy.discard((name, at))
        if other is not None:
            self._match_changes(name, other, index, at)
        return other

    def _of_statement(self, name: str, index: int) -> ast.expr | None:
        node = self.history.nodes[index]
        for target, value in assignments(node):
            if target == name:
                return self._derived(name, value, index)
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
            return None
        names = [t.id if isinstance(t, ast.Name) else "" for t in node.targets[0].elts]
        if not isinstance(node.value, ast.Call) or name not in names:
            return None
        return self._unpacked(names, names.index(name), node.value, index)

    def _unpacked(self, names: list[str], position: int, call: ast.Call, index: int) -> ast.expr | None:
        """``name`` is one of several that a call gave."""
        if self._is_split(call):
            return self._of_split(names, position, call, index)
        if called(call) == "next" and len(names) == 2 and call.args and called(call.args[0]) == "split":
            self.by_hand.add(index)
            return self._put_aside(names, 1, index) if position == 0 else self._trained_on_test(names[1], index)
        if called(call) in TRAINING_ONLY and position < len(call.args):
            return self.counterpart(call.args[position], index)
        return None

    def _of_split(self, names: list[str], position: int, call: ast.Call, index: int) -> ast.expr | None:
        if len(names) != 2 * len(call.args):
            return None
        outer = self.counterpart(call.args[position // 2], index)
        if outer is not None:
            return outer  # the rows that were put aside first
        if position % 2:
            return self._trained_on_test(names[position], index)
        self.splits.add(index)
        self._refuse_split_again(names[position + 1], index)
        return self._put_aside(names, position + 1, index)

    def _put_aside(self, names: list[str], position: int, index: int) -> ast.expr:
        name = names[position]
        if not name.strip("_") or names.count(name) > 1:
            raise Unclear(f"The test part of the split in {self.history.place(index)} has no name of its own: {TEST}")
        return self._test_name(name, index)

    def _test_name(self, name: str, index: int) -> ast.expr:
        self.test_names[name] = index
        return ast.Name(name, ast.Load())

    def _trained_on_test(self, name: str, index: int) -> ast.expr:
        raise Unclear(f"{name} is the test part of the split in {self.history.place(index)}: {TEST}")

    def _refuse_split_again(self, name: str, index: int) -> None:
        for later in range(index + 1, self.history.end):
            node = self.history.nodes[later]
            call = node.value if isinstance(node, ast.Assign) else None
            if not (isinstance(call, ast.Call) and self._is_split(call)):
                continue
            if any(name in names_in(a) for a in call.args) and self._bound(name, later) == index:
                raise Unclear(f"{name} was split again in {self.history.place(later)}: {TEST}")

    def _is_split(self, call: ast.Call) -> bool:
        return self.history.log.path(call).endswith(SPLIT)

    # --- what was made of the rows

    def _derived(self, name: str, value: ast.expr, index: int) -> ast.expr | None:
        """``name`` was bound to an expression of training rows: what was made of the test rows in the same way?"""
        if (rows := without_constant(value)) is not None and rows is not value:
            return self.counterpart(rows, index)
        if called(value) in TRAINING_ONLY and isinstance(value, ast.Call) and value.args:
            return self.counterpart(value.args[0], index)
        found, unclear = self._of_names(value, index)
        if not found:
            return self._rest(value, index, name)
        wanted = replaced(transforming(value, found), found)
        assert wanted is not None
        shared = names_in(value) - set(found)
        for at, other in self._bound_to(wanted):
            if (
                (at, other) != (index, name)
                and self._means_the_same(shared, index, at)
                and self._are_as_put_aside(found, at)
            ):
                self.mirrored.add(at)
                return self._test_name(other, at)
        if is_choice(value) and not unclear:
            return self._written_down(value, found, index)
        if (whole := thinned(value)) is not None and not unclear:
            return self.counterpart(whole, index)
        raise Unclear(
            f"{name} is made of the training rows in {self.history.place(index)}, "
            f"and nothing was made of the test rows in the same way: {TEST}"
        )

    def _written_down(self, node: ast.expr, found: dict[str, ast.expr], at: int) -> ast.expr:
        """The expression with test names in place of training names, its other names as they were at ``at``."""
        self.meant |= dict.fromkeys(names_in(node) - set(found), at)
        other = replaced(node, found)
        assert other is not None
        return other

    def _bound_to(self, wanted: ast.expr) -> list[tuple[int, str]]:
        """Names bound to this very expression, newest first."""
        return [(i, n) for i, n, v in self.history.assigned() if same(v, wanted)][::-1]

    def _means_the_same(self, names: Iterable[str], one: int, other: int) -> bool:
        """Whether the names stand for the same, unchanged, at both statements."""
        first, last = sorted((one, other))
        known = (n for n in names if self.history.binding(n, last) is not None)
        return all(
            self._bound(n, first) == self._bound(n, last) and not self.history.changes(n, first, last) for n in known
        )

    def _are_as_put_aside(self, found: dict[str, ast.expr], at: int) -> bool:
        """Whether the test names stood for what they stand for here, and only mirrored changes came between."""
        names = {n for other in found.values() for n in names_in(other) if n in self.test_names}
        return all(
            self._bound(n, at) == self.test_names[n]
            and {i for i in self.history.changed(n, self.test_names[n]) if i < at} <= self.mirrored
            for n in names
        )

    def _match_changes(self, name: str, other: ast.expr, index: int, at: int) -> None:
        """Whatever changed the training rows in place must have been done to the test rows, too."""
        for change in self.history.changes(name, index, at):
            if not self._is_matched(name, other, change):
                raise Unclear(
                    f"{name} may have been changed in {self.history.place(change)}, "
                    f"and {shown(other)} not in the same way: {TEST}"
                )

    def _is_matched(self, name: str, other: ast.expr, change: int) -> bool:
        node = self.history.nodes[change]
        candidates: Iterable[int] = range(self.history.end)
        if isinstance(other, ast.Name):
            candidates = self.history.changed(other.id, self.test_names[other.id])
            if change in candidates and {name, other.id} <= names_in(node):  # one statement, often a loop over both
                self.mirrored.add(change)
                return True
        wanted = swapped(transforming(done(node), {name}), name, other)
        found = [i for i in candidates if i != change and same(done(self.history.nodes[i]), wanted)]
        self.mirrored |= set(found)
        return bool(found)

    # --- splits made by hand

    def _rest(self, value: ast.expr, index: int, name: str) -> ast.expr | None:
        """The rest of a table of which ``value``, that ``name`` was bound to, is a part of the rows."""
        for wanted in _rests(value, name):
            names = names_in(wanted) - {name}
            for at, other in self._bound_to(wanted):
                if self._means_the_same(names, index, at) and (name not in names_in(wanted) or at > index):
                    self.by_hand.add(index)
                    return self._test_name(other, at)
            if not name and self._is_written_somewhere(wanted):
                self.by_hand.add(index)
                self.meant |= dict.fromkeys(names, index)
                return wanted
        return None

    def _is_written_somewhere(self, wanted: ast.expr) -> bool:
        parts = (p for node in self.history.nodes for p in ast.walk(node) if isinstance(p, ast.Subscript))
        return any(same(p, wanted) for p in parts)


def _rests(value: ast.expr, name: str) -> Iterator[ast.expr]:
    yield from complements(value)
    if name:
        yield from rest_of_sample(value, name)

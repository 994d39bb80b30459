"""What the outputs of a torch module mean, told by the loss that it was trained with.

Told only where it is certain: every loss of the module's slice is a known one, they agree, and each is given what the
module answered, as it answered it. A sigmoid in between, say, makes other numbers of it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.call_log import History, assignments
from ipymlops.pipelines.slicing import slice_journal

_NUMBERS = "MSELoss L1Loss SmoothL1Loss HuberLoss mse_loss l1_loss smooth_l1_loss huber_loss"
# The last name of the loss -> what it takes outputs for, and how many a row: one, or one for each class; None: any.
MEANINGS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(_NUMBERS.split(), ("numbers", "one")),
    **dict.fromkeys(("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"), ("logits", "one")),
    **dict.fromkeys(("BCELoss", "binary_cross_entropy"), ("probabilities", "one")),
    **dict.fromkeys(("CrossEntropyLoss", "cross_entropy"), ("logits", "several")),
    **dict.fromkeys(("NLLLoss", "nll_loss"), ("log-probabilities", "several")),
}
# Methods and functions that give the same numbers in another shape.
SHAPES = frozenset({"squeeze", "unsqueeze", "view", "reshape", "flatten", "ravel", "float", "double", "contiguous"})


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss, and what it takes the module's outputs for."""

    name: str
    outputs: str
    count: str  # outputs a row: "one", or "several"
    place: str  # In [n]


def loss_of(journal: Journal, target: str) -> Loss | None:
    """The loss that tells for certain; None where none does."""
    losses = Losses.of(History(journal, target))
    return losses.told() if losses else None


class Losses:
    """The losses in the slice of a module, and what they are given."""

    @classmethod
    def of(cls, history: History) -> Losses | None:
        """None where the module is no name."""
        if not isinstance(history.target, ast.Name):
            return None
        kept = [k.statement.index for k in slice_journal(history.journal, (history.target.id,)).kept]
        return cls(history, kept, history.target.id)

    def __init__(self, history: History, kept: list[int], model: str) -> None:
        self._history = history
        self.statements = [(index, history.nodes[index]) for index in kept]
        self.calls = [(i, part) for i, node in self.statements for part in ast.walk(node) if isinstance(part, ast.Call)]
        self._assigned: dict[str, list[ast.expr]] = {}
        for _, node in self.statements:
            for part in ast.walk(node):
                for name, value in assignments(part) if isinstance(part, ast.stmt) else ():
                    self._assigned.setdefault(name, []).append(value)
        self._models = self._also_named({model})
        self._makers = self._named_losses()

    def told(self) -> Loss | None:
        found: list[Loss] = []
        for index, call in self.calls:
            loss = self._loss_of(call)
            if loss is None:
                continue
            if loss not in MEANINGS or not call.args or not self._is_direct(call.args[0], ()):
                return None
            outputs, count = MEANINGS[loss]
            found.append(Loss(loss, outputs, count, self._history.place(index)))
        agreed = len({(one.outputs, one.count) for one in found}) == 1
        hidden = [call for _, call in self.calls if self._class(call) and not self._is_applied(call)]
        return found[0] if agreed and not hidden else None

    def values(self, name: str) -> list[ast.expr]:
        """Every expression that the name is bound to."""
        return self._assigned.get(name, [])

    def given(self) -> set[tuple[str, str]]:
        """The names of rows and targets that the losses are given, the rows by way of the module."""
        found = set[tuple[str, str]]()
        for _, call in self.calls:
            if self._loss_of(call) and len(call.args) > 1:
                rows, targets = self._asked_about(call.args[0]), call.args[1]
                while isinstance(targets, ast.Call) and isinstance(targets.func, ast.Attribute):
                    targets = targets.func.value
                found |= {(name, targets.id if isinstance(targets, ast.Name) else "") for name in rows}
        return found

    def _asked_about(self, node: ast.expr) -> set[str]:
        """What the module is called with, in an expression that is its answer."""
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
        mine = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in self._models]
        found = {c.args[0].id if c.args and isinstance(c.args[0], ast.Name) else "" for c in mine}
        names = (part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id not in self._models)
        return found or {n for name in names for value in self.values(name) for n in self._asked_about(value)} or {""}

    def _loss_of(self, call: ast.Call) -> str | None:
        """The loss that a call computes; None where it computes none."""
        path = self._history.log.path(call)
        last = path.rpartition(".")[2]
        if path.startswith("torch.nn.functional.") and (last in MEANINGS or last.endswith("_loss")):
            return last
        if isinstance(call.func, ast.Call):
            return self._class(call.func)
        return self._makers.get(call.func.id) if isinstance(call.func, ast.Name) else None

    def _class(self, call: ast.Call) -> str | None:
        path = self._history.log.path(call)
        last = path.rpartition(".")[2]
        return last if path.startswith("torch.nn.") and last.endswith("Loss") else None

    def _is_applied(self, made: ast.Call) -> bool:
        """Whether a loss that was constructed is called where we can see it."""
        names = {a for name, values in self._assigned.items() if values == [made] for a in self._also_named({name})}
        called = [call.func for _, call in self.calls]
        return any(func is made or (isinstance(func, ast.Name) and func.id in names) for func in called)

    def _named_losses(self) -> dict[str, str]:
        """The names that stand for one constructed loss and nothing else."""
        single = {name: values[0] for name, values in self._assigned.items() if len(values) == 1}
        losses = {name: self._class(value) for name, value in single.items() if isinstance(value, ast.Call)}
        return {alias: loss for name, loss in losses.items() if loss for alias in self._also_named({name})}

    def _also_named(self, names: set[str]) -> set[str]:
        """The names, and those of parameters of the notebook's functions that are given them."""
        functions = {
            node.name: node
            for _, statement in self.statements
            for node in ast.walk(statement)
            if isinstance(node, ast.FunctionDef)
        }
        found = set(names)
        for _, call in self.calls:
            function = functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
            if function is None:
                continue
            given = [*zip((a.arg for a in function.args.args), call.args, strict=False)]
            given += [(k.arg, k.value) for k in call.keywords if k.arg]
            found |= {name for name, value in given if isinstance(value, ast.Name) and value.id in names}
        return found

    def _is_direct(self, node: ast.expr, above: tuple[str, ...]) -> bool:
        """Whether an expression is the module's answer, in whatever shape."""
        if isinstance(node, ast.Subscript):
            return self._is_direct(node.value, above)
        if isinstance(node, ast.Name):
            values = self._assigned.get(node.id, [])
            return node.id not in above and bool(values) and all(self._is_direct(v, (*above, node.id)) for v in values)
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Name):
            return node.func.id in self._models
        if isinstance(node.func, ast.Attribute) and node.func.attr in SHAPES:
            if self._history.log.path(node).startswith("torch."):
                return bool(node.args) and self._is_direct(node.args[0], above)
            return self._is_direct(node.func.value, above)
        return False

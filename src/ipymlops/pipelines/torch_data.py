"""The table and targets that a torch module was trained on, told by the tensors of its training loop.

Told only where it is certain: one loader over one pair of tensors, every loss is given the module's answer to a batch
of it, and the tensors were made of expressions that still mean the same. Else it says what was seen, and which option
to use.
"""

from __future__ import annotations

import ast

from ipymlops.pipelines.call_log import History
from ipymlops.pipelines.fit_call import TRAIN, Unclear, check_unchanged
from ipymlops.pipelines.torch_losses import SHAPES, Losses
from ipymlops.pipelines.training_data import Told

TENSORS = ("tensor", "as_tensor", "from_numpy", "FloatTensor", "LongTensor", "Tensor")
_OF_TENSORS = SHAPES | {"long", "to"}
_OF_TABLES = frozenset({"to_numpy", "astype", "copy", "reshape"})
_NUMPY = ("numpy.array", "numpy.asarray")


def loop_data(history: History) -> Told:
    """What the module was trained on; raises Unclear where that cannot be told."""
    losses = Losses.of(history)
    if losses is None or losses.told() is None:
        raise Unclear(f"A torch module has no fit, and its loss does not tell its training data: {TRAIN}")
    found = _Tensors(history, losses)
    X, y = (found.table(tensor) for tensor in found.pair())
    for node, since in (X, y):
        check_unchanged(history, node, since, "tensor made of it", TRAIN)
    return Told(ast.unparse(X[0]), ast.unparse(y[0]), history.place(X[1]))


class _Tensors:
    def __init__(self, history: History, losses: Losses) -> None:
        self._history = history
        self._losses = losses

    def pair(self) -> list[ast.expr]:
        """The two tensors that are trained on."""
        calls = [(self._history.log.path(call), call) for _, call in self._losses.calls]
        datasets, loaders = (
            [call for path, call in calls if path == f"torch.utils.data.{name}"]
            for name in ("TensorDataset", "DataLoader")
        )
        if len(datasets) != 1 or len(loaders) != 1 or not loaders[0].args or len(datasets[0].args) != 2:
            raise Unclear(f"Its training loop does not take one pair of tensors from one DataLoader: {TRAIN}")
        if self._value(loaders[0].args[0]) is not datasets[0]:
            raise Unclear(f"Its DataLoader takes something else than the whole TensorDataset: {TRAIN}")
        batches = self._batches(loaders[0])
        for given in self._losses.given():
            if given not in batches:
                raise Unclear(f"One of its losses is given something else than a batch of its DataLoader: {TRAIN}")
        return list(datasets[0].args)

    def _batches(self, loader: ast.Call) -> set[tuple[str, str]]:
        """The names of rows and targets in loops over the loader."""
        loops = [part for _, node in self._losses.statements for part in ast.walk(node) if isinstance(part, ast.For)]
        found = set[tuple[str, str]]()
        for loop in loops:
            over, target = loop.iter, loop.target
            if isinstance(over, ast.Call) and self._history.log.path(over) == "enumerate" and over.args:
                over = over.args[0]
                target = target.elts[1] if isinstance(target, ast.Tuple) and len(target.elts) == 2 else target
            names = [e.id for e in target.elts if isinstance(e, ast.Name)] if isinstance(target, ast.Tuple) else []
            if self._value(over) is loader and len(names) == 2:
                found.add((names[0], names[1]))
        return found

    def _value(self, node: ast.expr) -> ast.expr:
        """What a name stands for where that is one expression; else the node itself."""
        values = self._losses.values(node.id) if isinstance(node, ast.Name) else []
        return self._value(values[0]) if len(values) == 1 and values[0] is not node else node

    def table(self, node: ast.expr) -> tuple[ast.expr, int]:
        """The expression that a tensor was made of, and the statement that made it."""
        node = self._value(node)
        while (inner := self._reshaped(node)) is not None:
            node = self._value(inner)
        path = self._history.log.path(node) if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or path not in [f"torch.{n}" for n in TENSORS] or not node.args:
            raise Unclear(f"Its tensors are made in a way that does not tell the table: {TRAIN}")
        since = next(index for index, call in self._losses.calls if call is node)
        table = node.args[0]
        while (inner := self._converted(table)) is not None:
            table = inner
        return table, since

    def _reshaped(self, node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OF_TENSORS:
            return None if self._history.log.path(node).startswith("torch.") else node.func.value
        if isinstance(node, ast.Subscript) and ast.unparse(node.slice).strip("()") == ":, None":
            return node.value
        return None

    def _converted(self, node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.Attribute) and node.attr == "values":
            return node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OF_TABLES:
            return node.func.value
        if isinstance(node, ast.Call) and self._history.log.path(node) in _NUMPY and node.args:
            return node.args[0]
        return None

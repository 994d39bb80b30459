"""Figures of all rows that were worked into them before the split: means filled in, target encodings, scaling."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ipymlops.pipelines.all_rows import AllRows, roots_of
from ipymlops.pipelines.call_log import called, names_in, shown

STATISTICS = frozenset({"mean", "median", "std", "var", "quantile", "mode"})
# Calls whose argument ends up in the rows.
FILLING = frozenset({"fillna", "map", "replace", "clip", "where"})
# Windows over time look back, and grouped rows are other rows unless ``transform`` gives them back.
WINDOWS = frozenset({"rolling", "expanding", "ewm", "resample"})


def early_statistics(rows: AllRows) -> Iterator[tuple[str, int]]:
    """Words, and the statement they are about, for the figures of all rows that reach the split's rows."""
    history, where = rows.history, rows.history.place(rows.split.index)
    found: dict[int, list[str]] = {}
    for index, call in _figures(rows):
        text = f"`{shown(call)}`"
        texts = found.setdefault(index, [])
        texts += [text] if text not in texts else []
    for index, texts in found.items():
        said = " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
        words = f"{history.place(index)} uses {said} of all rows before the split in {where}"
        yield f"{words}: the test rows have leaked into training", index


def _figures(rows: AllRows) -> Iterator[tuple[int, ast.Call]]:
    """The figures over all rows that a statement on the way to the split works into the rows, in order."""
    named: dict[str, tuple[int, ast.Call]] = {}  # figures that have a name of their own
    for index in sorted(i for i in rows.statements if i <= rows.split.index):
        node = rows.history.nodes[index]
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.AnnAssign):
            continue
        for figure, host in _worked_in(node):
            if isinstance(figure, ast.Name):
                if figure.id in named and _is_figure(rows, *named[figure.id], reaches=False):
                    yield named[figure.id]
            elif set(roots_of(figure)) & host and _is_figure(rows, index, figure, reaches=True):
                yield index, figure
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.pop(node.targets[0].id, None)
            if (call := _figure_in(node.value)) is not None:
                named[node.targets[0].id] = (index, call)


def _worked_in(node: ast.AST) -> Iterator[tuple[ast.Call | ast.Name, set[str]]]:
    """What may be a figure and gets into rows from where it stands, with the names of those rows."""
    for part in ast.walk(node):
        places: list[ast.expr] = []
        host: ast.expr | None = None
        if isinstance(part, ast.Call) and called(part) in FILLING and isinstance(part.func, ast.Attribute):
            host, places = part.func.value, [*part.args, *(k.value for k in part.keywords)]
        elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub | ast.Div):
            host, places = part.left, [part.right]
        elif isinstance(part, ast.Call) and called(part) == "transform" and _is_grouped(part):
            yield part, set(roots_of(part))
        for inner in (i for place in places for i in ast.walk(place)):
            if isinstance(inner, ast.Name) or (isinstance(inner, ast.Call) and called(inner) in STATISTICS):
                yield inner, set(roots_of(host)) if host is not None else set()


def _is_figure(rows: AllRows, at: int, call: ast.Call, *, reaches: bool) -> bool:
    """Whether the call gives a figure over all rows, down their columns."""
    if any(isinstance(p, ast.Attribute) and p.attr in WINDOWS for p in ast.walk(call)):
        return False
    across = [*call.args, *(k.value for k in call.keywords if k.arg == "axis")]
    if called(call) != "quantile" and any(isinstance(a, ast.Constant) and a.value in (1, "columns") for a in across):
        return False
    if called(call) == "transform" and not _gives_figure(call):
        return False
    table = call.args[0] if _is_numpy(call) and call.args else call.func
    return rows.is_all(_ungrouped(table), at, reaches=reaches)


def _is_numpy(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in ("np", "numpy")


def _ungrouped(node: ast.expr) -> ast.expr:
    """``df`` of ``df.groupby("c")["t"].mean``: grouping and choosing columns leaves no row out."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and called(part) == "groupby" and isinstance(part.func, ast.Attribute):
            return part.func.value
    return node.value if isinstance(node, ast.Attribute) else node


def _is_grouped(call: ast.Call) -> bool:
    return any(called(part) == "groupby" for part in ast.walk(call.func))


def _gives_figure(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and first.value in STATISTICS


def _figure_in(value: ast.expr) -> ast.Call | None:
    """The figure that an assignment names: ``m = df.a.mean()``, ``m = df.a.mode()[0]``."""
    inner = value.value if isinstance(value, ast.Subscript) else value
    return inner if isinstance(inner, ast.Call) and called(inner) in STATISTICS and names_in(inner) else None

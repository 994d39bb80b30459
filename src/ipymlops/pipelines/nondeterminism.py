"""Which statements may make training come out another way each time, where two equal runs gave two models."""

from __future__ import annotations

import ast
from collections.abc import Callable

from ipymlops.pipelines.results import Slice, Statement

CLOCKS = frozenset({"time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "now", "utcnow", "today"})
PROCESS = frozenset({"getpid", "id", "urandom", "getrandbits", "token_bytes", "uuid4", "uuid1"})


def hash_order(slice_: Slice) -> str:
    """The cause where runs agree as soon as strings get the same hashes in both."""
    return (
        "training is not deterministic: the order of a set of strings is another one in every process"
        f"{_listed(slice_, _unordered)}; sort it"
    )


def may_be_hash_order(slice_: Slice) -> str:
    """Words to add where equal runs agreed, as those over a short set may by chance."""
    found = _listed(slice_, _unordered)
    return f"; the order of a set of strings is another one in every process{found}" if found else ""


def unstable(slice_: Slice) -> str:
    """The cause where they never agree."""
    said = "training is not deterministic: everything that was executed, run twice, gave two different models"
    for test, words in (
        (_reads_clock, " and the clock is read"),
        (_reads_process, " and something is read that each process has of its own"),
        (_uses_threads, " and threads add up in whatever order they end"),
    ):
        if found := _listed(slice_, test):
            return f"{said}{words}{found}"
    return said + _made_by(slice_)


def _made_by(slice_: Slice) -> str:
    """The statement that made the model."""
    last = [k.statement for k in slice_.kept if k.goal == slice_.targets[0] and k.statement.role == "statement"]
    return f"; the model comes from {last[-1].named}" if last else ""


def _listed(slice_: Slice, test: Callable[[ast.AST], bool]) -> str:
    found = [k.statement for k in slice_.kept if any(test(n) for n in ast.walk(_tree(k.statement)))]
    return f" ({', '.join(s.named for s in found[:3])})" if found else ""


def _tree(statement: Statement) -> ast.AST:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree: ast.Module = compile(statement.source, "<statement>", "exec", flags)
    return tree


def _called(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return ""


def _unordered(node: ast.AST) -> bool:
    return isinstance(node, ast.Set | ast.SetComp) or _called(node) in ("set", "frozenset", "hash")


def _reads_clock(node: ast.AST) -> bool:
    return _called(node) in CLOCKS


def _reads_process(node: ast.AST) -> bool:
    return _called(node) in PROCESS


def _uses_threads(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg="n_jobs" | "nthread" | "num_threads" | "thread_count", value=value):
            return not (isinstance(value, ast.Constant) and value.value in (None, 1))
    return False

"""The module of a model's own code: the definitions that it holds, with what they read, cut out of the journal.

The definitions are those of the model's slice, so that a class which was edited and run again later is taken as it was
when the model was built. What they read is an import, another definition, or a constant: written out, or computed from
such by calls that only compute (``registry.code_values``). A value that data made has no place in a module.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ipymlops.capture.journal import Journal
from ipymlops.errors import UnsafeModel
from ipymlops.pipelines import imports as imported
from ipymlops.pipelines.definitions import free_names, names_outside
from ipymlops.pipelines.formatting import formatted
from ipymlops.pipelines.results import Slice, Statement
from ipymlops.pipelines.slicing import slice_journal
from ipymlops.pipelines.source_text import bound_here
from ipymlops.registry.code import Code
from ipymlops.registry.code_audit import audit

EVERYWHERE = frozenset(dir(builtins)) | {"__name__", "__file__"}
# Functions that set how fast a library computes, and not what.
PACES = ("set_num_threads", "set_num_interop_threads", "use_deterministic_algorithms")


def code_of(journal: Journal, target: str, names: Collection[str]) -> Code:
    """The module that defines ``names``, which the model ``target`` holds. Raises UnsafeModel where one of them reads
    what no module can have."""
    wanted = set(names)
    while True:
        cut = slice_journal(journal, (target, *sorted(wanted - set(names))))
        chosen = _closure(cut, names)
        missing = chosen.read - wanted - chosen.bound
        if not missing:
            _refuse_if_defined_anew(journal, chosen, target, names)
            return _module(journal, _with_makers(journal, chosen, target, names), names)
        wanted |= missing


@dataclass(frozen=True, slots=True)
class _Closure:
    """Statements of the slice that define the names and what these read, in their order."""

    statements: tuple[Statement, ...]
    read: frozenset[str]  # free names of the definitions that were followed
    bound: frozenset[str]


def _closure(cut: Slice, names: Iterable[str]) -> _Closure:
    binders = _binders(cut)
    found: dict[int, Statement] = {}
    waiting, read = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in binders or binders[name].index in found:
            continue
        statement = binders[name]
        found[statement.index] = statement
        needs = _reads(statement) - EVERYWHERE
        if _is_variable(statement):  # what it is made of is as it was then, which is what its own slice tells
            needs = frozenset(n for n in needs if n not in binders or not _is_variable(binders[n]))
        read |= needs
        waiting.extend(needs)
    bound = frozenset[str]().union(*(bound_here(ast.parse(s.source)) for s in found.values()))
    return _Closure(tuple(found[i] for i in sorted(found)), frozenset(read) | frozenset(names), bound)


def _is_variable(statement: Statement) -> bool:
    """Whether it binds names to values, and to no function."""
    return statement.role == "statement" and not any(
        isinstance(node, ast.Lambda) for node in ast.walk(ast.parse(statement.source))
    )


def _binders(cut: Slice) -> dict[str, Statement]:
    """Name -> the last statement of the slice that binds it."""
    return _binders_of(k.statement for k in cut.kept)


def _binders_of(statements: Iterable[Statement]) -> dict[str, Statement]:
    return {name: s for s in statements for name in bound_here(ast.parse(s.source))}


def _reads(statement: Statement) -> frozenset[str]:
    if statement.role == "definition":
        return free_names(statement.source)
    return names_outside(statement.source) if statement.role == "statement" else frozenset()


def _refuse_if_defined_anew(journal: Journal, chosen: _Closure, target: str, names: Collection[str]) -> None:
    """What the model's functions read by name is what the name means when they are called: it must mean the same now.
    The definitions that the model itself holds are as they were when it was built, whatever their names mean now."""
    read = chosen.read & chosen.bound - set(names)
    then, now = _binders_of(chosen.statements), _binders(slice_journal(journal, tuple(sorted(read))))
    built = max(k.statement.index for k in slice_journal(journal, (target,)).kept)
    for name in sorted(read & now.keys()):
        if now[name].index > built and _meaning(now[name], name) != _meaning(then[name], name):
            raise UnsafeModel(
                f"{', '.join(sorted(names))} of this model reads {name!r}, which In [{now[name].execution}] "
                f"defined anew after the model was made: `{_first_line(now[name])}`",
                expected="the code that it was fitted with",
                next_step="fit the model again, then register it",
            )


def _meaning(statement: Statement, name: str) -> str:
    """What a statement binds a name to, as text without layout and comments."""
    if statement.role == "import":
        return str(next((i for i in imported.read_import(statement.source) if i.binds in (name, "*")), name))
    return ast.unparse(ast.parse(statement.source))


def _with_makers(journal: Journal, chosen: _Closure, target: str, names: Collection[str]) -> _Closure:
    """With the statements that compute and change what the definitions read: those that its own slice has.

    What the model was built with must not have been changed since; what only its later calls read is as it is now.
    """
    live = _variables(chosen)
    makers = _makers(journal, live)
    cut = slice_journal(journal, (target,))
    built = max(k.statement.index for k in cut.kept)
    used = live & _binders(cut).keys()
    for statement in _makers(journal, used) if makers and makers[-1].index > built else ():
        if statement.role == "statement" and statement.index > built:
            raise _cannot_stand(statement, names, "run after the model was made")
    found = {s.index: s for s in (*(s for s in chosen.statements if not _is_variable(s)), *makers)}
    return replace(chosen, statements=tuple(found[i] for i in sorted(found)))


def _variables(chosen: _Closure) -> frozenset[str]:
    """The names, of definitions too, whose values statements may make or change."""
    return frozenset(n for s in chosen.statements if s.role != "import" for n in bound_here(ast.parse(s.source)))


def _makers(journal: Journal, names: Collection[str]) -> list[Statement]:
    """The statements of the slice of these names that compute, and the imports that they need."""
    if not names:
        return []
    kept = [k.statement for k in slice_journal(journal, tuple(sorted(names))).kept]
    return [s for s in kept if s.role == "import" or (s.role == "statement" and not _only_paces(s))]


def _only_paces(statement: Statement) -> bool:
    """Whether it only says how fast a library computes."""
    (node,) = ast.parse(statement.source).body
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in PACES


def _module(journal: Journal, chosen: _Closure, names: Collection[str]) -> Code:
    if absent := sorted(set(names) - chosen.bound):
        raise UnsafeModel(
            f"This model holds {absent[0]!r}, and no recorded cell on the way to it defines that",
            expected="a definition on the top level of a cell",
            next_step="define it in a cell of its own, or in a module beside the notebook",
        )
    header, body = _header(chosen, names), [s for s in chosen.statements if s.role != "import"]
    parts = [header] if header else []
    for statement in body:
        parts.append(statement.source)
        if problem := _problem(parts):
            raise _cannot_be_computed(journal, chosen, statement, names, problem)
    source = formatted("\n\n\n".join(part.strip("\n") for part in parts) + "\n").text
    return Code(source, tuple(sorted(names)), statements=tuple(s.index for s in chosen.statements))


def _header(chosen: _Closure, names: Collection[str]) -> str:
    """The imports that the others use, on top: so each name must mean one thing throughout."""
    used = frozenset[str]().union(*(_reads(s) for s in chosen.statements)) | frozenset(names)
    meanings: dict[str, str] = {}
    for statement in chosen.statements:
        for name in bound_here(ast.parse(statement.source)) & used:
            meaning = _meaning(statement, name) if statement.role == "import" else ""
            if meanings.setdefault(name, meaning) != meaning:
                raise _cannot_stand(statement, names, f"{name} means something else before")
    groups = [imported.read_import(s.source) for s in chosen.statements if s.role == "import"]
    return imported.rendered([i for group in groups for i in imported.narrowed(group, used, used)])


def _problem(parts: list[str]) -> str:
    """Why the last part may not stand in a module after the others; nothing if it may."""
    try:
        audit("\n".join(parts) + "\n", "it")
    except UnsafeModel as error:
        return error.found.partition("holds ")[2].partition(", which")[0]
    return ""


def _cannot_be_computed(
    journal: Journal, chosen: _Closure, statement: Statement, names: Collection[str], problem: str
) -> UnsafeModel:
    """Named after the value that the definitions read, however far back the statement is that stands in the way."""
    binders = {n: s for n, s in _binders_of(chosen.statements).items() if n in chosen.read and _is_variable(s)}
    for name, makes in sorted(binders.items(), key=lambda item: item[1].index):
        if makes.index == statement.index:
            return _cannot_stand(makes, names, problem, _Value(name, _is_read_by_functions(chosen, name)))
        if statement in _makers(journal, (name,)):
            later = statement.index > makes.index
            value = _Value(name, _is_read_by_functions(chosen, name), None if later else statement)
            return _cannot_stand(statement if later else makes, names, problem, value)
    return _cannot_stand(statement, names, problem)


@dataclass(frozen=True, slots=True)
class _Value:
    """A name that the definitions read. ``cause``: what its own statement needs and no module can hold."""

    name: str
    by_functions: bool  # and by no class, which could learn it
    cause: Statement | None = None

    def instead(self, own: str) -> str:
        if self.by_functions:
            name = self.name.lower()
            return f"hand it to {own} as a parameter: FunctionTransformer({own}, kw_args={{{name!r}: {self.name}}})"
        return f"learn {self.name} in fit and keep it as an attribute of self, or hand it to {own} as a parameter"


def _is_read_by_functions(chosen: _Closure, name: str) -> bool:
    readers = [s for s in chosen.statements if name in _reads(s) and not _is_variable(s)]
    return bool(readers) and not any(isinstance(ast.parse(s.source).body[0], ast.ClassDef) for s in readers)


def _cannot_stand(
    statement: Statement, names: Collection[str], problem: str, value: _Value | None = None
) -> UnsafeModel:
    own = ", ".join(sorted(names))
    cause = value.cause if value else None
    made = f", made with In [{cause.execution}]: `{_first_line(cause)}`" if cause else ""
    return UnsafeModel(
        f"{own} of this model needs In [{statement.execution}]: `{_first_line(statement)}`{made} ({problem}), "
        "which no module can hold",
        expected="functions and classes that read imports, each other, and constants that no data made",
        next_step=value.instead(own) if value else f"write it into the definition of {own}, or learn it in fit",
    )


def _first_line(statement: Statement) -> str:
    return statement.source.strip().splitlines()[0][:60]

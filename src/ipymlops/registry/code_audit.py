"""What the code of a bundle may say, so that loading it runs nothing of its author's choosing.

On the top level and in the bodies of classes: imports, definitions, plain constants, and what is computed from these
alone. Decorators, defaults, annotations and base classes are evaluated when a definition is made, so they are looked at
too. Three things run a class's own
methods without a call that one can see, and are refused as well: making a class (the members of an enumeration, hooks
such as ``__init_subclass__``, base classes of unknown packages), handing a class to a function (``dict(A)`` asks it for
``keys``), and asking a module for what it has not.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NoReturn

from ipymlops.errors import UnsafeModel
from ipymlops.registry.code_lists import (
    BASE_CLASSES,
    BASES,
    CALLS,
    DECORATORS,
    MODULE_WORDS,
    PLAIN_BASES,
    REFUSED_METHODS,
    RUNS_WHEN_IMPORTED,
    TAKES_CLASSES,
)
from ipymlops.registry.code_size import ANY, TooLarge
from ipymlops.registry.code_sizes import MOST, Sizes
from ipymlops.registry.code_values import Values

_IN_TYPES = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.UnaryOp, ast.Starred,
    ast.Slice,
)  # fmt: skip
LONGEST = 2**22  # characters of one module: the parser takes a hundred times as many bytes


def audit(source: str, module: str, beside: Mapping[str, bool] | None = None) -> dict[str, bool]:
    """Raise UnsafeModel for the first thing that would run when the module is made.

    The answer is its classes, and whether they are enumerations; ``beside`` are those of audited modules that it may
    build on.
    """
    if len(source) > LONGEST:
        raise UnsafeModel(f"The code of {module} has {len(source):,} characters", expected=f"up to {LONGEST:,}")
    try:
        audit_ = _Audit(module, beside=beside)
        audit_.block(ast.parse(source).body)
    except (SyntaxError, ValueError, MemoryError) as error:
        raise UnsafeModel(f"The code of {module} is not Python: {error}") from error
    except RecursionError as error:
        raise UnsafeModel(f"The code of {module} is nested too deeply", expected="code that people write") from error
    return {path: kind for path, kind in audit_.classes.items() if path.startswith(f"{module}.")}


class _Audit:
    def __init__(
        self,
        module: str,
        outer: _Audit | None = None,
        *,
        enumeration: bool = False,
        beside: Mapping[str, bool] | None = None,
    ) -> None:
        self._module = module
        self._top = outer is None
        self._enumeration = enumeration
        # What names stand for, by their full name; own classes, and whether they are enumerations; names of definitions
        # and of what holds one.
        self._names: dict[str, str] = dict(outer._names) if outer else {}
        self._classes: dict[str, bool] = dict(outer._classes) if outer else dict(beside or {})
        self._live: set[str] = set(outer._live) if outer else set()
        self._computed: set[str] = set(outer._computed) if outer else set()  # names of values of constants alone
        self._sizes: Sizes = Sizes(self._path, outer._sizes if outer else None)

    @property
    def classes(self) -> dict[str, bool]:
        """By their full name, whether each is an enumeration."""
        return self._classes

    def block(self, body: list[ast.stmt]) -> None:
        for node in body:
            self._statement(node)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return
            case ast.Expr(value=value) if self._values.is_change(value):
                self._small(value, self._sizes.change)
            case ast.Import() | ast.ImportFrom():
                self._note_import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Assign(targets=[ast.Subscript() as item], value=value) if self._may_change(item, value):
                self._small(ast.Tuple([item.slice, value], ast.Load()), self._sizes.change, at=node)
            case ast.AugAssign(target=changed, op=operator, value=value) if self._may_change(changed, value):
                self._small(value, lambda part: self._sizes.augment(changed, operator, part))
            case ast.Assign(targets=targets, value=value):
                self._made(value)
                for target in targets:
                    self._target(target, value)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._type(annotation)
                if value is not None:
                    self._made(value)
                self._target(target, value)
            case _:
                self._refuse(node, f"a {type(node).__name__.lower()} statement")

    @property
    def _values(self) -> Values:
        return Values(frozenset(self._computed), self._path, loops=self._top)

    def _may_change(self, target: ast.expr, value: ast.expr) -> bool:
        """Whether it puts a value of constants into what is one itself: a name, or an item of it."""
        owner = target.value if isinstance(target, ast.Subscript) else target
        item = [target.slice] if isinstance(target, ast.Subscript) else []
        named = isinstance(owner, ast.Name) and owner.id in self._computed
        return named and all(self._values.is_value(part) for part in (*item, value))

    def _note_import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom) and (node.level or any(a.name == "*" for a in node.names)):
            self._refuse(node, "an import whose names cannot be told")
        for alias in node.names:
            whole = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
            name = alias.asname or alias.name.partition(".")[0]
            if RUNS_WHEN_IMPORTED & {whole.partition(".")[0], *whole.split(".")[1:]}:
                self._refuse(node, f"an import of {whole}, which does something by itself")
            if hasattr(builtins, name):
                self._refuse(node, f"an import that takes the place of {name}")
            self._own_name(name, node)
            plain_import = isinstance(node, ast.Import) and alias.asname is None
            self._names[name] = name if plain_import else whole

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        self._own_name(node.name, node, live=True)
        self._defaults(node.args)
        spec = node.args
        for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg):
            if argument is not None and argument.annotation is not None:
                self._type(argument.annotation)
        if node.returns is not None:
            self._type(node.returns)

    def _defaults(self, spec: ast.arguments) -> None:
        for default in (*spec.defaults, *(d for d in spec.kw_defaults if d is not None)):
            self._made(default)

    def _class(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        enumeration = self._bases(node)
        for keyword in node.keywords:
            if keyword.arg != "metaclass" or self._path(keyword.value) != "abc.ABCMeta":
                self._refuse(node, "a class with a metaclass or options of its own")
        _Audit(self._module, self, enumeration=enumeration).block(node.body)
        self._own_name(node.name, node, live=True)
        self._classes[f"{self._module}.{node.name}"] = enumeration

    def _bases(self, node: ast.ClassDef) -> bool:
        """Look at the base classes; whether they make it an enumeration, whose members are made with the class."""
        paths = []
        for base in node.bases:
            self._type(base)
            path = self._path(base.value if isinstance(base, ast.Subscript) else base) or ""
            own = path in self._classes
            built_in = isinstance(getattr(builtins, path, None), type) and path != "type"
            known = path in BASE_CLASSES or path.partition(".")[0] in BASES
            if not (own or built_in or known) or path in ("abc.ABCMeta", "enum.EnumMeta"):
                self._refuse(node, f"a class of {ast.unparse(base)}, of which it is not known what it does to its kind")
            paths.append(path)
        enumeration = any(p.startswith("enum.") or self._classes.get(p) for p in paths)
        if enumeration:
            for path in paths:
                if not (path.startswith("enum.") or path in PLAIN_BASES or self._classes.get(path)):
                    self._refuse(node, f"an enumeration that is a {path.rpartition('.')[2]}, too")
        return enumeration

    def _own_name(self, name: str, node: ast.AST, *, live: bool = False) -> None:
        if name in REFUSED_METHODS or (self._top and name[:2] == name[-2:] == "__" and name not in MODULE_WORDS):
            self._refuse(node, f"a definition of {name}, which Python calls by itself")
        if self._enumeration and name.startswith("_") and name not in ("__str__", "__repr__", "__doc__"):
            self._refuse(node, f"an enumeration with {name} of its own")
        path = f"{self._module}.{name}"
        self._names[name] = path  # whatever it was before, it is the module's own now
        self._classes.pop(path, None)
        (self._live.add if live else self._live.discard)(name)
        self._computed.discard(name)
        self._sizes.bind(name, None)

    def _target(self, node: ast.expr, value: ast.expr | None) -> None:
        live = value is not None and self._holds_definition(value)
        computed = value is not None and self._values.is_value(value)
        size = self._sizes.of(value) if value is not None and computed else None
        for part in node.elts if isinstance(node, ast.Tuple | ast.List) else [node]:
            if not isinstance(part, ast.Name):
                self._refuse(node, "an assignment to something that is no name")
            self._own_name(part.id, node, live=live)
            if computed:
                self._computed.add(part.id)
                self._sizes.bind(part.id, size if part is node or size is None else replace(size, kind=ANY))

    def _holds_definition(self, value: ast.expr) -> bool:
        return any(
            isinstance(part, ast.Lambda) or (isinstance(part, ast.Name) and part.id in self._live)
            for part in ast.walk(value)
        )

    def _decorator(self, node: ast.expr) -> None:
        function = node.func if isinstance(node, ast.Call) else node
        if isinstance(function, ast.Attribute) and function.attr in ("setter", "getter", "deleter"):
            return
        if self._path(function) not in DECORATORS:
            self._refuse(node, f"the decorator {ast.unparse(function)}")
        for part in _arguments(node):
            self._made(part)

    def _type(self, node: ast.expr) -> None:
        """A base class or an annotation: names, and names of names. Nothing is computed there."""
        for part in ast.walk(node):
            if isinstance(part, ast.expr) and not isinstance(part, _IN_TYPES):
                self._refuse(node, "a call in a base class or annotation")
            if isinstance(part, ast.BinOp) and not isinstance(part.op, ast.BitOr):
                self._refuse(node, "a call in a base class or annotation")

    def _made(self, node: ast.expr) -> None:
        """A value that is computed when the module is made."""
        self._plain(node)
        self._small(node, self._sizes.check)

    def _small(self, node: ast.expr, measure: Callable[[ast.expr], object], *, at: ast.AST | None = None) -> None:
        try:
            measure(node)
        except TooLarge as error:
            raise UnsafeModel(
                f"Line {getattr(at or node, 'lineno', 1)} of {self._module} computes {error} when it is loaded",
                expected=f"constants of up to {MOST:,} values and letters in all",
                next_step="compute it inside of a function or method",
            ) from error

    def _plain(self, node: ast.expr) -> None:
        """A value whose making calls nothing but what is listed."""
        if self._values.is_value(node):
            return
        match node:
            case ast.Constant():
                return
            case ast.Lambda(args=arguments):
                self._defaults(arguments)
            case ast.Name() | ast.Attribute():
                if self._path(node) is None:
                    self._refuse(node, "an attribute of a value")
            case ast.Call(func=function):
                path = self._path(function)
                if path not in CALLS:
                    self._refuse(node, f"a call of {ast.unparse(function)}")
                for part in _arguments(node):
                    self._plain(part)
                    if path not in TAKES_CLASSES and self._holds_definition(part):
                        self._refuse(node, f"a call of {ast.unparse(function)} with something that it defines")
            case ast.Dict(keys=keys, values=values):
                for part in (*(k for k in keys if k is not None), *values):
                    self._plain(part)
            case ast.List() | ast.Tuple() | ast.Set() | ast.BinOp() | ast.UnaryOp() | ast.Starred() | ast.Subscript():
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._plain(child)
            case ast.Slice():
                for bound in (node.lower, node.upper, node.step):
                    if bound is not None:
                        self._plain(bound)
            case _:
                self._refuse(node, f"`{ast.unparse(node)[:60]}`")

    def _path(self, node: ast.expr) -> str | None:
        """The full dotted name of what an expression names; None where it is no such thing."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self._path(node.value)
            return f"{owner}.{node.attr}" if owner is not None else None
        return None

    def _refuse(self, node: ast.AST, what: str) -> NoReturn:
        raise UnsafeModel(
            f"Line {getattr(node, 'lineno', 1)} of {self._module} holds {what}, which would run when it is loaded",
            expected="imports, definitions and plain constants",
            next_step="compute it inside of a function or method",
        )


def _arguments(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield from node.args
        yield from (k.value for k in node.keywords)

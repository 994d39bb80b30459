"""What one statement reads, binds and changes, given all statements before it.

``Names`` executes statements in the abstract: names stand for things, a call of a function of the notebook runs
its body (with the globals it has at that moment), and a library call does what ``effects`` says.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ipymlops.pipelines import effects
from ipymlops.pipelines.expressions import Expressions
from ipymlops.pipelines.things import NOTHING, Access, Scope, Value, join


class Names(Expressions):
    """The state of the notebook's names and things, statement by statement."""

    def run(self, index: int, node: ast.stmt, *, raised: bool = False) -> Access:
        """Execute one statement in the abstract; one that raised may have had no effect on the names."""
        self.current, self.access = index, Access()
        self.budget = 200
        self.followed.clear()
        before = dict(self.module.names)
        self.statement(node)
        if raised:
            self.module.names = join([before, self.module.names])
            for name in self.access.missing:
                self.module.names.pop(name, None)  # it may be why
        if self.access.opaque:
            self.opaque.add(index)
        return self.access

    # --- statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        method: Callable[[ast.stmt], None] = getattr(self, f"_{type(node).__name__}", self._any_statement)
        method(node)

    def _any_statement(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif isinstance(child, ast.stmt):
                self.statement(child)

    def _Assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value, node.value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        self.value(node.annotation)
        if node.value is not None:
            self.assign(node.target, self.value(node.value), node.value)

    def _AugAssign(self, node: ast.AugAssign) -> None:
        value = self.value(node.value)
        target = self.value(_loaded(node.target))
        named = isinstance(node.target, ast.Name)
        self.change(target.things, keys=None if named else self.keys_of(node.target))
        self._keep(target.things, value)
        if isinstance(node.target, ast.Name):
            fresh = target.things or frozenset({self.thing(label=node.target.id)})
            self.bind(node.target.id, Value(fresh))
        else:  # pandas hands out copies, so that the column is one thing and the table another
            self._store(node.target, value)

    def _Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scope.home(target.id).names.pop(target.id, None)
                self.access.deletes.add(target.id)
            elif isinstance(target, ast.Subscript | ast.Attribute):
                self._store(target, NOTHING)

    def _For(self, node: ast.For | ast.AsyncFor) -> None:
        items = self.looped_over(node.iter)

        def once() -> None:
            self.assign(node.target, items, None)
            self.block(node.body)

        def again() -> None:
            once()
            once()

        self.ways(lambda: None, once, again, sure=3)
        self.block(node.orelse)

    _AsyncFor = _For

    def _While(self, node: ast.While) -> None:
        def once() -> None:
            self.value(node.test)
            self.block(node.body)

        def again() -> None:
            once()
            once()

        self.ways(lambda: self.value(node.test), once, again, sure=3)
        self.block(node.orelse)

    def _If(self, node: ast.If) -> None:
        self.value(node.test)
        if (taken := self.truth(node.test)) is not None:
            self.block(node.body if taken else node.orelse)
        else:
            self.ways(lambda: self.block(node.body), lambda: self.block(node.orelse))

    def _With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, None)
        if any(self._may_swallow(item.context_expr) for item in node.items):
            self.ways(lambda: None, lambda: self.block(node.body), sure=2)
        else:
            self.block(node.body)

    def _may_swallow(self, manager: ast.expr) -> bool:
        """Whether an error inside may end the block and not the cell."""
        if not isinstance(manager, ast.Call):
            return False
        path = self.value(manager.func).path if isinstance(manager.func, ast.Name | ast.Attribute) else ""
        return _swallows(path) if path else isinstance(manager.func, ast.Name)

    _AsyncWith = _With

    def _Try(self, node: ast.Try) -> None:
        def handled(handler: ast.ExceptHandler) -> Callable[[], None]:
            def way() -> None:
                self.block(node.body)
                if handler.name:
                    self.bind(handler.name, NOTHING)
                self.block(handler.body)

            return way

        if node.handlers:
            self.read_thing(self.settings_thing("warnings"), "the warnings")
        self.ways(lambda: self.block([*node.body, *node.orelse]), *(handled(h) for h in node.handlers), sure=1)
        self.block(node.finalbody)

    _TryStar = _Try

    def _Match(self, node: ast.Match) -> None:
        subject = self.value(node.subject)

        def case(branch: ast.match_case) -> Callable[[], None]:
            def way() -> None:
                for pattern in ast.walk(branch.pattern):
                    name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                    if isinstance(name, str):
                        self.bind(name, subject)
                if branch.guard is not None:
                    self.value(branch.guard)
                self.block(branch.body)

            return way

        self.ways(lambda: None, *(case(c) for c in node.cases))

    def _Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            value = Value(frozenset({self.module_thing(top)}), alias.name if alias.asname else top)
            earlier = self.scope.lookup(top)
            self.bind(alias.asname or top, value)
            if not alias.asname and "." in alias.name and earlier and earlier.value.path == top:
                self.scope.names[top] |= earlier  # ``import a.b`` adds to an ``a`` that is there already
            self.read_thing(self.file_thing(f"{top}.py"), f"the module {top}")
            self.import_effects(alias.name)
        self.read_environment()

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        thing = self.module_thing(module.split(".")[0] or module)
        self.read_thing(thing, thing.label)
        self.read_thing(self.file_thing(f"{thing.label}.py"), f"the module {thing.label}")
        for alias in node.names:
            if alias.name == "*":
                self.access.opaque = True
            else:
                self.bind(alias.asname or alias.name, Value(frozenset({thing}), f"{module}.{alias.name}"))
            self.read_attribute(alias.name)
            self.import_effects(f"{module}.{alias.name}")
        self.read_environment()

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        value = self.function(node)
        for decorator in reversed(node.decorator_list):
            wrapper = self.value(decorator)
            value = Value(self.call_value(wrapper, [value], {}, decorator).things | value.things)
        self.bind(node.name, value)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> None:
        thing = self.thing(node.name, kind="class", code=node, scope=self.scope)
        for base in node.bases:
            thing.sees |= self.value(base).things
        inner = Scope("class", parent=self.scope)
        with self.inside(inner):
            self.block(node.body)
        self.given_names |= inner.names.keys()
        value = Value(frozenset({thing}))
        for keyword in node.keywords:
            self.call_value(self.value(keyword.value), [value], {}, keyword.value)  # a metaclass
        for parent in self.classes_of(thing.sees):
            for method in self.methods_of(parent):
                if method.label == "__init_subclass__":
                    self.run_body(method, [value], {})
        for decorator in reversed(node.decorator_list):
            wrapper = self.value(decorator)
            if isinstance(decorator, ast.Call) and self.value(decorator.func).path == "dataclasses.dataclass":
                continue  # with options or without, it gives back the class
            made = self.call_value(wrapper, [value], {}, decorator)
            value = Value(made.things | value.things)
        self.bind(node.name, value)

    def _Global(self, node: ast.Global | ast.Nonlocal) -> None:
        if self.scope is not self.module:
            self.scope.elsewhere.update(node.names)

    _Nonlocal = _Global

    def _Return(self, node: ast.Return) -> None:
        if node.value is not None:
            value = self.value(node.value)
            if self.returned:
                self.returned[-1].append(value)


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment as an expression that reads it."""
    return ast.parse(ast.unparse(target), mode="eval").body


def _swallows(path: str) -> bool:
    """Whether ``with`` this, an error inside may be swallowed, so that the rest of the block did not run."""
    return path.endswith(".suppress") or (path not in ("open", "") and not effects.of_function(path).known)

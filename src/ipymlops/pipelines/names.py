"""What one statement reads, binds and changes, given all statements before it.

``Names`` executes statements in the abstract: names stand for things, a call of a function of the notebook runs
its body (with the globals it has at that moment), and a library call does what ``effects`` says.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence

from ipymlops.pipelines.calls import Calls
from ipymlops.pipelines.effects import copy_on_write
from ipymlops.pipelines.things import HOLDERS, NOTHING, Access, Binding, Scope, Thing, Value, join

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Names that every module has, and those only a notebook has.
EVERYWHERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__builtins__", "display"}
NOTEBOOK_ONLY = frozenset(
    {"_", "__", "___", "In", "Out", "get_ipython", "exit", "quit", "_i", "_ii", "_ih", "_oh", "_dh"}
)
# Attributes of a table through which the table itself changes, Copy-on-Write or not.
SHARED_ATTRIBUTES = frozenset({"loc", "iloc", "at", "iat", "index", "columns", "attrs", "flags"})


class Names(Calls):
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
        self.change(target.things)
        self._keep(target.things, value)
        if isinstance(node.target, ast.Name):
            fresh = target.things or frozenset({self.thing(label=node.target.id)})
            self.bind(node.target.id, Value(fresh))

    def _Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scope.home(target.id).names.pop(target.id, None)
                self.access.deletes.add(target.id)
            elif isinstance(target, ast.Subscript | ast.Attribute):
                self._store(target, NOTHING)

    def _For(self, node: ast.For | ast.AsyncFor) -> None:
        items = self.elements(self.value(node.iter))

        def once() -> None:
            self.assign(node.target, items, None)
            self.block(node.body)

        def again() -> None:
            once()
            once()

        self.ways(lambda: None, once, again)
        self.block(node.orelse)

    _AsyncFor = _For

    def _While(self, node: ast.While) -> None:
        def once() -> None:
            self.value(node.test)
            self.block(node.body)

        def again() -> None:
            once()
            once()

        self.ways(lambda: self.value(node.test), once, again)
        self.block(node.orelse)

    def _If(self, node: ast.If) -> None:
        self.value(node.test)
        self.ways(lambda: self.block(node.body), lambda: self.block(node.orelse))

    def _With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, None)
        self.block(node.body)

    _AsyncWith = _With

    def _Try(self, node: ast.Try) -> None:
        def handled(handler: ast.ExceptHandler) -> Callable[[], None]:
            def way() -> None:
                self.block(node.body)
                if handler.name:
                    self.bind(handler.name, NOTHING)
                self.block(handler.body)

            return way

        self.ways(lambda: self.block([*node.body, *node.orelse]), *(handled(h) for h in node.handlers))
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
            self.read_thing(self.file_thing(repr(f"{top}.py")), f"the module {top}")
        self.read_environment()

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        thing = self.module_thing(module.split(".")[0] or module)
        self.read_thing(thing, thing.label)
        self.read_thing(self.file_thing(repr(f"{thing.label}.py")), f"the module {thing.label}")
        for alias in node.names:
            if alias.name == "*":
                self.access.opaque = True
            else:
                self.bind(alias.asname or alias.name, Value(frozenset({thing}), f"{module}.{alias.name}"))
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
        for decorator in node.decorator_list:
            self.value(decorator)
        self.bind(node.name, Value(frozenset({thing})))

    def _Global(self, node: ast.Global | ast.Nonlocal) -> None:
        if self.scope is not self.module:
            self.scope.elsewhere.update(node.names)

    _Nonlocal = _Global

    def _Return(self, node: ast.Return) -> None:
        if node.value is not None:
            value = self.value(node.value)
            if self.returned:
                self.returned[-1].append(value)

    # --- binding

    def assign(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        """Bind or store ``value``; ``source`` is the expression it came from, for tuples unpacked name by name."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Starred):
            rest = self.thing(kind="list", holds=self.parts_of(value.things))
            self.assign(target.value, Value(frozenset({rest})), None)
        elif isinstance(target, ast.Tuple | ast.List):
            for element, part in zip(target.elts, self._unpacked(value, target.elts), strict=True):
                self.assign(element, part, None)
        else:
            self._store(target, value)

    def _unpacked(self, value: Value, targets: Sequence[ast.expr]) -> list[Value]:
        value = self.iterate(value)
        starred = any(isinstance(t, ast.Starred) for t in targets)
        if len(value.things) == 1:
            (thing,) = value.things
            if thing.parts is not None and len(thing.parts) == len(targets) and not starred:
                return list(thing.parts)
            if thing.born == self.current and not thing.holds and thing.kind not in ("function", "class", "module"):
                return [Value(frozenset({self.thing(kind=thing.kind, sees=thing.sees)})) for _ in targets]
        return [self.part_of(value) for _ in targets]

    def _store(self, target: ast.expr, value: Value) -> None:
        assert isinstance(target, ast.Subscript | ast.Attribute)
        base = self.value(target.value)
        if isinstance(target, ast.Subscript):
            self.value(target.slice)
        self.change_own(base.things) if isinstance(target.value, ast.Name) else self.change(base.things)
        self._keep(base.things, value)

    def _keep(self, things: frozenset[Thing], value: Value) -> None:
        """The things now hold the value; a table or array copies instead."""
        for thing in things:
            if thing.kind not in ("frame", "array", "module"):
                thing.holds |= value.things - {thing}

    # --- expressions

    def value(self, node: ast.expr) -> Value:
        """Evaluate an expression in the abstract, noting all it reads and changes."""
        method: Callable[[ast.expr], Value] = getattr(self, f"_{type(node).__name__}", self._any_expression)
        return method(node)

    def _any_expression(self, node: ast.expr) -> Value:
        """Arithmetic, comparisons, text: a new object made of the operands."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.operate(self.value(child))
            elif isinstance(child, ast.keyword):
                self.value(child.value)
        return Value(frozenset({self.thing(kind="array")}))

    def _BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        self.operate(left)
        self.operate(right)
        things = left.things | right.things
        held = {t for t in things if t.kind in (*HOLDERS, "part", "")}
        kind = "frame" if any(t.kind == "frame" for t in things) else "" if held else "array"
        return Value(frozenset({self.thing(kind=kind, holds=held)}))

    def _JoinedStr(self, node: ast.JoinedStr) -> Value:
        self._any_expression(node)
        return NOTHING

    def _FormattedValue(self, node: ast.FormattedValue) -> Value:
        self.operate(self.value(node.value))
        return NOTHING

    def _Constant(self, node: ast.Constant) -> Value:
        return Value(constant=node.value)

    def _Name(self, node: ast.Name) -> Value:
        return self.read(node.id)

    def read(self, name: str) -> Value:
        """Read a name: whoever bound it, and whoever changed what it leads to, is needed."""
        binding = self.scope.lookup(name)
        if binding is None:
            if name in EVERYWHERE:
                return Value(path=name)
            binding = self._missing(name)
        if name in self.module.names:
            self.access.reads.add(name)
        self.need(binding.defs, name)
        self.read_things(binding.value.things, name)
        return binding.value

    def _missing(self, name: str) -> Binding:
        """Nothing that was recorded bound it: whatever may bind any name may have."""
        if self.guessing:
            return Binding(frozenset(self.opaque), NOTHING)
        self.access.missing.add(name)
        binding = Binding(frozenset(self.opaque), Value(frozenset({Thing(name)})))
        if name not in NOTEBOOK_ONLY:
            self.module.names[name] = binding
        return binding

    def _NamedExpr(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        scope = self.scope
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self.bind(node.target.id, value, scope)
        return value

    def _Attribute(self, node: ast.Attribute) -> Value:
        base = self.value(node.value)
        if base.path:
            return Value(base.things, f"{base.path}.{node.attr}")
        self.operate(base, node.attr)
        return base if node.attr in SHARED_ATTRIBUTES else self.part_of(base)

    def _Subscript(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        self.value(node.slice)
        self.operate(base)
        return self.part_of(base, copied=isinstance(node.slice, ast.List))

    def part_of(self, base: Value, *, copied: bool = False) -> Value:
        """A column, element or attribute: part of the same thing, unless the library copies."""
        if base.is_frame and (copied or copy_on_write()):
            return Value(frozenset({self.thing(kind="frame")}))
        return Value(self.parts_of(base.things))

    def elements(self, value: Value) -> Value:
        """What a loop over the value gives."""
        return self.part_of(self.iterate(value))

    def _IfExp(self, node: ast.IfExp) -> Value:
        self.value(node.test)
        return self.value(node.body) | self.value(node.orelse)

    def _BoolOp(self, node: ast.BoolOp) -> Value:
        things = frozenset[Thing]().union(*(self.value(v).things for v in node.values))
        return Value(things)

    def _Tuple(self, node: ast.Tuple | ast.List | ast.Set) -> Value:
        parts = [self.value(e) for e in node.elts]
        held = frozenset[Thing]().union(*(p.things for p in parts))
        plain = None if any(isinstance(e, ast.Starred) for e in node.elts) else tuple(parts)
        return Value(frozenset({self.thing(kind="list", holds=held, parts=plain)}))

    _List = _Set = _Tuple

    def _Starred(self, node: ast.Starred) -> Value:
        return self.elements(self.value(node.value))

    def _Dict(self, node: ast.Dict) -> Value:
        held: set[Thing] = set()
        for key in node.keys:
            if key is not None:
                held |= self.value(key).things
        for item in node.values:
            held |= self.value(item).things
        return Value(frozenset({self.thing(kind="list", holds=held)}))

    def _Lambda(self, node: ast.Lambda) -> Value:
        return self.function(node)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Value:
        with self.inside(Scope("comprehension", parent=self.scope)):
            for generator in node.generators:
                self.assign(generator.target, self.elements(self.value(generator.iter)), None)
                for test in generator.ifs:
                    self.value(test)
            if isinstance(node, ast.DictComp):
                held = self.value(node.key).things | self.value(node.value).things
            else:
                held = self.value(node.elt).things
        kind = "iterator" if isinstance(node, ast.GeneratorExp) else "list"
        return Value(frozenset({self.thing(kind=kind, holds=held)}))

    _ListComp = _SetComp = _DictComp = _GeneratorExp = _comprehension

    def _Await(self, node: ast.Await) -> Value:
        self.access.awaits = True
        return self.value(node.value)

    def _Yield(self, node: ast.Yield) -> Value:
        value = self.value(node.value) if node.value is not None else NOTHING
        if self.returned:
            self.returned[-1].append(Value(frozenset({self.thing(kind="iterator", holds=value.things)})))
        return NOTHING

    def _YieldFrom(self, node: ast.YieldFrom) -> Value:
        value = self.value(node.value)
        if self.returned:
            self.returned[-1].append(Value(frozenset({self.thing(kind="iterator", holds=value.things)})))
        return value

    def _Call(self, node: ast.Call) -> Value:
        return self.call(node)


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment as an expression that reads it."""
    return ast.parse(ast.unparse(target), mode="eval").body

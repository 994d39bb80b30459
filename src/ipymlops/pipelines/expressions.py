"""What expressions do: the values they give, and the things they read and change."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable

from ipymlops.pipelines.assignments import SHARED_ATTRIBUTES, Assignments
from ipymlops.pipelines.given import entries_of
from ipymlops.pipelines.hidden import is_namespace, text_of
from ipymlops.pipelines.things import HOLDERS, NOTHING, Binding, Scope, Thing, Value

# Names that every module has, and those only a notebook has.
EVERYWHERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__builtins__", "display"}
NOTEBOOK_ONLY = frozenset(
    {"_", "__", "___", "In", "Out", "get_ipython", "exit", "quit", "_i", "_ii", "_ih", "_oh", "_dh"}
)
PAIRING = ("zip", "enumerate", "reversed")  # built-in functions whose elements are those of what they are given
# What is set and read key by key.
KEYED = ("frame", "list", "container", "defaultdict", "instance")


class Expressions(Assignments):
    """The part of the abstract execution that deals with expressions."""

    # --- expressions

    def value(self, node: ast.expr) -> Value:
        """Evaluate an expression in the abstract, noting all it reads and changes."""
        method: Callable[[ast.expr], Value] = getattr(self, f"_{type(node).__name__}", self._any_expression)
        chained = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
        with self.selecting(self.selected if chained else None):
            return method(node)

    def _any_expression(self, node: ast.expr) -> Value:
        """Arithmetic, comparisons, text: a new object made of the operands."""
        looked_at: set[Thing] = set()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                value = self.value(child)
                self.operate(value)
                looked_at |= self.looks_at(value.things)
            elif isinstance(child, ast.keyword):
                self.value(child.value)
        return Value(frozenset({self.thing(kind="array", sees=looked_at)}))

    def _Compare(self, node: ast.Compare) -> Value:
        if len(node.comparators) == 1 and is_namespace(node.comparators[0]) and (name := text_of(node.left)):
            return self.read(name) if self.scope.lookup(name) else NOTHING
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                self.iterate(self.value(right))
        return self._any_expression(node)

    def _BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        self.operate(left)
        self.operate(right)
        things = left.things | right.things
        held = {t for t in things if t.kind in (*HOLDERS, "part", "")}
        kind = "frame" if any(t.kind == "frame" for t in things) else "" if held else "array"
        return Value(frozenset({self.thing(kind=kind, holds=held, sees=self.looks_at(things))}))

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
        # An attribute of a model depends on all of it; a column, a key, a field only on what set that.
        keyed = all(t.kind in (*KEYED, "") for t in binding.value.things)
        with self.selecting(self.selected if keyed else None):
            self.need(binding.defs, name)
            self.need(binding.surely, name, surely=True)
            self.read_things(binding.value.things, name)
        return binding.value

    def _missing(self, name: str) -> Binding:
        """Nothing that was recorded bound it: whatever may bind any name may have."""
        if self.guessing:
            return Binding(frozenset(self.opaque), NOTHING)
        if name in NOTEBOOK_ONLY or not self.opaque:
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
        base = self._selected_from(node)
        if base.path:
            return Value(base.things, f"{base.path}.{node.attr}")
        self.operate(base, node.attr)
        self.read_attribute(node.attr)
        if node.attr in ("values", "array") and base.is_frame and self.copy_on_write:
            return self.array_of(base)
        return base if node.attr in SHARED_ATTRIBUTES else self.part_of(base)

    def _Subscript(self, node: ast.Subscript) -> Value:
        if is_namespace(node.value):
            self.value(node.slice)
            name = text_of(node.slice)
            if name is not None:
                return self.read(name)
            self.read_everything()
            return self.everything()
        base = self._selected_from(node)
        self.operate(base)
        self.change([t for t in base.things if t.kind == "defaultdict"], deep=False)  # looking makes the key
        return self.part_of(base, copied=isinstance(node.slice, ast.List))

    def _selected_from(self, node: ast.Subscript | ast.Attribute) -> Value:
        """What is before the brackets or the dot, of which only some keys may be read."""
        with self.selecting(None):
            keys = self.keys_of(node)
        if keys is None:
            keys = self.selected
        elif self.selected is not None or not isinstance(node.value, ast.Name):
            texts = {n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)}
            keys |= (self.selected or frozenset()) | {t for t in texts if isinstance(t, str)}
        with self.selecting(keys):
            return self.value(node.value)

    def part_of(self, base: Value, *, copied: bool = False) -> Value:
        """A column, element or attribute: part of the same thing, unless the library copies."""
        if base.is_frame and (copied or self.copy_on_write):
            part = self.thing(kind="frame", sees=self.looks_at(base.things))
            part.memory = None if copied or len(base.things) > 1 else self.memory_of(next(iter(base.things)))
            return Value(frozenset({part}))
        return Value(self.parts_of(base.things))

    def elements(self, value: Value) -> Value:
        """What a loop over the value gives."""
        return self.part_of(self.iterate(value))

    def looped_over(self, node: ast.expr) -> Value:
        """What a loop over this expression gives. ``zip(a, b)`` gives elements of ``a`` and ``b``: nobody else sees the
        iterator between them, so using an element does not use that up."""
        value = self.value(node)
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        inner = frozenset(held for thing in value.things for held in thing.holds)
        if called not in PAIRING or self.scope.lookup(called) is not None or not inner:
            return self.elements(value)
        self.iterate(value)
        return self.elements(Value(inner))

    def truth(self, test: ast.expr) -> bool | None:
        """Whether a test of constants holds; None where that is not known."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.truth(operand)
                return None if inner is None else not inner
            case ast.Compare(
                left=left, ops=[ast.Is() | ast.IsNot() as operator], comparators=[ast.Constant(value=None)]
            ):
                return None if self._constant(left) is None else isinstance(operator, ast.IsNot)
        constant = self._constant(test)
        return None if constant is None else bool(constant)

    def _constant(self, node: ast.expr) -> object:
        """The constant that the expression gives; None where it is none, or not known."""
        if isinstance(node, ast.Constant):
            return node.value
        binding = self.scope.lookup(node.id) if isinstance(node, ast.Name) else None
        return binding.value.constant if binding is not None and len(binding.defs) == 1 else None

    def _IfExp(self, node: ast.IfExp) -> Value:
        self.value(node.test)
        if (taken := self.truth(node.test)) is not None:
            return self.value(node.body if taken else node.orelse)
        with self.doubting():
            return self.value(node.body) | self.value(node.orelse)

    def _BoolOp(self, node: ast.BoolOp) -> Value:
        first, *rest = node.values
        value = self.value(first)
        with self.doubting(self.truth(first) is not isinstance(node.op, ast.And)):
            return Value(value.things.union(*(self.value(v).things for v in rest)))

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
        entries: dict[str, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            if key is not None:
                held |= self.value(key).things
            value = self.value(item)
            held |= value.things
            entries |= {text_of(key) or "": value} if key is not None else entries_of(value) or {"": value}
        made = self.thing(kind="list", holds=held)
        made.keys = None if "" in entries else entries  # one that is not known
        return Value(frozenset({made}))

    def _Lambda(self, node: ast.Lambda) -> Value:
        return self.function(node)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Value:
        with self.inside(Scope("comprehension", parent=self.scope)):
            for generator in node.generators:
                self.assign(generator.target, self.looped_over(generator.iter), None)
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

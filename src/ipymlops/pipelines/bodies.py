"""Functions and classes of the notebook: a call runs their body with the names their module has at that moment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from ipymlops.pipelines.memory import Memory
from ipymlops.pipelines.things import Access, Scope, Thing, Value, reach, union

NO_NAME, ANY_NAME = re.compile(r"(?!)"), re.compile("")


class Bodies(Memory):
    """The part of the abstract execution that follows code the notebook defined."""

    def follow(self, thing: Thing, positional: Sequence[Value], named: dict[str, Value]) -> Value:
        if isinstance(thing.code, ast.ClassDef):
            return self._construct(thing, positional, named)
        return self.run_body(thing, positional, named)

    def _construct(self, thing: Thing, positional: Sequence[Value], named: dict[str, Value]) -> Value:
        held = frozenset[Thing]().union(*(v.things for v in (*positional, *named.values())))
        instance = Value(frozenset({self.thing(kind="instance", sees={thing})}))
        started = [m for m in self.methods_of(thing) if m.label in ("__init__", "__new__", "__post_init__")]
        for method in started:
            self.run_body(method, [instance, *positional], named)
        if not started:
            (made,) = instance.things
            made.holds |= held
        return instance

    def run_body(self, thing: Thing, positional: Sequence[Value], named: dict[str, Value]) -> Value:
        """Run the body of a function with the names its module has now."""
        code = thing.code
        everything = frozenset[Thing]().union(*(v.things for v in (*positional, *named.values())))
        if code is None or isinstance(code, ast.ClassDef):
            return Value(everything)
        if code in self.running or self.budget <= 0:
            if self.budget <= 0:
                self.change(everything)
            return Value(everything)
        self.budget -= 1
        inner = Scope("function", parent=thing.scope or self.module)
        self.need(thing.changed_by, thing.label)
        self.returned.append([])
        self.running.append(code)
        with self.inside(inner):
            self._bind_parameters(code.args, positional, named, inner, thing)
            if isinstance(code, ast.Lambda):
                self.returned[-1].append(self.value(code.body))
            else:
                self.block(code.body)
        self.running.pop()
        return union(self.returned.pop())

    def left_out(self, node: ast.Call) -> Value:
        """What only the notebook can run: see ``LEFT_OUT``."""
        said = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
        lasting = self._alone(said["body"]) if "body" in said else "changes" not in said
        self.access.opaque |= not said.keys() & {"body", "changes"}
        if "within" not in said:
            self.access.left_out.add(ast.literal_eval(node.args[0]))
        elif lasting:
            self.access.without.add(ast.literal_eval(node.args[0]))
        return Value(frozenset({self.thing()}))

    def _alone(self, body: str) -> bool:
        """Run statements in names of their own, and whether anything may be left of them."""
        code = ast.parse("def timed(): pass").body[0]
        assert isinstance(code, ast.FunctionDef)
        code.body += _statements(body)
        outer, self.access = self.access, Access()
        self.run_body(Thing("timed", "function", self.current, code, self.scope), [], {})
        own, self.access = self.access, outer
        outer.add(own)
        return own.lasting

    def _bind_parameters(
        self, spec: ast.arguments, positional: Sequence[Value], named: dict[str, Value], scope: Scope, thing: Thing
    ) -> None:
        names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        defaults = dict(zip(reversed(names), reversed(spec.defaults), strict=False))
        for position, name in enumerate(names):
            default = _default(defaults.get(name), thing)
            given = positional[position] if position < len(positional) else named.get(name, named.get("**", default))
            self.bind(name, given, scope)
        for argument, node in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            self.bind(argument.arg, named.get(argument.arg, named.get("**", _default(node, thing))), scope)
        rest = union(list(positional[len(names) :]))
        if spec.vararg:
            self.bind(spec.vararg.arg, rest, scope)
        if spec.kwarg:
            extra = union([v for k, v in named.items() if k not in names])
            self.bind(spec.kwarg.arg, extra, scope)

    def methods_of(self, thing: Thing) -> list[Thing]:
        """The methods of a class of the notebook, its bases' included."""
        found = []
        for holder in reach([thing], through_sight=True):
            if not isinstance(holder.code, ast.ClassDef):
                continue
            for item in holder.code.body:
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                    found.append(Thing(item.name, "function", holder.born, item, holder.scope or self.module))
        return found

    def classes_of(self, things: Iterable[Thing]) -> list[Thing]:
        return [t for t in things if t.kind == "class"]

    def operate(self, value: Value, attribute: str = "") -> None:
        """An operator or attribute of a notebook's object runs its special method or property."""
        for instance in value.things:
            for kind in self.classes_of(instance.sees):
                for method in self.methods_of(kind):
                    if method.label == attribute or (method.label.startswith("__") and method.label != "__init__"):
                        if self._is_followed(method, value.things):
                            continue
                        self.ways(lambda: None, lambda m=method: self.run_body(m, [value, value], {}))  # type: ignore[misc]

    def is_of_sklearn(self, thing: Thing) -> bool:
        """Whether it is an estimator of scikit-learn, or of a class of the notebook that builds on nothing else."""
        if thing.kind != "instance":
            return thing.kind == "estimator" and thing.library == "sklearn"
        bases = [t for t in reach(thing.sees, through_sight=True) if t.kind == "module"]
        methods = {m.label for kind in self.classes_of(thing.sees) for m in self.methods_of(kind)}
        plain = not methods & {"__getattr__", "__getattribute__"}
        return plain and bool(bases) and all(t.label == "sklearn" for t in bases)

    def call_back(
        self,
        things: Iterable[Thing],
        arguments: Value,
        *,
        special_only: bool = False,
        never: re.Pattern[str] = NO_NAME,
    ) -> None:
        """A library may call every function, and every method of an object, that it was given.

        ``special_only``: only what shows, counts or adds an object up, as ``print`` does. ``never``: methods that it
        does not call.
        """
        for thing in reach(things, through_sight=True) - _owners(things):
            if thing.kind == "function" and not special_only:
                self._maybe(thing, arguments)
            elif thing.kind == "instance":
                for kind in self.classes_of(thing.sees):
                    for method in self.methods_of(kind):
                        if special_only and (not method.label.startswith("_") or method.label == "__init__"):
                            continue
                        if never.match(method.label):
                            continue
                        self._maybe(method, arguments, Value(frozenset({thing})))

    def _is_followed(self, thing: Thing, things: frozenset[Thing]) -> bool:
        """Whether this statement has followed the same code with the same things before."""
        key = (thing.code, things)
        known = key in self.followed
        self.followed.add(key)
        return known

    def _maybe(self, thing: Thing, arguments: Value, owner: Value | None = None) -> None:
        if self._is_followed(thing, arguments.things):
            return
        self.guessing += 1
        count = 8 if thing.code is None or isinstance(thing.code, ast.ClassDef) else len(thing.code.args.args)
        given = [owner] if owner is not None else []
        positional = [*given, *[arguments] * (count - len(given))]
        self.ways(lambda: None, lambda: self.run_body(thing, positional, {}))
        self.guessing -= 1


def _statements(body: str) -> list[ast.stmt]:
    try:
        return ast.parse(body).body
    except SyntaxError:  # it never ran
        return []


def _owners(things: Iterable[Thing]) -> set[Thing]:
    """The objects of which these are attributes: who is given ``self.rows_`` is not given ``self``."""
    parts = [t for t in things if t.kind == "part"]
    return {t for part in parts for t in part.holds if t.kind == "instance"} - set(things)


def _default(node: ast.expr | None, function: Thing) -> Value:
    """What a parameter is that was not given."""
    return Value(constant=node.value) if isinstance(node, ast.Constant) else Value(frozenset(function.sees))

"""What a call does: a function of the notebook is followed into its body, a library's is looked up in ``effects``."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from ipymlops.pipelines import drawing, effects, methods, settings
from ipymlops.pipelines.bodies import ANY_NAME, NO_NAME
from ipymlops.pipelines.drawing import Drawn
from ipymlops.pipelines.effects import Effect
from ipymlops.pipelines.file_calls import FileCalls
from ipymlops.pipelines.files import DATABASES, OPENERS
from ipymlops.pipelines.given import (
    changed_by,
    entries_of,
    is_given,
    is_in_place,
    is_spread,
    seeds_with_nothing,
    shares,
)
from ipymlops.pipelines.hidden import AT_WORD, ENABLES, READS_WORDS, REGISTERS, WORD, is_namespace, text_of
from ipymlops.pipelines.magics import LEFT_OUT
from ipymlops.pipelines.things import NOTHING, Value, reach, union

Arguments = tuple[list[Value], dict[str, Value]]
DRAWING_USES = ("fit", "split", "sample", "kneighbors", "transform", "gibbs")
LIBRARY_METHODS_OF_CONTAINERS = ("append", "add", "insert", "setdefault", "update", "appendleft", "extend")


class Calls(FileCalls):
    """The part of the abstract execution that deals with calls."""

    def call(self, node: ast.Call) -> Value:
        """Evaluate a call expression."""
        self.access.calls = True
        if isinstance(node.func, ast.Name) and node.func.id == LEFT_OUT:
            return self.left_out(node)
        if not isinstance(node.func, ast.Attribute):
            with self.selecting(None):
                called = self.value(node.func)
                positional, named = self._arguments(node)
                return self.call_value(called, positional, named, node)
        if is_namespace(node.func.value):
            return self._of_namespace(node.func.attr, node)
        receiver = self.value(node.func.value)
        with self.selecting(None):
            positional, named = self._arguments(node)
            if receiver.path:
                called = Value(receiver.things, f"{receiver.path}.{node.func.attr}")
                return self.call_value(called, positional, named, node)
            return self._method(node.func, receiver, positional, named, node)

    def call_value(self, called: Value, positional: list[Value], named: dict[str, Value], node: ast.expr) -> Value:
        """Call whatever ``called`` may be."""
        if called.path:
            return self._library(called, positional, named, node)
        results = [self.follow(t, positional, named) for t in called.things if t.kind in ("function", "class")]
        inner = [t for t in reach(called.things, through_sight=True) if t not in called.things]
        if not results or any(t.kind not in ("function", "class") for t in called.things):
            # Something that is called but is no function we saw: an object, or what a decorator made of one.
            self.guessing += 1
            results += [self.follow(t, positional, named) for t in inner if t.kind == "function"]
            self.guessing -= 1
            if not any(t.kind == "function" for t in inner):
                results.append(self._apply(effects.UNKNOWN, called, positional, named, node))
        return union(results)

    def _of_namespace(self, method: str, node: ast.Call) -> Value:
        """``globals().get('name')``, ``globals().update(...)``."""
        positional, named = self._arguments(node)
        name = text_of(node.args[0]) if node.args else None
        self.access.opaque |= method != "get"
        if method == "get" and name is not None:
            return union([self.read(name), *positional]) if self.scope.lookup(name) else union(positional)
        if method not in ("update", "pop", "setdefault"):
            self.read_everything()
            return self.everything()
        return union([*positional, *named.values()])

    def _arguments(self, node: ast.Call) -> Arguments:
        positional = [self.value(a) for a in node.args]
        named: dict[str, Value] = {}
        for k in node.keywords:
            value = self.value(k.value)
            entries = entries_of(value) if k.arg is None else None
            named |= {k.arg or "**": value} if entries is None else entries
        return positional, named

    # --- methods and library functions

    def _method(
        self, func: ast.Attribute, receiver: Value, positional: list[Value], named: dict[str, Value], node: ast.Call
    ) -> Value:
        own = [
            (instance, method)
            for instance in receiver.things
            for kind in self.classes_of(instance.sees | {instance})
            for method in self.methods_of(kind)
            if method.label == func.attr
        ]
        if own:
            return union([self.run_body(m, [Value(frozenset({i})), *positional], named) for i, m in own])
        if func.attr == "pipe" and receiver.is_frame and positional:
            return self.call_value(positional[0], [receiver, *positional[1:]], named, node)
        self.read_attribute(func.attr)
        if func.attr in settings.SPEAKING:
            self.read_environment()
        if func.attr == "to_numpy" and receiver.is_frame:
            return self.array_of(receiver) if self.copy_on_write else self.part_of(receiver)
        if func.attr in ("query", "eval"):
            self.read_words(node, positional, AT_WORD)
        effect = self._row(func.attr, receiver)
        if not effect.known and receiver.is_frame:
            self.read_thing(self.registering, self.registering.label)
        if any(t.overwrites for t in receiver.things):
            effect = replace(effect, arguments=None)
        if func.attr == "subtract" and all(t.kind == "container" for t in receiver.things):
            effect = methods.of_method("update")  # of a Counter
        if func.attr == "copy" and not receiver.is_frame:
            effect = effects.CONTAINER  # the copy of a list holds the same elements
        if receiver.things and all(t.kind == "generator" for t in receiver.things):
            effect = effects.Effect(receiver=True, arguments=(0,) if func.attr == "shuffle" else (), kind="array")
        if receiver.things and all(t.kind == "figure" for t in receiver.things):
            effect = effects.FIGURE  # drawing changes the figure, never the data
        stored = func.attr in LIBRARY_METHODS_OF_CONTAINERS and isinstance(func.value, ast.Name)
        return self._apply(effect, receiver, positional, named, node, method=func.attr, shallow=stored)

    def _row(self, method: str, receiver: Value) -> Effect:
        """A method of which nothing is known changes no estimator of scikit-learn: there is none of that name."""
        effect = methods.of_method(method)
        given = method in self.given_names or method in self._attributes
        if effect.known or given or methods.CHANGES_ESTIMATORS.match(method):
            return effect
        known = receiver.things and all(self.is_of_sklearn(t) for t in receiver.things)
        return effects.ARRAY if known else effect

    def _library(self, called: Value, positional: list[Value], named: dict[str, Value], node: ast.expr) -> Value:
        path = called.path
        root, _, last = path.rpartition(".")
        effect = effects.of_function(path) if root else methods.of_builtin(path)
        if root in methods.BUILTINS or (not effect.known and last in methods.METHODS and "." in root):
            effect = methods.of_method(last)
        code = self.run_text(path, node, positional[0].constant if positional else None)
        if code is not None:
            return code
        self._hidden_effects(path, positional, named, node)
        looked_at = self.settings_of(called)
        for thing in (*called.things, *looked_at):
            self.read_thing(thing, thing.label)
        self.set_for_all(called, node, sets=effect.settings)
        if effect.result == "settings":
            return Value(frozenset(looked_at[:1]))
        if effect.receiver and called.things:
            self.change(called.things, deep=False)
        drew = "" if is_given(named, path) else drawing.draws_when_called(path)
        result = self._apply(effect, NOTHING, positional, named, node, path=path, draws=drew)
        if path == "dict" and not positional and "**" not in named:
            for thing in result.things:
                thing.keys = named
        for thing in result.things:
            thing.sees.update(looked_at if effect.known else ())
        if not (effect.known or positional or named) and settings.HANDLES.search(last):
            result = Value(result.things | called.things)
        if not is_given(named, path):
            for thing in result.things:
                thing.draws = thing.draws or drawing.draws_when_used(path, named.keys())
        return result

    def _hidden_effects(self, path: str, positional: list[Value], named: dict[str, Value], node: ast.expr) -> None:
        self.read_attribute(path.rpartition(".")[2])
        if path.rpartition(".")[2] in settings.SPEAKING:
            self.read_environment()
        if self.patches.changed_by:
            self.read_thing(self.patches, self.patches.label)
        if path in ("globals", "locals"):
            self.read_everything()
        if READS_WORDS.search(path):
            self.read_words(node, [*positional, *named.values()], WORD)
        if REGISTERS.search(path):
            self.patch(str(positional[0].constant) if positional else "", path, NOTHING)
        if path == "importlib.reload":
            for thing in positional[0].things if positional else ():
                self.read_thing(self.file_thing(f"{thing.label}.py"), f"the module {thing.label}")
        enabled = "tqdm.pandas" if path.startswith("tqdm.") and path.endswith(".pandas") else path
        self.change([self.attribute_thing(name) for name in ENABLES.get(enabled, ())], deep=False)

    def _apply(
        self,
        effect: Effect,
        receiver: Value,
        positional: list[Value],
        named: dict[str, Value],
        node: ast.expr,
        *,
        path: str = "",
        method: str = "",
        shallow: bool = False,
        draws: Drawn = "",
    ) -> Value:
        """Do to the state what the row says."""
        everything = union([*positional, *named.values()])
        self._note(effect, node)
        if effect.receiver or is_in_place(named, method):
            self.change_own(receiver.things) if shallow else self.change(receiver.things, surely=effect.known)
        spread = isinstance(node, ast.Call) and is_spread(node)
        changed = changed_by(effect, path, method, positional, named, spread=spread)
        for value in changed:
            self.change(value.things, surely=effect.known)
        self._hand_over(effect, receiver, everything, path)
        self._draw(effect, receiver | everything, node, named, path=path, method=method, draws=draws)
        files = self.touch_files(node, path, method)
        if not (effect.kind == "estimator" or path in effects.CALLS_LATER):
            shown = path in methods.BUILTINS and methods.BUILTINS[path] == effects.PURE
            never, given = _never_called(effect, method), receiver | everything
            self.call_back(given.things, given, special_only=shown, never=never)
        if shares(named) or (changed and effect.result == "fresh"):  # what is written into ``out`` is also the answer
            effect = replace(effect, result="holds")
        result = self._result(effect, receiver, everything)
        if path and effect.kind == "estimator":
            for thing in result.things:
                thing.overwrites, thing.library = shares(named), path.partition(".")[0]
        for thing in result.things if path in (*OPENERS, *DATABASES) or method == "open" else ():
            thing.holds |= files  # writing to what ``open`` gave changes the file
        return result

    def _hand_over(self, effect: Effect, receiver: Value, given: Value, path: str) -> None:
        """What becomes of what a call is given: looked into, used up, stored."""
        for thing in () if effect.known else receiver.things | given.things:
            thing.kind = "container" if thing.kind == "list" else thing.kind  # it may hold more than we saw
        if not path or effect.kind != "iterator":
            self.change([t for t in given.things if t.kind in ("iterator", "generator")])
        for thing in receiver.things if effect.stores else ():
            if thing.kind not in ("frame", "array"):
                thing.holds |= given.things - {thing}

    def _note(self, effect: Effect, node: ast.expr) -> None:
        if not effect.known:
            self.access.unknown.add(ast.unparse(node.func if isinstance(node, ast.Call) else node))
        self.access.opaque |= effect.opaque
        self.access.entropy |= effect.entropy
        if effect.seeds and seeds_with_nothing(node):
            self.access.unseeds |= set(effect.seeds)
        elif self.sure:
            self.access.seeds |= set(effect.seeds)
        else:
            self.access.may_seed |= set(effect.seeds)

    def _result(self, effect: Effect, receiver: Value, arguments: Value) -> Value:
        if effect.result == "receiver":
            return Value((receiver if receiver.things else arguments).things)
        kind = effect.kind or ("frame" if receiver.is_frame else "array")
        looked_at = self.looks_at(receiver.things | arguments.things)
        if effect.result == "holds":
            things = receiver.things | arguments.things
            if receiver.is_frame and self.copy_on_write:
                things = arguments.things
            kind = effect.kind or ("frame" if receiver.is_frame else "")
            return Value(frozenset({self.thing(kind=kind, holds=things, sees=looked_at)}))
        if effect.result == "sees":
            held = {t for t in arguments.things if t.kind == "generator"}
            return Value(frozenset({self.thing(kind=kind, sees=arguments.things | looked_at, holds=held)}))
        return Value(frozenset({self.thing(kind=kind, sees=looked_at)}))

    def _draw(
        self,
        effect: Effect,
        given: Value,
        node: ast.expr,
        named: dict[str, Value],
        *,
        path: str,
        method: str,
        draws: Drawn,
    ) -> None:
        if effect.kind == "generator" and path and isinstance(node, ast.Call) and seeds_with_nothing(node):
            self.access.entropy = True
        if (effect.draws and not is_given(named, path)) or draws:
            drawn = {*effect.draws, *([draws] if draws else [])}
            self.access.draws |= drawn if path and self.sure else set()
            self.access.may_draw |= drawn  # a method is known by its name alone
        uses = method.startswith(DRAWING_USES) or (path.startswith("sklearn.") and effect.kind != "estimator")
        if uses or not (path or method):
            self.access.may_draw |= {t.draws for t in reach(given.things, through_sight=True) if t.draws}


def _never_called(effect: Effect, method: str) -> re.Pattern[str]:
    """The methods of what it was given that a method does not call."""
    if method and effect.known and method not in methods.METHODS:
        return ANY_NAME  # there is no such method
    return methods.FITTING if methods.USES_ESTIMATORS.match(method) else NO_NAME

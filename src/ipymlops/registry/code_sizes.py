"""How much the constants of a bundle's code can come to, told before any of them is computed.

``"a" * 10**12`` calls nothing, and no list of harmless calls keeps it from eating the memory at loading. So each
expression that is computed then is bounded from above: the values and letters in it, and the size of its numbers, from
those of its parts. What is not known to be small is refused. Bounds are generous and never too low; a list that has
several names grows under all of them.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from ipymlops.registry import code_calls
from ipymlops.registry.code_size import ANY, ARRAY, NUMBER, OTHER, SEQUENCE, TEXT, Size, TooLarge, fits, joined, numbers
from ipymlops.registry.code_values import CONSTANTS

MOST = 10_000_000  # values and letters of one module
STRANGER = Size(1, bits=32, longest=1)  # what another module holds: not known, and not made here
NEIGHBOUR = Size(MOST / 100, bits=32, longest=MOST / 100)  # of the bundle too, so as large as it was let
_NEIGHBOURS = re.compile(r"_[0-9a-f]{12}(\.|$)")  # modules of a bundle end in a hash
_WORDS = {"string": Size(128, kind=TEXT, longest=128), "sklearn": Size(4096, longest=16, kind=OTHER, inner=TEXT)}


class Sizes:
    """The bounds of one scope: a module, or the body of a class, which sees the names of the ``outer`` one."""

    def __init__(self, path: Callable[[ast.expr], str | None], outer: Sizes | None = None) -> None:
        self.path = path
        self._outer = outer
        self._known: dict[str, Size] = dict(outer._known) if outer else {}
        self._spent: list[float] = outer._spent if outer else [0.0]

    def check(self, node: ast.expr) -> Size:
        """The bound of a value that is computed when the module is made; TooLarge, in words, if it is none."""
        size = self.of(node)
        self._spend(size.weight)
        return size

    def bind(self, name: str, size: Size | None) -> None:
        """What a name stands for from here on; None: a definition, or something of another module."""
        if size is None:
            self._known.pop(name, None)
        else:
            self._known[name] = size

    def change(self, node: ast.expr) -> None:
        """``kept.append(value)``: whatever may be the same list under another name grows by the arguments."""
        arguments = node.args if isinstance(node, ast.Call) else [node]
        self._grow(joined([self.of(part) for part in arguments]))

    def augment(self, target: ast.expr, operator: ast.operator, value: ast.expr) -> None:
        """``kept += values``, or an item of it."""
        size = self.of(ast.BinOp(target, operator, value))
        if isinstance(target, ast.Name) and size.kind in (NUMBER, TEXT):
            self._spend(size.weight)
            self._known[target.id] = size
        else:
            self._grow(size)

    def is_value(self, node: ast.expr) -> bool:
        """Whether it is computed here: no name of another module, nor of a definition."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return node.id in self._known if isinstance(node, ast.Name) else True

    def of(self, node: ast.expr) -> Size:
        return fits(self._of(node), MOST)

    def all(self, nodes: Iterable[ast.expr]) -> list[Size]:
        return [self.of(node) for node in nodes]

    def _spend(self, weight: float) -> None:
        self._spent[0] += weight
        if self._spent[0] > MOST:
            raise TooLarge("more than so many values in all")

    def _grow(self, added: Size) -> None:
        self._spend(added.weight)
        scope: Sizes | None = self
        while scope is not None:
            scope._known = {name: fits(size.grown(added), MOST) for name, size in scope._known.items()}
            scope = scope._outer

    def _of(self, node: ast.expr) -> Size:
        match node:
            case ast.Constant(value=value):
                return _constant(value)
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return _held(self.all(parts), OTHER if isinstance(node, ast.Set) else SEQUENCE)
            case ast.Dict(keys=keys, values=values):
                pairs = [joined(self.all(p for p in pair if p is not None)) for pair in zip(keys, values, strict=True)]
                return _held(pairs, OTHER)
            case ast.BinOp(left=left, op=operator, right=right):
                return _computed(self.of(left), operator, self.of(right), node)
            case ast.Subscript(value=owner, slice=index):
                return self._item(owner, index)
            case ast.JoinedStr(values=parts):
                return replace(joined(self.all(parts)), kind=TEXT)
            case ast.FormattedValue(value=value, format_spec=spec):
                return _text(self.of(value), _width(spec))
            case ast.Call():
                return code_calls.size_of_call(self, node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._looped(node)
            case ast.Starred(value=value) | ast.UnaryOp(operand=value):
                return self.of(value)
            case ast.Lambda():
                return Size(1)
        return joined(self.all(n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)))

    def _named(self, node: ast.Name | ast.Attribute) -> Size:
        if isinstance(node, ast.Name) and node.id in self._known:
            return self._known[node.id]
        path = self.path(node)
        if path in CONSTANTS:
            root = str(path).partition(".")[0]
            return _WORDS.get(root, Size(1, bits=1024 if str(path).endswith(("inf", "nan")) else 16, kind=NUMBER))
        if isinstance(node, ast.Attribute) and node.attr in ("shape", "size", "ndim", "T"):
            owner = self.of(node.value)
            about = numbers(8, math.log2(owner.weight + 1), SEQUENCE if node.attr == "shape" else NUMBER)
            if self.is_value(node.value):
                return owner if node.attr == "T" else about
        return NEIGHBOUR if path is not None and _NEIGHBOURS.search(path) else STRANGER

    def _item(self, owner: ast.expr, index: ast.expr) -> Size:
        if self.path(owner) in ("numpy.r_", "numpy.c_"):
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            return replace(joined([code_calls.stretch(self, part) for part in parts]), kind=ARRAY)
        held = self.of(owner)
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        chosen = [self.of(part) for part in parts if not isinstance(part, ast.Slice)]
        if held.kind in (ARRAY, ANY):
            times = math.prod(size.weight for size in chosen if size.kind != NUMBER)
            return replace(held, weight=held.weight * max(times, 1))
        one = isinstance(index, ast.Slice) or held.kind == TEXT
        return held if one else held.item()

    def _looped(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Size:
        inner, times = Sizes(self.path, self), 1.0
        for part in node.generators:
            source = inner.of(part.iter)
            times *= max(source.weight, 1)
            one = source.item()
            targets = part.target.elts if isinstance(part.target, ast.Tuple) else [part.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    inner.bind(target.id, one if len(targets) == 1 else replace(one, kind=ANY))
            fits(Size(times * (1 + sum(size.weight for size in inner.all(part.ifs)))), MOST)
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        each = inner.all(made)
        one = joined(each)
        kind = SEQUENCE if isinstance(node, ast.ListComp) else OTHER
        inside = each[0].kind if len(each) == 1 else ANY
        return Size(times * (one.weight + 1), one.bits, one.longest, kind, inside, one.weight)


def _constant(value: object) -> Size:
    if isinstance(value, str | bytes):
        return Size(len(value) + 1, longest=len(value), kind=TEXT, largest=1)
    if isinstance(value, int):
        return numbers(1, value.bit_length() if value.bit_length() > 1000 else math.log2(abs(value) + 1))
    if isinstance(value, float | complex):
        size = abs(value)
        return numbers(1, math.log2(size + 1) if math.isfinite(size) else 1024)
    return Size(1, kind=OTHER)


def _held(parts: list[Size], kind: str) -> Size:
    """A list of these."""
    kinds = {part.kind for part in parts}
    inner = kinds.pop() if len(kinds) == 1 else ANY
    whole = joined(parts)
    return Size(
        whole.weight + len(parts), whole.bits, whole.longest, kind, inner, max((p.weight for p in parts), default=0)
    )


def _computed(left: Size, operator: ast.operator, right: Size, node: ast.BinOp) -> Size:
    both = joined([left, right])
    kinds = {left.kind, right.kind}
    kind = kinds.pop() if len(kinds) == 1 else ARRAY if kinds == {ARRAY, NUMBER} else ANY
    both = replace(both, kind=kind, inner=left.inner if left.inner == right.inner else ANY)
    if left.may_be(ARRAY) and right.may_be(ARRAY):  # a column and a row make a table
        both = replace(both, weight=max(both.weight, left.weight * right.weight))
    match operator:
        case ast.Mult():
            times = max(_repeated(left, right), _repeated(right, left))
            kind = _kind_of_product(left, right, kind)
            letters = max(both.longest, times)
            return replace(
                both, weight=max(both.weight, times), bits=left.bits + right.bits, longest=letters, kind=kind
            )
        case ast.Pow():
            return replace(both, bits=left.bits * right.times)
        case ast.LShift():
            return replace(both, bits=left.bits + right.times)
        case ast.Div() | ast.FloorDiv():
            return replace(both, bits=left.bits + _inverse(node.right))
        case ast.Mod() if left.may_be(TEXT):
            return _text(both, _width(node.left))
    return replace(both, bits=both.bits + 1, longest=left.longest + right.longest)


def _repeated(what: Size, times: Size) -> float:
    repeats = any(what.may_be(kind) for kind in (TEXT, SEQUENCE))
    counts = any(times.may_be(kind) for kind in (NUMBER, ARRAY))
    return what.weight * times.times if repeats and counts else 0.0


def _kind_of_product(left: Size, right: Size, kind: str) -> str:
    kinds = {left.kind, right.kind}
    for repeated in (TEXT, SEQUENCE):
        if kinds == {repeated, NUMBER}:
            return repeated
    return kind


def _inverse(divisor: ast.expr) -> float:
    """The bits that a division can add."""
    value = divisor.value if isinstance(divisor, ast.Constant) else None
    known = isinstance(value, int | float) and value != 0
    return max(0.0, -math.log2(abs(value))) if known and isinstance(value, int | float) else 1024.0


def _text(of: Size, width: float) -> Size:
    """Values written as text; a number of a table takes up to 25 letters."""
    letters = 32 * of.weight + of.bits + width
    return Size(letters, longest=letters, kind=TEXT, largest=1)


def _width(template: ast.expr | None) -> float:
    """The letters that a format can ask for; TooLarge if it does not stand there as it is."""
    if template is None:
        return 0
    parts = template.values if isinstance(template, ast.JoinedStr) else [template]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)]
    if len(texts) < len(parts) or any("*" in str(text) for text in texts):
        raise TooLarge("a format that is computed")
    return sum(code_calls.numbers_in("".join(map(str, texts))))

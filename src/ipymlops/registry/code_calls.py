"""How much the calls that a bundle's constants may make give back: see ``code_sizes``."""

from __future__ import annotations

import ast
import builtins
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipymlops.registry.code_size import ANY, ARRAY, NUMBER, OTHER, SEQUENCE, TEXT, Size, TooLarge, joined, numbers

if TYPE_CHECKING:
    from ipymlops.registry.code_sizes import Sizes

_REAL = 1024.0  # bits of the largest float
_DIGITS = re.compile(r"[0-9]+")
_SAME_KIND = frozenset({"lower", "upper", "title", "capitalize", "casefold", "strip", "lstrip", "rstrip", "copy"})
_SEQUENCES = frozenset({"list", "tuple", "sorted", "tolist", "split", "rsplit", "splitlines"})
_NUMBERS = frozenset({"len", "float", "int", "bool", "complex", "abs", "count", "index"})
_GROWING = frozenset({"exp", "expm1", "tan"})
_FIELDS = 1000  # of a named tuple, which is written as a program


@dataclass(frozen=True, slots=True)
class _Call:
    sizes: Sizes
    node: ast.Call
    given: tuple[Size, ...]  # the arguments in their order, the owner of a method first
    named: dict[str, Size]

    @property
    def parts(self) -> list[Size]:
        return [*self.given, *self.named.values()]

    @property
    def by_numpy(self) -> bool:
        return (self.sizes.path(self.node.func) or "").startswith("numpy.")

    def get(self, position: int, name: str) -> Size | None:
        if name in self.named:
            return self.named[name]
        return self.given[position] if position < len(self.given) else None

    def count(self, position: int, name: str, otherwise: float = 1.0) -> float:
        """The product of the numbers in one argument: a count, or the shape of an array."""
        found = self.get(position, name)
        if found is None:
            return otherwise
        nodes = [k.value for k in self.node.keywords if k.arg == name] or self.node.args[position : position + 1]
        shape = nodes[0]
        if isinstance(shape, ast.Tuple | ast.List):
            return math.prod(size.times for size in self.sizes.all(shape.elts))
        return found.times if found.kind == NUMBER else _power(found.times, found.weight)


def size_of_call(sizes: Sizes, node: ast.Call) -> Size:
    """The bound of what a listed call, or a listed method of a value, gives back."""
    function, path = node.func, sizes.path(node.func) or ""
    owner = [function.value] if isinstance(function, ast.Attribute) and sizes.is_value(function.value) else []
    given = tuple(sizes.all([*owner, *node.args]))
    named = {str(k.arg): sizes.of(k.value) for k in node.keywords}
    name = function.attr if isinstance(function, ast.Attribute) else path
    rule = _BY_PATH.get(path, _BY_PATH.get(name, _plain))
    by_numpy = path.startswith("numpy.")
    hidden = any(isinstance(a, ast.Starred) for a in node.args) or "None" in named
    if hidden and (by_numpy or owner or rule not in (_plain, _pairs)):
        raise TooLarge("a call whose arguments do not stand there one by one")
    found = rule(_Call(sizes, node, given, named))
    found = replace(found, largest=found.weight) if hidden else found
    return _typed(sizes, node, name, found) if by_numpy or name == "astype" else found


def stretch(sizes: Sizes, part: ast.expr) -> Size:
    """One part of ``np.r_[...]``: ``0:10``, ``0:1:5j``, or an array."""
    if not isinstance(part, ast.Slice):
        return sizes.of(part)
    ends = joined(sizes.all(bound for bound in (part.lower, part.upper) if bound is not None))
    return numbers(2 * ends.times / _step(part.step) + 1, ends.bits, ARRAY)


def numbers_in(text: str) -> list[float]:
    """The numbers that stand in a text."""
    return [float(run) for run in _DIGITS.findall(text)]


def _plain(call: _Call) -> Size:
    """Nothing comes out that was not put in."""
    whole = joined(call.parts)
    name = call.node.func.attr if isinstance(call.node.func, ast.Attribute) else getattr(call.node.func, "id", "")
    kind = SEQUENCE if name in _SEQUENCES else NUMBER if name in _NUMBERS else ANY
    if name in _SAME_KIND and call.given:
        kind = call.given[0].kind
    inner = TEXT if name in ("split", "rsplit", "splitlines") else call.given[0].item().kind if call.given else ANY
    bits = whole.bits + math.log2(whole.weight + 1)
    if name in _NUMBERS and whole.longest:  # a text that is read as a number
        bits = max(bits, 4 * whole.longest, _REAL if name in ("float", "complex") else 0)
    if name == "len":
        return numbers(1, math.log2(whole.weight + 1))
    if name in _NUMBERS:
        return numbers(1 + bits / 64, bits)
    grown = 3.0 if name in _SAME_KIND else 1.0  # the capital of one letter may be three
    return Size(grown * whole.weight + 1, bits, grown * whole.longest, kind, inner, whole.largest)


def _typed(sizes: Sizes, node: ast.Call, name: str, found: Size) -> Size:
    """An array has room in each place for its longest text, and for what its type says."""
    types = [*(node.args if name == "astype" else node.args[1:]), *(k.value for k in node.keywords)]
    room = math.prod(_room(sizes, part) for part in types)
    texts = 1 + found.longest
    written = 32 if name == "astype" else 1  # numbers as texts
    least = _REAL if found.longest or name in _GROWING else 10 if name.startswith("log") else 0
    return replace(found, weight=found.weight * room * texts * written, bits=max(found.bits, least), kind=ARRAY)


def _room(sizes: Sizes, node: ast.expr) -> float:
    """How often a value is as large as usual, of the type that an argument may be."""
    if isinstance(node, ast.Constant):
        return math.prod(max(number, 1) for number in numbers_in(node.value)) if isinstance(node.value, str) else 1
    if isinstance(node, ast.List | ast.Tuple):
        return math.prod(_room(sizes, part) for part in node.elts)
    path = sizes.path(node) if isinstance(node, ast.Name | ast.Attribute) else None
    is_type = path is not None and (path.startswith("numpy.") or isinstance(getattr(builtins, path, None), type))
    if not is_type and sizes.of(node).longest:
        raise TooLarge("an array of a type that is computed")
    return 1


def _range(call: _Call) -> Size:
    whole = joined(call.parts)
    return numbers(2 * whole.times, whole.bits, OTHER)


def _arange(call: _Call) -> Size:
    positions = call.node.args[2:3] or [k.value for k in call.node.keywords if k.arg == "step"]
    ends = joined(list(call.given[:2]) + [s for n, s in call.named.items() if n in ("start", "stop")])
    return numbers(2 * ends.times / _step(positions[0] if positions else None) + 1, ends.bits, ARRAY)


def _step(node: ast.expr | None) -> float:
    """What stands between two numbers of a row; ``5j`` are five of them, whatever lies between."""
    while isinstance(node, ast.UnaryOp):
        node = node.operand
    if node is None:
        return 1
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, complex):
        return 1 / max(abs(value), 1)
    if not isinstance(value, int | float) or not value:
        raise TooLarge("a row of numbers whose step is not known")
    return abs(value)


def _spaced(call: _Call) -> Size:
    ends = joined(list(call.given[:2]) + [s for n, s in call.named.items() if n in ("start", "stop")])
    bits = _REAL if str(call.sizes.path(call.node.func)) == "numpy.logspace" else ends.bits + 1
    return numbers(call.count(2, "num", 51.0) * max(ends.weight - 1, 1) ** 2, bits, ARRAY)


def _filled(call: _Call) -> Size:
    value = call.get(1, "fill_value") or Size(1)
    return Size(call.count(0, "shape"), value.bits, value.longest, ARRAY, NUMBER)


def _square(call: _Call) -> Size:
    rows = call.count(0, "n" if "n" in call.named else "N")
    return numbers(rows * max(call.count(1, "M"), rows), 1, ARRAY)


def _diagonal(call: _Call) -> Size:
    whole = joined(call.parts)
    beside = call.count(1, "k", 0.0)
    return numbers((whole.weight + beside) ** 2, whole.bits, ARRAY)


def _tiled(call: _Call) -> Size:
    what = call.get(0, "A") or call.get(0, "a") or Size(1)
    times = call.count(1, "reps") * (call.count(1, "repeats") if "repeats" in call.named else 1)
    return Size(what.weight * max(times, 1), what.bits, what.longest, ARRAY)


def _product(call: _Call) -> Size:
    whole = joined(call.parts)
    bits = whole.bits * whole.weight
    return Size(whole.weight * (1 + bits / 64), bits, kind=ANY)


def _raised(call: _Call) -> Size:
    base, exponent = call.given[0] if call.given else Size(1), joined([*call.given[1:], *call.named.values()])
    bits = max(base.bits * exponent.times, 1)
    return Size(base.weight * exponent.weight + bits / 64, bits, kind=NUMBER if base.kind == NUMBER else ANY)


def _rounded(call: _Call) -> Size:
    """To the left of the point, it computes a power of ten."""
    digits = call.get(1, "ndigits") or call.get(1, "decimals")
    value = call.given[0] if call.given else Size(1)
    return replace(value, bits=value.bits + (4 * digits.times if digits is not None else 1))


def _sum(call: _Call) -> Size:
    """With a beginning it may join lists, and copies all that is there for each."""
    whole = joined(call.parts)
    bits = whole.bits + math.log2(whole.weight + 1)
    if len(call.parts) == 1 or call.by_numpy:
        return Size(whole.weight, bits, whole.longest, call.given[0].item().kind if call.given else ANY)
    return Size(whole.weight**2, bits, whole.longest)


def _pairs(call: _Call) -> Size:
    whole = joined(call.parts)
    return Size(
        2 * whole.weight + 1, whole.bits, whole.longest, OTHER, ANY, sum(p.largest or 0 for p in call.parts) + 2
    )


def _multiplied(call: _Call) -> Size:
    """Of the first, each can be replaced by all of the others."""
    first, others = call.given[0] if call.given else Size(1), joined(call.parts[1:])
    weight = (1 + first.weight) * (1 + others.weight)
    text = isinstance(call.node.func, ast.Attribute) and call.node.func.attr in ("join", "replace")
    return Size(weight, max(first.bits, others.bits), weight, TEXT if text else OTHER, largest=1 if text else None)


def _written(call: _Call) -> Size:
    whole = joined(call.parts)
    letters = 32 * whole.weight + whole.bits
    return Size(letters, longest=letters, kind=TEXT, largest=1)


def _split(call: _Call) -> Size:
    """Words of a text that stands there are as long as they are."""
    found = _plain(call)
    owner = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    if isinstance(owner, ast.Constant) and isinstance(owner.value, str) and not call.node.args:
        longest = max(map(len, owner.value.split()), default=0)
        return replace(found, longest=longest, largest=longest + 1)
    return replace(found, largest=found.longest + 1)


def _fields(call: _Call) -> Size:
    whole = joined(call.parts)
    if whole.weight > 100 * _FIELDS:
        raise TooLarge(f"a tuple of more than {_FIELDS:,} names")
    return Size(1)


def _power(base: float, exponent: float) -> float:
    return math.pow(base, exponent) if exponent * math.log2(max(base, 1)) < 900 else math.inf


_RULES: dict[Callable[[_Call], Size], tuple[str, ...]] = {
    _range: ("range",),
    _arange: ("numpy.arange",),
    _spaced: ("numpy.linspace", "numpy.logspace", "numpy.geomspace"),
    _filled: ("numpy.zeros", "numpy.ones", "numpy.full"),
    _square: ("numpy.eye", "numpy.identity"),
    _diagonal: ("numpy.diag",),
    _tiled: ("numpy.tile", "numpy.repeat"),
    _product: ("numpy.prod", "numpy.cumprod"),
    _raised: ("pow", "numpy.power"),
    _rounded: ("round", "numpy.round"),
    _sum: ("sum",),
    _pairs: ("zip", "enumerate", "items"),
    _multiplied: ("dict.fromkeys", "fromkeys", "join", "replace"),
    _written: ("str",),
    _split: ("split", "rsplit", "splitlines"),
    _fields: ("collections.namedtuple",),
}


def _rows() -> Iterator[tuple[str, Callable[[_Call], Size]]]:
    for rule, names in _RULES.items():
        yield from ((name, rule) for name in names)


_BY_PATH = dict(_rows())

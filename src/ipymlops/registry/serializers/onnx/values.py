"""What is known of each tensor of a graph before it runs: its kind, its shape, and where it matters its numbers.

Rows are the one dimension whose length is not known; it is written ``None``. Every operation must leave the rows
apart, so that a row's answer follows from that row alone, and the room that a run needs follows from the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

Shape = tuple[int | None, ...]
KINDS = {1: "float", 6: "int32", 7: "int64", 8: "string", 9: "bool", 11: "double"}  # by ONNX's numbers
_DTYPES = {"float": np.float32, "int32": np.int32, "int64": np.int64, "bool": np.bool_, "double": np.float64}
_LISTS = {"float": "float_data", "double": "double_data", "int64": "int64_data", "int32": "int32_data"}
_LISTS |= {"bool": "int32_data", "string": "string_data"}
REALS = ("float", "double")
LARGEST = 2**26  # elements of one tensor, a row of it where it has rows
_MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class Value:
    """One tensor."""

    kind: str
    shape: Shape
    constant: Any = None  # its numbers, where they stand in the graph
    below: int | None = None  # whole numbers from 0 to less than this
    classes: tuple[Any, ...] | None = None  # of labels: which there are
    made_by: str = ""  # the operation

    def __post_init__(self) -> None:
        if len(self.shape) > _MOST_DIMENSIONS or self.shape.count(None) > 1:
            raise ValueError(f"it makes a tensor of the shape {shape_words(self.shape)}")
        if any(n is not None and n < 1 for n in self.shape) or self.size > LARGEST:
            raise ValueError(f"it makes a tensor of the shape {shape_words(self.shape)}")

    @property
    def size(self) -> int:
        """Elements; of one row where it has rows."""
        return math.prod(n for n in self.shape if n is not None)

    @property
    def rows(self) -> int | None:
        """Along which dimension rows lie."""
        return self.shape.index(None) if None in self.shape else None

    def whole(self) -> list[int]:
        """Its numbers, where they are whole ones that stand in the graph."""
        demand(self.constant is not None and self.kind in ("int64", "int32"), "it is told its sizes by another node")
        return [int(n) for n in self.constant.ravel()]


@dataclass(slots=True)
class Node:
    """One operation with what it is given; an input that is left out is None."""

    op: str
    version: int  # of the operation set
    inputs: list[Value | None]
    attributes: dict[str, Any] = field(default_factory=dict)
    outputs: int = 1

    def given(self, number: int) -> Value:
        value = self.optional(number)
        if value is None:
            raise ValueError("an input is missing")
        return value

    def optional(self, number: int) -> Value | None:
        return self.inputs[number] if number < len(self.inputs) else None

    def integer(self, name: str, default: int | None = None) -> int:
        return self._of(name, int, default)  # type: ignore[no-any-return]

    def word(self, name: str, default: str | None = None) -> str:
        return self._of(name, str, default)  # type: ignore[no-any-return]

    def integers(self, name: str) -> list[int]:
        return self._list(name, "int")

    def floats(self, name: str) -> list[float]:
        """Also where they are a tensor, which has the same name with an ending."""
        tensor = self.attributes.get(f"{name}_as_tensor")
        if tensor is not None:
            demand(name not in self.attributes and tensor.kind in REALS, f"its {name} is there twice")
            return tensor.constant.ravel().tolist()  # type: ignore[no-any-return]
        return self._list(name, "float")

    def words(self, name: str) -> list[str]:
        return self._list(name, "str")

    def _of(self, name: str, kind: type, default: Any) -> Any:
        value = self.attributes.get(name, default)
        demand(type(value) is kind, f"its attribute {name} is not given or of another kind")
        return value

    def _list(self, name: str, kind: str) -> list[Any]:
        value = self.attributes.get(name, (kind, []))
        demand(type(value) is tuple and (value[0] == kind or not value[1]), f"its attribute {name} is of another kind")
        return value[1]  # type: ignore[no-any-return]


def tensor_value(tensor: Any) -> Value:
    """A tensor whose numbers stand in the graph; they must be as many as its dimensions say."""
    kind = KINDS.get(tensor.data_type)
    if kind is None:
        raise ValueError(f"the value {tensor.name!r} is of type {tensor.data_type}, not {', '.join(KINDS.values())}")
    shape = tuple(tensor.dims)
    demand(len(shape) <= _MOST_DIMENSIONS and all(0 < n <= LARGEST for n in shape), f"{tensor.name!r} has no shape")
    size, used = math.prod(shape), _LISTS[kind]
    raw = tensor.HasField("raw_data")
    width = 0 if kind == "string" else np.dtype(_DTYPES[kind]).itemsize
    length = len(tensor.raw_data) if raw else len(getattr(tensor, used))
    fits = length == size * (width if raw else 1) and not (raw and kind == "string")
    others = any(len(getattr(tensor, name)) for name in {*_LISTS.values(), "uint64_data"} if raw or name != used)
    demand(fits and not others, f"the value {tensor.name!r} has other numbers than its shape says")
    return Value(kind, shape, np.asarray(onnx.numpy_helper.to_array(tensor)))


def attribute(given: Any) -> Any:
    """The value of an attribute: int, float, str, a tensor as Value, or lists as ``(kind, values)``."""
    kinds = onnx.AttributeProto
    match given.type:
        case kinds.INT:
            return int(given.i)
        case kinds.FLOAT:
            return float(given.f)
        case kinds.STRING:
            return given.s.decode()
        case kinds.INTS:
            return "int", list(given.ints)
        case kinds.FLOATS:
            return "float", list(given.floats)
        case kinds.STRINGS:
            return "str", [word.decode() for word in given.strings]
        case kinds.TENSOR:
            return tensor_value(given.t)
    raise ValueError(f"its attribute {given.name!r} is of another kind than numbers, texts and tensors")


def shape_words(shape: Shape) -> str:
    return "[" + ", ".join("rows" if n is None else f"{n:,}" for n in shape) + "]"


def demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)

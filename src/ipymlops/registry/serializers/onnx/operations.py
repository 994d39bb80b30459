"""The operations of ``ai.onnx`` that a model may hold, each with the rule by which what it makes is known beforehand.

Not among them: what runs graphs within nodes (If, Loop, Scan), what makes tensors of a size that numbers say (Expand,
Tile, Range, ConstantOfShape, OneHot, Resize), what draws random numbers, and what looks at several rows at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ipymlops.registry.serializers.onnx import shapes
from ipymlops.registry.serializers.onnx.values import KINDS, REALS, Node, Shape, Value, demand

Rule = Callable[[Node], tuple[Value, ...]]
_WHOLE = ("int64", "int32")
_EXACT = 2**24  # whole numbers below it are themselves in single precision


def _same(node: Node) -> tuple[Value, ...]:
    """One number for each, of the same kind; further inputs are single numbers (of Clip)."""
    demand(node.outputs == 1, "it has several outputs")
    demand(all(v is None or (v.size == 1 and v.rows is None) for v in node.inputs[1:]), "a bound of it is no number")
    return (Value(node.given(0).kind, node.given(0).shape),)


def _yes_or_no(node: Node) -> tuple[Value, ...]:
    return (Value("bool", shapes.broadcast(*(v.shape for v in _all(node)))),)


def _each(node: Node) -> tuple[Value, ...]:
    return (Value(node.given(0).kind, shapes.broadcast(*(v.shape for v in _all(node)))),)


def _divided(node: Node) -> tuple[Value, ...]:
    """Of real numbers only: a processor ends the program that divides a whole number by zero."""
    demand(all(v.kind in REALS for v in _all(node)), "it divides whole numbers")
    return _each(node)


def _where(node: Node) -> tuple[Value, ...]:
    return (Value(node.given(1).kind, shapes.broadcast(*(node.given(i).shape for i in range(3)))),)


def _as_it_is(node: Node) -> tuple[Value, ...]:
    demand(node.outputs == 1 and node.optional(2) is None, "it is in the mode of training")
    return (node.given(0),)


def _constant(node: Node) -> tuple[Value, ...]:
    ((name, given),) = node.attributes.items()
    if name == "value" and isinstance(given, Value):
        return (given,)
    kind = {"value_int": "int64", "value_ints": "int64", "value_float": "float", "value_floats": "float"}.get(name)
    demand(kind, f"it holds a {name}")
    array = np.asarray(given[1] if isinstance(given, tuple) else given)
    return (Value(str(kind), array.shape, array),)


def _cast(node: Node) -> tuple[Value, ...]:
    value, kind = node.given(0), KINDS.get(node.integer("to"))
    demand(kind, "it makes a kind of number that is not supported")
    whole = all(type(c) in (int, float) and c == int(c) and abs(c) < _EXACT for c in value.classes or ())
    kept = kind == value.kind or (kind in (*_WHOLE, *REALS) and whole)
    below = value.below if kind in _WHOLE else None
    classes = value.classes if kept else None
    if classes and kind in (*_WHOLE, *REALS):
        classes = tuple(int(c) if kind in _WHOLE else float(c) for c in classes)
    return (Value(str(kind), value.shape, None, below, classes, value.made_by),)


def _matmul(node: Node) -> tuple[Value, ...]:
    return (Value(node.given(0).kind, shapes.matmul(node.given(0).shape, node.given(1).shape)),)


def _gemm(node: Node) -> tuple[Value, ...]:
    sides = [node.given(i).shape for i in range(2)]
    demand(all(len(side) == 2 for side in sides), "it multiplies what are no matrices")
    one, other = (s[::-1] if node.integer(name, 0) else s for s, name in zip(sides, ("transA", "transB"), strict=True))
    shape = shapes.matmul(one, other)
    added = node.optional(2)
    demand(added is None or shapes.broadcast(added.shape, shape) == shape, "what it adds has another shape")
    return (Value(node.given(0).kind, shape),)


def _reduced(node: Node) -> tuple[Value, ...]:
    axes = _integers(node, "axes", 1)
    demand(axes or not node.integer("noop_with_empty_axes", 0), "which dimensions it sums is not said")
    return (Value(node.given(0).kind, shapes.reduced(node.given(0).shape, axes, bool(node.integer("keepdims", 1)))),)


def _place(node: Node) -> tuple[Value, ...]:
    """ArgMax and ArgMin: the number of a class."""
    shape, axis = node.given(0).shape, node.integer("axis", 0)
    many = shapes.length(shape, axis)
    kept = bool(node.integer("keepdims", 1))
    return (Value("int64", shapes.reduced(shape, [axis], kept), below=many, classes=tuple(range(many))),)


def _normalized(node: Node) -> tuple[Value, ...]:
    """Softmax and its like; before version 13 over that dimension and all behind it."""
    value = node.given(0)
    axis = shapes.apart(node.integer("axis", -1 if node.version >= 13 else 1), value.shape)
    demand(value.rows is None or value.rows < axis or node.version >= 13, shapes.MIXES)
    several = node.version >= 13 or axis == len(value.shape) - 1
    return (Value(value.kind, value.shape, made_by=node.op if several and axis == len(value.shape) - 1 else ""),)


def _sigmoid(node: Node) -> tuple[Value, ...]:
    return (replace(_same(node)[0], made_by="Sigmoid"),)


def _layer(node: Node) -> tuple[Value, ...]:
    value, axis = node.given(0), node.integer("axis", -1)
    axis = shapes.apart(axis, value.shape)
    demand(node.outputs == 1 and (value.rows is None or value.rows < axis), shapes.MIXES)
    own = value.shape[axis:]
    demand(all(v is None or v.shape == own for v in node.inputs[1:]), "its scale has another shape")
    return (Value(value.kind, value.shape),)


def _batch(node: Node) -> tuple[Value, ...]:
    value = node.given(0)
    demand(node.outputs == 1 and not node.integer("training_mode", 0), "it is in the mode of training")
    demand("spatial" not in node.attributes and len(value.shape) >= 2 and value.rows == 0, shapes.MIXES)
    own = (value.shape[1],)
    demand(len(node.inputs) == 5 and all(v.shape == own for v in _all(node)[1:]), "its figures have another shape")
    return (Value(value.kind, value.shape),)


def _reshaped(node: Node) -> tuple[Value, ...]:
    demand(not node.integer("allowzero", 0), "it allows for dimensions of nothing")
    value = node.given(0)
    return (replace(value, shape=shapes.reshaped(value.shape, node.given(1).whole()), constant=None),)


def _flattened(node: Node) -> tuple[Value, ...]:
    return (_moved(node, shapes.flattened(node.given(0).shape, node.integer("axis", 1))),)


def _transposed(node: Node) -> tuple[Value, ...]:
    return (_moved(node, shapes.transposed(node.given(0).shape, node.integers("perm"))),)


def _squeezed(node: Node) -> tuple[Value, ...]:
    return (_moved(node, shapes.squeezed(node.given(0).shape, _integers(node, "axes", 1))),)


def _unsqueezed(node: Node) -> tuple[Value, ...]:
    return (_moved(node, shapes.unsqueezed(node.given(0).shape, _integers(node, "axes", 1))),)


def _moved(node: Node, shape: Shape) -> Value:
    """The same numbers in another shape; along which dimension they are probabilities is not known any more."""
    return replace(node.given(0), shape=shape, constant=None, made_by="")


def _joined(node: Node) -> tuple[Value, ...]:
    return (Value(node.given(0).kind, shapes.joined([v.shape for v in _all(node)], node.integer("axis"))),)


def _sliced(node: Node) -> tuple[Value, ...]:
    told = [_integers(node, name, i) for i, name in enumerate(("starts", "ends", "axes", "steps"), start=1)]
    return (Value(node.given(0).kind, shapes.sliced(node.given(0).shape, *told)),)


def _gathered(node: Node) -> tuple[Value, ...]:
    data, indices, axis = node.given(0), node.given(1), node.integer("axis", 0)
    shape = shapes.picked(data.shape, indices.shape, axis)
    return (Value(data.kind, shape, classes=chosen(data, indices) if len(data.shape) == 1 else None),)


def chosen(data: Value, indices: Value) -> tuple[Any, ...] | None:
    """The classes of which a graph picks by the number of each row's."""
    if data.constant is None or indices.below is None or data.size != indices.below:
        return None
    return tuple(data.constant.ravel().tolist())


def _all(node: Node) -> list[Value]:
    return [node.given(i) for i in range(len(node.inputs))]


def _integers(node: Node, name: str, place: int) -> list[int]:
    """Numbers that are an attribute in older versions and an input in newer ones."""
    value = node.optional(place)
    demand(value is None or name not in node.attributes, f"its {name} are said twice")
    return node.integers(name) if value is None else value.whole()


_GROUPS: tuple[tuple[Rule, str], ...] = (
    (_same, "Abs Ceil Celu Clip Elu Erf Exp Floor Gelu HardSigmoid HardSwish LeakyRelu Log Mish Neg Reciprocal Relu"),
    (_same, "Round Selu Sign Sin Cos Softplus Softsign Sqrt Tanh ThresholdedRelu Not"),
    (_yes_or_no, "And Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Or Xor"),
    (_each, "Add Sub Mul Pow Max Min Sum Mean PRelu"),
    (_divided, "Div"),
    (_where, "Where"),
    (_as_it_is, "Identity Dropout"),
    (_constant, "Constant"),
    (_cast, "Cast"),
    (_matmul, "MatMul"),
    (_gemm, "Gemm"),
    (_reduced, "ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare"),
    (_place, "ArgMax ArgMin"),
    (_normalized, "Softmax LogSoftmax"),
    (_sigmoid, "Sigmoid"),
    (_layer, "LayerNormalization"),
    (_batch, "BatchNormalization"),
    (_reshaped, "Reshape"),
    (_flattened, "Flatten"),
    (_transposed, "Transpose"),
    (_squeezed, "Squeeze"),
    (_unsqueezed, "Unsqueeze"),
    (_joined, "Concat"),
    (_sliced, "Slice"),
    (_gathered, "Gather"),
)
RULES: dict[str, Rule] = {op: rule for rule, ops in _GROUPS for op in ops.split()}

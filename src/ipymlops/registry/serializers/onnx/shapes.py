"""Shapes of tensors: how those of two fit each other, and how one is made into another, rows left apart."""

from __future__ import annotations

import math

from ipymlops.registry.serializers.onnx.values import Shape, demand, shape_words

MIXES = "it mixes rows"


def broadcast(*shapes: Shape) -> Shape:
    """By NumPy's rule; rows fit rows, and what there is one of."""
    width = max(map(len, shapes))
    padded = [(1,) * (width - len(shape)) + shape for shape in shapes]
    return tuple(_common(sizes, shapes) for sizes in zip(*padded, strict=True))


def _common(sizes: tuple[int | None, ...], shapes: tuple[Shape, ...]) -> int | None:
    several = {size for size in sizes if size != 1}
    if len(several) > 1:
        raise ValueError(f"the shapes {' and '.join(map(shape_words, shapes))} do not fit each other")
    return several.pop() if several else 1


def axis_of(axis: int, shape: Shape, *, room: int = 0) -> int:
    """A dimension by its number, which may count from the end."""
    width = len(shape) + room
    demand(-width <= axis < width, f"the shape {shape_words(shape)} has no dimension {axis}")
    return axis % width


def apart(axis: int, shape: Shape) -> int:
    """The same, of one that is not the rows'."""
    axis = axis_of(axis, shape)
    demand(shape[axis] is not None, MIXES)
    return axis


def length(shape: Shape, axis: int) -> int:
    size = shape[apart(axis, shape)]
    assert size is not None
    return size


def matmul(one: Shape, other: Shape) -> Shape:
    demand(len(one) >= 2 and len(other) >= 2, "it multiplies what are no matrices")
    demand(one[-1] is not None and other[-2] is not None, MIXES)
    demand(one[-1] == other[-2], f"the shapes {shape_words(one)} and {shape_words(other)} do not fit each other")
    return (*broadcast(one[:-2], other[:-2]), one[-2], other[-1]) if len(one) + len(other) > 4 else (one[0], other[1])


def reduced(shape: Shape, axes: list[int], keep: bool) -> Shape:
    demand(axes or None not in shape, MIXES)
    gone = {apart(axis, shape) for axis in axes or range(len(shape))}
    kept = [1 if i in gone else n for i, n in enumerate(shape)]
    return tuple(n for i, n in enumerate(kept) if keep or i not in gone)


def transposed(shape: Shape, order: list[int]) -> Shape:
    order = order or list(reversed(range(len(shape))))
    demand(sorted(order) == list(range(len(shape))), "its order of dimensions is none")
    return tuple(shape[i] for i in order)


def reshaped(shape: Shape, wanted: list[int]) -> Shape:
    """``wanted``: 0 for a dimension as it was, -1 for what is left."""
    demand(all(n >= -1 for n in wanted) and wanted.count(-1) <= 1 and len(wanted) <= 8, "its shape is none")
    demand(all(i < len(shape) for i, n in enumerate(wanted) if n == 0), "its shape is none")
    found: list[int | None] = [shape[i] if n == 0 else n for i, n in enumerate(wanted)]
    size = math.prod(n for n in shape if n is not None)
    fixed = math.prod(n for n in found if n is not None and n != -1)
    if -1 in found:
        at = found.index(-1)
        if None in shape and None not in found:
            demand(fixed == size, MIXES)
            found[at] = None
        else:
            demand(fixed > 0 and size % fixed == 0, f"{shape_words(shape)} does not become {wanted}")
            found[at] = size // fixed
    same = math.prod(n for n in found if n is not None) == size and (None in found) == (None in shape)
    demand(same, f"{shape_words(shape)} does not become {wanted}")
    if None in shape:  # before the rows there may be nothing that orders them otherwise
        demand(all(n == 1 for s in (shape, tuple(found)) for n in s[: s.index(None)]), MIXES)
    return tuple(found)


def flattened(shape: Shape, axis: int) -> Shape:
    at = len(shape) if axis == len(shape) else axis_of(axis, shape)
    halves = shape[:at], shape[at:]
    if None in shape:
        demand(None in halves[0] and all(n in (1, None) for n in halves[0]), MIXES)
        return None, math.prod(n or 1 for n in halves[1])
    return math.prod(n or 1 for n in halves[0]), math.prod(n or 1 for n in halves[1])


def squeezed(shape: Shape, axes: list[int]) -> Shape:
    demand(axes, "which dimensions it takes out is not said")
    gone = {axis_of(axis, shape) for axis in axes}
    demand(all(shape[i] == 1 for i in gone), "it takes out dimensions that hold something")
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def unsqueezed(shape: Shape, axes: list[int]) -> Shape:
    new = {axis_of(axis, shape, room=len(axes)) for axis in axes}
    demand(axes and len(new) == len(axes) <= 8, "which dimensions it puts in is not said")
    old = iter(shape)
    return tuple(1 if i in new else next(old) for i in range(len(shape) + len(axes)))


def joined(shapes: list[Shape], axis: int) -> Shape:
    first = shapes[0]
    axis = apart(axis, first)
    for other in shapes:
        fits = len(other) == len(first) and all(i == axis or n == first[i] for i, n in enumerate(other))
        demand(fits and other[axis] is not None, "it joins what does not fit each other")
    return (*first[:axis], sum(length(s, axis) for s in shapes), *first[axis + 1 :])


def sliced(shape: Shape, starts: list[int], ends: list[int], axes: list[int], steps: list[int]) -> Shape:
    axes = axes or list(range(len(starts)))
    steps = steps or [1] * len(starts)
    demand(len(starts) == len(ends) == len(axes) == len(steps) and 0 not in steps, "its slices are incomplete")
    found = list(shape)
    at = [apart(axis, shape) for axis in axes]
    demand(len(set(at)) == len(at), "it slices a dimension twice")
    for axis, start, end, step in zip(at, starts, ends, steps, strict=True):
        found[axis] = len(range(*slice(start, end, step).indices(length(shape, axis))))
    return tuple(found)


def picked(shape: Shape, indices: Shape, axis: int) -> Shape:
    axis = apart(axis, shape)
    return (*shape[:axis], *indices, *shape[axis + 1 :])

"""Which messages the bytes of an ONNX file hold, walked before any library parses them.

A protobuf message of two bytes can become an object of hundreds, and a few fields name what no model here may have:
files beside it, functions, graphs within nodes. So every message is found first, by the numbers of its fields in
ONNX's own schema; a field that is not listed is refused, and there may be only so many messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MOST_BYTES = 2**29
MOST_MESSAGES = 200_000
_LARGEST_TYPE = 4096  # bytes; of the type of an input, which may nest
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types

# Of each message: the number of a field -> what it is. "plain": numbers, texts, bytes; a word: a message of that name.
_PLAIN = "plain"
_TENSOR = {**dict.fromkeys((1, 2, 4, 5, 6, 7, 8, 9, 10, 12), _PLAIN), 16: "entry"}
_SCHEMA: Mapping[str, Mapping[int, str]] = {
    "model": {**dict.fromkeys((1, 2, 3, 4, 5, 6), _PLAIN), 7: "graph", 8: "opset", 14: "entry"},
    "graph": {1: "node", 2: _PLAIN, 5: "tensor", 10: _PLAIN, 11: "info", 12: "info", 13: "info", 16: "entry"},
    "node": {**dict.fromkeys((1, 2, 3, 4, 6, 7), _PLAIN), 5: "attribute", 9: "entry"},
    "attribute": {**dict.fromkeys((1, 2, 3, 4, 7, 8, 9, 13, 20), _PLAIN), 5: "tensor"},
    "tensor": _TENSOR,
    "info": {1: _PLAIN, 2: "type", 3: _PLAIN, 4: "entry"},
    "opset": {1: _PLAIN, 2: _PLAIN},
    "entry": {1: _PLAIN, 2: _PLAIN},
}
_REFUSED = {
    ("model", 20): "steps of a training",
    ("model", 25): "functions of its own",
    ("graph", 14): "quantized values",
    ("graph", 15): "sparse values",
    ("node", 8): "a function of its own",
    ("attribute", 6): "a graph within a node (If, Loop, Scan)",
    ("attribute", 11): "graphs within a node",
    ("attribute", 21): "an attribute of a function",
    ("tensor", 3): "a value in segments",
    ("tensor", 13): "values in other files",
    ("tensor", 14): "values that lie elsewhere",
}
# Numbers of an attribute that follow one another, as in trees of a million nodes: skipped in one step.
_RUN = re.compile(rb"(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])+|(?:\x3d[\x00-\xff]{4})+")


def check(data: bytes) -> None:
    """ValueError, in words, for bytes that are no plain ONNX model of a bounded size."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
    waiting, seen = [("model", 0, len(data))], 0
    while waiting:
        kind, start, end = waiting.pop()
        seen += 1
        if seen > MOST_MESSAGES:
            raise ValueError(f"it has more than {MOST_MESSAGES:,} parts")
        waiting += _inside(data, kind, start, end)


def _inside(data: bytes, kind: str, at: int, end: int) -> list[tuple[str, int, int]]:
    """The messages directly inside of one."""
    fields, found = _SCHEMA[kind], []
    while at < end:
        if kind == "attribute" and (run := _RUN.match(data, at, end)):
            at = run.end()
            continue
        tag, at = _number(data, at, end)
        number, wire = tag >> 3, tag & 7
        inner = fields.get(number)
        if inner is None:
            raise ValueError(f"it holds {_REFUSED.get((kind, number), f'field {number} in a {kind}')}")
        start, at = _value(data, wire, at, end)
        if inner == _PLAIN:
            continue
        if wire != _BYTES:
            raise ValueError(f"a {inner} is not where it should be")
        if inner == "type":
            if at - start > _LARGEST_TYPE:
                raise ValueError("the type of an input or output is too large")
            continue
        found.append((inner, start, at))
        if len(found) > MOST_MESSAGES:
            raise ValueError(f"it has more than {MOST_MESSAGES:,} parts")
    return found


def _value(data: bytes, wire: int, at: int, end: int) -> tuple[int, int]:
    """Where the value of a field begins and ends."""
    if wire == _VARINT:
        return at, _number(data, at, end)[1]
    if wire == _BYTES:
        length, at = _number(data, at, end)
    elif wire in (_FIXED64, _FIXED32):
        length = 8 if wire == _FIXED64 else 4
    else:
        raise ValueError("a field is of no known kind")
    if length > end - at:
        raise ValueError("it is cut off")
    return at, at + length


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    found = 0
    for place in range(10):
        if at >= end:
            raise ValueError("it is cut off")
        byte = data[at]
        at += 1
        found |= (byte & 127) << (7 * place)
        if byte < 128:
            return found, at
    raise ValueError("a number is longer than numbers are")

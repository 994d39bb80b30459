"""Tensors as one file in the safetensors format, written and read here: a header with names and places, then bytes.

No pickle and no code. Before a tensor is made, the header must account for every byte of the file, once and in order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import torch

_LENGTH = 8  # bytes of the header's length, little endian
_MOST_HEADER = 100_000_000
TYPES: dict[str, Any] = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in TYPES.items()}


def to_bytes(tensors: Mapping[str, Any]) -> bytes:
    """The file; equal tensors give equal bytes."""
    header: dict[str, Any] = {}
    parts: list[bytes] = []
    at = 0
    for name in sorted(tensors):
        data = _raw(tensors[name])
        header[name] = {
            "dtype": NAMES[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [at, at + len(data)],
        }
        parts.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that numbers lie where processors like them
    return b"".join([len(text).to_bytes(_LENGTH, "little"), text, *parts])


def from_bytes(data: bytes) -> dict[str, Any]:
    """The tensors again, on the CPU; ValueError, in words, if the header and the bytes do not fit each other."""
    length = int.from_bytes(data[:_LENGTH], "little")
    _demand(len(data) >= _LENGTH and length <= min(_MOST_HEADER, len(data) - _LENGTH), "its header is cut off")
    header = json.loads(data[_LENGTH : _LENGTH + length], object_pairs_hook=_once)
    _demand(isinstance(header, dict), "its header is no list of tensors")
    body = memoryview(data)[_LENGTH + length :]
    places = {name: _place(entry) for name, entry in header.items() if name != "__metadata__"}
    at = 0
    for _dtype, _shape, start, end in sorted(places.values(), key=lambda place: place[2:]):
        _demand(start == at, "its tensors overlap, or leave gaps")
        at = end
    _demand(at == len(body), "its header does not account for all of its bytes")
    return {name: _tensor(body, *place) for name, place in places.items()}


def _place(entry: Any) -> tuple[Any, list[int], int, int]:
    _demand(isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"}, "a tensor is not described")
    dtype, shape, offsets = TYPES.get(str(entry["dtype"])), entry["shape"], entry["data_offsets"]
    _demand(dtype is not None, f"a tensor has the type {str(entry['dtype'])[:20]!r}")
    _demand(all(isinstance(v, list) and all(type(n) is int and n >= 0 for n in v) for v in (shape, offsets)), "counts")
    _demand(len(offsets) == 2 and len(shape) <= 16, "a tensor has no place")
    size = math.prod(shape) * torch.empty(0, dtype=dtype).element_size()
    _demand(offsets[1] - offsets[0] == size, "a tensor's shape does not fit its bytes")
    return dtype, shape, offsets[0], offsets[1]


def _tensor(body: memoryview, dtype: Any, shape: list[int], start: int, end: int) -> Any:
    if start == end:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(body[start:end]), dtype=dtype).reshape(shape)


def _raw(tensor: Any) -> bytes:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return bytes(flat.view(torch.uint8).numpy().tobytes()) if flat.numel() else b""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _demand(len({key for key, _ in pairs}) == len(pairs), "its header says a name twice")
    return dict(pairs)


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)

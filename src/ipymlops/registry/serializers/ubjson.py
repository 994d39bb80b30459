"""Binary JSON as XGBoost writes it, read before XGBoost's own parser does: into plain values and NumPy arrays.

Only what XGBoost writes is read (no typed objects, no text after the end, no key twice), so that what was looked at
here is what the library will find there. Depth and lengths are bounded by the bytes that are really there.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

_DEPTH = 64  # the library's parser calls itself; its own models are nine deep
_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_WORDS = {"T": True, "F": False, "Z": None}


def read_ubjson(data: bytes) -> Any:
    """The value that the bytes are; ValueError if they are anything else."""
    reader = _Reader(data)
    try:
        value = reader.value(0)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"it ends or turns at byte {reader.at:,}") from error
    if reader.at != len(data):
        raise ValueError(f"something follows its end at byte {reader.at:,}")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def value(self, depth: int) -> Any:
        if depth > _DEPTH:
            raise ValueError(f"it is nested deeper than {_DEPTH}")
        kind = self._mark()
        if kind in _NUMBERS:
            return self._array(kind, 1)[0].item()
        if kind in _WORDS:
            return _WORDS[kind]
        if kind == "S":
            return self._text()
        if kind == "{":
            return self._object(depth)
        if kind == "[":
            return self._list(depth)
        raise ValueError(f"it has the mark {kind!r} at byte {self.at - 1:,}")

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.data[self.at] != ord("}"):
            key = self._text()
            if key in found:
                raise ValueError(f"it says {key!r} twice")
            found[key] = self.value(depth + 1)
        self.at += 1
        return found

    def _list(self, depth: int) -> Any:
        if self.data[self.at] == ord("$"):
            self.at += 1
            kind = self._mark()
            if kind not in _NUMBERS or self._mark() != "#":
                raise ValueError(f"it has an array of {kind!r}")
            return self._array(kind, self._length())
        found = []
        counted = self.data[self.at] == ord("#")
        if counted:
            self.at += 1
            count = self._length()
            for _ in range(count):  # each takes a byte at least, so no count is longer than the data
                found.append(self.value(depth + 1))
            return found
        while self.data[self.at] != ord("]"):
            found.append(self.value(depth + 1))
        self.at += 1
        return found

    def _array(self, kind: str, count: int) -> Any:
        dtype = np.dtype(_NUMBERS[kind])
        if count > (len(self.data) - self.at) // dtype.itemsize:
            raise ValueError("an array is longer than the data")
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += count * dtype.itemsize
        return values

    def _text(self) -> str:
        length = self._length()
        if length > len(self.data) - self.at:
            raise ValueError("a text is longer than the data")
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def _length(self) -> int:
        if self._mark() != "L":
            raise ValueError(f"a length is missing at byte {self.at - 1:,}")
        (length,) = struct.unpack_from(">q", self.data, self.at)
        self.at += 8
        if length < 0:
            raise ValueError("a length is negative")
        return int(length)

    def _mark(self) -> str:
        self.at += 1
        return chr(self.data[self.at - 1])

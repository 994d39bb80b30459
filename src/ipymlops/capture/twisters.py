"""NumPy's and Python's global random generators as the bytes they are in memory: read in a microsecond.

Both are Mersenne Twisters of 624 words and a position among them. Their own ways to tell their state build 625
numbers each time, which a cell cannot afford twice. None means that they are not where they are expected: then the
state is to be read the long way.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

BYTES = 4 * 625  # of 624 words and the position


def of_numpy() -> bytes | None:
    """The global generator, if it is loaded and the usual one: the words, then the position."""
    module: Any = sys.modules.get("numpy.random")
    if module is None:
        return None
    try:
        bits = module.get_bit_generator()
        return _numpy_reader(bits)() if type(bits) is module.MT19937 else None
    except Exception:  # a generator of somebody's own, or NumPy half imported
        return None


def of_python() -> bytes | None:
    """The generator behind ``random.random()``, on a Python that is known to keep it so: the position, then the words.

    A second normal number that waits is not in it: ``random.getstate()[2]`` is.
    """
    generator = getattr(random.getstate, "__self__", None)
    read = _python_reader(generator) if type(generator) is random.Random else None
    return read() if read is not None else None


@lru_cache(maxsize=1)
def _numpy_reader(bits: Any) -> Callable[[], bytes]:
    return _bytes_at(bits.ctypes.state_address)


@lru_cache(maxsize=1)
def _python_reader(generator: random.Random) -> Callable[[], bytes] | None:
    """It lies behind the object's head. Whether it does is tried once, against what the generator says itself."""
    if sys.implementation.name != "cpython":
        return None
    read = _bytes_at(id(generator) + object.__basicsize__)
    numbers = generator.getstate()[1]
    told = b"".join(number.to_bytes(4, sys.byteorder) for number in (numbers[-1], *numbers[:-1]))
    return read if read() == told else None


def _bytes_at(address: int) -> Callable[[], bytes]:
    from ctypes import c_char

    there = (c_char * BYTES).from_address(address)
    return lambda: there.raw

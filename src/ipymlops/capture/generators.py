"""Generator objects made without a seed: what they were made from, and how to make them again.

NumPy's keep the entropy that they were seeded with, so their first state is known however much was drawn since.
``random.Random`` keeps nothing: its first state is known only as long as nothing was drawn.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Mapping
from typing import Any

_FIRST_WORD, _UNUSED = 0x80000000, 624  # of a Mersenne Twister that was seeded and not drawn from


def origins(namespace: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """What ``remade`` needs, as plain JSON types, by the name of each generator whose first state is known."""
    return {name: found for name in names if (found := _origin(namespace.get(name))) is not None}


def remade(generator: Any, origin: Mapping[str, Any]) -> Any:
    """One of the same kind, as the recorded one was when it was made."""
    if isinstance(generator, random.Random):
        version, numbers, gauss = origin["state"]
        generator.setstate((version, tuple(numbers), gauss))
        return generator
    return _from_sequence(generator, origin["entropy"], origin["spawn_key"])


def seeded(generator: Any, number: int) -> Any:
    """One of the same kind, started from a number."""
    if isinstance(generator, random.Random):
        generator.seed(number)
        return generator
    return _from_sequence(generator, number, ())


def _origin(value: Any) -> dict[str, Any] | None:
    if type(value) is random.Random:
        return _unused_state(value)
    module = sys.modules.get("numpy.random")
    if module is None or type(value) not in (module.Generator, module.RandomState):
        return None
    sequence: Any = getattr(_bits(value), "seed_seq", None)
    if sequence is None or not isinstance(getattr(sequence, "entropy", None), int):
        return None
    return {"entropy": sequence.entropy, "spawn_key": [int(key) for key in sequence.spawn_key]}


def _unused_state(generator: random.Random) -> dict[str, Any] | None:
    version, numbers, gauss = generator.getstate()
    unused = numbers[0] == _FIRST_WORD and numbers[-1] == _UNUSED and gauss is None
    return {"state": [version, list(numbers), gauss]} if unused else None


def _bits(generator: Any) -> Any:
    return generator.bit_generator if hasattr(generator, "bit_generator") else generator._bit_generator


def _from_sequence(generator: Any, entropy: int, spawn_key: Iterable[int]) -> Any:
    from numpy.random import SeedSequence

    bits = type(_bits(generator))
    return type(generator)(bits(SeedSequence(entropy, spawn_key=tuple(spawn_key))))

from __future__ import annotations

import random
import sys

import numpy as np
import pytest

from ipymlops.capture import twisters


def words(memory: bytes | None) -> list[int]:
    assert memory is not None
    return [int.from_bytes(memory[i : i + 4], sys.byteorder) for i in range(0, twisters.BYTES, 4)]


@pytest.mark.parametrize("draws", [0, 1, 100, 700])
def test_numpys_generator_as_it_describes_itself(draws: int) -> None:
    np.random.seed(5)
    np.random.rand(draws)
    found, told = words(twisters.of_numpy()), np.random.get_state(legacy=False)["state"]
    assert (found[:624], found[624]) == (told["key"].tolist(), told["pos"])


@pytest.mark.parametrize("draws", [0, 1, 100, 700])
def test_pythons_generator_as_it_describes_itself(draws: int) -> None:
    random.seed(5)
    for _ in range(draws):
        random.random()
    found, told = words(twisters.of_python()), list(random.getstate()[1])
    assert (found[1:], found[0]) == (told[:624], told[624])


def test_another_generator_of_numpy_is_not_read() -> None:
    usual = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(1))
        assert twisters.of_numpy() is None
    finally:
        np.random.set_bit_generator(usual)


def test_another_generator_behind_random_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "getstate", random.SystemRandom().getstate)
    assert twisters.of_python() is None


def test_a_python_that_keeps_its_generator_elsewhere_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = random.Random(1)
    monkeypatch.setattr(random, "getstate", generator.getstate)
    monkeypatch.setattr(twisters, "_bytes_at", lambda address: lambda: bytes(twisters.BYTES))
    assert twisters.of_python() is None

"""Generator objects without a seed come back as they were when they were made."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ipymlops.capture import generators

MADE: dict[str, Callable[[], Any]] = {
    "default_rng": np.random.default_rng,
    "RandomState": np.random.RandomState,
    "another bit generator": lambda: np.random.Generator(np.random.Philox()),
    "spawned": lambda: np.random.default_rng().spawn(2)[1],
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_numpys_come_back_whatever_was_drawn(make: Callable[[], Any]) -> None:
    rng = make()
    drawn = rng.normal(size=700).tolist()
    stored = json.loads(json.dumps(generators.origins({"rng": rng}, ["rng"])))
    again = generators.remade(make(), stored["rng"])
    assert type(again) is type(rng)
    assert again.normal(size=700).tolist() == drawn


def test_what_is_spawned_afterwards_comes_back_too() -> None:
    rng = np.random.default_rng()
    drawn = rng.spawn(1)[0].random()
    again = generators.remade(np.random.default_rng(), generators.origins({"r": rng}, ["r"])["r"])
    assert again.spawn(1)[0].random() == drawn


def test_pythons_comes_back_only_if_nothing_was_drawn() -> None:
    rng = random.Random()
    stored = json.loads(json.dumps(generators.origins({"rng": rng}, ["rng"])))
    drawn = rng.random()
    assert generators.remade(random.Random(), stored["rng"]).random() == drawn
    assert generators.origins({"rng": rng}, ["rng"]) == {}


@pytest.mark.parametrize(
    "value", [None, 3, np.random, random, np.arange(3), random.SystemRandom()], ids=lambda value: type(value).__name__
)
def test_nothing_else_is_a_generator(value: Any) -> None:
    assert generators.origins({"x": value}, ["x", "gone"]) == {}


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, random.Random])
def test_a_number_gives_the_same_each_time(make: Callable[[], Any]) -> None:
    first, second, other = (generators.seeded(make(), n) for n in (7, 7, 8))
    a, b, c = (g.uniform(0, 1) for g in (first, second, other))
    assert a == b != c
    assert type(first) is make or isinstance(first, np.random.Generator)

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from ipymlops.capture import fingerprints as module
from ipymlops.capture.fingerprints import fingerprint, fingerprints, held, memory


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(50.0), "c": ["u", "v"] * 25})


CHANGES: list[tuple[str, Any, Any]] = [
    ("array refilled", lambda: np.zeros(1000), lambda v: v.fill(1)),
    ("first element", lambda: np.zeros(1000), lambda v: v.__setitem__(0, 5.0)),
    ("last element", lambda: np.zeros(1000), lambda v: v.__setitem__(-1, 5.0)),
    ("array of objects", lambda: np.array([None, "a"], dtype=object), lambda v: v.__setitem__(0, "z")),
    ("column added", frame, lambda v: v.__setitem__("n", 1)),
    ("column scaled", frame, lambda v: v.__setitem__("a", v["a"] * 2)),
    ("column removed", frame, lambda v: v.__delitem__("c")),
    ("columns renamed", frame, lambda v: setattr(v, "columns", ["z", "c"])),
    ("series scaled", lambda: pd.Series(np.arange(9.0)), lambda v: v.__imul__(2)),
    ("list grown", lambda: [1, 2], lambda v: v.append(3)),
    ("list element", lambda: [1, 2], lambda v: v.__setitem__(0, 9)),
    ("dictionary value", lambda: {"a": 1}, lambda v: v.update(a=2)),
    ("set grown", lambda: {1}, lambda v: v.add(2)),
    ("estimator fitted", LogisticRegression, lambda v: v.fit([[0.0], [1.0]], [0, 1])),
    ("estimator's parameter", LogisticRegression, lambda v: v.set_params(C=0.5)),
]


@pytest.mark.parametrize(("make", "change"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_change_shows(make: Any, change: Any) -> None:
    value = make()
    before = fingerprint(value)
    assert fingerprint(value) == before
    change(value)
    assert fingerprint(value) != before


class Hostile:
    """Everything that a fingerprint must not touch."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def _never(self, *_: Any) -> Any:
        raise RuntimeError("user code ran")

    __eq__ = __hash__ = __repr__ = __len__ = __iter__ = __bool__ = _never  # type: ignore[assignment]


STRANGE: dict[str, Any] = {
    "hostile": Hostile,
    "in a list": lambda: [Hostile()],
    "in a dictionary": lambda: {"a": Hostile()},
    "bare": object,
    "iterator": lambda: iter([1]),
    "nothing": lambda: None,
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE.keys())
def test_strange_objects_never_raise_and_run_no_code_of_theirs(make: Any) -> None:
    value = make()
    assert isinstance(fingerprint(value), tuple)
    assert isinstance(memory(value), int)
    assert all(isinstance(place, int) for place in held(value))


@given(st.recursive(st.none() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))
def test_a_fingerprint_is_stable_and_comparable(value: Any) -> None:
    assert fingerprint(value) == fingerprint(value)


def test_no_reference_to_the_object_is_kept() -> None:
    import gc
    import weakref

    class Big:
        pass

    namespace = {"big": Big(), "array": np.zeros(10)}
    watched = weakref.ref(namespace["big"])
    prints = fingerprints(namespace, list(namespace), perf_counter() + 60)
    assert set(prints) == {"big", "array"}
    del namespace["big"]
    gc.collect()
    assert watched() is None


def test_what_comes_first_is_looked_at_when_time_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = {f"v{i}": [i] for i in range(50)}
    ticks = iter(range(50))
    monkeypatch.setattr(module, "perf_counter", lambda: next(ticks))
    assert list(fingerprints(namespace, ["v40", *namespace], deadline=0)) == ["v40"]


def test_memory_and_what_is_held() -> None:
    array = np.zeros((4, 2))
    inner = [1]
    assert memory(array) == memory(array[:, 0]) != memory(array.copy())
    assert memory(3) == memory("text") == 0
    assert held([inner, 3, "text"]) == held({"a": inner}) == [id(inner)]
    assert held(np.zeros(3)) == held(frame()) == []


def test_a_huge_dictionary_is_looked_at_from_both_ends() -> None:
    values = {i: [i] for i in range(1_000_000)}
    before = fingerprint(values)
    values[999_999] = [0]
    assert fingerprint(values) != before

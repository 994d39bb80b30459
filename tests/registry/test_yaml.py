from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.registry.yaml import to_yaml

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


@given(st.dictionaries(st.text(max_size=6), VALUES, min_size=1, max_size=4))
def test_what_is_written_is_what_yaml_reads(value: dict[str, Any]) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


@pytest.mark.parametrize(
    "word", ["yes", "No", "null", "~", "1", "1e5", "2020-01-01", "a: b", "- a", "#", "", "é", "\x85"]
)
def test_a_text_stays_a_text(word: str) -> None:
    assert yaml.safe_load(to_yaml({"key": word, "list": [word], word: 1})) == {"key": word, "list": [word], word: 1}


def test_it_reads_well() -> None:
    assert to_yaml({"a": {"b": [1, {"c": "x y", "d": None}]}, "e": []}) == (
        'a:\n  b:\n    - 1\n    - c: "x y"\n      d: null\ne: []\n'
    )

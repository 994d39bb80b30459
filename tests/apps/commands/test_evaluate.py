"""Prices as they are typed."""

from __future__ import annotations

import pytest

from ipymlops.apps.commands.evaluate import prices
from ipymlops.errors import BadInput


def test_names_and_numbers() -> None:
    assert prices(["fp=1", "fn=2.5"]) == {"fp": 1.0, "fn": 2.5}


@pytest.mark.parametrize("word", ["fp", "fp=", "fp=cheap", "5"])
def test_what_is_no_price(word: str) -> None:
    with pytest.raises(BadInput, match="Expected: a name and a number, as in --cost fp=1 fn=5"):
        prices([word])

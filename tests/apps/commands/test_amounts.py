"""Names with numbers as they are typed."""

from __future__ import annotations

import pytest

from ipymlops.apps.commands.amounts import amounts
from ipymlops.errors import BadInput


def test_names_and_numbers() -> None:
    assert amounts(["fp=1", "fn=2.5"], "cost", "--cost fp=1 fn=5") == {"fp": 1.0, "fn": 2.5}


def test_a_name_twice() -> None:
    with pytest.raises(BadInput, match="Found the cost 'fp' twice"):
        amounts(["fp=1", "fp=2", "fn=5"], "cost", "--cost fp=1 fn=5")


@pytest.mark.parametrize("word", ["fp", "fp=", "fp=cheap", "5"])
def test_what_is_no_amount(word: str) -> None:
    with pytest.raises(BadInput, match="Expected: a name and a number, as in --cost fp=1 fn=5"):
        amounts([word], "cost", "--cost fp=1 fn=5")

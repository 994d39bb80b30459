"""How errors are worded: the names that were meant come first."""

from __future__ import annotations

from ipymlops.errors import UnknownName, near

COLUMNS = [f"column_{n:02}" for n in range(30)]


def test_the_closest_names_are_listed_before_all_others() -> None:
    error = UnknownName.of("column", "paid_bak", [*COLUMNS, "paid_back", "paid_in"], next_step="name it")
    assert error.found == "No column is called 'paid_bak'; did you mean 'paid_back'?"
    assert error.expected.startswith("one of paid_back, paid_in, column_00, column_01")
    assert error.expected.endswith("column_05, ...")
    assert error.next_step == "name it"


def test_without_a_close_name_they_are_in_order() -> None:
    error = UnknownName.of("column", "zzz", ["b", "a"])
    assert error.message == "No column is called 'zzz'. Expected: one of a, b."


def test_near_names() -> None:
    assert near("paid_bak", ["age", "paid_back"]) == ["paid_back"]
    assert near("zzz", COLUMNS) == []

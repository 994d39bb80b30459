"""Widths of the columns of a text table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.views.widths import GAP, Extent, figure, fitted, glued, kept_together, moment, state, unglued

LONG = "the champion is better by more than its margin on the same rows"


@pytest.mark.parametrize(
    ("heading", "cells", "name", "extent"),
    [
        ("used by model", ["34.0"], False, Extent(5, 4, 13)),
        ("model", ["credit-risk"], True, Extent(11, 11, 5)),
        ("why", ["first try"], False, Extent(5, 9, 3)),
        ("why", [LONG], False, Extent(20, len(LONG), 3)),
        ("path", ["a" * 90], False, Extent(24, 90, 4)),
        ("path", ["a" * 90], True, Extent(90, 90, 4)),
        ("", [], False, Extent(1, 0, 0)),
    ],
)
def test_extents(heading: str, cells: list[str], name: bool, extent: Extent) -> None:
    assert Extent.of(heading, cells, name=name) == extent


extents = st.builds(Extent, st.integers(1, 40), st.integers(0, 90), st.integers(0, 30))


@given(st.lists(extents, min_size=1, max_size=8), st.integers(1, 300))
def test_a_fit_gives_everybody_the_least_and_nobody_more_than_there_is(columns: list[Extent], room: int) -> None:
    found = fitted(columns, room)
    gaps = GAP * (len(columns) - 1)
    if found is None:
        assert sum(column.least for column in columns) + gaps > room
        return
    assert sum(found) + gaps <= room
    assert all(width >= column.least for width, column in zip(found, columns, strict=True))
    whole = [max(column.least, column.cells, column.heading) for column in columns]
    assert found == whole or sum(found) + gaps == room


@pytest.mark.parametrize(
    ("written", "breaks"),
    [
        (figure("0.815 (0.771 to 0.852)"), ["0.815", "(0.771 to 0.852)"]),
        (figure("1.0 % → 1.3 %"), ["1.0 %", "→ 1.3 %"]),
        (moment("23 Nov 2026, 23:20"), ["23 Nov 2026,", "23:20"]),
        (state("? drifted, hardly used"), ["? drifted,", "hardly", "used"]),
        (kept_together("worse by 0.09 (0.05 to 0.13)"), ["worse", "by", "0.09", "(0.05 to 0.13)"]),
        (glued("a b"), ["a b"]),
    ],
)
def test_where_lines_may_end(written: str, breaks: list[str]) -> None:
    assert [unglued(part) for part in written.split(" ")] == breaks

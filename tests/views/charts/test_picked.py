"""Pick a column in the list of a drift report, see both of its distributions (a click on it: tests/browser)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ipymlops.drift.results import ColumnDrift, Shape
from ipymlops.views.charts import picked

NUMBERS = Shape((0.2, 0.5, 0.3), (0.1, 0.1, 0.8), edges=(0.0, 10.0, 20.0, 30.0))
LEVELS = Shape((0.5, 0.3, 0.1, 0.05, 0.05), (0.1, 0.3, 0.1, 0.05, 0.45), labels=("a", "b", "c" * 30, "d", "e"))


def column(name: str, shape: Shape | None, kind: str = "number") -> ColumnDrift:
    return ColumnDrift(name, kind, "ks", 0.3, 0.3, 0.3, 0.1, 0.001, 0.001, True, 0.5, True, 0.0, 0.0, shape=shape)


def rows_of(view: dict[str, Any], datasets: dict[str, Any], name: str) -> list[dict[str, Any]]:
    given = view["data"]
    values = given.get("values") or datasets.get(given.get("name"), [])
    return [row for row in values if row.get("column") == name]


@pytest.mark.parametrize(
    ("shape", "kind", "texts"),
    [
        (NUMBERS, "number", ["0", "5", "10", "15", "20", "25", "30"]),
        (Shape((0.5, 0.5), (0.4, 0.6), edges=(0.0, 43200.0, 86400.0)), "datetime", ["1970-01-01"] * 5),
        (
            LEVELS,
            "category",
            ["a\n50.0 % → 10.0 %", "e\n5.0 % → 45.0 %", "b\n30.0 % → 30.0 %", "c" * 15 + "…\n10.0 % → 10.0 %",
             "the rest\n5.0 % → 5.0 %"],
        ),
        (
            Shape((0.2, 0.3, 0.5), (0.2, 0.4, 0.4), labels=("a", "b", "(other)")),
            "category",
            ["b\n30.0 % → 40.0 %", "a\n20.0 % → 20.0 %", "the rest\n50.0 % → 40.0 %"],
        ),
    ],
    ids=["numbers", "times", "categories", "levels without a name"],
)  # fmt: skip
def test_the_values_below(shape: Shape, kind: str, texts: list[str]) -> None:
    panel = picked.picked_panel(picked.selection([column("x", shape)]), [column("x", shape, kind)], "training", 500)
    drawn = panel.to_dict()
    [values] = [v for v in drawn["layer"] if v["mark"].get("lineBreak")]
    rows = rows_of(values, drawn.get("datasets", {}), "x")
    assert [row["text"] for row in rows] == texts
    assert all(0 <= row["x"] <= 1 for row in rows)
    assert all(a["x"] < b["x"] for a, b in pairwise(rows))


def test_only_columns_with_a_picture_can_be_picked() -> None:
    columns = [column("none", None), column("x", NUMBERS), column("empty", Shape((), ())), column("y", LEVELS)]
    assert [c.column for c in picked.can_be_picked(columns)] == ["x", "y"]

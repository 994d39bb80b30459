"""Times that are text: what is read, and what is refused rather than guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames import as_table
from ipymlops.frames.times import with_times
from ipymlops.frames.windows import zone_of

DAY = 86400.0
JAN_31, MARCH_3 = 1769817600.0, 1772496000.0  # of 2026, midnight UTC


def _seconds(values: list[Any]) -> list[float | None]:
    table = with_times(as_table(pd.DataFrame({"id": range(len(values)), "when": values})), "when")
    assert table.kinds["when"] == "datetime"
    return [None if np.isnan(v) else v for v in table.numbers("when")]


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        (["2026-01-31", "2026-03-03"], [JAN_31, MARCH_3]),
        (["2026-01-31", None, "2026-01-31"], [JAN_31, None, JAN_31]),
        (["2026-01-31 00:01", "2026-03-03T00:00:01.5"], [JAN_31 + 60, MARCH_3 + 1.5]),
        (["2026-01-31T01:00+01:00", "2026-03-03T02:00+02:00"], [JAN_31, MARCH_3]),
        (["2026-01-31T00:00Z", "2026-03-03"], [JAN_31, MARCH_3]),
        ([" 2026-01-31", "2026-03-03 "], [JAN_31, MARCH_3]),
        (["2026/01/31", "2026/03/03"], [JAN_31, MARCH_3]),
        ([20260131, 20260303], [JAN_31, MARCH_3]),
        ([20260131.0, np.nan], [JAN_31, None]),
        (["20260131", "20260303"], [JAN_31, MARCH_3]),
        (["31/01/2026", "03/03/2026"], [JAN_31, MARCH_3]),
        (["03/03/2026", "31/01/2026"], [MARCH_3, JAN_31]),
        (["03/03/2026", "01/31/2026"], [MARCH_3, JAN_31]),
        (["04/03/2026", "31/01/2026"], [MARCH_3 + DAY, JAN_31]),
        (["03.03.2026 00:01", "31.01.2026 00:00"], [MARCH_3 + 60, JAN_31]),
        (["03/03/2026"], [MARCH_3]),  # the third of the third, either way
        (["31 Jan 2026", "03 Mar 2026"], [JAN_31, MARCH_3]),
        (["Jan 31, 2026", "Mar 03, 2026"], [JAN_31, MARCH_3]),
        (["9999-12-31", "2026-01-31"], [253402214400.0, JAN_31]),
    ],
)
def test_text_that_can_mean_one_time_only_is_read(values: list[Any], seconds: list[float | None]) -> None:
    assert _seconds(values) == seconds


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["03/04/2026", "05/06/2026"], r"day and the month of '03/04/2026' .* cannot be told apart.*2026-12-31"),
        (["03/03/2026", "05.06.2026"], "1 of 2 values"),
        (["3.4.2026 10:00", "5.6.2026 11:00"], r"'3.4.2026 10:00' .* cannot be told apart"),
        (["31/01/2026", "01/31/2026"], "1 of 2 values"),
        (["2026-01-31", "soon", "soon", None], r"2 of 3 values of column 'when' .* such as 'soon'.*leave them empty"),
        (["2026-01-31", "31/01/2026"], "1 of 2 values"),
        (["31/01/2026", "13/13/2026"], "1 of 2 values .* such as '13/13/2026'"),
        (["2026-01-31", "today"], "1 of 2 values .* such as 'today'"),
        (["2026-02-30", "2026-01-31"], "1 of 2 values .* such as '2026-02-30'"),
        (["03/04/26", "31/12/26"], "Every value"),  # 2031 may be meant
        (["north", "south"], r"Every value of column 'when' cannot be read .* such as 'north'.*another column"),
    ],
)
def test_the_rest_is_refused_in_one_line(values: list[Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        _seconds(values)
    assert "\n" not in str(caught.value)
    assert "df" not in str(caught.value)


@pytest.mark.parametrize("values", [[1.5, 2.0], [2026, 2027], [1769817600, 1772496000], [True, False], [None, None]])
def test_a_column_that_is_no_text_of_times_stays(values: list[Any]) -> None:
    table = as_table(pd.DataFrame({"when": values}))
    assert with_times(table, "when") is table
    assert with_times(table, "absent") is table


def test_a_zone_that_all_values_name_is_kept() -> None:
    table = as_table(pd.DataFrame({"when": ["2026-01-31T01:00+02:00", "2026-02-28T01:00+02:00"]}))
    assert zone_of(with_times(table, "when"), "when") == "UTC+02:00"


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [1, 2], "when": ["2026-01-31", None]}, index=[7, 7]),
        pd.DataFrame({"a": [1, 2], "when": pd.Categorical(["2026-01-31", None])}),
        pl.DataFrame({"a": [1, 2], "when": ["2026-01-31", None]}),
        pl.DataFrame({"a": [1, 2], "when": ["2026-01-31", None]}).to_arrow(),
        pd.Series(["2026-01-31", None], name="when"),
    ],
    ids=["pandas", "categories", "polars", "arrow", "series"],
)
def test_any_table_keeps_its_library_and_its_rows(data: Any) -> None:
    before = as_table(data)
    table = with_times(before, "when")
    assert (table.container, table.names, table.rows) == (before.container, before.names, before.rows)
    assert table.numbers("when")[0] == JAN_31
    assert table.missing("when").tolist() == [False, True]
    assert before.kinds["when"] == "category"
    if isinstance(data, pd.DataFrame):
        assert list(table.native.index) == list(data.index)

"""When columns drifted, in one sentence: a table of cases."""

from __future__ import annotations

import pytest

from ipymlops.drift.over_time_results import DriftOverTime, WindowDrift
from ipymlops.drift.results import ColumnDrift
from ipymlops.views.cards.drift_over_time import over_time_verdict


def column(name: str, mark: str) -> ColumnDrift:
    drifted, empties = mark == "x", mark == "m"
    effect, missing = 0.3 if drifted else 0.01, 0.2 if empties else 0.0
    return ColumnDrift(
        name, "number", "ks", effect, effect, effect, 0.1, 0.0, 0.0, drifted, 0.0, missing, missing_changed=empties
    )


def report(**marks: str) -> DriftOverTime:
    """``income="m.xx"``: more missing in the first of four months, drifted in the last two."""
    count = len(next(iter(marks.values())))
    windows = tuple(
        WindowDrift(f"m{i + 1}", 1000, tuple(column(name, said[i]) for name, said in marks.items()))
        for i in range(count)
    )
    return DriftOverTime("credit", 1, "new", "month", 1000, 1000 * count, 0.05, windows)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"a": "xxxx"}, "a drifted in every month."),
        ({"a": "..xx"}, "a drifted from m3 on."),
        ({"a": "...x"}, "a drifted in m4."),
        ({"a": ".xx..."}, "a drifted in m2 and m3."),
        ({"a": ".xxx...."}, "a drifted from m2 to m4."),
        ({"a": "x.x.xx"}, "a drifted in 4 of 6 months."),
        ({"a": "x.x..."}, "a drifted in m1 and m3."),
        ({"a": ".x..", "b": ".x.."}, "a and b drifted in m2."),
        ({"a": "x...", "b": "..x."}, "a and b drifted in m1 and m3."),
        ({"a": "x.....", "b": "..x...", "c": "....x."}, "a, b and c drifted in single months."),
        ({"a": "xxxxxx", "b": "...xxx", "c": ".xxx..", "d": "x....."},
         "a drifted in every month; b from m4 on; 1 more at other times; 1 more column in single months."),
        ({"a": "mm..", "b": "..xx"}, "b drifted from m3 on. a has another share of missing values in m1 and m2."),
        ({"a": "....", "b": "...."}, "None of 2 columns drifted in 4 months."),
    ],
)  # fmt: skip
def test_sentences(marks: dict[str, str], said: str) -> None:
    assert over_time_verdict(report(**marks)).removesuffix(" How much the model uses them is not known.") == said

"""A table cut into stretches of time, or into runs of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames.kinds import Kind
from ipymlops.frames.table import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# NumPy's unit of each stretch, and how many characters of an ISO time name it.
_UNITS = {
    "hour": ("h", 13),
    "day": ("D", 10),
    "week": ("W", 10),
    "month": ("M", 7),
    "quarter": ("M", 7),
    "year": ("Y", 4),
}
UTC = "UTC"
STRETCHES = tuple(_UNITS)
_MONDAY = 4  # NumPy's weeks begin on Thursday, as 1970 did


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Some rows of a table: ``label`` names them, ``rows`` are their positions, (n,)."""

    label: str
    rows: npt.NDArray[np.intp]


def windows(table: Table, by: str | int, time: str | None = None) -> tuple[tuple[Window, ...], int]:
    """The windows in order, and how many rows are in none because they have no time.

    ``by`` is one of ``STRETCHES``, in UTC (a naive time is read as UTC), or a number of rows, taken in the order of
    ``time`` if that is named. Stretches without rows are left out. ``time`` may stay out where the table has one column
    of times. Raises BadInput or UnknownName for what cannot be done.

    >>> from ipymlops.frames import as_table
    >>> import pandas as pd
    >>> table = as_table(pd.DataFrame({"day": pd.to_datetime(["2026-01-30", "2026-02-01", "2026-02-02"])}))
    >>> [(w.label, w.rows.tolist()) for w in windows(table, "month", "day")[0]]
    [('2026-01', [0]), ('2026-02', [1, 2])]
    """
    import numpy as np

    if isinstance(by, int) or str(by).isdigit():
        return _runs(table, int(by), time)
    if by not in _UNITS:
        raise UnknownName.of("window", str(by), STRETCHES)
    seconds = _seconds(table, time)
    dated = np.flatnonzero(np.isfinite(seconds))
    if not len(dated):
        raise BadInput("Found no row with a time", expected="at least one")
    starts = _starts(seconds[dated], by)
    order = np.argsort(starts, kind="stable")
    unique, first = np.unique(starts[order], return_index=True)
    parts = np.split(dated[order], first[1:])
    return tuple(Window(_label(u, by), rows) for u, rows in zip(unique, parts, strict=True)), table.rows - len(dated)


def zone_of(table: Table, time: str) -> str:
    """The time zone that a column of times is kept in where it is another than that of the windows; else empty."""
    zone = str(getattr(table._frame[time].dtype, "time_zone", None) or UTC)
    return "" if zone in (UTC, "Etc/UTC", "+00:00") else zone


def zone_told(time: str, zone: str) -> str:
    """That windows begin at other moments than its zone says; empty where there is no such zone."""
    return f"The times of {time!r} are in {zone}; windows are cut in UTC." if zone else ""


def time_column(table: Table, time: str | None = None) -> str:
    """The column to cut by: ``time``, or the table's only column of times. Raises BadInput or UnknownName."""
    return named_time(table.kinds, time)


def named_time(kinds: Mapping[str, Kind], time: str | None = None) -> str:
    """``time_column`` of a table of which only the kinds of its columns are known."""
    dated = [name for name in kinds if kinds[name] == "datetime"]
    if time is None and len(dated) != 1:
        found = f"Found {len(dated)} columns of times" + (f": {', '.join(dated)}" if dated else "")
        raise BadInput(found, expected="the one to cut by", next_step="name it: --time COLUMN")
    name = time if time is not None else dated[0]
    if name not in kinds:
        raise UnknownName.of("column", name, tuple(kinds))
    if kinds[name] != "datetime":
        raise BadInput(
            f"Column {name!r} holds no times (it is of kind {kinds[name]})",
            expected="dates or times",
            next_step="name another column, or store it as dates, which pd.to_datetime(...) makes",
        )
    return name


def _runs(table: Table, size: int, time: str | None) -> tuple[tuple[Window, ...], int]:
    import numpy as np

    if size < 1:
        raise BadInput(f"Found windows of {size} rows", expected="at least one row in each")
    order, undated = np.arange(table.rows), 0
    if time is not None:
        seconds = _seconds(table, time)
        undated = int((~np.isfinite(seconds)).sum())
        order = np.argsort(seconds, kind="stable")[: table.rows - undated]
    cuts = range(0, len(order), size)
    return tuple(Window(f"{c + 1:,}-{min(c + size, len(order)):,}", order[c : c + size]) for c in cuts), undated


def _seconds(table: Table, time: str | None) -> npt.NDArray[np.float64]:
    return table.numbers(time_column(table, time))


def _starts(seconds: npt.NDArray[np.float64], by: str) -> Any:
    import numpy as np

    times = np.floor(seconds).astype("int64").astype("datetime64[s]")
    if by == "week":
        days = times.astype("datetime64[D]").astype("int64")
        return (days - (days - _MONDAY) % 7).astype("datetime64[D]")
    found = times.astype(f"datetime64[{_UNITS[by][0]}]")
    if by == "quarter":
        months = found.astype("int64")
        return (months - months % 3).astype("datetime64[M]")
    return found


def _label(start: Any, by: str) -> str:
    if by == "quarter":
        return f"{str(start)[:4]}-Q{int(str(start)[5:7]) // 3 + 1}"
    return str(start)[: _UNITS[by][1]].replace("T", " ")

"""When each training row was made: a column of the training table, or one beside it that the model does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, UnknownName
from ipymlops.phrases import count

if TYPE_CHECKING:
    from ipymlops.frames import Table


def times_of(X: Any, time: Any, value: Callable[[str], Any] | None) -> Table:
    """A table of one column, a time for each row of ``X``.

    ``time`` is the name of a column of ``X``, an expression that ``value`` evaluates, or the times themselves. A longer
    pandas column that ``X`` was taken from gives the times of its rows, by the index. Times may be text, as
    ``frames.times`` reads it. Raises BadInput or UnknownName.
    """
    from ipymlops.frames import as_table, from_columns, vector
    from ipymlops.frames.times import with_times
    from ipymlops.frames.windows import time_column

    table = as_table(X)
    if isinstance(time, str) and time in table.names:
        times = from_columns({time: _moments(with_times(table, time), time)})
    else:
        given = _evaluated(table, time, value)
        name = getattr(given, "name", None)
        name = name if isinstance(name, str) and name else time if isinstance(time, str) else "time"
        times = from_columns({name: vector(_rows_of(X, given, table.rows))})
    if len(times) != table.rows:
        raise BadInput(
            f"Found {count(table.rows, 'training row')} and {count(len(times), 'time')}",
            expected="one time for each row",
            next_step="take the rows of X: times.loc[X_train.index]",
        )
    found = with_times(as_table(times), str(times.columns[0]))
    time_column(found, found.names[0])
    return found


def _evaluated(table: Table, time: Any, value: Callable[[str], Any] | None) -> Any:
    if not isinstance(time, str):
        return time
    if value is None:
        raise UnknownName.of("column", time, table.names)
    try:
        return value(time)
    except UnknownName as error:
        raise UnknownName.of(
            "column of the training table or name in this notebook",
            time,
            table.names,
            next_step="name a column beside it as in --time applications.applied_on",
        ) from error


def _rows_of(X: Any, times: Any, rows: int) -> Any:
    """The times of the rows of ``X``, where both are pandas and the index of ``X`` is more than a count of its rows."""
    index, all_of = getattr(X, "index", None), getattr(times, "index", None)
    if index is None or all_of is None or not hasattr(times, "loc") or len(times) <= rows:
        return times
    if list(index) == list(range(rows)) or not all_of.is_unique or not index.isin(all_of).all():
        return times
    return times.loc[index]


def _moments(table: Table, name: str) -> Any:
    import numpy as np

    from ipymlops.frames.windows import time_column

    seconds = table.numbers(time_column(table, name))
    known = np.isfinite(seconds)
    moments = np.full(len(seconds), np.datetime64("NaT"), dtype="datetime64[us]")
    moments[known] = (seconds[known] * 1e6).astype("int64").astype("datetime64[us]")
    return moments

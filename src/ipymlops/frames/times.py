"""Times that a table holds as text, as CSV files do: read where they can mean one thing only, and refused elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ipymlops.errors import BadInput
from ipymlops.frames.table import Table, as_table
from ipymlops.phrases import count

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_YEAR_FIRST = r"^\d{4}\D?\d"  # pandas takes "today" and a number of one digit for times, too
_DAYS = r"^\d{8}$"  # whole numbers that are days: 20261231
_TRIED = 100  # texts from which the way they are written is learned
_ISO = "2026-12-31 or 2026-12-31T14:30+01:00 (ISO 8601)"


def with_times(table: Table, name: str) -> Table:
    """``table`` with the column ``name`` as times where it holds them as text, or as whole numbers such as 20261231;
    itself where the column is of times already, is none of the table, or cannot be times.

    ISO 8601, with zones or without, and other ways to write a time if all rows keep to one. Whether a day or a month
    comes first is never guessed: one value that can only be read one way tells it for the column, and where none does
    the column is refused. Raises BadInput for that, and for a column of which some values are no times.

    >>> import pandas as pd
    >>> table = with_times(as_table(pd.DataFrame({"day": ["03/04/2026", "31/03/2026"]})), "day")
    >>> table.kinds["day"], str(table.native["day"].iloc[0])
    ('datetime', '2026-04-03 00:00:00')
    """
    kind = table.kinds.get(name)
    if kind not in ("category", "integer", "number"):
        return table
    texts, codes = table.levels(name) if kind == "category" else _days(table, name)
    if not len(texts):
        return table
    return _replaced(table, name, _taken(_read(texts, codes, name), codes))


def _days(table: Table, name: str) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """As ``Table.levels``, of whole numbers that are all days; nothing of other numbers, whose unit nobody told."""
    import numpy as np
    import pandas as pd

    numbers, codes = np.unique(table.numbers(name), return_inverse=True)
    known = numbers[np.isfinite(numbers)]
    texts = pd.Series([f"{number:.0f}" for number in known], dtype=object)
    if len(known) < len(numbers) - 1 or (known % 1).any() or not texts.str.match(_DAYS).all():
        return np.array([], dtype=object), codes
    return texts.to_numpy(), np.where(codes < len(known), codes, -1)


def _read(texts: npt.NDArray[np.object_], codes: npt.NDArray[np.intp], name: str) -> pd.Series:
    """The times of distinct texts, which stand in the rows that ``codes`` tell."""
    import pandas as pd

    written = pd.Series(texts, dtype=object).str.strip()
    readings = [_iso(written), *(_in_format(written, form) for form in _formats(written))]
    whole = [reading for reading in readings if not reading.isna().any()]
    if not whole:
        raise _unread(texts, codes, min(readings, key=lambda reading: int(reading.isna().sum())), name)
    if any(not _same(whole[0], other) for other in whole[1:]):
        raise _ambiguous(written, whole, name)
    return whole[0]


def _iso(written: pd.Series) -> pd.Series:
    """In the zone they name, if all name one; in UTC where the zones differ, as they do over a summer."""
    import pandas as pd

    listed = written.where(written.str.match(_YEAR_FIRST))
    found = pd.to_datetime(listed, format="ISO8601", utc=True, errors="coerce")
    if found.isna().any():
        return found
    try:
        return pd.to_datetime(listed, format="ISO8601")
    except ValueError:
        return found


def _in_format(written: pd.Series, form: str) -> pd.Series:
    import pandas as pd

    return pd.to_datetime(written, format=form, utc="%z" in form or "%Z" in form, errors="coerce")


def _formats(written: pd.Series) -> list[str]:
    """The ways in which the texts may be written, other than ISO 8601: as many as a first text leaves open."""
    return list(dict.fromkeys(islice(_guessed(written), _TRIED)))


def _guessed(written: pd.Series) -> Iterator[str]:
    from pandas.tseries.api import guess_datetime_format

    others = written[~written.str.match(_YEAR_FIRST)]
    for text in others.iloc[:_TRIED]:
        for day_first in (False, True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it found a day where a month was asked for
                form = guess_datetime_format(text, dayfirst=day_first)
            if form:
                yield form


def _same(one: pd.Series, other: pd.Series) -> bool:
    import pandas as pd

    moments = [pd.to_datetime(reading, utc=True) for reading in (one, other)]
    return bool((moments[0] == moments[1]).all())


def _taken(times: pd.Series, codes: npt.NDArray[np.intp]) -> pd.Series:
    import pandas as pd

    return pd.Series(pd.api.extensions.take(times.array, codes, allow_fill=True))


def _replaced(table: Table, name: str, times: pd.Series) -> Table:
    """The table with another column; pandas' keeps its index, and where Arrow or Polars hold it, times are in UTC."""
    import narwhals.stable.v2 as nw
    import pandas as pd

    if table.container == "pandas":
        place = table.names.index(name)
        native = table.native.copy(deep=False)
        native.isetitem(place, times.array)
        return as_table(native)
    if table.container in ("numpy", "series"):  # which hold one type: the column changes beside what was given
        frame = table._frame.to_native().assign(**{name: times.array})
        changed = nw.from_native(frame, eager_only=True)
        return replace(table, kinds={**table.kinds, name: "datetime"}, _frame=changed)
    moments = pd.to_datetime(times, utc=True).to_numpy(dtype="datetime64[us]")
    column = nw.Series.from_numpy(name, moments, backend=table._frame.implementation)
    return as_table(table._frame.with_columns(column).to_native())


def _unread(texts: npt.NDArray[np.object_], codes: npt.NDArray[np.intp], reading: pd.Series, name: str) -> BadInput:
    import numpy as np

    bad = np.flatnonzero(reading.isna().to_numpy())
    rows, of = int(np.isin(codes, bad).sum()), int((codes >= 0).sum())
    example = repr(texts[bad[0]][:40])
    held = "Every value" if rows == of else f"{rows:,} of {count(of, 'value')}"
    return BadInput(
        f"{held} of column {name!r} cannot be read as a date or time, such as {example}",
        expected=f"dates or times, all written one way: {_ISO}",
        next_step="name another column, or write them so" if rows == of else "correct them, or leave them empty",
    )


def _ambiguous(written: pd.Series, readings: list[pd.Series], name: str) -> BadInput:
    open_to = next(i for i in range(len(written)) if not _same(readings[0].iloc[[i]], readings[1].iloc[[i]]))
    return BadInput(
        f"The day and the month of {str(written.iloc[open_to])[:40]!r} in column {name!r} cannot be told apart, "
        "nor by any other row",
        expected=f"dates that can be read one way: {_ISO}",
        next_step="write the column so; pd.to_datetime(column, dayfirst=True) reads days that come first",
    )

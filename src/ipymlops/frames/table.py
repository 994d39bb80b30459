"""Any table in, columns of NumPy arrays out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ipymlops.errors import BadInput
from ipymlops.frames.kinds import Kind, kind_of
from ipymlops.frames.values import arrow_codes, distinct, epoch_seconds
from ipymlops.phrases import a, count

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

BY_PANDAS = ("pandas", "numpy", "series")  # whose columns pandas holds


@dataclass(frozen=True, slots=True)
class Table:
    """A dataframe of any library, read column by column.

    ``native`` is the object as the user gave it (pandas, Polars, Arrow or a 2-D NumPy array), or a pandas Series where
    it was one column of texts or the like; ``container`` names what it was, so that a stored table can be given back
    in kind.
    """

    native: Any
    names: tuple[str, ...]
    kinds: dict[str, Kind]
    rows: int
    container: Literal["pandas", "polars", "pyarrow", "numpy", "series"]
    _frame: Any  # a narwhals DataFrame

    def missing(self, name: str) -> npt.NDArray[np.bool_]:
        """Whether each row is missing (null or NaN); shape (rows,)."""
        import numpy as np

        if self.kinds[name] == "number":
            return np.isnan(self.numbers(name))
        return np.asarray(self._frame[name].is_null().to_numpy(), dtype=bool)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """A number, integer or boolean column as float64, missing as NaN; shape (rows,).
        Times are seconds since 1970 in UTC (a naive time is read as UTC)."""
        import narwhals.stable.v2 as nw
        import numpy as np

        if self.kinds[name] == "datetime":
            return epoch_seconds(self._pandas(name))
        if self.container in BY_PANDAS:
            return np.asarray(self._pandas(name).to_numpy(dtype="float64", na_value=np.nan))
        if self.container == "pyarrow" and self.kinds[name] != "boolean":
            column = self.native.column(name)
            if not column.null_count:
                return np.asarray(column.to_numpy(), dtype=np.float64)  # floats in one piece: no copy
        return np.asarray(self._frame[name].cast(nw.Float64()).to_numpy(), dtype=np.float64)

    def levels(self, name: str) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
        """A column's distinct values as ``str`` (in order of appearance) and, for each row, the position of
        its value among them, -1 where missing. Far cheaper than ``strings`` where values repeat."""
        import numpy as np
        import pandas as pd

        if self.container == "pyarrow" and (coded := arrow_codes(self._frame[name].to_native())):
            return coded
        series = self._pandas(name)
        if self.kinds[name] == "integer" and series.dtype.kind == "f":  # how Arrow hands over integers with nulls
            series = series.astype("Int64")
        values, codes = distinct(series)
        if isinstance(getattr(values, "dtype", None), pd.StringDtype):  # texts that differ
            return np.asarray(values, dtype=object), codes.astype(np.intp, copy=False)
        unique, first = pd.factorize(np.array([str(v) for v in values], dtype=object))[::-1]
        codes = np.append(first, -1)[codes]  # -1 picks the last, which is -1: missing stays missing
        return np.asarray(unique, dtype=object), codes.astype(np.intp, copy=False)

    def strings(self, name: str) -> npt.NDArray[np.object_]:
        """Any column as ``str`` objects, missing as None; shape (rows,)."""
        import numpy as np

        values, codes = self.levels(name)
        text: npt.NDArray[np.object_] = np.append(values, np.array([None], dtype=object))[codes]
        return text

    def _pandas(self, name: str) -> Any:
        column = self._frame[name]
        if self.container in BY_PANDAS:
            return column.to_native()
        return column.to_arrow().to_pandas(date_as_object=False)

    def head(self, rows: int) -> Any:
        """The first rows, as the same kind of object as ``native``."""
        if self.container == "numpy":
            return self.native[:rows]
        return self.native.iloc[:rows] if self.container in ("pandas", "series") else self._frame.head(rows).to_native()

    def take(self, index: npt.NDArray[np.intp]) -> Any:
        """The rows at these positions, as the same kind of object as ``native``."""
        if self.container == "numpy":
            return self.native[index]
        return self.native.iloc[index] if self.container in ("pandas", "series") else self._frame[index].to_native()

    def gather(self, index: npt.NDArray[np.intp], moved: Mapping[int, npt.NDArray[np.intp]]) -> Any:
        """The rows at ``index``, the columns numbered in ``moved`` at positions of their own (as many), as the same
        kind of object."""
        if self.container == "numpy":
            rows = self.native[index]
            for number, own in moved.items():
                rows[:, number] = self.native[own, number]
            return rows
        if self.container == "series":
            return self.native.iloc[moved.get(0, index)].reset_index(drop=True)
        if self.container == "pandas":
            rows = self.native.iloc[index].reset_index(drop=True)
            for number, own in moved.items():
                rows.isetitem(number, self.native.iloc[own, number].array)
            return rows
        columns = [self._frame[self.names[number]][own] for number, own in moved.items()]
        return self._frame[index].with_columns(*columns).to_native()


def as_table(data: Any, names: Sequence[str] | None = None) -> Table:
    """Read ``data`` (pandas, Polars, Arrow, or a 2-D array or tensor with optional column names) as a Table.

    A Series is a table of one column, and so are texts in a list or array; names that are no strings are read as
    strings (``native`` keeps them).
    Raises BadInput for anything else, for duplicated column names, and for a table without columns.
    """
    import numpy as np

    if isinstance(data, Table):
        return data
    data = without_torch(data)
    if _are_texts(data):
        return _table_of_column(data)
    if isinstance(data, np.ndarray) or (isinstance(data, list) and data and isinstance(data[0], list | tuple)):
        return _table_of_array(_two_dimensional(data), names)
    if hasattr(data, "tocsr"):
        raise _sparse(data)
    if _is_column(data):
        return _table_of_column(data)
    native = data
    frame = _narwhals(native, _plain_names(native))
    container = frame.implementation.value
    if container not in ("pandas", "polars", "pyarrow"):
        raise BadInput(f"Found a dataframe of {container}", expected="pandas, Polars or Arrow")
    if not frame.columns:
        raise BadInput("Found a table without columns", expected="at least one column")
    kinds = {name: kind_of(frame[name]) for name in frame.columns}
    return Table(native, tuple(frame.columns), kinds, len(frame), container, frame)


def _is_column(data: Any) -> bool:
    return hasattr(data, "to_frame") and not hasattr(data, "columns")


def _are_texts(data: Any) -> bool:
    """Texts without a name, as text models are given them."""
    if getattr(data, "ndim", 1) != 1 or type(data).__name__ not in ("list", "tuple", "ndarray") or not len(data):
        return False
    return all(isinstance(value, str) for value in data)


def _table_of_column(data: Any) -> Table:
    """One column, which stays one: a model of texts takes no table."""
    import narwhals.stable.v2 as nw
    import pandas as pd

    column = data.to_pandas() if hasattr(data, "to_pandas") else pd.Series(data) if _are_texts(data) else data
    if not isinstance(column, pd.Series):
        column = column.to_series()
    name = str(column.name) if column.name not in (None, "") else "text" if _are_texts(list(column)) else "0"
    frame = nw.from_native(column.to_frame(name), eager_only=True)
    return Table(column, (name,), {name: kind_of(frame[name])}, len(column), "series", frame)


def _sparse(data: Any) -> BadInput:
    rows, columns = data.shape
    return BadInput(
        f"Found a sparse matrix of {count(rows, 'row')} and {count(columns, 'column')}, which have no names",
        expected="the table or the texts that it was made of",
        next_step="put the vectorizer or encoder and the model into one Pipeline, fit that, and register it",
    )


def without_torch(data: Any) -> Any:
    """A tensor of torch as a NumPy array; anything else as it is."""
    if type(data).__module__ == "torch" and hasattr(data, "detach"):
        return data.detach().cpu().numpy()
    return data


def from_columns(columns: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """Named arrays of one length as a pandas DataFrame, in the order given."""
    import pandas as pd

    return pd.DataFrame(dict(columns))


def vector(values: Any) -> npt.NDArray[Any]:
    """A column of targets or scores as a one-dimensional array; a one-column table is unwrapped."""
    import numpy as np

    values = _without_codes(without_torch(values))
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        several = array.ndim == 2 and array.shape[1] > 1
        raise BadInput(
            f"Found targets of shape {array.shape}",
            expected="one value per row",
            next_step="train and register one model for each column of y" if several else "",
        )
    return array


def _without_codes(values: Any) -> Any:
    """A column of Arrow that is stored as codes, as its values; anything else as it is. NumPy would be given the last
    value for one that is missing: its code is -1."""
    kind: Any = getattr(values, "type", None)
    return values.cast(kind.value_type) if hasattr(kind, "index_type") else values


def _two_dimensional(data: Any) -> npt.NDArray[Any]:
    import numpy as np

    try:
        array = np.asarray(data)
    except ValueError as error:
        raise BadInput("Found rows of different length", expected="a table: rows x columns") from error
    if array.ndim != 2 or not array.shape[1]:
        raise BadInput(f"Found an array of shape {array.shape}", expected="a table: rows x columns")
    return array


def _plain_names(native: Any) -> Any:
    """A pandas frame with its column names as strings; any other object as it is."""
    if not hasattr(native, "iloc") or not hasattr(native, "columns"):
        return native
    if getattr(native.columns, "nlevels", 1) > 1:
        raise BadInput(
            f"Found column names of {native.columns.nlevels} levels",
            expected="one name a column",
            next_step='join them, as in df.columns = ["_".join(names) for names in df.columns]',
        )
    names = [str(c) for c in native.columns]
    _refuse_duplicates(names)
    return native if list(native.columns) == names else native.set_axis(names, axis=1)


def _refuse_duplicates(names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(
            f"Found column name {twice[0]!r} more than once",
            expected="every column to have its own name",
            next_step="rename or drop one of them",
        )


def _narwhals(native: Any, plain: Any) -> Any:
    import narwhals.stable.v2 as nw

    try:
        return nw.from_native(plain, eager_only=True)
    except (TypeError, ValueError) as error:
        _refuse_duplicates([str(n) for n in getattr(native, "column_names", ())])
        lazy = next((name for name in ("collect", "compute") if hasattr(native, name)), None)
        raise BadInput(
            f"Found {a(type(native).__name__)}",
            expected="a table: a pandas, Polars or Arrow dataframe, or a two-dimensional array",
            next_step=f"call .{lazy}() on it" if lazy else "",
        ) from error


def _table_of_array(array: npt.NDArray[Any], names: Sequence[str] | None) -> Table:
    import narwhals.stable.v2 as nw
    import pandas as pd

    columns = [str(n) for n in names] if names is not None else [f"x{i}" for i in range(array.shape[1])]
    _refuse_duplicates(columns)
    if len(columns) != array.shape[1]:
        raise BadInput(f"Found {count(array.shape[1], 'column')}", expected=f"{len(columns)}: {', '.join(columns[:5])}")
    frame = nw.from_native(pd.DataFrame(array, columns=columns).infer_objects(), eager_only=True)
    kinds = {name: kind_of(frame[name]) for name in columns}
    return Table(array, tuple(columns), kinds, len(array), "numpy", frame)

"""The only file that touches dataframe libraries: any table in, columns of NumPy arrays out.

Importing this module imports none of them; each function does, when called.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ipymlops.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

# number: floats and decimals · integer: whole numbers · boolean · category: strings, categoricals, mixed objects
# datetime: dates and times, naive or aware · unsupported: nested values, which are reported and never guessed at
Kind = Literal["number", "integer", "boolean", "category", "datetime", "unsupported"]

READERS = {
    ".csv": "read_csv",
    ".parquet": "read_parquet",
    ".arrow": "read_feather",
    ".feather": "read_feather",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A dataframe of any library, read column by column.

    ``native`` is the object as the user gave it (pandas, Polars, Arrow or a 2-D NumPy array);
    ``container`` names what it was, so that a stored table can be given back in kind.
    """

    native: Any
    names: tuple[str, ...]
    kinds: dict[str, Kind]
    rows: int
    container: Literal["pandas", "polars", "pyarrow", "numpy"]
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
        import numpy as np

        if self.kinds[name] == "datetime":
            return _epoch_seconds(self._pandas(name))
        if self.container in ("pandas", "numpy"):
            return np.asarray(self._pandas(name).to_numpy(dtype="float64", na_value=np.nan))
        return np.asarray(self._frame[name].cast(_float64()).to_numpy(), dtype=np.float64)

    def levels(self, name: str) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
        """A column's distinct values as ``str`` (in order of appearance) and, for each row, the position of
        its value among them, -1 where missing. Far cheaper than ``strings`` where values repeat."""
        import numpy as np
        import pandas as pd

        series = self._pandas(name)
        if self.kinds[name] == "integer" and series.dtype.kind == "f":  # how Arrow hands over integers with nulls
            series = series.astype("Int64")
        values, codes = _distinct(series)
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
        if self.container in ("pandas", "numpy"):
            return column.to_native()
        return column.to_arrow().to_pandas(date_as_object=False)

    def head(self, rows: int) -> Any:
        """The first rows, as the same kind of object as ``native``."""
        if self.container == "numpy":
            return self.native[:rows]
        return self.native.iloc[:rows] if self.container == "pandas" else self._frame.head(rows).to_native()

    def take(self, index: npt.NDArray[np.intp]) -> Any:
        """The rows at these positions, as the same kind of object as ``native``."""
        if self.container == "numpy":
            return self.native[index]
        return self.native.iloc[index] if self.container == "pandas" else self._frame[index].to_native()

    def gather(self, index: Sequence[npt.NDArray[np.intp]]) -> Any:
        """Each column at its own positions (one index a column, all of one length), as the same kind of object."""
        import numpy as np

        if self.container == "numpy":
            return np.stack([self.native[at, i] for i, at in enumerate(index)], axis=1)
        if self.container == "pandas":
            import pandas as pd

            parts = [self.native.iloc[at, i].reset_index(drop=True) for i, at in enumerate(index)]
            return pd.concat(parts, axis=1)
        columns = {name: self._frame[name][at] for name, at in zip(self.names, index, strict=True)}
        return _nw().from_dict(columns).to_native()


def as_table(data: Any, names: Sequence[str] | None = None) -> Table:
    """Read ``data`` (pandas, Polars, Arrow, or a 2-D array with optional column names) as a Table.

    A Series is a table of one column; names that are no strings are read as strings (``native`` keeps them).
    Raises BadInput for anything else, for duplicated column names, and for a table without columns.
    """
    import numpy as np

    if isinstance(data, Table):
        return data
    if isinstance(data, np.ndarray) or (isinstance(data, list) and data and isinstance(data[0], list | tuple)):
        return _table_of_array(_two_dimensional(data), names)
    native = data.to_frame() if hasattr(data, "to_frame") and not hasattr(data, "columns") else data
    frame = _narwhals(native, _plain_names(native))
    container = frame.implementation.value
    if container not in ("pandas", "polars", "pyarrow"):
        raise BadInput(f"Found a dataframe of {container}", expected="pandas, Polars or Arrow")
    if not frame.columns:
        raise BadInput("Found a table without columns", expected="at least one column")
    kinds = {name: _kind(frame[name]) for name in frame.columns}
    return Table(native, tuple(frame.columns), kinds, len(frame), container, frame)


def from_columns(columns: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    """Named arrays of one length as a pandas DataFrame, in the order given."""
    import pandas as pd

    return pd.DataFrame(dict(columns))


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a ``.csv``, ``.parquet``, ``.arrow`` or ``.feather`` file as a pandas DataFrame."""
    import pandas as pd

    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"Found the file {path.name!r}", expected="a table in " + ", ".join(READERS))
    if not path.exists():
        raise BadInput(f"No file is at {str(path)!r}", expected="a path that exists", next_step="check the path")
    options = {"low_memory": False} if reader == "read_csv" else {}  # one type a column, whatever its length
    try:
        return getattr(pd, reader)(path, **options)  # type: ignore[no-any-return]
    except (ValueError, OSError, KeyError, NotImplementedError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"{path.name!r} could not be read: {said}", expected=f"a {path.suffix} table") from error


def vector(values: Any) -> npt.NDArray[Any]:
    """A column of targets or scores as a one-dimensional array; a one-column table is unwrapped."""
    import numpy as np

    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise BadInput(f"Found targets of shape {array.shape}", expected="one value per row")
    return array


def to_parquet(table: Table) -> bytes:
    """The table as Parquet bytes; the same table gives the same bytes."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    arrow = _arrow_of_pandas(table) if table.container in ("pandas", "numpy") else table._frame.to_arrow()
    pq.write_table(arrow, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(data: bytes, container: str = "pandas") -> Any:
    """The table of ``to_parquet`` again, in the container it came from where that library is installed."""
    import pyarrow.parquet as pq

    arrow = pq.read_table(io.BytesIO(data))
    if container == "pyarrow":
        return arrow
    if container == "polars":
        import polars as pl

        return pl.from_arrow(arrow)
    frame = arrow.to_pandas()
    return frame.to_numpy() if container == "numpy" else frame


def row_fingerprints(table: Table, names: Sequence[str] | None = None) -> npt.NDArray[np.uint64]:
    """One 64-bit hash a row over all columns (in the order of ``names``), for counting rows two tables share.

    Equal are: missing and missing however it is written, 1 and 1.0 and True, a string and the same category.
    Shape (rows,).
    """
    import numpy as np

    total = np.zeros(table.rows, dtype=np.uint64)
    for name in table.names if names is None else names:
        total += _hashed(table, name)
        total *= np.uint64(0x9E3779B97F4A7C15)  # odd, so nothing is lost; order of columns counts
        total ^= total >> np.uint64(29)
    return total


def perturbed(data: Any, seed: int = 0) -> Any:
    """The table with each column shuffled by itself and each number moved a little: rows that nobody has seen,
    made of values that are plausible. The same kind of object as ``data``; deterministic in ``seed``."""
    import numpy as np

    table = as_table(data)
    generator = np.random.Generator(np.random.PCG64(seed))
    orders = {name: generator.permutation(table.rows) for name in table.names}
    if table.container == "numpy":
        columns = [table.native[orders[name], i] for i, name in enumerate(table.names)]
        moved = [_jittered(c, generator) if c.dtype.kind == "f" else c for c in columns]
        return np.stack(moved, axis=1)
    frame = table._frame
    shuffled = [frame[name][orders[name].tolist()] for name in table.names]
    numbers = {n: _jittered(table.numbers(n)[orders[n]], generator) for n in table.names if table.kinds[n] == "number"}
    nw = _nw()
    moved = [
        nw.new_series(s.name, numbers[s.name], backend=frame.implementation).cast(s.dtype) if s.name in numbers else s
        for s in shuffled
    ]
    native = nw.concat([s.to_frame() for s in _aligned(moved)], how="horizontal").to_native()
    if table.container == "pandas":
        native.columns = table.native.columns  # names that are no strings come back as they were
    return native


def _aligned(columns: list[Any]) -> list[Any]:
    """The columns without the row labels that a shuffle carries along in pandas."""
    import narwhals.stable.v2 as nw

    return [nw.maybe_reset_index(c) for c in columns]


def _jittered(values: npt.NDArray[Any], generator: np.random.Generator) -> npt.NDArray[Any]:
    import numpy as np

    finite = values[np.isfinite(values)]
    spread = float(np.std(finite)) if len(finite) else 0.0
    noise = generator.standard_normal(len(values)) * 0.1 * spread
    return (values + noise).astype(values.dtype, copy=False)


def shared_rows(left: Table, right: Table) -> int:
    """How many rows of ``left`` stand in ``right`` too: equal in all columns, by name where both have the
    same names and by position otherwise."""
    import numpy as np

    if len(left.names) != len(right.names):
        return 0
    order = left.names if set(left.names) == set(right.names) else right.names
    return int(np.isin(row_fingerprints(left), row_fingerprints(right, order)).sum())


def _hashed(table: Table, name: str) -> npt.NDArray[np.uint64]:
    import numpy as np
    import pandas as pd

    missing = np.uint64(0x5BD1E995)
    if table.kinds[name] in ("category", "unsupported"):
        values, codes = table.levels(name)
        hashes = pd.util.hash_array(values, categorize=False) if len(values) else np.zeros(0, np.uint64)
        return np.append(hashes, missing)[codes]
    numbers = table.numbers(name) + 0.0  # minus zero becomes zero
    hashed = pd.util.hash_array(numbers, categorize=False)
    return np.where(np.isnan(numbers), missing, hashed)


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
        lazy = hasattr(native, "collect")
        raise BadInput(
            f"Found a {type(native).__name__}",
            expected="a table: a pandas, Polars or Arrow dataframe, or a two-dimensional array",
            next_step="call .collect() on it" if lazy else "",
        ) from error


def _table_of_array(array: npt.NDArray[Any], names: Sequence[str] | None) -> Table:
    import narwhals.stable.v2 as nw
    import pandas as pd

    columns = [str(n) for n in names] if names is not None else [f"x{i}" for i in range(array.shape[1])]
    _refuse_duplicates(columns)
    if len(columns) != array.shape[1]:
        raise BadInput(f"Found {array.shape[1]} columns", expected=f"{len(columns)}: {', '.join(columns[:5])}")
    frame = nw.from_native(pd.DataFrame(array, columns=columns).infer_objects(), eager_only=True)
    kinds = {name: _kind(frame[name]) for name in columns}
    return Table(array, tuple(columns), kinds, len(array), "numpy", frame)


def _kind(column: Any) -> Kind:
    dtype = column.dtype
    if dtype.is_float() or dtype.is_decimal():
        return "number"
    if dtype.is_integer():
        return "integer"
    if dtype == _nw().Boolean:
        return "boolean"
    if dtype.is_temporal() and dtype not in (_nw().Time, _nw().Duration):
        return "datetime"
    if dtype in (_nw().String, _nw().Categorical, _nw().Enum):
        return "category"
    if dtype == _nw().Object:
        return _kind_of_objects(column)
    return "unsupported"


# What pandas calls the values of an object column, and what they are to us; anything else is looked at.
OBJECT_KINDS: dict[str, Kind] = {
    "string": "category",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime": "datetime",
    "datetime64": "datetime",
    "date": "datetime",
}


def _kind_of_objects(column: Any) -> Kind:
    import pandas as pd

    values = column.to_native()
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in OBJECT_KINDS:
        return OBJECT_KINDS[inferred]
    plain = all(isinstance(v, Hashable) and not isinstance(v, tuple | frozenset) for v in values)
    return "category" if plain else "unsupported"


def _distinct(series: Any) -> tuple[Any, npt.NDArray[np.intp]]:
    """The distinct values of a pandas series, and for each row the position of its value, -1 where missing."""
    import numpy as np
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.categories, np.asarray(series.cat.codes, dtype=np.intp)
    if series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) != "string":
        # 1, 1.0 and True hash alike, and lists do not hash: each value is told apart by its text
        absent = series.isna().to_numpy()
        series = pd.Series([None if gone else str(v) for v, gone in zip(series, absent, strict=True)], dtype=object)
    codes, values = pd.factorize(series)
    return values, codes


def _epoch_seconds(series: Any) -> npt.NDArray[np.float64]:
    import numpy as np
    import pandas as pd

    times = pd.to_datetime(series, utc=True)
    seconds: npt.NDArray[np.float64] = times.to_numpy(dtype="datetime64[us]").astype("int64") / 1e6
    seconds[times.isna().to_numpy()] = np.nan
    return seconds


def _arrow_of_pandas(table: Table) -> Any:
    import pyarrow as pa

    mixed = table.container == "numpy" or table.native.columns.inferred_type.startswith("mixed")
    frame = table._frame.to_native() if mixed else table.native
    frame = frame.reset_index(drop=True)
    frame.attrs = {}  # notes of the user, which would make equal tables differ
    try:
        return pa.Table.from_pandas(frame)  # with its index, else column names that are numbers come back as strings
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise BadInput(
            f"Found a column that cannot be stored: {str(error).splitlines()[-1]}",
            expected="every column to hold values of one type",
            next_step="convert it, for example with .astype(str)",
        ) from error


def _nw() -> Any:
    import narwhals.stable.v2 as nw

    return nw


def _float64() -> Any:
    return _nw().Float64

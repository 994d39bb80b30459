"""The only file that touches dataframe libraries: any table in, columns of NumPy arrays out.

Importing this module imports none of them; each function does, when called.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
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

        column = self._frame[name]
        absent = column.is_null()
        if self.kinds[name] == "number":
            absent = absent | column.cast(_float64()).is_nan().fill_null(True)
        return np.asarray(absent.to_numpy(), dtype=bool)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """A number, integer or boolean column as float64, missing as NaN; shape (rows,).
        Times are seconds since 1970 in UTC (a naive time is read as UTC)."""
        import numpy as np

        column = self._frame[name]
        if self.kinds[name] == "datetime":
            return np.asarray(_epoch_seconds(column), dtype=np.float64)
        values = column.cast(_float64())
        return np.asarray(values.to_numpy(), dtype=np.float64)

    def strings(self, name: str) -> npt.NDArray[np.object_]:
        """Any column as ``str`` objects, missing as None; shape (rows,)."""
        import numpy as np

        missing = self.missing(name)
        values = np.asarray(self._frame[name].to_list(), dtype=object)
        text = np.array([None if gone else str(v) for v, gone in zip(values, missing, strict=True)], dtype=object)
        return text

    def head(self, rows: int) -> Any:
        """The first rows, as the same kind of object as ``native``."""
        return self.native[:rows] if self.container == "numpy" else self._frame.head(rows).to_native()

    def take(self, index: npt.NDArray[np.intp]) -> Any:
        """The rows at these positions, as the same kind of object as ``native``."""
        if self.container == "numpy":
            return self.native[index]
        return self.native.iloc[index] if self.container == "pandas" else self._frame[index.tolist()].to_native()


def as_table(data: Any, names: Sequence[str] | None = None) -> Table:
    """Read ``data`` (pandas, Polars, Arrow, or a 2-D array with optional column names) as a Table.

    Raises BadInput for anything else, for duplicated column names, and for a table without columns.
    """
    import narwhals.stable.v2 as nw
    import numpy as np

    if isinstance(data, np.ndarray) or (isinstance(data, list) and data and isinstance(data[0], list | tuple)):
        array = np.asarray(data)
        if array.ndim != 2:
            raise BadInput(f"Found an array of {array.ndim} dimension(s)", expected="a table: rows x columns")
        return _table_of_array(array, names)
    native = data.to_frame() if hasattr(data, "to_frame") and not hasattr(data, "columns") else data
    try:
        columns = [str(c) for c in native.columns] if hasattr(native, "iloc") else None
        if columns is not None and list(native.columns) != columns:
            native = native.set_axis(columns, axis=1)
        frame = nw.from_native(native, eager_only=True)
    except (TypeError, ValueError) as error:
        duplicated = _duplicates(getattr(native, "columns", ()))
        if duplicated:
            raise BadInput(
                f"Found column name {duplicated[0]!r} more than once",
                expected="every column to have its own name",
            ) from error
        raise BadInput(
            f"Found a {type(data).__name__}",
            expected="a table: a pandas, Polars or Arrow dataframe, or a two-dimensional array",
        ) from error
    container = frame.implementation.value
    if container not in ("pandas", "polars", "pyarrow"):
        raise BadInput(f"Found a dataframe of {container}", expected="pandas, Polars or Arrow")
    kinds = {name: _kind(frame[name]) for name in frame.columns}
    return Table(native, tuple(frame.columns), kinds, len(frame), container, frame)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a ``.csv``, ``.parquet``, ``.arrow`` or ``.feather`` file as a pandas DataFrame."""
    import pandas as pd

    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"Found the file {path.name!r}", expected="a table in " + ", ".join(READERS))
    if not path.exists():
        raise BadInput(f"No file is at {str(path)!r}", expected="a path that exists", next_step="check the path")
    try:
        return getattr(pd, reader)(path)  # type: ignore[no-any-return]
    except (ValueError, OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name!r} could not be read: {error}", expected=f"a {path.suffix} table") from error


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
    arrow = table._frame.to_arrow() if table.container != "pandas" else _arrow_of_pandas(table)
    pq.write_table(arrow, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(data: bytes, container: str = "pandas") -> Any:
    """The table of ``to_parquet`` again, as a pandas DataFrame, or as a NumPy array where it was one."""
    import pandas as pd

    frame = pd.read_parquet(io.BytesIO(data))
    return frame.to_numpy() if container == "numpy" else frame


def row_fingerprints(table: Table) -> npt.NDArray[np.uint64]:
    """One 64-bit hash a row over all columns, for counting rows two tables share; shape (rows,)."""
    import numpy as np
    import pandas as pd

    total = np.zeros(table.rows, dtype=np.uint64)
    for position, name in enumerate(table.names):
        values: Any = table.strings(name) if table.kinds[name] in ("category", "unsupported") else table.numbers(name)
        hashed = pd.util.hash_array(values, categorize=True)
        total ^= (hashed + np.uint64(position)) * np.uint64(0x9E3779B97F4A7C15)
        total = (total << np.uint64(13)) | (total >> np.uint64(51))
    return total


def shared_rows(left: Table, right: Table) -> int:
    """How many rows of ``left`` stand in ``right`` too (all columns equal)."""
    import numpy as np

    return int(np.isin(row_fingerprints(left), row_fingerprints(right)).sum())


def _table_of_array(array: npt.NDArray[Any], names: Sequence[str] | None) -> Table:
    import narwhals.stable.v2 as nw
    import pandas as pd

    columns = list(names) if names is not None else [f"x{i}" for i in range(array.shape[1])]
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


def _kind_of_objects(column: Any) -> Kind:
    values = [v for v in column.to_list() if v is not None and v == v]
    if values and all(isinstance(v, bool) for v in values):
        return "boolean"
    return "unsupported" if any(isinstance(v, list | dict | set | tuple) for v in values) else "category"


def _epoch_seconds(column: Any) -> Any:
    import numpy as np
    import pandas as pd

    times = pd.to_datetime(pd.Series(column.to_list()), utc=True)
    seconds = times.to_numpy(dtype="datetime64[us]").astype("int64") / 1e6
    seconds[times.isna().to_numpy()] = np.nan
    return seconds


def _arrow_of_pandas(table: Table) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(table._frame.to_native(), preserve_index=False)


def _duplicates(names: Any) -> list[str]:
    seen: set[str] = set()
    return [str(n) for n in names if str(n) in seen or seen.add(str(n))]  # type: ignore[func-returns-value]


def _nw() -> Any:
    import narwhals.stable.v2 as nw

    return nw


def _float64() -> Any:
    return _nw().Float64

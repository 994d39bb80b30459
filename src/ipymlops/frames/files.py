"""Tables in files, and as the bytes of one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.frames.csv_files import read_csv
from ipymlops.frames.kinds import Kind
from ipymlops.frames.table import BY_PANDAS, Table
from ipymlops.frames.unread import missing, no_utf8, refusal

if TYPE_CHECKING:
    import pandas as pd


READERS = {
    ".csv": "read_csv",
    ".parquet": "read_parquet",
    ".arrow": "read_feather",
    ".feather": "read_feather",
    ".pq": "read_parquet",
    ".parq": "read_parquet",
}


_MOST_CELLS = 2**26  # that any file may have
_CELLS_A_BYTE = 1000  # and for each byte: a column that is always the same takes next to nothing


def read_table(path: str | Path, like: Mapping[str, Kind] | None = None) -> pd.DataFrame:
    """Read a file of one of ``READERS`` as a pandas DataFrame.

    ``like`` says what kind the columns of a CSV file are (see ``read_csv``); the other files say it themselves.
    """
    import pandas as pd

    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise refusal(path, READERS)
    if not path.exists():
        raise missing(path)
    try:
        return read_csv(path, like or {}) if reader == "read_csv" else getattr(pd, reader)(path)
    except UnicodeDecodeError as error:
        raise no_utf8(path) from error
    except (ValueError, OSError, KeyError, NotImplementedError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"{path.name!r} could not be read: {said}", expected=f"a {path.suffix} table") from error


def to_parquet(table: Table) -> bytes:
    """The table as Parquet bytes; the same table gives the same bytes."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    arrow = _arrow_of_pandas(table) if table.container in BY_PANDAS else table._frame.to_arrow()
    pq.write_table(arrow, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(data: bytes, container: str = "pandas") -> Any:
    """The table of ``to_parquet`` again, in the container it came from where that library is installed.

    ValueError for one that says to have far more cells than so many bytes hold; libraries raise what they like for
    other bytes."""
    import pyarrow.parquet as pq

    about = pq.read_metadata(io.BytesIO(data))
    if about.num_rows * about.num_columns > max(_MOST_CELLS, _CELLS_A_BYTE * len(data)):
        raise ValueError(f"{about.num_rows:,} rows and {about.num_columns:,} columns in {len(data):,} bytes")
    arrow = pq.read_table(io.BytesIO(data))
    if container == "pyarrow":
        return arrow
    if container == "polars":
        import polars as pl

        return pl.from_arrow(arrow)
    frame = arrow.to_pandas()
    if container == "series":
        return frame.iloc[:, 0]
    return frame.to_numpy() if container == "numpy" else frame


def _arrow_of_pandas(table: Table) -> Any:
    import pyarrow as pa

    mixed = table.container in ("numpy", "series") or table.native.columns.inferred_type.startswith("mixed")
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

"""The values of one column, as pandas or Arrow holds it, as NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def distinct(series: Any) -> tuple[Any, npt.NDArray[np.intp]]:
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


def arrow_codes(column: Any) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]] | None:
    """The levels of a dictionary of different texts in one piece, as Parquet files hold them; None for others."""
    import numpy as np

    chunk = column.chunk(0) if column.num_chunks == 1 else None
    if chunk is None or str(chunk.type).partition(",")[0] != "dictionary<values=string" or chunk.dictionary.null_count:
        return None
    levels = chunk.dictionary.to_pylist()
    if len(set(levels)) < len(levels):
        return None
    codes = chunk.indices.fill_null(-1) if chunk.indices.null_count else chunk.indices
    return np.array(levels, dtype=object), codes.to_numpy(zero_copy_only=False).astype(np.intp)


def epoch_seconds(series: Any) -> npt.NDArray[np.float64]:
    import numpy as np
    import pandas as pd

    times = pd.to_datetime(series, utc=True)
    seconds: npt.NDArray[np.float64] = times.to_numpy(dtype="datetime64[us]").astype("int64") / 1e6
    seconds[times.isna().to_numpy()] = np.nan
    return seconds

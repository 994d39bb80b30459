"""pandas' own objects as text and back, bit for bit: what a transformer keeps of its training table.

The text is JSON of plain values: numbers as the bytes of their arrays, everything else by name. Reading it constructs
nothing but arrays of listed kinds and what pandas makes of them, so a foreign text can be wrong and do no harm. Notes
(``attrs``) are left behind. Kinds that are not listed are refused by name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from ipymlops.errors import BadInput

PLAIN = (str, int, float, bool, type(None))
NUMBERS = "biufcmM"  # NumPy's kinds that are plain bytes
MOST_LETTERS = 64  # of a time zone or a frequency

Record = dict[str, Any]


def is_pandas(value: Any) -> bool:
    """Whether it is a table, a column, an index, an array or a single value of pandas' own."""
    return type(value).__module__.partition(".")[0] == "pandas" and not isinstance(value, type)


def to_text(value: Any) -> str:
    """A table, column, index, array or single value of pandas as text; raises BadInput for other kinds."""
    return json.dumps(_record(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_text(text: str) -> Any:
    """What ``to_text`` was given; ValueError, in words, if it did not write the text."""
    try:
        return _value(json.loads(text))
    except (TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"no text of a pandas object ({type(error).__name__}: {error})") from error


# --- writing


def _record(value: Any) -> Record:
    import pandas as pd

    if type(value) is pd.DataFrame:
        columns = [_array(value.iloc[:, i].array) for i in range(value.shape[1])]
        return {"is": "table", "columns": columns, "names": _index(value.columns), "index": _index(value.index)}
    if type(value) is pd.Series:
        return {
            "is": "column", "values": _array(value.array), "name": _single(value.name), "index": _index(value.index),
        }  # fmt: skip
    if isinstance(value, pd.Index):
        return {"is": "index", "of": _index(value)}
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return {"is": "array", "of": _array(value)}
    return {"is": "single", "of": _single(value)}


def _index(index: Any) -> Record:
    import pandas as pd

    names = [_single(n) for n in index.names]
    if type(index) is pd.RangeIndex:
        return {"is": "range", "from": [index.start, index.stop, index.step], "names": names}
    if type(index) is pd.MultiIndex:
        codes = [_bytes(c) for c in index.codes]
        return {"is": "levels", "levels": [_index(level) for level in index.levels], "codes": codes, "names": names}
    if type(index) not in (
        pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.CategoricalIndex, pd.IntervalIndex, pd.PeriodIndex,
    ):  # fmt: skip
        raise _unknown(type(index).__name__)
    freq = index.freqstr if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    return {"is": "values", "values": _array(index.array), "freq": freq, "names": names}


def _array(array: Any) -> Record:
    import numpy as np
    import pandas as pd

    dtype = array.dtype
    values = array.to_numpy() if type(array) is pd.arrays.NumpyExtensionArray else array
    if isinstance(values.dtype, np.dtype):  # times without a zone have one, too
        return _bytes(values) if dtype.kind in NUMBERS else {"is": "objects", "of": [_single(v) for v in values]}
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "is": "category", "codes": _bytes(array.codes), "categories": _index(dtype.categories),
            "ordered": bool(dtype.ordered),
        }  # fmt: skip
    if isinstance(dtype, pd.DatetimeTZDtype):
        return {"is": "times", "of": _bytes(array.tz_convert(None).to_numpy()), "tz": str(dtype.tz)}
    if isinstance(dtype, pd.StringDtype):
        absent = array.isna()
        texts = [None if gone else str(v) for v, gone in zip(array, absent, strict=True)]
        return {"is": "texts", "of": texts, "storage": dtype.storage, "nan": dtype.na_value is not pd.NA}
    if isinstance(dtype, pd.PeriodDtype):
        return {"is": "periods", "of": _bytes(array.asi8), "freq": dtype.name.removeprefix("period[").removesuffix("]")}
    if isinstance(dtype, pd.IntervalDtype):
        sides = [_index(array.left), _index(array.right)]
        return {"is": "intervals", "sides": sides, "closed": array.closed}
    if dtype.name in MASKED:
        absent = array.isna()
        return {"is": "masked", "of": _bytes(array.to_numpy(dtype.numpy_dtype, na_value=0)), "absent": _bytes(absent)}
    raise _unknown(f"values of the type {dtype}")


def _bytes(array: Any) -> Record:
    """Numbers, times and truth values as the bytes that they are."""
    import numpy as np

    array = np.ascontiguousarray(array)
    return {"is": "numbers", "type": array.dtype.str, "of": base64.b64encode(array.tobytes()).decode()}


def _single(value: Any) -> Any:
    """One value in JSON: as it is, or as a record that says what it is."""
    import numpy as np
    import pandas as pd

    if type(value) in PLAIN:
        return value
    if value is pd.NA or value is pd.NaT:
        return {"is": "missing", "of": "NA" if value is pd.NA else "NaT"}
    if type(value) is tuple:
        return {"is": "tuple", "of": [_single(v) for v in value]}
    if isinstance(value, np.generic) and value.dtype.kind in NUMBERS:
        return {"is": "number", "of": _bytes(np.array([value]))}
    if type(value) in (pd.Timestamp, pd.Timedelta, pd.Interval, pd.Period):
        return {"is": "element", "of": _array(pd.array([value]) if type(value) is not pd.Timestamp else _times(value))}
    raise _unknown(f"a {type(value).__module__}.{type(value).__qualname__}")


def _times(value: Any) -> Any:
    """One time as an array, in its own unit."""
    import pandas as pd

    return pd.DatetimeIndex([value]).as_unit(value.unit).array


def _unknown(what: str) -> BadInput:
    return BadInput(
        f"Found {what}",
        expected="numbers, texts, times, categories, or single values of these",
        next_step="keep it as numbers or texts (.astype(float), .astype(str), .to_dict())",
    )


MASKED = ("boolean", *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)), "Float32", "Float64")


# --- reading


def _value(record: Record) -> Any:
    import pandas as pd

    kind = record["is"]
    if kind == "table":
        arrays = dict(enumerate(_read_array(c) for c in record["columns"]))
        table = pd.DataFrame(arrays, index=_read_index(record["index"]))
        table.columns = _read_index(record["names"])
        return table
    if kind == "column":
        index, name = _read_index(record["index"]), _read_single(record["name"])
        return pd.Series(_read_array(record["values"]), index=index, name=name, copy=True)
    if kind not in ("index", "array", "single"):
        raise ValueError(f"no text of a pandas object (it says {str(kind)[:40]!r})")
    read: dict[str, Callable[[Any], Any]] = {"index": _read_index, "array": _read_array, "single": _read_single}
    return read[kind](record["of"])


def _read_index(record: Record) -> Any:
    import pandas as pd

    names = [_read_single(n) for n in record["names"]]
    if record["is"] == "range":
        start, stop, step = record["from"]
        return pd.RangeIndex(start, stop, step, name=names[0])
    if record["is"] == "levels":
        levels = [_read_index(level) for level in record["levels"]]
        return pd.MultiIndex(levels, [_numbers(c) for c in record["codes"]], names=names)
    values = _read_array(record["values"])
    dtype = object if record["values"]["is"] == "objects" else None
    index = pd.Index(values, dtype=dtype, name=names[0])
    if record["freq"] is not None:
        index = type(index)(index, freq=_short(record["freq"]))
    return index


def _read_array(record: Record) -> Any:
    import numpy as np
    import pandas as pd

    kind = record["is"]
    if kind == "numbers":
        return _numbers(record)
    if kind == "objects":
        values = np.empty(len(record["of"]), dtype=object)
        for place, value in enumerate(record["of"]):
            values[place] = _read_single(value)
        return values
    if kind == "category":
        dtype = pd.CategoricalDtype(_read_index(record["categories"]), ordered=bool(record["ordered"]))
        return pd.Categorical.from_codes(_numbers(record["codes"]), dtype=dtype)
    if kind == "times":
        return pd.DatetimeIndex(_numbers(record["of"])).tz_localize("UTC").tz_convert(_zone(record["tz"])).array
    if kind == "texts":
        return pd.array(_texts(record["of"]), dtype=_text_type(record["storage"], record["nan"]))
    if kind == "periods":
        return pd.arrays.PeriodArray(_numbers(record["of"]), dtype=pd.PeriodDtype(_short(record["freq"])))
    if kind == "intervals":
        left, right = (_read_index(side) for side in record["sides"])
        return pd.arrays.IntervalArray.from_arrays(left, right, closed=record["closed"])
    if kind == "masked":
        values, absent = _numbers(record["of"]), _numbers(record["absent"])
        made = pd.arrays.BooleanArray if values.dtype.kind == "b" else pd.arrays.IntegerArray
        return (pd.arrays.FloatingArray if values.dtype.kind == "f" else made)(values, absent)
    raise ValueError(f"an array of the kind {str(kind)[:40]!r}")


def _numbers(record: Record) -> Any:
    import numpy as np

    dtype = np.dtype(_short(record["type"]))
    if record["is"] != "numbers" or dtype.kind not in NUMBERS or dtype.fields or dtype.subdtype:
        raise ValueError(f"numbers of the type {dtype}")
    return np.frombuffer(base64.b64decode(record["of"], validate=True), dtype=dtype).copy()


def _texts(values: list[Any]) -> list[Any]:
    if any(type(v) not in (str, type(None)) for v in values):
        raise ValueError("texts that are none")
    return values


def _text_type(storage: str, nan: bool) -> Any:
    """Of the same storage; pandas before 2.3 knows one kind of missing text only."""
    import numpy as np
    import pandas as pd

    if storage not in ("python", "pyarrow"):
        raise ValueError("a storage of texts that is not known")
    return pd.StringDtype(storage, na_value=np.nan) if nan else pd.StringDtype(storage)


def _read_single(value: Any) -> Any:
    import pandas as pd

    if type(value) in PLAIN:
        return value
    kind = value["is"]
    if kind == "missing":
        return {"NA": pd.NA, "NaT": pd.NaT}[value["of"]]
    if kind == "tuple":
        return tuple(_read_single(v) for v in value["of"])
    if kind == "number":
        return _numbers(value["of"])[0]
    if kind == "element":
        return pd.Series(_read_array(value["of"])).iloc[0]
    raise ValueError(f"a value of the kind {str(kind)[:40]!r}")


def _short(text: Any) -> str:
    if not isinstance(text, str) or len(text) > MOST_LETTERS:
        raise ValueError("a name that is none")
    return text


def _zone(text: Any) -> str:
    """A time zone by its name; pandas would read one from a file for a name of another kind."""
    if _short(text).startswith(("dateutil", "/", ".")) or ".." in text or "tz" in text.partition("/")[0].lower():
        raise ValueError("a time zone that has no name")
    return str(text)

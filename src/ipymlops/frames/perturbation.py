"""A table like another, of rows that nobody has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops.frames.table import Table, as_table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def perturbed(data: Any, seed: int = 0) -> Any:
    """The table with each column shuffled by itself and each number moved a little: rows that nobody has seen,
    made of values that are plausible. The same kind of object as ``data``; deterministic in ``seed``."""
    import narwhals.stable.v2 as nw
    import numpy as np

    table = as_table(data)
    generator = np.random.Generator(np.random.PCG64(seed))
    orders = {name: generator.permutation(table.rows) for name in table.names}
    if table.container == "series":
        return _other_texts(table, generator)
    if table.container == "numpy":
        columns = [table.native[orders[name], i] for i, name in enumerate(table.names)]
        moved = [_jittered(c, generator) if c.dtype.kind == "f" else c for c in columns]
        return np.stack(moved, axis=1)
    frame = table._frame
    shuffled = [frame[name][orders[name].tolist()] for name in table.names]
    numbers = {n: _jittered(table.numbers(n)[orders[n]], generator) for n in table.names if table.kinds[n] == "number"}
    moved = [
        nw.new_series(s.name, numbers[s.name], backend=frame.implementation).cast(s.dtype) if s.name in numbers else s
        for s in shuffled
    ]
    native = nw.concat([s.to_frame() for s in _aligned(moved)], how="horizontal").to_native()
    if table.container == "pandas":
        native.columns = table.native.columns  # names that are no strings come back as they were
    return native


def _other_texts(table: Table, generator: np.random.Generator) -> Any:
    """Each row with as many words as before, drawn from the words of all rows; other values shuffled."""
    column = table.native
    order = generator.permutation(table.rows)
    if not all(isinstance(v, str) for v in column):
        return column.iloc[order].reset_index(drop=True)
    words = [text.split() for text in column]
    pool = [word for text in words for word in text] or [""]
    drawn = generator.integers(0, len(pool), sum(map(len, words)))
    taken = iter(drawn.tolist())
    made = [" ".join(pool[next(taken)] for _ in words[row]) for row in order]
    return type(column)(made, name=column.name, dtype=column.dtype)


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

"""The sides of the drift benchmark: each runs in a process of its own and prints one line of JSON.

``python benchmarks/drift_sides.py SIDE FOLDER [COLUMN ...]``; FOLDER holds ``reference.parquet`` and
``current.parquet``. Peers run it in environments that have no ipymlops, so nothing is imported before it is needed.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def reference(folder: Path, names: list[str]) -> dict[str, Any]:
    """Ours, once a model: the profile of the reference."""
    from ipymlops.drift.large import profile_of_parts
    from ipymlops.partitions import open_parquet

    _warm()
    done, cpu = _timed(lambda: profile_of_parts(open_parquet(folder / "reference.parquet")))
    (folder / "profile.json").write_bytes(done.to_bytes())
    return {"cpu": cpu, "columns": len(done.columns)}


def ours(folder: Path, names: list[str]) -> dict[str, Any]:
    """Ours, at each check: the stored profile, the current table from Parquet, all statistics and findings."""
    from ipymlops.drift.drift_check import compare
    from ipymlops.drift.large import measure_parts
    from ipymlops.drift.profile import Profile
    from ipymlops.partitions import open_parquet

    _warm()

    def check() -> Any:
        profile = Profile.from_bytes((folder / "profile.json").read_bytes())
        current = measure_parts(profile, open_parquet(folder / "current.parquet"))
        return compare(profile, current, model="m", version=1, data="d")

    start = time.perf_counter()
    report, cpu = _timed(check)
    return {
        "cpu": cpu,
        "clock": time.perf_counter() - start,
        "columns": len(report.columns),
        "drifted": len(report.drifted),
    }


def floor(folder: Path, names: list[str]) -> dict[str, Any]:
    """What no check can do without: one look-up a value, in plain NumPy over arrays in memory; and the reading."""
    import numpy as np
    import pyarrow.parquet as pq

    path = folder / "current.parquet"
    text = [field.name for field in pq.read_schema(path) if str(field.type) in ("string", "large_string")]
    _, reading = _timed(lambda: _read_column_by_column(path, text))
    table = pq.read_table(path, read_dictionary=text)
    numbers = [np.asarray(table.column(n).to_numpy(), dtype=np.float64) for n in table.column_names if n not in text]
    codes = [table.column(n).combine_chunks().indices.to_numpy() for n in text]
    plans = [_plan(values) for values in numbers]

    def loop() -> None:
        for values, plan in zip(numbers, plans, strict=True):
            _look_up(values, *plan)
        for column in codes:
            np.bincount(column)

    _, cpu = _timed(loop)
    return {"cpu": cpu, "reading": reading, "columns": table.num_columns}


def evidently(folder: Path, names: list[str]) -> dict[str, Any]:
    import pandas as pd
    from evidently import Report, __version__
    from evidently.presets import DataDriftPreset

    def check() -> Any:
        before, now = (pd.read_parquet(folder / f"{n}.parquet", columns=names) for n in ("reference", "current"))
        return Report([DataDriftPreset()]).run(now, before).dict()

    _, cpu = _timed(check)
    return {"cpu": cpu, "columns": len(names), "version": __version__, "pandas": pd.__version__}


def nannyml(folder: Path, names: list[str]) -> dict[str, Any]:
    import nannyml as nml
    import pandas as pd

    def check() -> Any:
        before, now = (pd.read_parquet(folder / f"{n}.parquet", columns=names) for n in ("reference", "current"))
        return nml.UnivariateDriftCalculator(column_names=names).fit(before).calculate(now).to_df()

    _, cpu = _timed(check)
    return {"cpu": cpu, "columns": len(names), "version": nml.__version__, "pandas": pd.__version__}


def _warm() -> None:
    """Import what is imported when it is first used, so that imports are counted apart, as they are for peers."""
    import pyarrow
    import pyarrow.parquet
    import scipy.stats  # noqa: F401

    from ipymlops.frames import as_table

    as_table(pyarrow.table({"x": [1.0]}))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def _read_column_by_column(path: Path, text: list[str]) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, read_dictionary=text) as file:
        for group in range(file.num_row_groups):
            for name in file.schema_arrow.names:
                file.read_row_group(group, columns=[name], use_threads=False)


def _plan(values: Any, bins: int = 1024, cells: int = 4096) -> tuple[Any, ...]:
    import numpy as np

    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    low, high = np.quantile(values, [0.001, 0.999])
    scale = cells / (high - low)
    start = np.searchsorted(edges, low + np.arange(cells) / scale)
    return low, scale, cells, start, np.append(edges, np.inf)[start]


def _look_up(values: Any, low: float, scale: float, cells: int, start: Any, following: Any) -> Any:
    import numpy as np

    size = 32_768
    room, total = np.empty(size), np.zeros(len(start) + 2, dtype=np.int64)
    for begin in range(0, len(values), size):
        some = values[begin : begin + size]
        scaled = room[: len(some)]
        np.subtract(some, low, out=scaled)
        np.multiply(scaled, scale, out=scaled)
        np.clip(scaled, 0, cells - 1, out=scaled)
        cell = scaled.astype(np.intp)
        total += np.bincount(start.take(cell) + (some >= following.take(cell)), minlength=len(total))
    return total


SIDES = {side.__name__: side for side in (reference, ours, floor, evidently, nannyml)}


def main() -> None:
    name, folder, *names = sys.argv[1:]
    told = SIDES[name](Path(folder), names)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**told, "process": time.process_time(), "peak": peak}))


if __name__ == "__main__":
    main()

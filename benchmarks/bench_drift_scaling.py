"""What the drift check from Parquet costs against rows and against columns, each point in a process of its own.

Rows: 50 columns, up to 1,000,000 rows in one file, then folders of files of a million: ten different ones, and for
100,000,000 rows ten links to each. Columns: 1,000,000 rows. ``python benchmarks/bench_drift_scaling.py [MOST_ROWS]``,
10,000,000 if not said; takes 3.5 GB of disk. Processor seconds without imports, medians of three (one from 10,000,000).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.bench_drift_peers import side

MILLION = 1_000_000
ROWS = (10_000, 100_000, MILLION)
COLUMNS = (10, 25, 50, 100, 200)
CODE = "import sys; from benchmarks import bench_drift_scaling as b; b.write(sys.argv[1], *map(int, sys.argv[2:]))"


def write(path: str, seed: int, rows: int, columns: int) -> None:
    """A table of the fifty columns again and again, up to ``columns``: of every 50, the last 10 are no floats."""
    import pandas as pd

    from benchmarks.bench_drift import fifty_columns

    parts = [fifty_columns(seed + 1000 * n, rows).native.add_suffix(f"_{n}") for n in range(-(-columns // 50))]
    mixed = [
        part.iloc[:, [i * 37 % 50 for i in range(50)]] for part in parts
    ]  # so that the first ones are of all kinds
    pd.concat(mixed, axis=1).iloc[:, :columns].to_parquet(path, index=False)


def made(path: Path, seed: int, rows: int, columns: int = 50) -> Path:
    """``write`` in a process of its own, so that its memory is nobody's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", CODE, str(path), str(seed), str(rows), str(columns)]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[1])
    return path


def by_rows(folder: Path, most: int) -> Iterator[tuple[str, dict[str, Any]]]:
    made(folder / "reference.parquet", 0, MILLION)
    side("reference", folder)
    for rows in ROWS:
        made(folder / "current.parquet", 1, rows)
        yield f"{rows:,}", measured(folder, 3)
    (folder / "current.parquet").unlink()
    files = [made(folder / "current.parquet" / f"{n}-0.parquet", 1 + n, MILLION) for n in range(10)]
    yield f"{10 * MILLION:,}, 10 files", measured(folder, 1)
    if most > 10 * MILLION:
        for file in files:
            for n in range(1, most // (10 * MILLION)):
                os.link(file, file.with_name(file.name.replace("-0.", f"-{n}.")))
        yield f"{most:,}, {most // MILLION} files", measured(folder, 1)


def by_columns(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for columns in COLUMNS:
        made(folder / "reference.parquet", 0, MILLION, columns)
        made(folder / "current.parquet", 1, MILLION, columns)
        side("reference", folder)
        yield str(columns), measured(folder, 3)


def measured(folder: Path, samples: int) -> dict[str, Any]:
    told = [side("ours", folder, limit=3600) for _ in range(samples)]
    return {key: median(one[key] for one in told) for key in told[0]}


def show(what: str, points: Iterator[tuple[str, dict[str, Any]]]) -> None:
    print(f"\n| {what} | CPU (s) | on the clock (s) | peak memory (MB) |\n|---|---|---|---|")
    for name, told in points:
        print(f"| {name} | {told['cpu']:.2f} | {told['clock']:.1f} | {told['peak'] / 1e6:,.0f} |", flush=True)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10 * MILLION
    with tempfile.TemporaryDirectory() as name:
        show("rows", by_rows(Path(name), most))
    with tempfile.TemporaryDirectory() as name:
        show("columns", by_columns(Path(name)))
    print(f"\nLoad of the machine: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()

"""A whole drift check of 1,000,000 x 50 from Parquet: ours, the floor, and Evidently and NannyML, in the same run.

Each side is a process of its own (``drift_sides.py``); the figures are processor seconds without imports, medians of
alternating samples, and the largest memory of a whole process. Peers need environments of their own: name their
interpreters in ``IPYMLOPS_EVIDENTLY_PYTHON`` and ``IPYMLOPS_NANNYML_PYTHON``. They run once, and where the columns take
more than ``LIMIT`` seconds on the clock, once more on six. ``python benchmarks/bench_drift_peers.py [SAMPLES]``
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LIMIT = 240  # seconds on the clock, for a peer
SIX = ("f0", "f1", "f5", "i0", "c10", "c1000")
TARGETS = {"cpu": 1.2, "memory": 1e9, "floors": 3.0}
SIDES = Path(__file__).with_name("drift_sides.py")
PEERS = {"evidently": "IPYMLOPS_EVIDENTLY_PYTHON", "nannyml": "IPYMLOPS_NANNYML_PYTHON"}
QUIET = {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1", "MPLBACKEND": "Agg"}  # no traffic, no windows


def side(
    name: str, folder: Path, columns: tuple[str, ...] = (), python: str = sys.executable, limit: float = LIMIT
) -> dict[str, Any]:
    """What one side says of itself."""
    done = subprocess.run(
        [python, str(SIDES), name, str(folder), *columns],
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
        env={**os.environ, **QUIET},
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip().splitlines()[-1]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def write(folder: Path) -> tuple[str, ...]:
    """Both tables, by the generator of ``bench_drift``; a process of its own, so that its memory is not ours."""
    code = (
        "import sys; from benchmarks.bench_drift import fifty_columns\n"
        "for seed, name in enumerate(('reference', 'current')):\n"
        "    table = fifty_columns(seed)\n"
        "    table.native.to_parquet(f'{sys.argv[1]}/{name}.parquet', index=False)\n"
        "print(*table.names)"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=root, stdout=subprocess.PIPE, text=True, check=True
    )
    return tuple(done.stdout.split())


def median(samples: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


def peer(name: str, folder: Path, columns: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """One row, or two where it does not come to an end on all columns."""
    python = os.environ.get(PEERS[name])
    if not python:
        print(f"{name} was not measured: {PEERS[name]} names no interpreter.", file=sys.stderr)
        return []
    before = children()
    try:
        return [(name, side(name, folder, columns, python))]
    except subprocess.TimeoutExpired:
        stopped = {"stopped": children() - before, "columns": len(columns)}
        return [(name, stopped), (name, side(name, folder, SIX, python))]


def children() -> float:
    """Processor seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(name: str, told: dict[str, Any]) -> str:
    if "stopped" in told:
        return f"| {name} | {told['columns']} | stopped at {told['stopped']:.0f}, {LIMIT} s on the clock | |"
    version = f" {told['version']} (pandas {told['pandas']})" if "version" in told else ""
    return f"| {name}{version} | {told['columns']:.0f} | {told['cpu']:.2f} | {told['peak'] / 1e6:,.0f} |"


def main() -> int:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = write(folder)
        taken: dict[str, list[dict[str, Any]]] = {"reference": [], "ours": [], "floor": []}
        for _ in range(samples):
            for which, told in taken.items():
                told.append(side(which, folder))
        peers = [found for which in PEERS for found in peer(which, folder, columns)]
    reference, ours, floor = (median(told) for told in taken.values())
    print("| side | columns | CPU (s) | peak memory (MB) |\n|---|---|---|---|")
    print(row("ours: the check", ours))
    print(row("ours: the profile of the reference, once a model", reference))
    print(row("floor: one look-up a value, in memory", floor))
    both = {**floor, "cpu": floor["cpu"] + floor["reading"]}
    print(row("floor, with the reading of the Parquet file", both))
    for which, found in peers:
        print(row(which, found))
    floors = ours["cpu"] / floor["cpu"]
    print(f"\nOurs takes {floors:.1f} floors, {ours['cpu'] / both['cpu']:.1f} with the reading.", end=" ")
    print(f"Whole process, imports included: {ours['process']:.2f} s. Load of the machine: {os.getloadavg()[0]:.1f}.")
    figures = {"cpu": ours["cpu"], "memory": ours["peak"], "floors": floors}
    missed = [which for which, most in TARGETS.items() if figures[which] > most]
    print("targets: " + ", ".join(f"{n} < {m:g}{' MISSED' if n in missed else ''}" for n, m in TARGETS.items()))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

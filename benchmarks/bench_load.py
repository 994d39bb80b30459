"""What ``%load_ext ipymlops`` costs beside an extension that does nothing, in a warm interpreter.

Each sample is a new process, so that every import is paid for: it builds a shell, warms it with one cell, and
times the one line. Medians of alternating samples are compared. ``python benchmarks/bench_load.py [SAMPLES]``
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BUDGET_MS = 60.0
PROGRAM = """
import time
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.hist_file = ":memory:"
shell = InteractiveShell(config=config)
shell.run_cell("%load_ext warm_up", store_history=True).raise_error()
start = time.perf_counter()
result = shell.run_cell("%load_ext {extension}", store_history=True)
seconds = time.perf_counter() - start
result.raise_error()
print(1000 * seconds)
"""
EMPTY = "def load_ipython_extension(ipython):\n    pass\n"


def sample(extension: str, folder: Path) -> float:
    """Milliseconds of one ``%load_ext`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(extension=extension)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={**os.environ, "IPYTHONDIR": str(folder), "PYTHONPATH": str(folder)},
    )
    return float(done.stdout)


def compare(samples: int) -> dict[str, float | int | bool]:
    """Medians of both sides, and what ours costs more."""
    times: dict[str, list[float]] = {"empty_extension": [], "ipymlops": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for extension in ("warm_up", "empty_extension"):
            (folder / f"{extension}.py").write_text(EMPTY)
        for extension in times:  # byte-compiles; not counted
            sample(extension, folder)
        for _ in range(samples):
            for extension, taken in times.items():
                taken.append(sample(extension, folder))
    empty, ours = (statistics.median(taken) for taken in times.values())
    more = ours - empty
    return {"empty_ms": empty, "ipymlops_ms": ours, "more_ms": more, "budget_ms": BUDGET_MS, "samples": samples}


def main() -> int:
    figures = compare(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
    return 0 if figures["more_ms"] < BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())

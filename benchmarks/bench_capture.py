"""What capturing costs a cell, with 200 names and a table of a million rows in the namespace.

Two shells of one process run the same cells in turn: one as IPython makes it, one with the extension. The cost of a
cell is measured twice: what our two hooks take (median and 99th percentile, on the clock and of the processor, which
a busy machine does not stretch), and by how much the medians of whole cells differ. A loop of 200,000 rounds shows what
remains inside of a cell: nothing is traced there; its cells are compared by the processor's time, pair by pair.
``python benchmarks/bench_capture.py [ROUNDS]``
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ipymlops.apps.notebook import extension
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.inputs import find_inputs
from ipymlops.pipelines.script import write_script
from ipymlops.pipelines.slicing import slice_journal

TARGETS = {"median_ms": 1.0, "p99_ms": 5.0, "loop_percent": 2.0, "export_s": 1.0}
CELLS = (
    "n = n + 1",
    "a_list.append(n)",
    "frame['c1'] = n",
    "small = frame.head(10)",
    "def f(x):\n    return x + n",
    "np.random.rand(3)",
    "values = {k: k * 2 for k in range(20)}",
    "numbers = [f(i) for i in range(10)]",
    "table = frame[['c2', 'c3']].head(100).copy()",
    "text = 'a' * n",
)
HUGE = (  # cells of which nobody can read every word in the time
    ("20,000 names, and globals()", "len(globals())"),  # the first: IPython stores the text of the others in a thread
    ("a text of 2 MB", f"text = '{'some words ' * 181_818}'"),
    ("a list of 600 kB", f"numbers = [{', '.join(map(str, range(90_000)))}]"),
)
MANY_NAMES = 20_000
LOOPS = 400  # pairs: one run of the loop differs from the next by far more than our hooks take
LOOP = "total = 0\nfor i in range(200_000):\n    total += i % 7"


def shell(load: bool) -> InteractiveShell:
    """A shell whose namespace is as full as after a day's work."""
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    made = InteractiveShell(config=config)
    made.user_ns.update(namespace())
    if load:
        made.run_cell("%load_ext ipymlops", store_history=True).raise_error()
    return made


def namespace() -> dict[str, Any]:
    random = np.random.default_rng(0)
    kinds: tuple[Callable[[int], Any], ...] = (
        lambda i: random.normal(size=(200, 5)),
        lambda i: pd.DataFrame(random.normal(size=(1_000, 8)), columns=list("abcdefgh")),
        lambda i: list(range(i * 50)),
        lambda i: {f"k{j}": j for j in range(i)},
        lambda i: f"text {i}",
        lambda i: [random.normal(size=50) for _ in range(20)],
        lambda i: pd.Series(random.normal(size=5_000)),
        lambda i: {"frame": pd.DataFrame({"a": [1, 2, 3]}), "n": i},
    )
    names = {f"name_{i}": kinds[i % len(kinds)](i) for i in range(195)}
    frame = pd.DataFrame(random.normal(size=(1_000_000, 10)), columns=[f"c{i}" for i in range(10)])
    return {**names, "frame": frame, "n": 1, "a_list": [], "np": np, "pd": pd}


def run(shell: InteractiveShell, source: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds of one cell."""
    start = clock()
    result = shell.run_cell(source, store_history=True, silent=False)
    seconds = clock() - start
    result.raise_error()
    return 1000 * seconds


def watched(shell: InteractiveShell) -> list[tuple[float, float]]:
    """Where the time of our hooks is written down from now on, a pair a cell: on the clock, and of the processor."""
    hooks = extension.held(shell).hooks  # type: ignore[union-attr]
    taken: list[tuple[float, float]] = []
    for event, hook in (("pre_run_cell", hooks.before), ("post_run_cell", hooks.after)):
        shell.events.unregister(event, hook)
        shell.events.register(event, _timed(hook, taken, first=event == "pre_run_cell"))
    return taken


def _timed(hook: Callable[[Any], None], taken: list[tuple[float, float]], *, first: bool) -> Callable[[Any], None]:
    def timed(about: Any) -> None:
        start, worked = time.perf_counter(), time.thread_time()
        hook(about)
        spent = 1000 * (time.perf_counter() - start), 1000 * (time.thread_time() - worked)
        before = (0.0, 0.0) if first else taken.pop()
        taken.append((before[0] + spent[0], before[1] + spent[1]))

    return timed


def measure(rounds: int) -> dict[str, float]:
    plain, ours = shell(load=False), shell(load=True)
    hooks = watched(ours)
    times: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(rounds):
        for cell in CELLS:
            times["plain"].append(run(plain, cell))
            times["ours"].append(run(ours, cell))
    added, worked = zip(*hooks, strict=True)
    loops = [looped(plain, ours, plain_first=bool(i % 2)) for i in range(LOOPS)]
    plain_loop = statistics.median(of_plain for of_plain, _ in loops)
    more = statistics.median(of_ours - of_plain for of_plain, of_ours in loops)
    return {
        "cells": len(added),
        "plain_median_ms": statistics.median(times["plain"]),
        "ours_median_ms": statistics.median(times["ours"]),
        "median_ms": statistics.median(added),
        "p99_ms": float(np.quantile(added, 0.99)),
        "max_ms": max(added),
        "median_cpu_ms": statistics.median(worked),
        "p99_cpu_ms": float(np.quantile(worked, 0.99)),
        "loop_ms": plain_loop,
        "loop_percent": 100 * more / plain_loop,
        "loop_added_ms": statistics.median(cpu for _, cpu in hooks[-LOOPS:]),
        "export_s": export_seconds(),
        **huge_ms(),
    }


def huge_ms(times: int = 15) -> dict[str, float]:
    """The median of what our hooks work at cells of much text, and at a small one among many names."""
    medians = {}
    for name, source in HUGE:
        ours = shell(load=True)
        if "globals" in source:
            ours.user_ns.update((f"many_{i}", [i]) for i in range(MANY_NAMES))
        hooks = watched(ours)
        for _ in range(times):
            run(ours, source)
        medians[name] = statistics.median(cpu for _, cpu in hooks)
    return medians


def looped(plain: InteractiveShell, ours: InteractiveShell, *, plain_first: bool) -> tuple[float, float]:
    """The loop in both shells, in turn: whichever is second finds the processor as the first left it."""
    if plain_first:
        return run(plain, LOOP, time.thread_time), run(ours, LOOP, time.thread_time)
    of_ours = run(ours, LOOP, time.thread_time)
    return run(plain, LOOP, time.thread_time), of_ours


def export_seconds() -> float:
    """Slice, inputs and script of a session of 100 cells; nothing is run."""
    ours = shell(load=True)
    run(ours, "from sklearn.linear_model import LinearRegression")
    for i in range(98):
        run(ours, f"frame['x{i % 5}'] = frame['c{i % 10}'] * {i}\nlook_{i} = frame.head({i + 1}).describe()")
    run(ours, "model = LinearRegression().fit(frame.head(100), frame['c1'].head(100))")
    journal: Journal = extension.held(ours).hooks.recorder.journal()  # type: ignore[union-attr]
    start = time.perf_counter()
    cut = slice_journal(journal, ("model",))
    write_script(cut, find_inputs(cut, "."), model="line", version=1, notebook="work.ipynb")
    return time.perf_counter() - start


def main() -> int:
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    missed = [name for name, most in TARGETS.items() if figures[name] > most]
    print("targets: " + ", ".join(f"{n} < {m:g}{' MISSED' if n in missed else ''}" for n, m in TARGETS.items()))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

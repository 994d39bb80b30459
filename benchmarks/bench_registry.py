"""Many processes on an empty store, kills at any moment, a line of 1,000 versions; beside MLflow, same work, same run.

Run ``python benchmarks/bench_registry.py [KILLS]``. PostgreSQL is measured where ``IPYMLOPS_POSTGRES`` is the address
of an empty database, MLflow where ``IPYMLOPS_MLFLOW_PYTHON`` names an interpreter that has it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ipymlops.registry import bundle
from ipymlops.registry.registry import Registry
from ipymlops.registry.upkeep import check
from ipymlops.storage.blobs import Blobs
from ipymlops.storage.database import Database

PROCESSES, VERSIONS, MEGABYTES = 4, 50, 5
LISTED = 1_000

PEER = r"""
import json, logging, os, sys, time, warnings
warnings.filterwarnings("ignore")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
here, processes, versions, size = sys.argv[1], *map(int, sys.argv[2:5])
os.chdir(here)
import multiprocessing
from pathlib import Path

def work(number, start, errors):
    import logging
    start.wait()
    from mlflow import MlflowClient
    logging.disable(logging.CRITICAL)
    for i in range(versions):
        try:
            client = MlflowClient(f"sqlite:///{here}/mlflow.db")
            try:
                client.create_registered_model("credit-risk")
            except Exception as error:
                if "already exists" not in str(error):
                    raise
            run = client.create_run("0")
            path = Path(here, f"model-{number}.bin")
            path.write_bytes(os.urandom(size))
            client.log_artifact(run.info.run_id, str(path))
            client.create_model_version("credit-risk", run.info.artifact_uri, run.info.run_id)
        except Exception as error:
            errors.put(type(error).__name__ + ": " + str(error).strip().splitlines()[0][:100])

if __name__ == "__main__":
    if "prepared" in sys.argv:  # the tables are there before the first of the processes comes
        from mlflow import MlflowClient
        MlflowClient(f"sqlite:///{here}/mlflow.db").search_registered_models()
    spawn = multiprocessing.get_context("spawn")
    start, errors = spawn.Event(), spawn.Queue()
    workers = [spawn.Process(target=work, args=(n, start, errors)) for n in range(processes)]
    for worker in workers: worker.start()
    time.sleep(4)
    begun = time.perf_counter(); start.set()
    for worker in workers: worker.join()
    seconds = time.perf_counter() - begun
    import mlflow
    from mlflow import MlflowClient
    logging.disable(logging.CRITICAL)
    said = []
    while not errors.empty(): said.append(errors.get())
    try:
        client = MlflowClient(f"sqlite:///{here}/mlflow.db")
        found = sorted(int(v.version) for v in client.search_model_versions("name='credit-risk'", max_results=10_000))
    except Exception as error:
        found, said = [], [*said, str(error).splitlines()[0][:100]]
    print(json.dumps({"seconds": seconds, "found": len(found), "consecutive": found == list(range(1, len(found) + 1)),
                      "errors": len(said), "first": said[:1], "version": mlflow.__version__}))
"""


def opened(url: str, folder: str) -> Registry:
    return Registry(Database(url), Blobs(folder))


def register(registry: Registry, size: int) -> None:
    data = os.urandom(size)
    manifest = bundle.pack({"model.bin": data}, {"model": "credit-risk"})
    files = [registry.blobs.put(data), registry.blobs.put(manifest)]
    registry.add_version("credit-risk", files[1], {}, files=files, who="bench", why="", evidence={})


def work(url: str, folder: str, start: Any) -> None:
    start.wait()
    registry = opened(url, folder)
    for _ in range(VERSIONS):
        register(registry, MEGABYTES * 1_000_000)


def many_at_once(url: str, folder: str) -> dict[str, Any]:
    """Seconds, and what is there afterwards."""
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    workers = [spawn.Process(target=work, args=(url, folder, start)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    time.sleep(4)  # all have imported what they need
    begun = time.perf_counter()
    start.set()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begun
    numbers = [v.number for v in opened(url, folder).versions("credit-risk")]
    return {
        "seconds": seconds,
        "found": len(numbers),
        "consecutive": numbers == list(range(1, len(numbers) + 1)),
        "errors": sum(worker.exitcode != 0 for worker in workers),
    }


def register_and_promote(url: str, folder: str) -> None:
    registry, n = opened(url, folder), 0
    while True:
        register(registry, 300_000)
        newest = registry.versions("credit-risk")[-1].number
        registry.set_alias("credit-risk", "champion", newest, kind="promote", who="bench", why="", evidence={})
        n += 1


def kill_sweep(url: str, folder: str, kills: int) -> dict[str, int]:
    """Kill a process that registers and promotes at random moments; after each kill everything must be sound."""
    spawn = multiprocessing.get_context("spawn")
    moments, faults, unloadable = random.Random(0), 0, 0
    for _ in range(kills):
        process = spawn.Process(target=register_and_promote, args=(url, folder))
        process.start()
        time.sleep(1.0 + moments.random() * 0.6)  # imports take the first second
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        registry = opened(url, folder)
        faults += len(check(registry).faults) if registry.names() else 0
        if registry.names() and "champion" in registry.aliases("credit-risk"):
            unloadable += _is_unloadable(registry)
    return {"kills": kills, "versions": len(opened(url, folder).all_versions()), "faults": faults,
            "champions not loadable": unloadable}  # fmt: skip


def _is_unloadable(registry: Registry) -> int:
    champion = registry.resolve("credit-risk@champion")
    return int(len(bundle.Bundle.from_blobs(registry.blobs, champion.manifest).read("model.bin")) != 300_000)


def listing(url: str, folder: str) -> dict[str, float]:
    """Milliseconds to list and to resolve one of 1,000 versions, medians of 9."""
    registry = opened(url, folder)
    manifest = registry.blobs.put(bundle.pack({}, {"model": "long"}))
    with registry.database.write():
        for _ in range(LISTED):
            registry.add_version("long", manifest, {"metrics": []}, who="bench", why="", evidence={})
    return {"list": _median(lambda: registry.versions("long")), "resolve": _median(lambda: registry.resolve("long"))}


def _median(ask: Any) -> float:
    taken = []
    for _ in range(9):
        begun = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def stores(folder: Path) -> dict[str, str]:
    found = {"SQLite": f"sqlite:///{folder / 'registry.db'}"}
    if address := os.environ.get("IPYMLOPS_POSTGRES"):
        found["PostgreSQL"] = address
    return found


def peer(folder: Path, *how: str) -> dict[str, Any] | None:
    """The same by MLflow, on an empty store or on one ``prepared`` by a process before."""
    folder.mkdir()
    python = os.environ.get("IPYMLOPS_MLFLOW_PYTHON")
    if not python:
        return None
    script = folder / "peer.py"
    script.write_text(PEER)
    words = [python, str(script), str(folder), str(PROCESSES), str(VERSIONS), str(MEGABYTES * 1_000_000), *how]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"failed": done.stderr[-500:]}


def main(kills: int = 100) -> None:
    """Print what was found."""
    with tempfile.TemporaryDirectory() as place:
        for name, url in stores(Path(place)).items():
            blobs = str(Path(place, f"blobs-{name}"))
            print(name, "4 processes x 50 versions of 5 MB:", json.dumps(many_at_once(url, blobs)), flush=True)
            print(name, "1,000 versions, ms:", json.dumps(listing(url, blobs)), flush=True)
        print("kill -9:", json.dumps(kill_sweep(f"sqlite:///{place}/killed.db", f"{place}/killed", kills)), flush=True)
        for how in ((), ("prepared",)):
            found = peer(Path(place, "-".join(["mlflow", *how])), *how)
            print("MLflow", *how, json.dumps(found or "IPYMLOPS_MLFLOW_PYTHON names no interpreter"), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)

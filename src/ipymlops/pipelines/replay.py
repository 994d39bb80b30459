"""The clean process of a verification: train as the script says, compare with the registered model, say what was found.

It is started by ``verification.py`` and answers in one JSON file.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from ipymlops.pipelines import sparse_rows
from ipymlops.pipelines.likeness import UNSEEN, compare_models
from ipymlops.pipelines.loading import Loading
from ipymlops.pipelines.sparse_rows import is_sparse
from ipymlops.pipelines.training_rows import fingerprint
from ipymlops.registry.serializers import like_registered

MODULE = "retrain"
MOST_ROWS = 10_000  # of the training data that are compared
FEWEST_ROWS = 200  # that are made up, however few there are to make them of


def main(request: str, lifeline: int) -> None:
    """``request``: JSON with the pipeline's folder, the inputs' paths, and where to write the answer. ``lifeline``: a
    pipe that closes when nobody waits for the answer any more."""
    if lifeline >= 0:
        threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    asked = json.loads(request)
    folder = Path(asked["folder"])
    warnings.simplefilter("ignore")
    answer: dict[str, Any] = {"stage": "start", "python": sys.version.split()[0]}
    try:
        _replay(folder, asked["inputs"], answer)
    except BaseException as error:  # whatever it was is the answer, SystemExit included
        answer["error"] = _described(error, folder / f"{MODULE}.py")
    Path(asked["answer"]).write_text(json.dumps(answer))


def _end_with(lifeline: int) -> None:
    """Wait until the other end closes; then end this process and all that it started: its session is its own."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def _replay(folder: Path, inputs: dict[str, str], answer: dict[str, Any]) -> None:
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.serializers import rows_for, served

    answer["stage"] = "import"
    loading = Loading(folder / "bundle")
    loading.begin()
    pipeline = _pipeline_of(_loaded(folder / f"{MODULE}.py"))
    answer["stage"] = "train"
    start = time.perf_counter()
    model, data = pipeline.replay(inputs)
    loading.end()
    answer |= {"seconds": time.perf_counter() - start, "tuned": pipeline.tuning.found()}
    answer["opened"] = pipeline.opened
    folders = {name: Path(path) for name, path in inputs.items() if Path(path).is_dir()}
    answer["files"] = {name: loading.read_in(place, but=folder) for name, place in folders.items()}
    answer |= {"own": loading.own, "loaded": loading.notes(model)}
    answer["stage"] = "compare"
    bundle = Bundle.from_folder(folder / "bundle")
    model = served(model)
    if data is not None:
        data = rows_for(model, data)
        answer["training"] = None if is_sparse(data[0]) else fingerprint(*data)
    registered = bundle.model()
    likeness = compare_models(registered, like_registered(model, lambda: registered), _tables(bundle, data))
    answer |= {"stage": "done", "likeness": likeness.to_json()}


def _loaded(script: Path) -> ModuleType:
    """The script as a module, so that what it defines can be imported and pickled."""
    spec = importlib.util.spec_from_file_location(MODULE, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


def _pipeline_of(module: ModuleType) -> Any:
    found = [v for v in vars(module).values() if hasattr(type(v), "replay")]
    if not found:
        raise LookupError("the script has no pipeline: it was edited")
    return found[0]


def _tables(bundle: Any, data: tuple[Any, Any] | None) -> dict[str, Any]:
    from ipymlops.frames import perturbed

    tables: dict[str, Any] = {}
    if "benchmark.parquet" in bundle:
        tables["benchmark"] = bundle.schema().conform(bundle.benchmark()[0])
    if data is not None:
        tables["training"] = _bounded(data[0])
    for source in list(tables.values())[-1:]:
        some = _bounded(source, at_least=FEWEST_ROWS)
        tables[UNSEEN] = sparse_rows.mixed(some) if is_sparse(some) else perturbed(some)
    return tables


def _bounded(data: Any, at_least: int = 0) -> Any:
    """Some of the rows if they are many, each several times if they are few."""
    import numpy as np

    from ipymlops.frames import as_table

    if is_sparse(data):
        return sparse_rows.bounded(data, MOST_ROWS, at_least)
    table = as_table(data)
    wanted = min(max(table.rows, at_least), MOST_ROWS)
    if table.rows == wanted:
        return table.native
    return table.take(
        (np.linspace(0, table.rows - 1, wanted) if wanted < table.rows else np.arange(wanted) % table.rows).astype(
            np.intp
        )
    )


def _described(error: BaseException, script: Path) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if Path(f.filename) == script]
    return {
        "type": type(error).__name__,
        "message": str(error).strip().split("\n")[0][:500],
        "line": lines[-1] if lines else None,
        "file": str(getattr(error, "filename", "") or ""),
    }

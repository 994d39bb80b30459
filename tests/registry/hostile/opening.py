"""A process that opens bundles for the tests of hostile ones: each in a child of its own, bounded in memory and time.

It imports what a user's process would have imported, then reads requests, one JSON line each, and answers each with
what became of the child: the error it ended with, or the signal that ended it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

ROOM = 1_500_000_000  # bytes beyond what the imports take


def main() -> None:
    import numpy as np

    import ipymlops.frames  # noqa: F401
    from ipymlops.registry.bundle import Bundle  # noqa: F401
    from ipymlops.registry.serializers import sklearn, statsmodels  # noqa: F401

    np.zeros(1)
    for name in sys.argv[1:]:  # what only some bundles need, imported before memory is bounded
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_ask(json.loads(line))), flush=True)


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = _bounded(request)
        with os.fdopen(writing, "w") as file:
            file.write(json.dumps(answer))
        os._exit(0)
    os.close(writing)
    until = time.monotonic() + request["seconds"]
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reading)
            return {"late": True}
        time.sleep(0.005)
    with os.fdopen(reading) as file:
        told = file.read()
    return json.loads(told) if os.WIFEXITED(ended[1]) and told else {"signal": os.WTERMSIG(ended[1])}


def _bounded(request: dict[str, Any]) -> dict[str, Any]:
    os.chdir(request["cwd"])
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, used + ROOM))
    said, complained = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            code = _DO[request["do"]](request)
    except BaseException as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        where = traceback.format_exception(error)[-6:]
        return {"error": type(error).__name__, "kinds": kinds, "message": str(error), "where": where}
    return {"code": code, "said": said.getvalue(), "complained": complained.getvalue()}


def _open(request: dict[str, Any]) -> int:
    """As the model card says: read all that is there, and ask the model about the benchmark."""
    from ipymlops.registry.bundle import Bundle

    bundle = Bundle.from_folder(request["folder"])
    model = bundle.model()
    if "benchmark.parquet" in bundle:
        rows = bundle.schema().conform(bundle.benchmark()[0])
        model.predict(rows)
    return 0


def _answer(request: dict[str, Any]) -> int:
    """Ask the model about rows of nothing in particular, where it stands without a benchmark."""
    import numpy as np
    import pandas as pd

    from ipymlops.registry.bundle import Bundle

    model = Bundle.from_folder(request["folder"]).model()
    model.predict(pd.DataFrame(np.ones((4, len(model.columns))), columns=list(model.columns)))
    return 0


def _extract(request: dict[str, Any]) -> int:
    from ipymlops.registry.bundle import Bundle

    Bundle.from_folder(request["folder"]).extract("copy")
    return 0


def _served(request: dict[str, Any]) -> int:
    """As MLflow does."""
    from ipymlops.registry.pyfunc import _load_pyfunc

    _load_pyfunc(request["folder"])
    return 0


def _command(request: dict[str, Any]) -> int:
    from ipymlops.apps.cli import main as command

    return command(request["words"])


def _do_harm(request: dict[str, Any]) -> int:
    """What the suite must notice."""
    if request["do"] == "end":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    elif request["do"] == "wait":
        time.sleep(60)
    elif request["do"] == "fill":
        return len(b"x" * (2 * ROOM))
    Path("../pwned").touch()
    return 0


_HARM = dict.fromkeys(("end", "wait", "fill", "write"), _do_harm)
_DO = {"open": _open, "answer": _answer, "extract": _extract, "serve": _served, "command": _command, **_HARM}

if __name__ == "__main__":
    main()

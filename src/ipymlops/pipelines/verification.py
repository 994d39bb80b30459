"""The proof that a pipeline reproduces its model: run it in a clean process, in an empty folder, and compare."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipymlops
from ipymlops.capture.environment import variables_at_start
from ipymlops.pipelines import addresses
from ipymlops.pipelines.inputs import fingerprint, is_pattern
from ipymlops.pipelines.paths import is_address
from ipymlops.pipelines.results import Verification
from ipymlops.pipelines.slice_record import read_record
from ipymlops.pipelines.variables import ENV, is_variable
from ipymlops.pipelines.verdicts import Attempt, cannot_tell, judge

# The script's folder comes first, as under ``python retrain.py``; our own is only needed where we are not installed.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); sys.path.append(sys.argv[2]); "
    "from ipymlops.pipelines.replay import main; main(sys.argv[3], int(sys.argv[4]))"
)


def verify(folder: Path, *, timeout: float = 600.0, moved: Mapping[str, str] | None = None) -> Verification:
    """Run the exported pipeline in ``folder`` on the inputs of its notebook and compare with the registered model.

    ``moved``: where inputs lie now, name -> path; they must be the same files still.
    """
    return attempt(folder, timeout=timeout, moved=moved).verification


def attempt(
    folder: Path,
    *,
    timeout: float = 600.0,
    moved: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    hash_seed: int | None = None,
) -> Attempt:
    """One run in a clean process. Nothing is written outside of temporary folders. ``typed``: the connection strings
    and passwords that the notebook had written out, by environment variable; the environment's own come first.
    ``hash_seed``: gives strings the same hashes in each run that has it; without, they are others in every process.

    Only a run that came to an answer says "not reproduced". Where it could not, nothing was proved and nothing
    disproved: that is "not verified", with the cause.
    """
    folder = folder.resolve()
    record = read_record(folder)
    paths = {i["name"]: input_path(record, folder, i["default"]) for i in record["inputs"]} | dict(moved or {})
    start = time.perf_counter()
    secrets = {
        name: value for name, value in {**(typed or {}), **os.environ}.items() if f"{ENV}{name}" in paths.values()
    }
    if cause := unset_variable(paths, secrets) or changed_inputs(record, paths):
        return cannot_tell(cause, final=True)
    answer = _answer(folder, paths, timeout, secrets, hash_seed)
    seconds = round(time.perf_counter() - start, 2)
    judged = _missing(answer, record, paths) or judge(answer, folder, timeout)
    return replace(judged, verification=replace(judged.verification, seconds=seconds))


def input_path(record: Mapping[str, Any], folder: Path, default: str) -> str:
    """Where an input of the notebook lies: relative paths start in the notebook's folder, not in ours."""
    if is_address(default) or is_variable(default):
        return default
    path = Path(default).expanduser()
    return str(path if path.is_absolute() else Path(os.path.normpath(folder / record["folder"] / path)))


def unset_variable(paths: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """In words, the first variable that nobody has set."""
    names = (p.removeprefix(ENV) for p in paths.values() if is_variable(p))
    absent = next((n for n in names if n not in secrets), "")
    return absent and (
        f"the environment variable {absent} is not set: it stands for what the notebook had written out, and which is "
        "not stored"
    )


def changed_inputs(record: Mapping[str, Any], paths: Mapping[str, str]) -> str:
    """In words, the inputs that are not there or are others than when the model was registered."""
    return "; ".join(_input_changes(record, paths))


def _input_changes(record: Mapping[str, Any], paths: Mapping[str, str]) -> Iterator[str]:
    for found in record["inputs"]:
        place = paths[found["name"]]
        path = Path(place)
        if is_variable(place) or (is_address(place) and not found["sha256"]):
            continue
        if not is_address(place) and not path.exists() and not is_pattern(path.name):
            if not found["sha256"]:
                continue  # it was not there when the model was registered either, and may not be needed
            yield f"the input {found['name']} is missing: no file is at {found['default']}"
            continue
        now = (addresses.fingerprint(place) if is_address(place) else fingerprint(path))[0]
        if is_address(place) and now is None:
            yield f"the input {found['name']} could not be read: nothing answered at {found['default']}"
        elif found["sha256"] and now != found["sha256"]:
            was, is_now = found["sha256"][:12], str(now)[:12]
            yield f"the input {found['name']} ({found['default']}) has changed: its sha256 was {was}, is {is_now}"
        for name, sha256 in found.get("files", {}).items():
            if (there := fingerprint(path / name)[0]) != sha256:
                how = "is missing" if there is None else f"has changed: its sha256 was {sha256[:12]}, is {there[:12]}"
                yield f"{name} in the input {found['name']} ({found['default']}) {how}"


def _missing(answer: Mapping[str, Any], record: Mapping[str, Any], paths: Mapping[str, str]) -> Attempt | None:
    """Nothing was proved where the script stopped because an input is not there."""
    error = answer.get("error", {})
    for found in record["inputs"] if error.get("type") == "FileNotFoundError" else ():
        if error["file"] == paths[found["name"]]:
            cause = f"the input {found['name']} is missing: no file is at {found['default']}"
            return cannot_tell(cause, python=answer["python"], final=True)
    return None


def _answer(
    folder: Path, inputs: Mapping[str, str], timeout: float, secrets: Mapping[str, str], hash_seed: int | None
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ipymlops-clean-") as place:
        empty, written = Path(place, "empty"), Path(place, "answer.json")
        empty.mkdir()
        request = json.dumps({"folder": str(folder), "inputs": dict(inputs), "answer": str(written)})
        ours = str(Path(ipymlops.__file__).parents[1])
        alone = ["-I"] if hash_seed is None else ["-s", "-P"]  # -I would not read the seed
        variables = secrets if hash_seed is None else {**secrets, "PYTHONHASHSEED": str(hash_seed)}
        command = [sys.executable, *alone, "-B", "-c", START, str(folder), ours, request]
        said = _run(command, empty, timeout, variables)
        if said is None:
            return {"timeout": True}
        if not written.exists():
            return {"died": said}
        answer: dict[str, Any] = json.loads(written.read_text())
        return answer


def _run(command: list[str], folder: Path, timeout: float, secrets: Mapping[str, str]) -> str | None:
    """Run to the end; its last words, or None if the time was up. Its children end with it."""
    lifeline = _Lifeline()
    process = subprocess.Popen(
        [*command, str(lifeline.child)],
        pass_fds=lifeline.passed,
        cwd=folder,
        env={**clean_environment(), **secrets},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        _, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        return None
    except BaseException:
        _end(process)
        raise
    finally:
        lifeline.close()
    last = [line for line in errors.splitlines() if line.strip()]
    return f"{last[-1][:300] if last else 'it said nothing'} (exit code {process.returncode})"


class _Lifeline:
    """A pipe whose other end closes with this process, however it ends: then the clean one ends, too."""

    def __init__(self) -> None:
        self.child, self._ours = os.pipe() if os.name == "posix" else (-1, -1)
        self.passed = (self.child,) if os.name == "posix" else ()

    def close(self) -> None:
        for end in {self.child, self._ours} - {-1}:
            os.close(end)


def _end(process: subprocess.Popen[str]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)  # its own session, so nobody else's process
    else:
        process.kill()
    process.communicate()


def clean_environment() -> dict[str, str]:
    """The environment without what a notebook adds or its cells set, and with plots that need no screen."""
    kept = {k: v for k, v in variables_at_start().items() if not k.startswith(("PYTHON", "JPY_", "IPY", "JUPYTER"))}
    return {**kept, "MPLBACKEND": "Agg"}

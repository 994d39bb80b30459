"""The proof that a pipeline reproduces its model: run it in a clean process, in an empty folder, and compare."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ipymlops
from ipymlops.capture.environment import variables_at_start
from ipymlops.pipelines import addresses
from ipymlops.pipelines.inputs import fingerprint, is_pattern
from ipymlops.pipelines.likeness import LEARNED, Answers, Likeness
from ipymlops.pipelines.paths import is_address
from ipymlops.pipelines.results import Verdict, Verification
from ipymlops.pipelines.variables import ENV, is_variable

SCRIPT, RECORD, BUNDLE = "retrain.py", "slice.json", "bundle"
UNSTEADY = "of the registered model is not deterministic: the same rows get other answers each time they are asked for"
NO_ROWS = "there are no rows on which the models could be compared; register it with --train X y or --test X y"
# The script's folder comes first, as under ``python retrain.py``; our own is only needed where we are not installed.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); sys.path.append(sys.argv[2]); "
    "from ipymlops.pipelines.replay import main; main(sys.argv[3], int(sys.argv[4]))"
)
# Errors of the machine or of the way to a file, not of the pipeline.
NO_ANSWER = ("MemoryError", "KeyboardInterrupt", "URLError", "gaierror", "TimeoutError", "ConnectionError")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a pipeline: the verdict, and what the next attempt can learn from it."""

    verification: Verification
    evidence: str = ""  # the error as Python words it
    digest: str = ""  # of the trained model's answers; equal runs have equal digests
    final: bool = False  # a wider slice cannot change it: an input is missing or another one, the time was up
    tuned: Mapping[str, Any] = field(default_factory=dict)  # what each search of parameters found, by its label


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
    record = json.loads((folder / RECORD).read_text())
    paths = {i["name"]: input_path(record, folder, i["default"]) for i in record["inputs"]} | dict(moved or {})
    start = time.perf_counter()
    secrets = {
        name: value for name, value in {**(typed or {}), **os.environ}.items() if f"{ENV}{name}" in paths.values()
    }
    if cause := unset_variable(paths, secrets) or changed_inputs(record, paths):
        return _cannot_tell(cause, final=True)
    answer = _answer(folder, paths, timeout, secrets, hash_seed)
    seconds = round(time.perf_counter() - start, 2)
    judged = _missing(answer, record, paths) or _judge(answer, folder, timeout)
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
    """In words, the first input that is not there or is another one than when the model was registered."""
    for found in record["inputs"]:
        place = paths[found["name"]]
        path = Path(place)
        if is_variable(place) or (is_address(place) and not found["sha256"]):
            continue
        if not is_address(place) and not path.exists() and not is_pattern(path.name):
            if not found["sha256"]:
                continue  # it was not there when the model was registered either, and may not be needed
            return f"the input {found['name']} is missing: no file is at {found['default']}"
        now = (addresses.fingerprint(place) if is_address(place) else fingerprint(path))[0]
        if is_address(place) and now is None:
            return f"the input {found['name']} could not be read: nothing answered at {found['default']}"
        if found["sha256"] and now != found["sha256"]:
            was = found["sha256"][:12]
            return (
                f"the input {found['name']} ({found['default']}) has changed: its sha256 was {was}, is {str(now)[:12]}"
            )
    return ""


def _missing(answer: Mapping[str, Any], record: Mapping[str, Any], paths: Mapping[str, str]) -> Attempt | None:
    """Nothing was proved where the script stopped because an input is not there."""
    error = answer.get("error", {})
    for found in record["inputs"] if error.get("type") == "FileNotFoundError" else ():
        if error["file"] == paths[found["name"]]:
            cause = f"the input {found['name']} is missing: no file is at {found['default']}"
            return _cannot_tell(cause, python=answer["python"], final=True)
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


# --- what the answer means


def _judge(answer: dict[str, Any], folder: Path, timeout: float) -> Attempt:
    if answer.get("timeout"):
        return _cannot_tell(f"training was not done after {timeout:g} seconds; allow more with --timeout", final=True)
    if "died" in answer:
        return _cannot_tell(f"the clean process ended early: {answer['died']}")
    if "error" in answer:
        return _stopped(answer, folder)
    if answer["own"]:
        cause = f"the script reads {answer['own'][0]} of its own bundle, so it may hand over what it should train"
        return _cannot_tell(cause, python=answer["python"], final=True)
    likeness = Likeness.from_json(answer["likeness"])
    verification = replace(verdict_of(likeness), python=answer["python"])
    verification = replace(verification, notes=(*verification.notes, *answer["loaded"]))
    training = _training_words(answer.get("training"), folder)
    if training and verification.reproduced and not any(a.data == "benchmark" for a in likeness.answers):
        cause = f"{training}, and there are no other rows on which the models could be compared"
        return _cannot_tell(cause, python=answer["python"])
    if training and verification.verdict == "not reproduced":
        verification = replace(verification, cause=f"{training}; then {verification.cause}")
    elif training:
        verification = replace(verification, notes=(*verification.notes, training))
    final = not likeness.answers or bool(likeness.unsteady)
    return Attempt(verification, digest=likeness.digest, final=final, tuned=answer.get("tuned", {}))


def _stopped(answer: dict[str, Any], folder: Path) -> Attempt:
    """The script raised. That is an answer, unless the machine gave out or the models could not be compared."""
    error, stage = answer["error"], answer["stage"]
    evidence = f"{error['type']}: {error['message']}"
    cause = _error_words(error, stage, folder)
    if stage == "compare" or error["type"] in NO_ANSWER:
        return _cannot_tell(cause, evidence, python=answer["python"], final=True)
    return Attempt(Verification("not reproduced", cause, python=answer["python"]), evidence)


def _cannot_tell(cause: str, evidence: str = "", *, python: str = "", final: bool = False) -> Attempt:
    return Attempt(Verification("not verified", cause, python=python), evidence, final=final)


def verdict_of(likeness: Likeness) -> Verification:
    """What the compared figures prove. The parameters and every single answer count."""
    compared = tuple(a.words for a in likeness.answers)
    largest = max((a.largest for a in likeness.answers), default=0.0)
    if not (likeness.answers or likeness.unsteady):
        return Verification("not verified", NO_ROWS)
    wrong = [a for a in likeness.answers if not a.close]
    if wrong or likeness.differences:
        causes = [*likeness.differences[:2], *(_difference_words(a) for a in wrong[:2])]
        return Verification("not reproduced", "; ".join(causes), compared, largest)
    if likeness.unsteady:
        return Verification("not verified", f"{' and '.join(likeness.unsteady)} {UNSTEADY}", compared)
    if likeness.weak and not likeness.held_alike:
        return Verification("not verified", f"{likeness.weak}, and what the two models hold differs", compared)
    verdict: Verdict = "identical" if all(a.identical for a in likeness.answers) else "within tolerance"
    held = (f"{likeness.weak}; but what the two models hold is the same, bit for bit",) if likeness.held_alike else ()
    return Verification(verdict, "", compared, largest, notes=held)


def _difference_words(a: Answers) -> str:
    if a.problem:
        return f"{a.words}: {a.problem}"
    amount = f", by up to {a.largest:.3g}" if a.largest else ""
    if a.data == LEARNED:
        return f"{a.differing:,} of the {a.words} differ{amount}"
    return f"{a.method} differs on {a.differing:,} of {a.rows:,} {a.data} rows{amount}"


def _training_words(now: dict[str, Any] | None, folder: Path) -> str:
    stored = folder / BUNDLE / "training.json"
    if now is None or not stored.exists():
        return ""
    was = json.loads(stored.read_text())
    if now["fingerprint"] == was["fingerprint"]:
        return ""
    if now["rows"] != was["rows"]:
        return f"the training data differs before the fit: {now['rows']:,} rows, were {was['rows']:,}"
    return f"the training data differs before the fit: other values or another order in its {was['rows']:,} rows"


def _error_words(error: dict[str, Any], stage: str, folder: Path) -> str:
    place = place_of(error["line"], (folder / SCRIPT).read_text())
    said = f"{error['type']}: {error['message']}" if error["message"] else error["type"]
    if stage == "compare":
        return f"the pipeline trained, but its model could not be compared: {said}"
    if error["type"] == "EOFError":
        return f"{place} asks for input at the keyboard ({said})"
    if error["type"] == "FileNotFoundError":
        return f"{place} reads a file that is not an input and not there: {error['file'] or error['message']}"
    if error["type"] == "ModuleNotFoundError":
        return f"{place} imports what is not installed or lies beside the notebook ({said})"
    return f"{place} stopped with {said}"


def place_of(line: int | None, source: str) -> str:
    """The cell that a line of the script came from."""
    if line is None:
        return "the script"
    for text in reversed(source.splitlines()[:line]):
        if found := re.match(r"\s+# (In \[\d+\])$", text):
            return f"{found[1]} (line {line} of {SCRIPT})"
        if found := re.match(r"(?:async )?(?:def|class) (\w+)", text):
            return f"`{found[1]}` (line {line} of {SCRIPT})"
    return f"line {line} of {SCRIPT}"

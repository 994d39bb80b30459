"""What the answer of a clean process means: the verdict, its evidence, and the cause in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ipymlops.phrases import count
from ipymlops.pipelines.answering import Answers
from ipymlops.pipelines.folder import BUNDLE, SCRIPT
from ipymlops.pipelines.likeness import Likeness
from ipymlops.pipelines.results import Verdict, Verification

UNSTEADY = "of the registered model is not deterministic: the same rows get other answers each time they are asked for"
NO_ROWS = "there are no rows on which the models could be compared; register it with --train X y or --test X y"
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
    opened: tuple[str, ...] = ()  # paths that the script looked up, as it has them
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # what it opened in folders, by input


def judge(answer: dict[str, Any], folder: Path, timeout: float) -> Attempt:
    if answer.get("timeout"):
        return cannot_tell(f"training was not done after {timeout:g} seconds; allow more with --timeout", final=True)
    if "died" in answer:
        return cannot_tell(f"the clean process ended early: {answer['died']}")
    if "error" in answer:
        return _stopped(answer, folder)
    if answer["own"]:
        cause = f"the script reads {answer['own'][0]} of its own bundle, so it may hand over what it should train"
        return cannot_tell(cause, python=answer["python"], final=True)
    likeness = Likeness.from_json(answer["likeness"])
    verification = replace(verdict_of(likeness), python=answer["python"])
    verification = replace(verification, notes=(*verification.notes, *answer["loaded"]))
    training = _training_words(answer.get("training"), folder)
    if training and verification.reproduced and not any(a.data == "benchmark" for a in likeness.answers):
        cause = f"{training}, and there are no other rows on which the models could be compared"
        return cannot_tell(cause, python=answer["python"])
    if training and verification.verdict == "not reproduced":
        verification = replace(verification, cause=f"{training}; then {verification.cause}")
    elif training:
        verification = replace(verification, notes=(*verification.notes, training))
    final = not likeness.answers or bool(likeness.unsteady)
    seen = tuple(answer.get("opened", ()))
    found: dict[str, Any] = {"tuned": answer.get("tuned", {}), "opened": seen, "files": answer.get("files", {})}
    return Attempt(verification, digest=likeness.digest, final=final, **found)


def _stopped(answer: dict[str, Any], folder: Path) -> Attempt:
    """The script raised. That is an answer, unless the machine gave out or the models could not be compared."""
    error, stage = answer["error"], answer["stage"]
    evidence = f"{error['type']}: {error['message']}"
    cause = _error_words(error, stage, folder)
    if stage == "compare" or error["type"] in NO_ANSWER:
        return cannot_tell(cause, evidence, python=answer["python"], final=True)
    return Attempt(Verification("not reproduced", cause, python=answer["python"]), evidence)


def cannot_tell(cause: str, evidence: str = "", *, python: str = "", final: bool = False) -> Attempt:
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
    return Verification(verdict, "", compared, largest, notes=held, refused=likeness.refused)


def _difference_words(a: Answers) -> str:
    if a.problem:
        return f"{a.words}: {a.problem}"
    amount = f", by up to {a.largest:.3g}" if a.largest else ""
    if not a.data:
        return f"{a.differing:,} of its {a.words} differ{amount}"
    return f"{a.method} differs on {a.differing:,} of {a.rows:,} {a.data} rows{amount}"


def _training_words(now: dict[str, Any] | None, folder: Path) -> str:
    stored = folder / BUNDLE / "training.json"
    if now is None or not stored.exists():
        return ""
    was = json.loads(stored.read_text())
    if now["fingerprint"] == was["fingerprint"]:
        return ""
    if now["rows"] != was["rows"]:
        return f"the training data differs before the fit: {count(now['rows'], 'row')}, were {was['rows']:,}"
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

"""Ask uv or pip which distributions a list of requirements stands for, and for the hashes of their files.

Both take their indexes and folders of wheels from their own configuration. What they answer is read into values that
hold no address: an index may be private, and its URL may hold a password.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

from ipymlops.pipelines.programs import program

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_ADDRESS = re.compile(r"[`'\"(<]*\b[\w+]+://\S+|\bhost='[^']*'")


@dataclass(frozen=True, slots=True)
class Hashed:
    """One distribution of one version, and ``sha256:...`` of each file that it may come as."""

    requirement: str
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program found, or in words why it found nothing."""

    found: tuple[Hashed, ...] = ()
    problem: str = ""


def ask(tool: str, requirements: Sequence[str], constraints: Sequence[str], timeout: float) -> Answer | None:
    """The answer of ``uv`` or ``pip``; None if it is not there."""
    command = _COMMANDS[tool]()
    if command is None:
        return None
    with tempfile.TemporaryDirectory(prefix="ipymlops-lock-") as name:
        place = Path(name)
        (place / "requirements.in").write_text("".join(f"{r}\n" for r in requirements))
        (place / "constraints.txt").write_text("".join(f"{c}\n" for c in constraints))
        problem = _run(tool, [word.replace("{place}", name) for word in command], timeout)
        return Answer(problem=problem) if problem else _complete(tool, _READ[tool](place))


def _uv() -> list[str] | None:
    found = program("uv")
    if found is None:
        return None
    quiet = ["--quiet", "--no-progress", "--no-header", "--no-annotate"]
    silent = ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-index-annotation"]
    for_all = ["--universal", "--python", sys.executable, "--python-version", PYTHON, "--no-python-downloads"]
    files = ["--constraints", "{place}/constraints.txt", "--output-file", "{place}/answer", "{place}/requirements.in"]
    return [found, "pip", "compile", "--generate-hashes", *quiet, *silent, *for_all, *files]


def _pip() -> list[str] | None:
    if importlib.util.find_spec("pip") is None:
        return None
    dry = ["--dry-run", "--ignore-installed", "--report", "{place}/answer"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"]
    files = ["--constraint", "{place}/constraints.txt", "--requirement", "{place}/requirements.in"]
    return [sys.executable, "-m", "pip", "install", *dry, *quiet, *files]


_COMMANDS: dict[str, Callable[[], list[str] | None]] = {"uv": _uv, "pip": _pip}


def _run(tool: str, command: list[str], timeout: float) -> str:
    """In words, why it did not work; nothing if it did."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    fast = {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1"}
    try:
        done = subprocess.run(
            command, env=fast | kept, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{tool} was not done after {timeout:.0f} seconds"
    except OSError as error:
        return f"{tool} could not run: {error.strerror}"
    return f"{tool} said: {_last_words(done.stderr.decode(errors='replace'))}" if done.returncode else ""


def _last_words(errors: str) -> str:
    """What a program complained of, without addresses."""
    lines = [line.strip(" \t×╰─▶│├") for line in errors.splitlines()]
    lines = [line for line in lines if line and not line.lower().startswith(("warning", "hint"))]
    pip_says = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    worst = [line for line in pip_says if not line.startswith("ResolutionImpossible")][-1:]
    return shorten(_ADDRESS.sub("an address", " ".join(worst or lines)), 240, placeholder=" ...") or "nothing"


def _complete(tool: str, found: Sequence[Hashed]) -> Answer:
    without = [f.requirement.split(" ")[0] for f in found if not f.hashes]
    if without or not found:
        return Answer(problem=f"{tool} has no hash of {', '.join(without) or 'anything'}")
    return Answer(tuple(sorted(found, key=lambda f: f.requirement.lower())))


def _read_uv(place: Path) -> list[Hashed]:
    found = []
    for line in (place / "answer").read_text().replace("\\\n", " ").splitlines():
        requirement, *hashes = (part.strip() for part in line.split("--hash="))
        if requirement and not requirement.startswith(("#", "-")):
            found.append(Hashed(requirement, tuple(hashes)))
    return found


def _read_pip(place: Path) -> list[Hashed]:
    report = json.loads((place / "answer").read_text())
    return [_installed(item) for item in report["install"]]


def _installed(item: dict[str, Any]) -> Hashed:
    named = f"{item['metadata']['name']}=={item['metadata']['version']}"
    sha256 = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
    return Hashed(named, (f"sha256:{sha256}",) if sha256 and not item["is_direct"] else ())


_READ: dict[str, Callable[[Path], list[Hashed]]] = {"uv": _read_uv, "pip": _read_pip}

"""requirements.txt beside an exported script: every distribution that it needs, with the hashes of its files.

It holds names, versions and hashes, and no address: uv and pip take the files from where they are configured to, and
accept none that differs. uv's own lock file and ``pylock.toml`` must name the index, so neither is written.

Without hashes (no network, neither uv nor pip, an index that lacks something) it holds what is installed here, and says
so. The proof does not rest on it; see ``proof``.
"""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from ipymlops.pipelines.closure import Closure, closure
from ipymlops.pipelines.resolvers import Hashed, ask
from ipymlops.pipelines.results import Lock
from ipymlops.storage.disk import write_atomically

FILE = "requirements.txt"
TOOLS = ("uv", "pip")
SECONDS = 120.0
OURS = "ipymlops"


def lock(requirements: Sequence[str], folder: Path, progress: Callable[[str], None]) -> Lock:
    """Write the lock file into the folder. What could not be locked, and why, is part of the answer."""
    installed = closure(requirements)
    constraints = [re.sub(r"\[[^]]*\]", "", p) for p in installed.pinned if " @ " not in p]  # they may have no extras
    problems: list[str] = []
    deadline = time.monotonic() + SECONDS
    for wanted in (requirements, without_ours(requirements)):
        for tool in TOOLS:
            progress(f"lock with {tool}")
            answer = ask(tool, wanted, constraints, max(1.0, deadline - time.monotonic()))
            if answer is not None and answer.found:
                return _hashed(
                    answer.found, tool, folder, left_out=_ours(requirements) if wanted != requirements else ""
                )
            problems += [answer.problem] if answer is not None else []
    return _unhashed(installed, problems, folder)


def without_ours(requirements: Sequence[str]) -> list[str]:
    """The same, with what ipymlops needs in its place."""
    needed = [r for r in metadata.requires(OURS) or () if "extra ==" not in r]
    return [*(r for r in requirements if r != _ours(requirements)), *needed]


def _ours(requirements: Sequence[str]) -> str:
    return next((r for r in requirements if r.startswith(f"{OURS}==")), "")


def _hashed(found: Sequence[Hashed], tool: str, folder: Path, *, left_out: str) -> Lock:
    files = "all their files, so for any platform" if tool == "uv" else f"their files for {_here()}"
    head = [
        f"{len(found)} distributions with the hashes of {files}. Locked by {tool}; it names no index.",
        f"Install: python -m pip install --require-hashes -r {FILE}",
    ]
    problem = ""
    if left_out:
        last = f"python -m pip install --no-deps {left_out.replace('==', '-')}-py3-none-any.whl"
        head.append(f"Then, because no index had {left_out}: {last}")
        problem = f"{FILE} leaves out {left_out}, because no index has it: install its wheel after the rest, {last}"
    lines = [" \\\n    ".join([f.requirement, *(f"--hash={h}" for h in f.hashes)]) for f in found]
    return _write(folder, head, lines, Lock(FILE, len(found), tool, problem))


def _unhashed(installed: Closure, problems: Sequence[str], folder: Path) -> Lock:
    """The versions that are installed here; the file does not repeat what a program said, which may name an index."""
    why = next(iter(dict.fromkeys(problems)), "neither uv nor pip is installed here")
    head = [
        f"{len(installed.pinned)} distributions as they were installed for {_here()}, WITHOUT hashes.",
        f"Install: python -m pip install -r {FILE}",
    ]
    if installed.missing:
        head.append(f"Required, but not installed there: {', '.join(installed.missing)}")
    problem = (
        f"{FILE} has no hashes ({why}): it holds the versions that are installed here; "
        "export again where uv or pip reaches an index that has them all"
    )
    return _write(folder, head, installed.pinned, Lock(FILE, len(installed.pinned), "", problem))


def _here() -> str:
    return f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"


def _write(folder: Path, head: Sequence[str], lines: Sequence[str], result: Lock) -> Lock:
    text = "\n".join([*(f"# {line}" for line in head), *lines, ""])
    write_atomically(folder / FILE, text.encode())
    return result

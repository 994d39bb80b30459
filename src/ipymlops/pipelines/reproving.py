"""Proving again what lies in an exported folder, and saying what is different from when it was exported."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipymlops.capture.environment import arithmetic, installed_version
from ipymlops.errors import BadInput
from ipymlops.pipelines import placing, proof
from ipymlops.pipelines.docstring import with_words
from ipymlops.pipelines.folder import BUNDLE, RECORD, SCRIPT
from ipymlops.pipelines.results import Verification
from ipymlops.pipelines.verification import verify
from ipymlops.registry.bundle import MANIFEST, Bundle
from ipymlops.storage.blobs import digest
from ipymlops.storage.disk import write_atomically

_PINNED = re.compile(r'^#     "([\w.-]+)(?:\[[^\]]*\])?==([^";]+)', re.MULTILINE)


def is_pipeline(folder: Path) -> bool:
    """Whether an exported pipeline lies there."""
    return (folder / RECORD).is_file() and (folder / SCRIPT).is_file()


def prove_again(folder: Path, *, timeout: float = 600.0, moved: Mapping[str, str] | None = None) -> Verification:
    """Run the pipeline as it lies in ``folder``, and seal the folder with what that proved.

    An attempt that came to no answer leaves the seal of an earlier proof as it is. ``changed`` of the result tells
    what is different from the export: a file that was edited, packages, Python.
    """
    placing.recover(folder)  # an export that was killed may have left it aside
    _refuse_incomplete(folder)
    changed = changes(folder)
    script = (folder / SCRIPT).read_text(encoding="utf-8")
    result = replace(verify(folder, timeout=timeout, moved=moved), changed=changed)
    if result.verdict == "not verified":
        return replace(result, script_sha256=digest(script.encode()))
    if (told := with_words(script, result)) != script:
        write_atomically(folder / SCRIPT, told.encode())
    result = replace(result, script_sha256=digest(told.encode()))
    proof.write(folder, result)
    return result


def _refuse_incomplete(folder: Path) -> None:
    needed = (SCRIPT, RECORD, f"{BUNDLE}/{MANIFEST}")
    missing = [name for name in needed if not (folder / name).is_file()]
    if len(missing) == len(needed):
        raise BadInput(
            f"No pipeline is in {str(folder)!r}",
            expected=f"a folder with {SCRIPT} and {RECORD}",
            next_step="write one: ipymlops export MODEL --to FOLDER",
        )
    if missing:
        raise BadInput(
            f"The pipeline in {str(folder)!r} lacks {' and '.join(missing)}",
            expected="the folder as it was exported",
            next_step="copy the whole folder, or export it again",
        )


def changes(folder: Path) -> tuple[str, ...]:
    """In words, what is another one than when the folder was exported; the inputs are told by the proof itself."""
    edited = proof.changes(folder, proof.read(folder))
    text = (folder / SCRIPT).read_text(encoding="utf-8")
    bundle = Bundle.from_folder(folder / BUNDLE)
    was = bundle.json("environment.json") if "environment.json" in bundle else {}
    return (*edited, *environment_changes(text, was))


def environment_changes(script: str, environment: Mapping[str, Any]) -> tuple[str, ...]:
    """Packages that the script pins, Python, and what multiplies matrices, where they are not those of the training."""
    words = []
    python = environment.get("python")
    if python and python != platform.python_version():
        words.append(f"Python is {platform.python_version()}, was {python}")
    now_by = arithmetic()
    for name, was in (environment.get("arithmetic") or {}).items():
        if was != now_by.get(name):
            words.append(f"{name} is {now_by.get(name, 'not known')}, was {was}")
    for name, version in _PINNED.findall(script):
        now = installed_version(name)
        if now.partition("+")[0] != version.partition("+")[0]:
            words.append(f"{name} is {now or 'not installed'}, was {version}")
    return tuple(words)

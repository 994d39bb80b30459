"""verification.json: what was proved, and the sha256 of every file of the folder that the proof rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ipymlops.pipelines.folder import BUNDLE, SCRIPT
from ipymlops.pipelines.results import Verification
from ipymlops.registry.bundle import MANIFEST
from ipymlops.storage.blobs import digest
from ipymlops.storage.disk import write_atomically

PROOF = "verification.json"
SEALED = f"{BUNDLE}/{MANIFEST}"  # the manifest has the hashes of the bundle's other files
LOCKS = ("requirements.txt", "retrain.py.lock", "pylock.toml")  # ours and uv's: a new lock is no other pipeline
MODULES = (".py", ".pyc", ".so", ".pyd")  # what an import can find


def write(folder: Path, verification: Verification) -> None:
    """Seal the folder as it lies there."""
    record = {**asdict(verification), "files": covered(folder)}
    write_atomically(folder / PROOF, json.dumps(record, indent=1, sort_keys=True).encode() + b"\n")


def read(folder: Path) -> dict[str, Any]:
    """What was proved of the folder; nothing where that cannot be read."""
    try:
        record = json.loads((folder / PROOF).read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def covered(folder: Path) -> dict[str, str]:
    """Name -> sha256 of the script, what was copied beside it, the record of the slice and the bundle's manifest."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    ours = (n.as_posix() for n in names if n.name != PROOF and str(n) not in LOCKS and "__pycache__" not in n.parts)
    return {
        name: digest((folder / name).read_bytes())
        for name in sorted(ours)
        if name == SEALED or not name.startswith(f"{BUNDLE}/")
    }


def change(folder: Path, record: Mapping[str, Any]) -> str:
    """In words, the files that are other ones than were verified; nothing if the proof still holds."""
    return ", ".join(changes(folder, record))


def changes(folder: Path, record: Mapping[str, Any]) -> tuple[str, ...]:
    """In words, each file that is another one than was verified, the script first.

    A module that was put there counts too: it comes before an installed one of the same name.
    """
    was = record.get("files")
    if not isinstance(was, dict) or SCRIPT not in was:
        return (f"{PROOF} was lost or edited",)
    now = covered(folder)
    removed = {name: f"{name} was removed" for name in was if name not in now}
    edited = {name: f"{name} was edited" for name in was if name in now and now[name] != was[name]}
    added = {name: f"{name} was added" for name in now if name not in was and name.endswith(MODULES)}
    found = {**removed, **edited, **added}
    return tuple(found[name] for name in sorted(found, key=lambda n: (n != SCRIPT, n)))

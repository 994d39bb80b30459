"""What a project keeps beside its ``.mlops`` and a backup takes along: ``mlops.toml``, and the public keys that it
trusts, where they lie in the project's folder.

A restore puts them back into a folder that has no rules of its own, without ``[store]``: a restored project keeps its
files itself, and must not write into the registry that it was taken from. What did not come along is said.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ipymlops.errors import MlopsError
from ipymlops.project.settings import FILE, Settings
from ipymlops.registry.file_names import is_safe
from ipymlops.storage.disk import write_atomically

MOST = 2**20  # bytes of one file: settings and public keys have a few hundred
Files = dict[str, bytes]
Words = tuple[str, ...]


def taken(home: Path) -> tuple[Files, Words]:
    """Name -> bytes of what goes into a backup of the project in ``home``, and in sentences what does not."""
    path = home / FILE
    if not path.is_file():
        return {}, ()
    files, left = {FILE: path.read_bytes()}, []
    for key in _trusted(files[FILE]):
        name = Path(key).expanduser()
        data = _public(home / name)
        if data is None or not is_safe(key):
            left.append(f"The trusted key {key} is no public key in the project's folder: keep it yourself")
        else:
            files[key] = data
    return files, tuple(left)


def put_back(home: Path, files: Mapping[str, bytes]) -> tuple[Words, Words]:
    """Write what a backup brought into ``home``: the names that were written, and in sentences what was not."""
    if FILE not in files:
        return (), (f"The backup brings no {FILE}: signatures, protected aliases and stores are as this folder says",)
    if (home / FILE).exists():
        same = (home / FILE).read_bytes() == files[FILE]
        return (), () if same else (f"{FILE} was not put back: this folder has one of its own",)
    text, left = _without_store(files[FILE])
    if text is None:
        return (), left
    trusted = tuple(_trusted(files[FILE]))
    keys = {name: files[name] for name in trusted if name in files and is_safe(name) and _is_public(files[name])}
    for name, data in keys.items():
        if (home / name).exists():
            if (home / name).read_bytes() != data:
                left += (f"The trusted key {name} was not put back: another file of that name is here",)
            continue
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(home / name, data)
    left += tuple(f"The trusted key {name} did not come along: put it there" for name in trusted if name not in keys)
    write_atomically(home / FILE, text)
    return (FILE, *keys), left


def _trusted(toml: bytes) -> Iterator[str]:
    """What it names as trusted, whatever else stands in it."""
    try:
        signing: Any = tomllib.loads(toml.decode()).get("signing", {})
    except ValueError:
        return
    named = signing.get("trusted", []) if isinstance(signing, dict) else []
    yield from dict.fromkeys(n for n in named if isinstance(n, str)) if isinstance(named, list) else ()


def _without_store(toml: bytes) -> tuple[bytes | None, Words]:
    """The rules without where the first project kept its files; None, and why, where they cannot be meant."""
    try:
        text = toml.decode()
        wanted = {name: table for name, table in tomllib.loads(text).items() if name != "store"}
        kept = re.sub(r"(?ms)^\[store\].*?(?=^\[|\Z)", "", text)
        if tomllib.loads(kept) != wanted:
            return None, (f"{FILE} was not put back: take [store] out of it by hand",)
        with tempfile.TemporaryDirectory(prefix="ipymlops-rules-") as folder:
            Path(folder, FILE).write_text(kept, encoding="utf-8")
            Settings.of(Path(folder))
    except (ValueError, MlopsError) as error:
        return None, (f"{FILE} was not put back, as it cannot be meant: {error}",)
    left = () if kept == text else (f"[store] of {FILE} was left out: the restored project keeps its files itself",)
    return kept.encode(), left


def _public(path: Path) -> bytes | None:
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST else b""
    except OSError:
        return None
    return data if _is_public(data) else None


def _is_public(data: bytes) -> bool:
    """Whether it may be a public key, and holds no private one."""
    return b"-----BEGIN PUBLIC KEY-----" in data and b"PRIVATE" not in data

"""Which names the files of a bundle may have: relative, and the same one file on every platform."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST = 255  # characters, as most disks take them
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)  # of Windows, in any folder


def is_safe(name: str) -> bool:
    """Whether ``name`` stays inside a folder on every platform (no drive, no backslash, no '..', no control)."""
    parts = PurePosixPath(name).parts
    return (
        bool(parts)
        and str(PurePosixPath(*parts)) == name
        and name.isprintable()
        and not any(mark in name for mark in '\\:*?"<>|')
        and not any(part in (".", "..", "/") or part.endswith((".", " ")) for part in parts)
        and not any(_DEVICE.fullmatch(part) for part in parts)
    )


def clash(names: Iterable[str]) -> tuple[str, str] | None:
    """Two names that some platform takes for one file, or of which one is the folder of the other; None without any."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        above = [parent.as_posix() for parent in PurePosixPath(plain).parents][:-1]
        other = seen.get(plain) or folders.get(plain) or next((seen[f] for f in above if f in seen), None)
        if other is not None:
            return other, name
        seen[plain] = name
        folders |= dict.fromkeys(above, name)
    return None

"""What a training script reads instead of learning it: fitted models in files, and the very bundle it is compared with.

Python tells of each file that is opened and of each class that is unpickled; the rest is who came after whom.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ipymlops.storage.blobs import digest

# How files begin in which pickles are stored, packed or not: protocol 2 and later, zip, zlib, gzip, bzip2, xz, lz4.
PICKLES = (b"\x80", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x04\x22\x4d\x18") + (
    b"x\x01",
    b"x\x5e",
    b"x\x9c",
    b"x\xda",
)
CODE = (".py", ".pyc", ".so", ".pyd")
MODELS = (".skops", ".onnx")  # formats of their own, for models alone


class Loading:
    """Listens from ``begin`` to ``end``. A hook of this kind stays for good, so this is for a process of its own.

    What worker processes send back is unpickled too, but in threads of their pools.
    """

    def __init__(self, bundle: Path) -> None:
        self._bundle = f"{os.path.realpath(bundle)}{os.sep}"
        self._listens = False
        self._last = ""
        self._own: dict[str, None] = {}
        self._models: dict[str, None] = {}
        self._classes: dict[tuple[str, str, str], None] = {}
        self._read: dict[str, None] = {}
        self._began = 0.0

    def begin(self) -> None:
        self._listens, self._began = True, time.time()
        sys.addaudithook(self._hear)

    def end(self) -> None:
        self._listens = False

    @property
    def own(self) -> tuple[str, ...]:
        """The files of the bundle that were opened."""
        return tuple(path.removeprefix(self._bundle) for path in self._own)

    def read_in(self, folder: Path, *, but: Path) -> dict[str, str]:
        """The data that lay in a folder and was opened: path from there -> sha256. Code, libraries, and what lies in
        the folder ``but`` are no data. What a library opens without Python is not heard."""
        root, ours = f"{os.path.realpath(folder)}{os.sep}", f"{os.path.realpath(but)}{os.sep}"
        found = [path for path in self._read if path.startswith(root) and not path.startswith(ours)]
        data = (Path(path) for path in found if not path.endswith(CODE) and "site-packages" not in path)
        return {
            path.relative_to(root).as_posix(): digest(path.read_bytes())
            for path in sorted(data)
            if path.is_file() and path.stat().st_mtime < self._began
        }

    def notes(self, model: Any) -> tuple[str, ...]:
        """In words, what was learned elsewhere and only read here."""
        kind = (type(model).__module__, type(model).__qualname__)
        loaded = [(module, name, path) for module, name, path in self._classes if _is_pickle(path)]
        words = [_words(name, path, (module, name) == kind) for module, name, path in loaded if _learns(module, name)]
        return tuple(dict.fromkeys((*words, *(_words("model", path, False) for path in self._models))))

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if not self._listens:
            return
        if event == "open" and isinstance(given[0], str) and _reads(given[1]):
            self._last = os.path.realpath(given[0])
            self._read[self._last] = None
            if self._last.startswith(self._bundle):
                self._own[self._last] = None
            elif self._last.endswith(MODELS):
                self._models[self._last] = None
        elif event == "pickle.find_class" and self._last and threading.current_thread() is threading.main_thread():
            self._classes[(str(given[0]), str(given[1]), self._last)] = None


def _reads(mode: Any) -> bool:
    return not isinstance(mode, str) or not set(mode) & set("wax")


def _is_pickle(path: str) -> bool:
    """Whether the class can have come from that file."""
    try:
        with Path(path).open("rb") as file:
            return file.read(8).startswith(PICKLES)
    except OSError:
        return False


def _learns(module: str, name: str) -> bool:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return isinstance(found, type) and (hasattr(found, "fit") or hasattr(found, "predict"))


def _words(name: str, path: str, is_model: bool) -> str:
    what = "the model" if is_model else f"a {name}"
    return f"{what} is read from the file {Path(path).name}: what it learned before is not trained here"

"""Modules that lie beside the notebook: a pipeline takes them along, because nothing else would bring them."""

from __future__ import annotations

import ast
import importlib.util
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from ipymlops.pipelines.folder import BUNDLE, SCRIPT
from ipymlops.pipelines.paths import known
from ipymlops.pipelines.results import Slice


def copy(modules: Iterable[str], sources: Collection[Path], target: Path) -> tuple[str, ...]:
    """Copy those of the modules that are files or packages in ``sources``, and those that they import in turn."""
    waiting, done = [m.partition(".")[0] for m in modules], dict[str, None]()
    while waiting:
        name = waiting.pop()
        place = next((found for source in sources if (found := _place(source, name))), None)
        if place is None or place.name in done:
            continue
        done[place.name] = None
        if place.is_dir():
            shutil.copytree(place, target / place.name, dirs_exist_ok=True, ignore=_ignored(place))
        else:
            shutil.copyfile(place, target / place.name)
        waiting.extend(m.partition(".")[0] for m in imported_by(place))
    return tuple(done)


def search_path(slice_: Slice, folder: Path) -> tuple[Path, ...]:
    """Where the notebook's imports look before they look into the environment: what it added to ``sys.path``, and
    its own folder."""
    added = []
    for kept in slice_.kept:
        for node in ast.walk(ast.parse(kept.statement.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.path.append", "sys.path.insert"):
                text = known(node.args[-1] if node.args else None, {})
                if text is not None:
                    added.append(folder / text.text)
    return (*added, folder)


def remove(target: Path, *, keep: Collection[str]) -> None:
    """Take away what wider slices had copied and the final one does not need."""
    ours = {SCRIPT, BUNDLE}
    for place in target.iterdir():
        if place.name not in ours and place.name not in keep and place.suffix != ".json":
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink()


def _place(folder: Path, name: str) -> Path | None:
    if not name or name in ("retrain", "bundle"):
        return None
    if (folder / f"{name}.py").is_file():
        return folder / f"{name}.py"
    if (folder / name / "__init__.py").is_file() or (_is_bare(folder / name) and not _is_installed(name)):
        return folder / name
    return None


def _is_bare(folder: Path) -> bool:
    """Whether modules can be imported from it though it is no package; it may hold anything else, too."""
    return folder.is_dir() and any(folder.glob("*.py"))


def _is_installed(name: str) -> bool:
    """Python takes an installed package before a folder that is none."""
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return found is not None and found.origin is not None


def _ignored(place: Path) -> Callable[[str, list[str]], set[str]]:
    """What is not copied: caches, and from a folder that is no package all that is no Python."""
    if (place / "__init__.py").is_file():
        return shutil.ignore_patterns("__pycache__")
    return lambda folder, names: {n for n in names if not (n.endswith(".py") or _is_bare(Path(folder, n)))}


def imported_by(place: Path) -> set[str]:
    """The modules, in full, that a file or the files of a package import."""
    files = place.rglob("*.py") if place.is_dir() else [place]
    found: set[str] = set()
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found

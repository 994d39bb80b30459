"""Every file that a slice reads, as a named parameter of the pipeline.

A file is an input where its path is known before anything runs: it is handed to a reader (``pd.read_csv``,
``np.load``, ``open``, ``glob``, ...), or it names a file that lies there now. What the slice itself writes is none.
Where a path is made while the code runs, the notebook's folder becomes the parameter; one that is looked up in what was
read becomes an input once a proof has seen it.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import keyword
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

from ipymlops.pipelines.looked_up import PIPELINE
from ipymlops.pipelines.overwriting import overwritten
from ipymlops.pipelines.paths import is_address
from ipymlops.pipelines.results import PipelineInput, Slice
from ipymlops.pipelines.sites import NOTEBOOK_FOLDER, Site, tree_of, walk
from ipymlops.pipelines.source_text import Edit, names_bound, names_loaded, replaced
from ipymlops.pipelines.variables import ENV, is_variable, path_of, variables

CHANGES_DATABASE = re.compile(
    r"\.to_sql\(|\.execute\w*\(\s*[frb]*['\"]+\s*(create|insert|drop|delete|update|replace|alter)\b", re.IGNORECASE
)
READS = ("read", "opened", "inside", "entered")
Kind = Literal["file", "folder", "pattern", "address", "variable"]
Ways = Sequence[tuple[str, int]]  # how a path is used, and by which statement
RESERVED = frozenset({"train", "pipeline", "Pipeline", "Path", *dir(builtins)})


def find_inputs(slice_: Slice, folder: str, *, recorded: Collection[str] = ()) -> tuple[PipelineInput, ...]:
    """The files that the slice reads, hashed as they are now; relative paths start in ``folder``.

    ``recorded`` paths are inputs even where no file lies there any more. Raises BadInput where two connection strings
    would be one variable.
    """
    uses: dict[str, list[tuple[str, int]]] = {}
    for kept, sites in walk(slice_.kept):
        for site in sites:
            uses.setdefault(path_of(site), []).append((site.use, kept.statement.index))
    changes = any(CHANGES_DATABASE.search(k.statement.source) for k in slice_.kept)
    found = [
        text
        for text, ways in uses.items()
        if not is_variable(text)
        and not (_is_made_here(ways) or _is_made_by_a_function(text, uses, slice_) or (changes and _is_database(ways)))
        and (any(w in READS for w, _ in ways) or text in recorded or _is_file(text, folder))
    ]
    taken = _names_of(slice_)
    return tuple(_input(text, folder, taken) for text in (*found, *variables(slice_)))


def _is_made_here(ways: Ways) -> bool:
    """Whether the slice writes the file itself: before it reads it, or if it is not there yet, as a cache is."""
    words = [w for w, _ in ways]
    if "written" not in words:
        return False
    return "tested" in words or not any(w in READS for w in words[: words.index("written")])


def _is_made_by_a_function(text: str, uses: Mapping[str, Ways], slice_: Slice) -> bool:
    """Whether a statement writes a file of this name before it is read, though none spells its path as written."""
    name = PurePosixPath(text).name
    spelled = any(PurePosixPath(t).name == name and "written" in (w for w, _ in ways) for t, ways in uses.items())
    if name not in slice_.written or spelled or _is_database(uses[text]):
        return False
    return all(index > slice_.written[name] for use, index in uses[text] if use in READS)


def _is_database(ways: Ways) -> bool:
    return any(w == "database" for w, _ in ways)


def folders_written(slice_: Slice, inputs: Iterable[PipelineInput]) -> tuple[str, ...]:
    """The folders that hold the files which the slice writes, where it makes none itself."""
    if any("mkdir" in k.statement.source or "makedirs" in k.statement.source for k in slice_.kept):
        return ()
    names = [PurePosixPath(s.text).name for _, sites in walk(slice_.kept) for s in sites if s.use == "written"]
    texts = [s.text for _, sites in walk(slice_.kept) for s in sites if s.use in ("written", "")]
    copied = overwritten(slice_, inputs)
    made = (PurePosixPath(t) for t in texts if t not in copied and PurePosixPath(t).name in {*names, *slice_.written})
    return tuple(dict.fromkeys(str(p.parent) for p in made if not p.is_absolute() and len(p.parts) > 1))


def parameterised(slice_: Slice, inputs: Iterable[PipelineInput]) -> dict[int, str]:
    """Statement index -> its source with each input's path replaced by the parameter's name."""
    inputs = tuple(inputs)
    names = {i.default: i.name for i in inputs}
    copied = overwritten(slice_, inputs)
    result = {}
    for kept, sites in walk(slice_.kept):
        source = kept.statement.source
        ours = [s for s in sites if path_of(s) in names and _is_ours(s, copied)]
        edits = [Edit(s.node, _written_as(s, names[path_of(s)], source)) for s in ours]
        edits += [Edit(s.node, _asked_for(s, source)) for s in sites if s.use == "looked up"]
        result[kept.statement.index] = replaced(source, edits) if edits else source
    return result


def _is_ours(site: Site, copied: Collection[str]) -> bool:
    """A name stays as it is: the path it holds is replaced where it was written down."""
    return (site.use != "written" or path_of(site) in copied) and not isinstance(site.node, ast.Name)


def _written_as(site: Site, name: str, source: str) -> str:
    if site.use == "inside":
        return f"Path({name}, {ast.get_source_segment(source, site.node)})"
    if site.prefix:
        return f'f"{site.prefix}{{{name}}}"'
    return f"Path({name})" if site.is_path and site.use != "read" else name


def _asked_for(site: Site, source: str) -> str:
    return f"{PIPELINE}.file({ast.get_source_segment(source, site.node)})"


def inputs_seen(
    paths: Iterable[str], slice_: Slice, inputs: Iterable[PipelineInput], folder: str
) -> tuple[PipelineInput, ...]:
    """The paths that a run of the script looked up, as inputs beside those that it has as parameters."""
    taken = _names_of(slice_) | {i.name for i in inputs}
    return tuple(_input(path, folder, taken) for path in paths)


def reads_unseen(slice_: Slice) -> tuple[str, ...]:
    """In words, the reads whose path only a run of the script finds, where it has not been run."""
    found = [(k.statement.execution, s.node) for k, sites in walk(slice_.kept) for s in sites if s.use == "looked up"]
    words = "a path that only a run finds: it becomes an input when the pipeline is proved"
    return tuple(dict.fromkeys(f"In [{execution}] reads `{ast.unparse(node)}`, {words}" for execution, node in found))


def uncertain_reads(slice_: Slice) -> tuple[str, ...]:
    """In words, the reads whose path is known only when they run."""
    words = []
    for kept, sites in walk(slice_.kept):
        for site in sites:
            if site.use == "inside":
                place, path = f"In [{kept.statement.execution}]", ast.unparse(site.node)
                words.append(f"{place} reads `{path}`, a name that is made while it runs: only its folder is an input")
    return tuple(dict.fromkeys(words))


def fingerprint(path: Path) -> tuple[str | None, int | None]:
    """The sha256 and size of a file, or of the files that match a pattern; None where nothing is there, and for a
    folder, which holds more than what is read of it."""
    try:
        if is_pattern(path.name) and not path.exists():
            return _joint_fingerprint(path.parent, path.parent.glob(path.name))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
    except OSError:
        return None, None


def kind_of(path: str) -> Kind:
    """What the path of an input names; a folder is told from a file by what lies there."""
    if is_variable(path):
        return "variable"
    if is_address(path):
        return "address"
    if is_pattern(PurePosixPath(path).name) and not Path(path).exists():
        return "pattern"
    return "folder" if Path(path).is_dir() else "file"


def is_pattern(text: str) -> bool:
    """Whether the path stands for all files that match it."""
    return any(c in text for c in "*?[")


def _input(text: str, folder: str, taken: set[str]) -> PipelineInput:
    name = _free_name(text, taken)
    taken.add(name)
    if is_address(text) or is_variable(text):
        return PipelineInput(name, text, None)
    return PipelineInput(name, text, *fingerprint(Path(folder, Path(text).expanduser())))


def _free_name(text: str, taken: set[str]) -> str:
    kind, text = ("value", text.removeprefix(ENV)) if is_variable(text) else ("file", text)
    path = Path(text.split("?")[0].rstrip("/") if is_address(text) else text)
    stem = f"{path.parent.name}_files" if is_pattern(path.name) else path.name.split(".")[0]
    stem = "folder" if text == NOTEBOOK_FOLDER else stem
    name = re.sub(r"\W+", "_", stem.lower()).strip("_") or "data"
    name = f"data_{name}" if name[0].isdigit() else name
    if not keyword.iskeyword(name) and name not in taken:
        return name
    candidates = [f"{name}_{kind}", *(f"{name}_{n}" for n in range(2, 1000))]
    return next(c for c in candidates if c not in taken)


def _names_of(slice_: Slice) -> set[str]:
    taken = set(RESERVED)
    for k in slice_.kept:
        tree = tree_of(k.statement)
        taken |= names_bound(tree) | names_loaded(tree)
    return taken


def _is_file(text: str, folder: str) -> bool:
    if not text or len(text) > 1000 or "\n" in text or "\0" in text or not re.search(r"[/\\.]", text):
        return False
    try:
        return Path(folder, Path(text).expanduser()).is_file()
    except (OSError, RuntimeError):
        return False


def _joint_fingerprint(folder: Path, found: Iterable[Path]) -> tuple[str | None, int | None]:
    total, size = hashlib.sha256(), 0
    files = sorted(p for p in found if p.is_file())
    for file in files:
        sha256, length = fingerprint(file)
        total.update(f"{file.relative_to(folder).as_posix()} {sha256}\n".encode())
        size += length or 0
    return (total.hexdigest(), size) if files else (None, None)

"""Every file that a slice reads, as a named parameter of the pipeline.

A file is an input where its path is known before anything runs: it is handed to a reader (``pd.read_csv``,
``np.load``, ``open``, ``glob``, ...), or it names a file that lies there now. What the slice itself writes is none.
Where a path is made while the code runs, the notebook's folder becomes the parameter.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import keyword
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ipymlops.pipelines.paths import Constants, Known, known
from ipymlops.pipelines.results import Kept, PipelineInput, Slice, Statement
from ipymlops.pipelines.source_text import Edit, names_bound, names_loaded, replaced

# Functions that read the file named by their first argument (or a keyword of READER_KEYWORDS).
# fmt: off
READERS = frozenset({
    "read_csv", "read_table", "read_parquet", "read_excel", "read_json", "read_feather", "read_pickle",
    "read_fwf", "read_hdf", "read_orc", "read_sas", "read_spss", "read_stata", "read_xml", "read_html",
    "read_arrow", "read_ipc", "read_avro", "read_ndjson", "scan_csv", "scan_parquet", "scan_ipc", "loadtxt",
    "genfromtxt", "fromfile", "load_npz", "load_svmlight_file", "loadmat", "imread", "read_dataset", "ExcelFile",
})
# fmt: on
# ``load`` reads a file where one of these is its module.
LOADERS = frozenset({"np", "numpy", "joblib", "torch", "dill"})
# Functions that look for files: their pattern or folder is the input.
SEARCHES = {"glob": ("", "glob"), "iglob": ("", "glob"), "listdir": ("os",), "scandir": ("os",), "walk": ("os",)}
READER_KEYWORDS = frozenset({"filepath_or_buffer", "path", "io", "source", "file", "filename", "fname", "path_or_buf"})
# Methods of a path that read it, or look into it.
PATH_READERS = frozenset({"read_text", "read_bytes", "glob", "rglob", "iterdir"})
NOTEBOOK_FOLDER = "."
WRITERS = frozenset({"save", "savez", "savez_compressed", "savetxt", "dump", "savefig", "write_text", "write_bytes"})
RESERVED = frozenset({"train", "pipeline", "Pipeline", "Path", *dir(builtins)})


@dataclass(frozen=True, slots=True)
class Site:
    """An expression of a statement that gives a path."""

    node: ast.expr
    text: str
    is_path: bool
    # read · opened: by a method of the path itself · inside: made while running, so only its folder is known
    # entered: by chdir · written · or nothing of the kind
    use: str = ""


def find_inputs(slice_: Slice, folder: str, *, recorded: Collection[str] = ()) -> tuple[PipelineInput, ...]:
    """The files that the slice reads, hashed as they are now; relative paths start in ``folder``.

    ``recorded`` paths are inputs even where no file lies there any more.
    """
    written: set[str] = set()
    found: dict[str, None] = {}
    for _, sites in _walk(slice_.kept):
        for site in sites:
            if site.use == "written":
                written.add(site.text)
            elif site.text not in written and (site.use or site.text in recorded or _is_file(site.text, folder)):
                found[site.text] = None
    taken = _names_of(slice_)
    return tuple(_input(text, folder, taken) for text in found)


def parameterised(slice_: Slice, inputs: Iterable[PipelineInput]) -> dict[int, str]:
    """Statement index -> its source with each input's path replaced by the parameter's name."""
    names = {i.default: i.name for i in inputs}
    result = {}
    for kept, sites in _walk(slice_.kept):
        source = kept.statement.source
        edits = [Edit(s.node, _written_as(s, names[s.text], source)) for s in sites if s.text in names and _is_ours(s)]
        result[kept.statement.index] = replaced(source, edits) if edits else source
    return result


def _is_ours(site: Site) -> bool:
    """A name stays as it is: the path it holds is replaced where it was written down."""
    return site.use != "written" and not isinstance(site.node, ast.Name)


def _written_as(site: Site, name: str, source: str) -> str:
    if site.use == "inside":
        return f"Path({name}, {ast.get_source_segment(source, site.node)})"
    return f"Path({name})" if site.is_path and site.use != "read" else name


def uncertain_reads(slice_: Slice) -> tuple[str, ...]:
    """In words, the reads whose path is known only when they run."""
    words = []
    for kept, sites in _walk(slice_.kept):
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


def is_address(text: str) -> bool:
    """Whether the path is a URL."""
    return re.match(r"[a-zA-Z][\w+.-]*://", text) is not None


def is_pattern(text: str) -> bool:
    """Whether the path stands for all files that match it."""
    return any(c in text for c in "*?[")


# --- where paths stand


def _walk(kept: Iterable[Kept]) -> Iterator[tuple[Kept, list[Site]]]:
    place = PurePosixPath()  # where the notebook stands, once it has changed the folder
    for k, constants in _constants(kept):
        sites = [replace(s, text=str(place / s.text)) if _is_relative(s) else s for s in _sites(k.statement, constants)]
        yield k, sites
        for site in sites:
            if site.use == "entered":
                place = PurePosixPath(site.text)


def _is_relative(site: Site) -> bool:
    return not is_address(site.text) and site.use != "inside" and bool(site.text)


def _constants(kept: Iterable[Kept]) -> Iterator[tuple[Kept, Constants]]:
    """Each statement with the names that hold a known text when it runs."""
    constants: dict[str, Known] = {}
    for k in kept:
        tree = _tree(k.statement)
        inner = _bound_inside_functions(tree)
        yield k, {name: value for name, value in constants.items() if name not in inner}
        for name in names_bound(tree) - inner:
            constants.pop(name, None)
        match tree.body:
            case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
                if (text := known(value, constants)) is not None:
                    constants[name] = text


def _bound_inside_functions(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            for part in (node.args, *body):
                found |= names_bound(part)
    return frozenset(found)


def _sites(statement: Statement, constants: Constants) -> list[Site]:
    tree = _tree(statement)
    uses = _uses(tree)
    found: list[Site] = []
    _collect(tree, constants, uses, found)
    return found


def _uses(tree: ast.Module) -> dict[ast.AST, str]:
    uses: dict[ast.AST, str] = {}
    for call in [n for n in ast.walk(tree) if isinstance(n, ast.Call)]:
        if isinstance(call.func, ast.Attribute) and call.func.attr in PATH_READERS and _called(call)[1] != "glob":
            uses[call.func.value] = "opened"
        elif _called(call)[0] == "chdir" and call.args:
            uses[call.args[0]] = "entered"
        elif (path := _read_path(call)) is not None:
            uses[path] = "read"
        elif (path := _written_path(call)) is not None:
            uses[path] = "written"
    return uses


def _collect(
    node: ast.AST, constants: Constants, uses: dict[ast.AST, str], found: list[Site], inherited: str = ""
) -> None:
    """The largest expressions of constants, from the outside in. In ``Path("x.csv")`` it is the text inside."""
    text = known(node, constants)
    use = uses.get(node, "") or inherited
    if text is not None and isinstance(node, ast.expr):
        if use in ("read", "written") or not text.is_path or not _has_literal(node, text.text, constants):
            found.append(Site(node, text.text, text.is_path, use))
            return
        inherited = use
    if text is None and use == "read" and isinstance(node, ast.expr) and _is_made(node):
        found.append(Site(node, NOTEBOOK_FOLDER, False, "inside"))
        return
    if isinstance(node, ast.JoinedStr):
        return
    for child in _children(node):
        _collect(child, constants, uses, found, inherited)


def _is_made(node: ast.expr) -> bool:
    """Whether the expression puts a path together; a bare name may be anything, an open file too."""
    match node:
        case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod() | ast.Div()):
            return True
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "joinpath")):
            return True
    return False


def _children(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []  # a docstring
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Subscript):
        children.remove(node.slice)  # a key, not a path
    return children


def _has_literal(node: ast.expr, text: str, constants: Constants) -> bool:
    """Whether a part of ``Path("data/x.csv")`` is the whole text as a string: then that part alone is replaced."""
    return any(
        n is not node and known(n, constants) == Known(text) for n in ast.walk(node) if not isinstance(n, ast.Name)
    )


def _read_path(call: ast.Call) -> ast.expr | None:
    """The expression that names the file this call reads, if it is a reader."""
    name, owner = _called(call)
    if name == "open":
        if owner not in ("", "gzip", "bz2", "lzma", "io", "codecs", "Image", "rasterio"):
            return None
        return _first(call) if not _writes(call) else None
    if name in READERS or (name == "load" and owner in LOADERS) or owner in SEARCHES.get(name, ()):
        return _first(call)
    return None


def _written_path(call: ast.Call) -> ast.expr | None:
    name, owner = _called(call)
    if name == "open" and _writes(call):
        return _first(call) if owner in ("", "gzip", "bz2", "lzma", "io", "codecs") else None
    if name in ("write_text", "write_bytes") and isinstance(call.func, ast.Attribute):
        return call.func.value
    if name == "dump" and len(call.args) > 1:
        return call.args[1]
    if name.startswith(("to_", "write_", "sink_")) or name in WRITERS:
        return _first(call)
    return None


def _called(call: ast.Call) -> tuple[str, str]:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr, ast.unparse(call.func.value).split(".")[0]
    return (call.func.id, "") if isinstance(call.func, ast.Name) else ("", "")


def _first(call: ast.Call) -> ast.expr | None:
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    return next((k.value for k in call.keywords if k.arg in READER_KEYWORDS), None)


def _writes(call: ast.Call) -> bool:
    mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax+"))


# --- what becomes of them


def _input(text: str, folder: str, taken: set[str]) -> PipelineInput:
    name = _free_name(text, taken)
    taken.add(name)
    if is_address(text):
        return PipelineInput(name, text, None)
    return PipelineInput(name, text, *fingerprint(Path(folder, text).expanduser()))


def _free_name(text: str, taken: set[str]) -> str:
    path = Path(text.split("?")[0].rstrip("/") if is_address(text) else text)
    stem = f"{path.parent.name}_files" if is_pattern(path.name) else path.name.split(".")[0]
    stem = "folder" if text == NOTEBOOK_FOLDER else stem
    name = re.sub(r"\W+", "_", stem.lower()).strip("_") or "data"
    name = f"data_{name}" if name[0].isdigit() else name
    if not keyword.iskeyword(name) and name not in taken:
        return name
    candidates = [f"{name}_file", *(f"{name}_{n}" for n in range(2, 1000))]
    return next(c for c in candidates if c not in taken)


def _names_of(slice_: Slice) -> set[str]:
    taken = set(RESERVED)
    for k in slice_.kept:
        tree = _tree(k.statement)
        taken |= names_bound(tree) | names_loaded(tree)
    return taken


def _is_file(text: str, folder: str) -> bool:
    if not text or len(text) > 1000 or "\n" in text or "\0" in text or not re.search(r"[/\\.]", text):
        return False
    try:
        return Path(folder, text).expanduser().is_file()
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


def _tree(statement: Statement) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(statement.source, "<statement>", "exec", flags)
    assert isinstance(tree, ast.Module)
    return tree

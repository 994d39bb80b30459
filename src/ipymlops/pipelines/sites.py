"""Where paths stand in statements, and what is done with them: read, looked into, entered or written."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from ipymlops.pipelines.looked_up import is_looked_up, names_looked_up
from ipymlops.pipelines.paths import Constants, Known, is_address, known, sqlite_file
from ipymlops.pipelines.results import Kept, Statement
from ipymlops.pipelines.source_text import names_bound

# Functions that read the file named by their first argument (or a keyword of READER_KEYWORDS).
# fmt: off
READERS = frozenset({
    "read_csv", "read_table", "read_parquet", "read_excel", "read_json", "read_feather", "read_pickle",
    "read_fwf", "read_hdf", "read_orc", "read_sas", "read_spss", "read_stata", "read_xml", "read_html",
    "read_arrow", "read_ipc", "read_avro", "read_ndjson", "scan_csv", "scan_parquet", "scan_ipc", "loadtxt",
    "genfromtxt", "fromfile", "load_npz", "load_svmlight_file", "loadmat", "imread", "read_dataset", "ExcelFile",
    "ParquetFile", "ParquetDataset",
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
TESTS = ("exists", "isfile", "is_file")
ENTERED = {"chdir": "entered", "connect": "database", "create_engine": "database", **dict.fromkeys(TESTS, "tested")}
# These are told first what to write, then where to.
WRITE_SECOND = frozenset({"dump", "write_table", "write_feather", "write_to_dataset", "write_dataset"})
WRITTEN_KEYWORDS = frozenset({"where", "dest", "root_path", "base_dir", "filename", "file", "fp", "f"})
WRITERS = frozenset({"save", "savez", "savez_compressed", "savetxt", "dump", "savefig", "write_text", "write_bytes"})


@dataclass(frozen=True, slots=True)
class Site:
    """An expression of a statement that gives a path."""

    node: ast.expr
    text: str
    is_path: bool
    # read · opened: by a method of the path itself · inside: made while running, so only its folder is known
    # looked up: in what was read, so that only a run knows it
    # entered: by chdir · written · tested: asked whether it is there · database · or nothing of the kind
    # (a member of an archive is no path at all)
    use: str = ""
    prefix: str = ""  # of the address that the path was taken out of: sqlite:///


def walk(kept: Iterable[Kept]) -> Iterator[tuple[Kept, list[Site]]]:
    place = PurePosixPath()  # where the notebook stands, once it has changed the folder
    kept = tuple(kept)
    found = names_looked_up(tree_of(k.statement) for k in kept)
    for k, constants in _constants(kept):
        sites = _sites(k.statement, constants, found)
        sites = [replace(s, text=str(place / s.text)) if _is_relative(s) else s for s in sites]
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
        tree = tree_of(k.statement)
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


def _sites(statement: Statement, constants: Constants, looked_up: frozenset[str]) -> list[Site]:
    tree = tree_of(statement)
    uses = _uses(tree)
    read = [n for n, use in uses.items() if use in ("read", "opened") and isinstance(n, ast.expr)]
    for node in (n for n in read if known(n, constants) is None and is_looked_up(n, looked_up)):
        uses[node] = "looked up"
    found: list[Site] = []
    _collect(tree, constants, uses, found)
    return found


def _uses(tree: ast.Module) -> dict[ast.AST, str]:
    uses: dict[ast.AST, str] = {}
    for call in [n for n in ast.walk(tree) if isinstance(n, ast.Call)]:
        if isinstance(call.func, ast.Attribute) and call.func.attr in PATH_READERS and _called(call)[1] != "glob":
            uses[call.func.value] = "opened"
        elif (use := ENTERED.get(_called(call)[0])) and call.args:
            uses[call.args[0]] = use
        elif _called(call)[0] in TESTS and isinstance(call.func, ast.Attribute) and not call.args:
            uses[call.func.value] = "tested"
        elif (path := _read_path(call)) is not None:
            uses[path] = "read"
        elif (path := _written_path(call)) is not None:
            uses[path] = "written"
        elif _called(call)[0] == "open" and (member := _first(call)) is not None:
            uses[member] = "member"
    return uses


def _collect(
    node: ast.AST, constants: Constants, uses: dict[ast.AST, str], found: list[Site], inherited: str = ""
) -> None:
    """The largest expressions of constants, from the outside in. In ``Path("x.csv")`` it is the text inside."""
    text = known(node, constants)
    use = uses.get(node, "") or inherited
    if use == "member":
        return
    if use == "looked up" and isinstance(node, ast.expr):
        found.append(Site(node, "", False, use))
        return
    if text is not None and isinstance(node, ast.expr):
        if use in ("read", "written") or not text.is_path or not _has_literal(node, text.text, constants):
            found.append(_site(node, text, use))
            return
        inherited = use
    if text is None and use == "read" and isinstance(node, ast.expr) and _is_made(node):
        found.append(Site(node, NOTEBOOK_FOLDER, False, "inside"))
        return
    if isinstance(node, ast.JoinedStr):
        return
    for child in _children(node):
        _collect(child, constants, uses, found, inherited)


def _site(node: ast.expr, text: Known, use: str) -> Site:
    file = sqlite_file(text.text)
    if file is None:
        return Site(node, text.text, text.is_path, use)
    return Site(node, file, False, "database", text.text.removesuffix(file))


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
    if (name, owner) == ("File", "h5py") or name == "HDFStore":
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
    if name == "ParquetWriter" or (name in ("File", "HDFStore") and _writes(call)):
        return _first(call)
    if name in WRITE_SECOND or (name, owner) == ("save", "torch"):
        named = (k.value for k in call.keywords if k.arg in WRITTEN_KEYWORDS)
        return call.args[1] if len(call.args) > 1 else next(named, None)
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


def tree_of(statement: Statement) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(statement.source, "<statement>", "exec", flags)
    assert isinstance(tree, ast.Module)
    return tree

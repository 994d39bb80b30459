"""Which files a call reads and writes, and when two expressions may name the same file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from ipymlops.pipelines.paths import Known, known

READERS = re.compile(r"^(pandas|polars)\.(read|scan)_\w+$|^numpy\.(load|loadtxt|genfromtxt|fromfile)$|^joblib\.load$")
WRITERS = re.compile(r"^numpy\.(save|savez|savetxt|savez_compressed)$|^os\.(remove|unlink)$")
LOOKERS = re.compile(r"^os\.path\.(exists|isfile|getsize|getmtime)$")
OPENERS = ("open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "zipfile.ZipFile", "tarfile.open")
COPIERS = re.compile(r"^(shutil\.(copy|copy2|copyfile|move)|os\.(rename|replace))$")
WRITING_METHODS = re.compile(r"^(to_(csv|parquet|pickle|json|feather|excel|hdf|stata)|tofile|write_\w+|save_model)$")
# Methods of a path.
PATH_READERS = ("read_text", "read_bytes", "exists", "is_file")
PATH_WRITERS = ("write_text", "write_bytes", "unlink", "touch")
PATH_KEYWORDS = ("path_or_buf", "filepath_or_buffer", "path", "file", "io", "fname", "filename", "buf")
DATABASES = ("sqlite3.connect",)  # what they give reads and writes the file

FILE = "the file "
FOLDERS = re.compile(r"^os\.(makedirs|mkdir)$")
ANY_FILE = ""  # the key of a file whose name is made while the code runs


def files_of(node: ast.Call, path: str, method: str) -> tuple[list[ast.expr], list[ast.expr]]:
    """The expressions that name the files which the call reads, and those which it writes."""
    owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    if path in OPENERS:
        return _opened(node, _argument(node, 0), 1)
    if method == "open":
        return _opened(node, owner, 0)
    if method in PATH_READERS or method in PATH_WRITERS:
        return (owner, []) if method in PATH_READERS else ([], owner)
    if COPIERS.search(path):
        return _argument(node, 0), _argument(node, 1)
    if path == "joblib.dump":
        return [], _argument(node, 1)
    reads = path in DATABASES or READERS.search(path) or LOOKERS.search(path)
    writes = WRITERS.search(path) or WRITING_METHODS.search(method)
    named = _argument(node, 0)
    return named if reads else [], named if writes else []


def key_of(node: ast.expr, constants: Mapping[str, str]) -> str:
    """The last part of the path, by which files are told apart; ANY_FILE where it is not known."""
    text = known(node, {name: Known(value) for name, value in constants.items()})
    if text is not None:
        return PurePosixPath(text.text).name
    match node:
        case ast.BinOp(op=ast.Div(), right=last):
            return key_of(last, constants)
        case ast.Call(func=ast.Attribute(attr="join" | "joinpath") | ast.Name(id="Path"), args=[*_, last]):
            return key_of(last, constants)
        case ast.BinOp(op=ast.Add(), right=last) | ast.JoinedStr(values=[*_, last]):
            tail = known(last, {})
            return PurePosixPath(tail.text).name if tail is not None and "/" in tail.text else ANY_FILE
    return ANY_FILE


def _opened(node: ast.Call, named: list[ast.expr], position: int) -> tuple[list[ast.expr], list[ast.expr]]:
    given = node.args[position : position + 1] or [k.value for k in node.keywords if k.arg == "mode"]
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else "r"
    return named, named if set(str(mode)) & set("wax+") else []


def _argument(node: ast.Call, position: int) -> list[ast.expr]:
    return node.args[position : position + 1] or [k.value for k in node.keywords if k.arg in PATH_KEYWORDS][:1]

"""Which files a call reads and writes, and when two expressions may name the same file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from ipymlops.pipelines.paths import Known, known

READERS = re.compile(
    r"^(pandas|polars)\.(read|scan)_\w+$|^numpy\.(load|loadtxt|genfromtxt|fromfile)$|^(joblib|torch|skops\.io)\.load$"
    r"|^pyarrow\.(parquet|csv|feather|orc|json)\.read_\w+$|^pyarrow\.parquet\.Parquet(File|Dataset)$"
    r"|^pyarrow\.dataset\.dataset$|^scipy\.(io\.loadmat|sparse\.load_npz)$"
)
# Functions that write a file, and at which position they are told which one.
WRITERS = {
    **dict.fromkeys(("numpy.save", "numpy.savez", "numpy.savetxt", "numpy.savez_compressed"), 0),
    **dict.fromkeys(("os.remove", "os.unlink", "scipy.io.savemat", "scipy.sparse.save_npz"), 0),
    **dict.fromkeys(("joblib.dump", "torch.save", "skops.io.dump", "pyarrow.csv.write_csv"), 1),
    **dict.fromkeys((f"pyarrow.parquet.{name}" for name in ("write_table", "write_to_dataset", "write_metadata")), 1),
    **dict.fromkeys(("pyarrow.feather.write_feather", "pyarrow.orc.write_table", "pyarrow.dataset.write_dataset"), 1),
}
LOOKERS = re.compile(r"^os\.path\.(exists|isfile|getsize|getmtime)$")
# What gives an open file, and in which mode where it is not told.
OPENERS = {
    **dict.fromkeys(("open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open"), "r"),
    **dict.fromkeys(("zipfile.ZipFile", "tarfile.open", "h5py.File"), "r"),
    "pandas.HDFStore": "a",
    "pyarrow.parquet.ParquetWriter": "w",
    "pyarrow.csv.CSVWriter": "w",
}
COPIERS = re.compile(r"^(shutil\.(copy|copy2|copyfile|move)|os\.(rename|replace))$")
WRITING_METHODS = re.compile(r"^(to_(csv|parquet|pickle|json|feather|excel|hdf|stata)|tofile|write_\w+|save_model)$")
# Methods of a path.
PATH_READERS = ("read_text", "read_bytes", "exists", "is_file")
PATH_WRITERS = ("write_text", "write_bytes", "unlink", "touch")
PATH_MOVERS = ("rename", "replace")  # tables and texts have them, too
PATH_KEYWORDS = (
    *("path_or_buf", "filepath_or_buffer", "path", "file", "io", "fname", "filename", "buf"),
    *("where", "source", "dest", "output_file", "root_path", "base_dir", "f"),
)
DATABASES = ("sqlite3.connect",)  # what they give reads and writes the file

FILE = "the file "
FOLDERS = re.compile(r"^os\.(makedirs|mkdir)$")
ANY_FILE = ""  # the key of a file whose name is made while the code runs


def files_of(node: ast.Call, path: str, method: str) -> tuple[list[ast.expr], list[ast.expr]]:
    """The expressions that name the files which the call reads, and those which it writes."""
    owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    if path in OPENERS:
        return _opened(node, _argument(node, 0), 1, OPENERS[path])
    if method == "open":
        return _opened(node, owner, 0, "r")
    if method in PATH_MOVERS and _moves_a_file(node):
        return owner, [*owner, *_argument(node, 0)]
    if method in PATH_READERS or method in PATH_WRITERS:
        return (owner, []) if method in PATH_READERS else ([], owner)
    if COPIERS.search(path):
        return _argument(node, 0), _argument(node, 1)
    if path in WRITERS:
        return [], _argument(node, WRITERS[path])
    reads = path in DATABASES or READERS.search(path) or LOOKERS.search(path)
    named = _argument(node, 0)
    return named if reads else [], named if WRITING_METHODS.search(method) else []


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


def _opened(
    node: ast.Call, named: list[ast.expr], position: int, default: str
) -> tuple[list[ast.expr], list[ast.expr]]:
    given = node.args[position : position + 1] or [k.value for k in node.keywords if k.arg == "mode"]
    told = isinstance(given[0], ast.Constant) if given else True
    mode = str(getattr(given[0], "value", default)) if given and told else default
    return named, named if not told or set(mode) & set("wax+") else []


def _moves_a_file(node: ast.Call) -> bool:
    """Whether ``p.rename(q)`` is of a path: ``p`` is written as one, or ``q`` as the name of a file."""
    owner = known(node.func.value, {}) if isinstance(node.func, ast.Attribute) else None
    if len(node.args) != 1 or node.keywords:
        return False
    target = known(node.args[0], {})
    return (owner is not None and owner.is_path) or (target is not None and "." in PurePosixPath(target.text).name)


def _argument(node: ast.Call, position: int) -> list[ast.expr]:
    return node.args[position : position + 1] or [k.value for k in node.keywords if k.arg in PATH_KEYWORDS][:1]

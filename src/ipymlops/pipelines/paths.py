"""What an expression of constants says: the path in ``f"{folder}/x.csv"`` or ``Path("data") / "x.csv"``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

# Dialects of SQLAlchemy and of drivers that take an address; SQLite's is a file.
DATABASE = re.compile(
    r"(postgres|postgresql|mysql|mariadb|oracle|mssql|redshift|snowflake|bigquery|databricks|clickhouse|clickhousedb"
    r"|trino|presto|hive|impala|db2|ibm_db_sa|cockroachdb|teradatasql|vertica|hana|exa|firebird|mongodb)(\+\w+)*://"
)
PATH_CLASSES = frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath"})


@dataclass(frozen=True, slots=True)
class Known:
    """A text that is known before anything runs. ``is_path``: a ``pathlib`` object, not a string."""

    text: str
    is_path: bool = False


Constants = Mapping[str, Known]
# ``Path.cwd()`` and ``os.getcwd()``: where relative paths start.
WORKING_FOLDER = {"cwd": Known(".", is_path=True), "getcwd": Known(".")}


def is_address(text: str) -> bool:
    """Whether the path is a URL."""
    return re.match(r"[a-zA-Z][\w+.-]*://", text) is not None


def sqlite_file(text: str) -> str | None:
    """The path in ``sqlite:///data/x.db``; None for any other address, and for a database in memory."""
    found = re.fullmatch(r"sqlite(?:\+\w+)?:///(?!:memory:)([^?]+)", text)
    return found[1] if found else None


def is_database(text: str) -> bool:
    """Whether the address is that of a database server."""
    return DATABASE.match(text) is not None


def known(node: ast.AST | None, constants: Constants) -> Known | None:
    """The text that the expression gives, or None where that takes running it."""
    match node:
        case ast.Constant(value=str(text)):
            return Known(text)
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=values):
            return _joined([_in_fstring(v, constants) for v in values])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [known(left, constants), known(right, constants)]
            return None if any(p is None or p.is_path for p in parts) else _joined(parts)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _slash([known(left, constants), known(right, constants)])
        case ast.Call():
            return _called(node, constants)
    return None


def _in_fstring(node: ast.expr, constants: Constants) -> Known | None:
    if isinstance(node, ast.FormattedValue):
        plain = node.conversion == -1 and node.format_spec is None
        return known(node.value, constants) if plain else None
    return known(node, constants)


def _called(node: ast.Call, constants: Constants) -> Known | None:
    if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    parts = [known(a, constants) for a in node.args]
    words = ast.unparse(node.func)
    if not parts and words.split(".")[-1] in WORKING_FOLDER:
        return WORKING_FOLDER[words.split(".")[-1]]
    if words.endswith("path.expanduser") and len(parts) == 1:
        return parts[0]  # the reader of an input expands it
    if words.split(".")[-1] in PATH_CLASSES and parts:
        return _slash([Known("", is_path=True), *parts]) if len(parts) > 1 else _as_path(parts[0])
    if words.endswith("path.join") and parts:
        joined = _slash([Known("", is_path=True), *parts])
        return None if joined is None else Known(joined.text)
    if words == "str" and len(parts) == 1 and parts[0] is not None:
        return Known(parts[0].text)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
        return _slash([known(node.func.value, constants), *parts])
    return None


def _as_path(part: Known | None) -> Known | None:
    return None if part is None else Known(part.text, is_path=True)


def _joined(parts: list[Known | None]) -> Known | None:
    texts = [p.text for p in parts if p is not None]
    return Known("".join(texts)) if len(texts) == len(parts) else None


def _slash(parts: list[Known | None]) -> Known | None:
    texts = [p.text for p in parts if p is not None]
    if len(texts) != len(parts) or not any(p.is_path for p in parts if p is not None):
        return None
    return Known(str(PurePosixPath(*[t for t in texts if t])), is_path=True)

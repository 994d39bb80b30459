"""What an exported script needs installed: what its slice imports, what its readers load, what its author installed.

Every distribution comes with the version that it had when the model was registered. An address or a file that an
author installed from is no version: it stays as typed, without the user and the password it may hold.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import ipymlops
from ipymlops.capture.environment import distributions, installed_version

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# What calls a method needs beside the library it belongs to: the end of the call's name -> the distributions, of
# which those count that the notebook had loaded. As in pandas 3.0 and SQLAlchemy 2.1.
LOADED_BY: dict[str, tuple[str, ...]] = {
    "read_excel": ("openpyxl", "xlrd", "pyxlsb", "odfpy", "python-calamine"),
    "ExcelFile": ("openpyxl", "xlrd", "pyxlsb", "odfpy", "python-calamine"),
    "to_excel": ("openpyxl", "XlsxWriter", "odfpy"),
    "ExcelWriter": ("openpyxl", "XlsxWriter", "odfpy"),
    "read_parquet": ("pyarrow", "fastparquet"),
    "to_parquet": ("pyarrow", "fastparquet"),
    "read_feather": ("pyarrow",),
    "to_feather": ("pyarrow",),
    "read_orc": ("pyarrow",),
    "read_html": ("lxml", "html5lib", "beautifulsoup4"),
    "read_xml": ("lxml",),
    "read_hdf": ("tables",),
    "to_hdf": ("tables",),
    "HDFStore": ("tables",),
    "read_spss": ("pyreadstat",),
    "read_gbq": ("pandas-gbq",),
    "read_sql": ("SQLAlchemy",),
    "read_sql_query": ("SQLAlchemy",),
    "read_sql_table": ("SQLAlchemy",),
    "to_sql": ("SQLAlchemy",),
    "to_markdown": ("tabulate",),
    "create_engine": (
        *("psycopg2", "psycopg2-binary", "psycopg", "asyncpg", "pg8000", "PyMySQL", "mysqlclient"),
        *("mysql-connector-python", "pyodbc", "oracledb", "cx-Oracle", "duckdb", "duckdb-engine"),
        *("snowflake-sqlalchemy", "sqlalchemy-bigquery", "sqlalchemy-redshift"),
    ),
}
# The beginning of an address -> what reads from there.
READS_FROM = {
    "s3://": ("s3fs",),
    "gs://": ("gcsfs",),
    "gcs://": ("gcsfs",),
    "abfs://": ("adlfs",),
    "hf://": ("huggingface-hub",),
}
INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv"})
_REPOSITORY = re.compile(r"^(git|hg|svn|bzr)\+|^https?://")
_CREDENTIALS = re.compile(r"(https?://)[^/@\s]+@")


@dataclass(slots=True)
class Requirements:
    """Distributions by their name, and in words what could not be named."""

    packages: Mapping[str, str]  # versions at registration
    folder: Path  # of the notebook
    found: dict[str, str] = field(default_factory=dict)  # canonical name -> the requirement
    notes: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)  # files of requirements that were read

    def pin(self, name: str, version: str = "", extras: Iterable[str] = ()) -> bool:
        """Require the distribution as it was; False where no version is known."""
        was = version or self._version(name)
        if was:
            named = f"[{','.join(sorted(extras))}]" if extras else ""
            self.found[_canonical(name)] = f"{name}{named}=={was.partition('+')[0]}"
        return bool(was)

    def typed(self, text: str) -> None:
        """What the author gave to ``pip install``."""
        if text.startswith("-r "):
            self._listed(text[3:].strip())
        elif _REPOSITORY.search(text):
            self._address(text)
        elif (wanted := parsed(text)) is None:
            self.notes.append(
                f"`pip install {_safe(text)}` installs what has no name: it is not among the requirements"
            )
        elif wanted.url:
            self._address(f"{wanted.url}#egg={wanted.name}")
        elif _canonical(wanted.name) not in INSTALLERS and not self.pin(wanted.name, extras=wanted.extras):
            self.found.setdefault(_canonical(wanted.name), str(wanted))

    def _listed(self, name: str) -> None:
        if name in self.lists:
            return
        self.lists.append(name)
        try:
            lines = (self.folder / name).read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            self.notes.append(f"{name}, which `pip install -r` named, cannot be read: what it lists is not required")
            return
        for line in (re.split(r"(?:^|\s)#", line)[0].strip() for line in lines):
            if line.startswith("-r "):
                self._listed(os.path.normpath(Path(name).parent / line[3:].strip()))
            elif line and not line.startswith("-"):
                self.typed(line)

    def _address(self, text: str) -> None:
        address, _, fragment = _safe(text).partition("#")
        egg = re.search(r"egg=([\w.-]+)", fragment)
        name = egg[1] if egg else _installed_from(address)
        if not name:
            self.notes.append(f"Which distribution {address} installs is not known: it is not among the requirements")
            return
        self.found[_canonical(name)] = f"{name} @ {address}"
        if _safe(text) != text:
            self.notes.append(f"The password in the address of {name} was left out of the requirements")

    def _version(self, name: str) -> str:
        was = {_canonical(n): v for n, v in self.packages.items()}.get(_canonical(name))
        return was or installed_version(name)


def requirements_of(
    modules: Iterable[str],
    sources: Iterable[str],
    *,
    typed: Iterable[str] = (),
    loaders: Iterable[str] = (),
    packages: Mapping[str, str],
    folder: Path,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The requirements of a script, ipymlops among them, and the notes on what could not be required.

    ``modules``: what it imports, in full; ``sources``: its statements; ``typed``: what ``pip install`` was given;
    ``loaders``: the pinned distributions that load the model; ``packages``: versions at registration.
    """
    result = Requirements(packages, folder)
    for line in loaders:
        name, _, version = line.partition("==")
        result.pin(name, version)
    for name in [*_behind(modules, packages), *_loaded(sources, packages)]:
        result.pin(name)
    result.pin("ipymlops", ipymlops.__version__)
    for text in typed:
        result.typed(text)
    return tuple(result.found[name] for name in sorted(result.found)), tuple(dict.fromkeys(result.notes))


def _behind(modules: Iterable[str], packages: Mapping[str, str]) -> Iterator[str]:
    """The distributions that modules come from; one that is not installed any more by its own name."""
    registered = {_canonical(name): name for name in packages}
    for module in modules:
        owners = distributions().get(module.partition(".")[0], [])
        yield from _narrowed(owners, module) if len(owners) > 1 else owners
        if not owners and _canonical(module.partition(".")[0]) in registered:
            yield registered[_canonical(module.partition(".")[0])]


def _narrowed(owners: list[str], module: str) -> list[str]:
    """Of those that share a namespace such as ``google``, the ones that have the module itself."""
    while "." in module:
        place = module.replace(".", "/")
        having = [o for o in owners if any(_is_within(str(f), place) for f in metadata.files(o) or ())]
        if having:
            return having
        module = module.rpartition(".")[0]
    return owners


def _is_within(file: str, place: str) -> bool:
    return file.startswith((f"{place}/", f"{place}.")) and "__pycache__" not in file


def _loaded(sources: Iterable[str], packages: Mapping[str, str]) -> Iterator[str]:
    registered = {_canonical(name): name for name in packages}
    for source in sources:
        wanted = {w for node in ast.walk(_tree(source)) for w in _wanted_by(node)}
        yield from (registered[_canonical(w)] for w in sorted(wanted) if _canonical(w) in registered)


def _wanted_by(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return LOADED_BY.get(name, ())
        case ast.Constant(value=str(text)):
            return next((names for start, names in READS_FROM.items() if text.startswith(start)), ())
    return ()


def _tree(source: str) -> ast.AST:
    tree: ast.AST = compile(source, "<statement>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return tree


def _installed_from(address: str) -> str:
    """The distribution whose record says that it was installed from the address."""
    wanted = re.sub(r"^\w+\+|@[^/@]+$", "", address).removesuffix(".git")
    for found in metadata.distributions():
        said = found.read_text("direct_url.json")
        if said and f'"{wanted}' in _safe(said):
            return str(found.metadata["Name"])
    return ""


def _safe(text: str) -> str:
    """Without the user and the password of an address."""
    return _CREDENTIALS.sub(r"\1", text)


def parsed(text: str) -> Requirement | None:
    """A requirement as PEP 508 writes it; None where it is something else."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

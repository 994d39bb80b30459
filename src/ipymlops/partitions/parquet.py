"""Parquet files and folders, read a few columns of a row group at a time: in bounded memory, however many rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ipymlops.errors import BadInput
from ipymlops.frames import Kind, Table, as_table
from ipymlops.frames.unread import missing
from ipymlops.partitions import folder_keys
from ipymlops.partitions.merging import in_threads
from ipymlops.partitions.parts import Parts
from ipymlops.progress import Progress, share_told

Summary = TypeVar("Summary")

SUFFIXES = (".parquet", ".pq", ".parq")
VALUES = 2**20  # read at once by a thread: 8 MB of numbers
ODD = ("time32", "time64", "binary", "large_binary", "fixed_size_binary", "null")
ALIKE = ({"number", "integer"},)  # kinds of one column that files may mix: whole numbers with and without gaps


@dataclass(frozen=True, slots=True)
class _File:
    """One file: its footer, and the values that the names of its folders hold."""

    path: Path
    footer: Any
    keys: Mapping[str, str | None]

    @property
    def schema(self) -> Any:
        return self.footer.schema.to_arrow_schema()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some columns of one row group."""

    file: _File
    group: int
    names: tuple[str, ...]
    values: int


@dataclass(frozen=True, slots=True)
class ParquetTable(Parts):
    """The files of one table. Open it with ``open_parquet``; nothing but footers is read until ``each``."""

    files: tuple[_File, ...]
    kinds: Mapping[str, Kind]
    rows: int
    key_types: Mapping[str, Any]  # of the columns that only the names of folders hold

    def each(
        self,
        names: Collection[str],
        work: Callable[[Table], Summary],
        *,
        beside: Collection[str] = (),
        progress: Progress | None = None,
    ) -> Iterator[Summary]:
        """``work`` of tables that together hold every row of the columns ``names`` once, in order; in threads.

        A table holds at most about a million values of ``names``, whatever the size of the row groups.
        """
        tell = share_told(progress, f"read {self.rows:,} rows", self.rows * max(1, len(names)))
        wanted = [name for name in self.kinds if name in names]

        def answered(piece: _Piece) -> tuple[int, list[Summary]]:
            return piece.values, [work(table) for table in self._tables(piece, beside)]

        for values, answers in in_threads(self._pieces(wanted), answered):
            yield from answers
            tell(values)

    def column(self, name: str) -> Table:
        """One column, whole."""
        import pyarrow as pa

        tables = list(self.each([name], lambda table: table.native))
        if tables and not isinstance(tables[0], pa.Table):
            return as_table(pa.concat_tables(map(pa.Table.from_pandas, tables)).to_pandas(ignore_metadata=True))
        return as_table(pa.concat_tables(tables, promote_options="permissive"))

    def whole(self) -> Any:
        """All rows, as pandas reads them."""
        import pandas as pd

        return pd.concat([self._frame(file) for file in self.files], ignore_index=True)

    def _frame(self, file: _File) -> Any:
        import pandas as pd

        stored = [name for name in self.kinds if name in file.schema.names and name not in self.key_types]
        try:
            frame = pd.read_parquet(file.path, columns=stored, partitioning=None).reset_index(drop=True)
        except (ValueError, OSError) as error:
            raise _unreadable(file.path, error) from error
        for name, kind in self.key_types.items():
            frame[name] = folder_keys.values(file.keys[name], kind, len(frame))
        return frame

    def _pieces(self, names: list[str]) -> Iterator[_Piece]:
        for file in self.files:
            odd = _odd(file.schema)
            for group in range(file.footer.num_row_groups):
                rows = file.footer.row_group(group).num_rows
                for some in _together(names, odd, VALUES // rows) if rows else ():
                    yield _Piece(file, group, some, rows * len(some))

    def _tables(self, piece: _Piece, beside: Collection[str]) -> Iterator[Table]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = [name for name in self.kinds if name in piece.names or name in beside]
        stored = [name for name in names if name not in self.key_types]
        file, text = piece.file, _texts(piece.file.schema)
        try:
            with pq.ParquetFile(file.path, metadata=file.footer, read_dictionary=text, pre_buffer=False) as opened:
                for table in _read(opened, piece.group, stored):
                    yield _table(self._with_keys(table, file, table.num_rows, names))
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(file.path, error) from error

    def _with_keys(self, table: Any, file: _File, rows: int, names: list[str]) -> Any:
        import pyarrow as pa

        columns = {
            name: folder_keys.column(file.keys[name], self.key_types[name], rows)
            if name in self.key_types
            else table.column(name)
            for name in names
        }
        return pa.table(columns)


def _read(opened: Any, group: int, names: list[str]) -> Iterator[Any]:
    """The row group; in runs of rows where it is a large one."""
    import pyarrow as pa

    if opened.metadata.row_group(group).num_rows <= VALUES:
        yield opened.read_row_group(group, columns=names, use_threads=False)
        return
    for batch in opened.iter_batches(VALUES, row_groups=[group], columns=names, use_threads=False):
        yield pa.Table.from_batches([batch])


def _together(names: list[str], odd: set[str], most: int) -> list[tuple[str, ...]]:
    """Columns that are read at once: as many as ``most``, and odd ones alone."""
    plain, size = [name for name in names if name not in odd], max(1, most)
    batches = [tuple(plain[begin : begin + size]) for begin in range(0, len(plain), size)]
    return [*batches, *((name,) for name in names if name in odd)]


def is_parquet(path: str | Path) -> bool:
    """Whether a path names a Parquet file or a folder, which may hold some."""
    return Path(path).suffix.lower() in SUFFIXES or Path(path).is_dir()


def open_parquet(path: str | Path, like: Mapping[str, Kind | None] | None = None) -> ParquetTable:
    """The table in a Parquet file, or in all Parquet files below a folder.

    Folders called ``month=2026-01`` hold a column ``month`` (Hive's convention); files and folders whose names begin
    with ``_`` or ``.`` are left out. ``like`` says which columns are of interest, and of which kind where that is
    known: files must agree on those (on all, without ``like``). Raises BadInput, naming the file, for everything that
    cannot be used.
    """
    path = Path(path)
    files = tuple(_opened(file, path) for file in _found(path))
    first = files[0]
    for file in files[1:]:
        _refuse_another_schema(first, file, like)
    stored = _kinds(first)
    keys = {name: [file.keys[name] for file in files] for name in first.keys if name not in stored}
    types = {name: folder_keys.type_of(values, (like or {}).get(name)) for name, values in keys.items()}
    return ParquetTable(
        files,
        {**stored, **{name: folder_keys.kind_of(kind) for name, kind in types.items()}},
        sum(file.footer.num_rows for file in files),
        types,
    )


def row_groups(path: str | Path) -> Iterator[Table]:
    """The row groups of a Parquet file, read one at a time; strings come as the file's own dictionary codes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, read_dictionary=_texts(pq.read_schema(path))) as file:
            for number in range(file.num_row_groups):
                yield as_table(file.read_row_group(number))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(Path(path), error) from error


def _found(path: Path) -> list[Path]:
    if not path.exists():
        raise missing(path)
    if not path.is_dir():
        return [path]
    below = sorted(p for p in path.rglob("*") if not p.is_dir() and not _is_hidden(p.relative_to(path)))
    other = [p for p in below if p.suffix.lower() not in SUFFIXES]
    if other:
        raise BadInput(
            f"Found {str(other[0].relative_to(path))!r} in the folder {path.name!r}",
            expected="Parquet files only",
            next_step="move it elsewhere, or name one file",
        )
    if not below:
        raise BadInput(f"Found no Parquet file in the folder {path.name!r}", expected="at least one")
    return below


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(("_", ".")) for part in path.parts)


def _opened(path: Path, root: Path) -> _File:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _File(path, pq.read_metadata(path), folder_keys.keys_of(path.parent, root))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadInput:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BadInput(f"{path.name!r} could not be read: {said}", expected="a Parquet file")


def _refuse_another_schema(first: _File, file: _File, like: Mapping[str, Kind | None] | None) -> None:
    one, two = (dict[str, str](dict.fromkeys(f.keys, "folder")) | _kinds(f) for f in (first, file))
    here, there = first.path.name, file.path.name
    for name in list(like or ()) or one | two:
        if (name in one) != (name in two):
            without, having = (there, here) if name in one else (here, there)
            raise _another_schema(f"Found no column {name!r} in {without!r}, which {having!r} has")
        alike = name not in one or one[name] == two[name] or {one[name], two[name]} in ALIKE
        if not alike and not _is_empty(first, name) and not _is_empty(file, name):
            raise _another_schema(f"Found column {name!r} of kind {two[name]} in {there!r}, {one[name]} in {here!r}")


def _another_schema(found: str) -> BadInput:
    return BadInput(found, expected="files of one schema", next_step="move the other file elsewhere, or name one file")


def _is_empty(file: _File, name: str) -> bool:
    """Whether no row of the file can have a value there: so a column is stored that was missing throughout."""
    return name in file.schema.names and str(file.schema.field(name).type) == "null"


def _kinds(file: _File) -> dict[str, Kind]:
    """Of the columns stored in the file, without the index that pandas keeps beside them."""
    schema = file.schema
    odd = _odd(schema)
    index = [name for name in (schema.pandas_metadata or {}).get("index_columns", ()) if isinstance(name, str)]
    table = schema.empty_table().drop_columns(index)
    sides = ([n for n in table.column_names if n not in odd], [n for n in table.column_names if n in odd])
    found = {name: kind for side in sides if side for name, kind in _table(table.select(side)).kinds.items()}
    return {name: found[name] for name in table.column_names}


def _texts(schema: Any) -> list[str]:
    return [field.name for field in schema if str(field.type) in ("string", "large_string")]


def _odd(schema: Any) -> set[str]:
    """Columns that pandas knows as objects only: clock times, bytes, and those without a value."""
    return {field.name for field in schema if str(field.type).startswith(ODD)}


def _table(arrow: Any) -> Table:
    """As pandas would have read it."""
    return as_table(arrow.to_pandas(ignore_metadata=True) if _odd(arrow.schema) else arrow)

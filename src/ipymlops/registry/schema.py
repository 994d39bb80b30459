"""The columns a model takes and what it answers: stored with every version, enforced on every later table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast, get_args

import numpy as np

from ipymlops.declared import as_declared
from ipymlops.errors import BadInput, IntegrityError
from ipymlops.frames import Kind, Table, as_table, from_columns
from ipymlops.phrases import count

MANY_CATEGORIES = 100  # beyond it a column's categories are counted, not listed

_NUMERIC = frozenset({"number", "integer", "boolean"})


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """One input column as it was in training. ``low`` and ``high`` are numbers, or ISO times in UTC."""

    name: str
    kind: Kind
    missing: bool  # whether training had missing values here
    low: float | str | None = None
    high: float | str | None = None
    categories: tuple[str, ...] | None = None  # None where they are none, or more than MANY_CATEGORIES
    distinct: int | None = None  # of a category column


@dataclass(frozen=True, slots=True)
class Schema:
    """What goes in and what comes out."""

    columns: tuple[ColumnSchema, ...]
    task: str
    target: str = "target"
    classes: tuple[str, ...] = ()
    container: str = "pandas"  # what training was given: pandas, polars, pyarrow, numpy, or series (one column)

    @classmethod
    def of(cls, table: Table, *, task: str, target: str = "target", classes: Sequence[Any] = ()) -> Schema:
        """The schema of a training table."""
        columns = tuple(_column(table, name) for name in table.names)
        return cls(columns, task, target, tuple(str(c) for c in classes), table.container)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in the order the model takes them."""
        return tuple(c.name for c in self.columns)

    def to_json(self) -> bytes:
        """``schema.json``; the same schema gives the same bytes."""
        return json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Schema:
        """The schema of ``to_json`` again. Raises IntegrityError if the bytes are something else."""
        try:
            record = json.loads(data)
            columns = tuple(_from_record(column) for column in record.pop("columns"))
            return as_declared(cls(columns=columns, **{**record, "classes": tuple(record["classes"])}))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
            raise IntegrityError(f"schema.json cannot be read: {error}") from error

    def check(self, table: Table) -> tuple[str, ...]:
        """What a person should know about a table that the model can take: extra or reordered columns, other
        number types. Raises BadInput where it cannot: missing columns, or columns of another type."""
        table = self._named(table)
        missing = [name for name in self.names if name not in table.kinds]
        if missing:
            raise BadInput(
                f"Missing from the table: {_listed(missing)}",
                expected=f"the {count(len(self.names), 'column')} {_listed(self.names)}",
                next_step="add the missing columns, named as in training",
            )
        wrong = [c for c in self.columns if not _accepts(c, table)]
        if wrong:
            found = "; ".join(f"{c.name!r} is {table.kinds[c.name]}, not {c.kind}" for c in wrong[:3])
            more = f" (and {len(wrong) - 3} more)" if len(wrong) > 3 else ""
            raise BadInput(f"Columns of another type than in training: {found}{more}", next_step="convert them")
        return tuple(self._notes(table))

    def conform(self, data: Any) -> Any:
        """``data`` with the columns that the model takes, in its order: a table of the same library, or an array
        where the model was trained on one. Raises BadInput as ``check`` does."""
        table = as_table(data)
        self.check(table)
        if self.container == "series":
            return self._column_of(table)
        named = self._named(table)
        positions = [named.names.index(name) for name in self.names]
        if table.container == "numpy":
            array = np.asarray(table.native)[:, positions]
            return array if self.container == "numpy" else _frame_of(array, self.names)
        if table.container in ("pandas", "series"):
            chosen = table.native.to_frame() if table.container == "series" else table.native.iloc[:, positions]
        else:
            chosen = table.native.select([table.names[p] for p in positions])
        return _array_of(chosen) if self.container == "numpy" else chosen

    def _column_of(self, table: Table) -> Any:
        """The one column that the model takes, as a pandas Series."""
        if table.container == "series":
            return table.native
        named, name = self._named(table), self.names[0]
        if table.container == "pandas":
            return table.native.iloc[:, named.names.index(name)]
        values = named.strings(name) if self.columns[0].kind == "category" else named.numbers(name)
        return from_columns({name: values})[name]

    def _named(self, table: Table) -> Table:
        """An array has positions for names, on either side, and one column any name: as many are then the same."""
        if self.names == table.names or not {"numpy", "series"} & {self.container, table.container}:
            return table
        if set(self.names) <= set(table.names):
            return table
        if len(self.names) != len(table.names):
            raise BadInput(
                f"Found {count(len(table.names), 'column')}", expected=f"{len(self.names)}: {_listed(self.names)}"
            )
        if table.container == "numpy":
            return as_table(table.native, self.names)
        kinds = {new: table.kinds[old] for new, old in zip(self.names, table.names, strict=True)}
        return Table(table.native, self.names, kinds, table.rows, table.container, table._frame)

    def _notes(self, table: Table) -> list[str]:
        notes = []
        extra = [name for name in table.names if name not in self.names]
        if extra:
            notes.append(f"ignored, because the model does not take them: {_listed(extra)}")
        if [name for name in table.names if name in self.names] != list(self.names):
            notes.append("columns were put into the order of training")
        other = [c for c in self.columns if table.kinds[c.name] != c.kind]
        notes.extend(f"{c.name!r} is {table.kinds[c.name]}, was {c.kind} in training" for c in other)
        return notes


def _column(table: Table, name: str) -> ColumnSchema:
    kind, missing = table.kinds[name], bool(table.missing(name).any())
    if kind in ("number", "integer", "datetime"):
        low, high = _range(table, name)
        return ColumnSchema(name, kind, missing, low, high)
    if kind == "category":
        levels = sorted(str(level) for level in table.levels(name)[0])
        listed = tuple(levels) if len(levels) <= MANY_CATEGORIES else None
        return ColumnSchema(name, kind, missing, categories=listed, distinct=len(levels))
    return ColumnSchema(name, kind, missing)


def _range(table: Table, name: str) -> tuple[float | str | None, float | str | None]:
    values = table.numbers(name)
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = float(values.min()), float(values.max())
    return (_iso(low), _iso(high)) if table.kinds[name] == "datetime" else (low, high)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _from_record(record: dict[str, Any]) -> ColumnSchema:
    if record["kind"] not in get_args(Kind):
        raise ValueError(f"a column of kind {record['kind']!r}")
    categories = record.pop("categories")
    return ColumnSchema(**record, categories=None if categories is None else tuple(categories))


def _accepts(column: ColumnSchema, table: Table) -> bool:
    found = table.kinds[column.name]
    if found == column.kind or column.kind == "unsupported":
        return True
    if column.kind in _NUMERIC and found in _NUMERIC:
        return True
    # A column without any value has no type: a file reader makes of it what it likes.
    return found != "unsupported" and bool(table.missing(column.name).all())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f", ... ({len(names)} in all)" if len(names) > 6 else "")


def _frame_of(array: Any, names: Sequence[str]) -> Any:
    return from_columns({name: array[:, i] for i, name in enumerate(names)})


def _array_of(frame: Any) -> Any:
    if hasattr(frame, "to_numpy"):
        return frame.to_numpy()
    return np.column_stack([cast(Any, column).to_numpy() for column in frame.columns])  # Arrow

"""The reference side of a drift check: a table's columns as counts, small enough to travel with the model."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from ipymlops.declared import as_declared
from ipymlops.drift import summaries, summarising
from ipymlops.drift.binning import BINS
from ipymlops.drift.summaries import Levels, Numbers, Summary, Texts, Unread
from ipymlops.drift.variability import Variability, variability
from ipymlops.drift.words import Words
from ipymlops.errors import BadInput, ProjectError
from ipymlops.frames import Kind, Table
from ipymlops.progress import Progress

FORMAT = 2  # 1 counted infinities in the outermost bins


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A table, column by column, as counts.

    ``Profile.of(table)`` fixes bins and levels; ``profile.measure(other)`` counts another table over them.
    Profiles over the same bins merge as a commutative monoid (``merge``, with ``empty()`` as its zero), so parts
    may be counted anywhere, in any order. Counts are exact; moments are exact up to rounding.

    >>> from ipymlops.frames import as_table
    >>> part = as_table(np.array([[1.0], [2.0]]), ["x"])
    >>> profile = Profile.of(part)
    >>> profile.measure(part).merge(profile.measure(part)).rows
    4
    >>> Profile.from_bytes(profile.to_bytes()) == profile
    True
    """

    rows: int
    columns: Mapping[str, Summary]
    importance: Mapping[str, float] = field(default_factory=dict)  # share of the model's importance, by column
    variability: Variability | None = None  # of its own stretches of time; None where nobody named the times

    @classmethod
    def of(
        cls,
        table: Table,
        importance: Mapping[str, float] | None = None,
        *,
        bins: int = BINS,
        times: Table | None = None,
    ) -> Profile:
        """Summarise ``table`` over quantile bins (about ``bins``) and levels of its own. ``times`` is one column with
        a time for each row: how far its months, weeks and days lie apart is then kept (``variability``).

        Raises BadInput for a table without rows.
        """
        if not table.rows:
            raise BadInput("Found a table without rows", expected="rows to summarise")
        columns = {name: summarising.reference(table, name, bins) for name in table.names}
        profile = cls(table.rows, columns, dict(importance or {}))
        return profile if times is None else replace(profile, variability=variability(profile, table, times))

    @property
    def kinds(self) -> dict[str, Kind]:
        """What each column holds."""
        return {name: column.kind for name, column in self.columns.items()}

    def measure(self, table: Table, progress: Progress | None = None) -> Profile:
        """Count ``table`` over this profile's bins and levels; columns not in this profile stay unread."""
        say = progress or (lambda _: None)
        columns: dict[str, Summary] = {}
        for number, name in enumerate(table.names, start=1):
            say(f"column {name}, {number:,} of {len(table.names):,}")
            like = self.columns.get(name)
            columns[name] = summarising.measured(like, table, name) if like else Unread(table.kinds[name])
        return replace(self, rows=table.rows, columns=columns)

    def measure_parts(self, tables: Iterable[Table]) -> Profile:
        """Count a table that comes in parts, one after the other."""
        return reduce(Profile.merge, (self.measure(table) for table in tables), self.empty())

    def empty(self) -> Profile:
        """No rows over the same bins."""
        return replace(self, rows=0, columns={name: summarising.empty(column) for name, column in self.columns.items()})

    def merge(self, other: Profile) -> Profile:
        """Both counted together. A side without rows gives way; BadInput where the bins or columns differ."""
        if not self.rows or not other.rows:
            return other if not self.rows else self
        if set(self.columns) != set(other.columns):
            odd = sorted(set(self.columns) ^ set(other.columns))[0]
            raise BadInput(f"Found column {odd!r} in one part only", expected="parts with the same columns")
        columns = {name: summaries.added(column, other.columns[name]) for name, column in self.columns.items()}
        return replace(self, rows=self.rows + other.rows, columns=columns)

    def to_bytes(self) -> bytes:
        """JSON, the same bytes for the same profile; edges as base64 of little-endian doubles."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "rows": self.rows,
            "importance": dict(self.importance),
            "columns": {name: _to_json(column) for name, column in self.columns.items()},
        }
        if self.variability is not None:
            document["variability"] = self.variability.to_json()
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """The profile that ``to_bytes`` wrote; BadInput for other bytes, ProjectError for a newer format."""
        try:
            document = json.loads(data)
            if document["format"] > FORMAT:
                raise ProjectError(
                    f"The profile has format {document['format']}",
                    expected=f"format {FORMAT} or older",
                    next_step="upgrade ipymlops",
                )
            columns = {name: _from_json(column, document["rows"]) for name, column in document["columns"].items()}
            if document["format"] == 1:
                columns = {name: _of_format_1(column) for name, column in columns.items()}
            own = Variability.from_json(document["variability"]) if "variability" in document else None
            profile = as_declared(cls(document["rows"], columns, document["importance"], own))
            for column in profile.columns.values():
                _check_counts(column)
            return profile
        except (
            ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, MemoryError,
        ) as error:  # fmt: skip
            raise BadInput("Found bytes that are no profile", expected="what Profile.to_bytes wrote") from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]  # compared by content, and never a key


def _to_json(column: Summary) -> dict[str, Any]:
    if isinstance(column, Unread):
        return {"kind": column.kind, "missing": column.missing, "present": column.present}
    if isinstance(column, Levels):
        return {
            "kind": column.kind,
            "missing": column.missing,
            "identifier": column.identifier,
            "levels": dict(column.counts),
            "other": column.other,
            "unseen": dict(sorted(column.unseen.items())),
            "unnamed": column.unnamed,
        }
    if isinstance(column, Texts):
        return {
            "kind": column.kind,
            "lengths": _to_json(column.lengths),
            "vocabulary": list(column.words.vocabulary),
            "words": np.stack([column.words.counts, column.words.squares, column.words.products]).tolist(),
            "squared": column.words.lengths,
        }
    return {
        "kind": column.kind,
        "missing": column.missing,
        "identifier": column.identifier,
        "fractional": column.fractional,
        "infinite": column.infinite,
        "moments": _encoded([column.mean, column.spread_sum, column.low, column.high]),
        "edges": _encoded(column.edges),
        "counts": column.counts.tolist(),
    }


def _from_json(column: Mapping[str, Any], rows: int) -> Summary:
    if "levels" in column:
        return Levels(
            column["kind"],
            column["levels"],
            column["other"],
            column["missing"],
            column["unseen"],
            column["identifier"],
            column.get("unnamed", 0),
        )
    if "vocabulary" in column:
        lengths = _from_json(column["lengths"], rows)
        if not isinstance(lengths, Numbers):
            raise TypeError("texts without lengths")
        counts, squares, products = np.array(column["words"], dtype=np.int64)
        words = Words(tuple(column["vocabulary"]), counts, squares, products, column["squared"])
        return Texts(column["kind"], lengths, words)
    if "edges" not in column:
        return Unread(column["kind"], column["missing"], column.get("present", rows - column["missing"]))
    mean, spread_sum, low, high = _decoded(column["moments"]).tolist()
    return Numbers(
        column["kind"],
        _decoded(column["edges"]),
        np.array(column["counts"], dtype=np.int64),
        column["missing"],
        column["infinite"],
        mean,
        spread_sum,
        low,
        high,
        column["identifier"],
        column["fractional"],
    )


def _check_counts(column: Summary) -> None:
    """ValueError where counts do not fit their bins, or are below nothing."""
    counts: list[Any] = [column.missing]
    if isinstance(column, Numbers):
        counts += [column.infinite, *column.counts.tolist()]
        rising = bool((column.edges[1:] >= column.edges[:-1]).all()) and not np.isnan(column.edges).any()
        if column.counts.shape != (len(column.edges) + 1,) or not rising:
            raise ValueError("counts do not fit their bins")
    elif isinstance(column, Levels):
        counts += [column.other, column.unnamed, *column.counts.values(), *column.unseen.values()]
    elif isinstance(column, Texts):
        _check_counts(column.lengths)
        words = column.words
        shape = (len(words.vocabulary) + 1,)
        if not words.counts.shape == words.squares.shape == words.products.shape == shape:
            raise ValueError("counts do not fit their words")
        counts += [words.lengths, *words.counts.tolist(), *words.squares.tolist(), *words.products.tolist()]
    else:
        counts += [column.present]
    if any(n < 0 for n in counts):
        raise ValueError("counts below nothing")


def _of_format_1(column: Summary) -> Summary:
    """Without the infinities, which stood in the outermost bins of a reference, where nothing else can."""
    if not isinstance(column, Numbers) or not column.infinite:
        return column
    counts = column.counts.copy()
    counts[0] = counts[-1] = 0
    return replace(column, counts=counts)


def _encoded(values: Any) -> str:
    return base64.b64encode(np.asarray(values, dtype="<f8").tobytes()).decode("ascii")


def _decoded(text: str) -> Any:
    return np.frombuffer(base64.b64decode(text), dtype="<f8").astype(np.float64)

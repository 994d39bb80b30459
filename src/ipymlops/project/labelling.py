"""The labels that are said for a table: one of its columns, by name, or one value a row from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, MlopsError, UnknownName

if TYPE_CHECKING:
    from ipymlops.evaluation.standing import GivenLabels
    from ipymlops.evaluation.targets import Array
    from ipymlops.frames import Table

Value = Callable[[str], Any]  # what an expression of the notebook, or the path of a file, stands for


def apart(data: Any, labels: Any, *, reads: Collection[str], value: Value | None = None) -> tuple[Any, Array]:
    """``data`` without its column of labels, and the labels, (n,).

    ``labels`` is the name of a column, an expression that ``value`` evaluates, or the labels themselves. A column comes
    before an expression that is written alike, unless it is one that the model ``reads``. Raises BadInput or
    UnknownName.
    """
    from ipymlops.frames import as_table, column_of, vector, without

    table = as_table(data)
    if isinstance(labels, str) and labels in table.kinds and labels not in reads:
        if len(table.names) == 1:
            raise BadInput(f"Found no column but the labels {labels!r}", expected="the columns that the model reads")
        return without(table, labels), column_of(table, labels)
    found = vector(_evaluated(table, labels, value) if isinstance(labels, str) else labels)
    if len(found) != table.rows:
        raise BadInput(
            f"Found {table.rows:,} rows and {len(found):,} labels",
            expected="as many labels as rows",
            next_step="take the labels of the same rows",
        )
    return data, found


def given_labels(
    data: Any, labels: Any, *, reads: Collection[str], value: Value | None = None
) -> tuple[Any, Array, GivenLabels]:
    """As ``apart``, and how the labels were said."""
    from ipymlops.evaluation.standing import GivenLabels

    rest, found = apart(data, labels, reads=reads, value=value)
    said = labels if isinstance(labels, str) else ""
    return rest, found, GivenLabels(said, in_table=rest is not data)


def _evaluated(table: Table, labels: str, value: Value | None) -> Any:
    try:
        if value is not None:
            return value(labels)
    except MlopsError as error:
        if labels in table.kinds:
            raise read_by_the_model(labels) from error
        if not labels.isidentifier():
            raise
        raise _unknown(table, labels, error) from error
    if labels in table.kinds:
        raise read_by_the_model(labels)
    raise UnknownName.of("column", labels, table.names)


def read_by_the_model(labels: str) -> BadInput:
    """The refusal of a column of labels that the model takes as one of its own."""
    return BadInput(f"Column {labels!r} is one that the model reads", expected="the column of true answers")


def _unknown(table: Table, labels: str, error: MlopsError) -> UnknownName:
    """A name that is neither; what it was taken for elsewhere is told where that has the closer one."""
    here = UnknownName.of("column of the table", labels, table.names, next_step=error.next_step)
    if "did you mean" in error.found and "did you mean" not in here.found:
        return UnknownName(error.found, expected=error.expected, next_step=f"{error.next_step}, or name a column")
    return here

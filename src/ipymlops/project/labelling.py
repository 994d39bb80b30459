"""The labels that are said for a table: one of its columns, by name, or one value a row from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, MlopsError, UnknownName, near
from ipymlops.phrases import count, listed

if TYPE_CHECKING:
    from ipymlops.evaluation.place import GivenLabels
    from ipymlops.evaluation.targets import Array
    from ipymlops.frames import Table
    from ipymlops.registry.bundle import Bundle

Value = Callable[[str], Any]  # what an expression of the notebook, or the path of a file, stands for

UNSAID = ""  # labels that were asked for without a word of where they are
EXPRESSION = "[](){}'\"./"  # characters of expressions and paths, and of hardly any column's name
MEANT = "; did you mean "
OPTION = "--labels"  # what a command calls them, before the name of their column


def apart(
    data: Any,
    labels: Any,
    *,
    reads: Collection[str],
    value: Value | None = None,
    option: str = OPTION,
    target: str = "",
) -> tuple[Any, Array]:
    """``data`` without its column of labels, and the labels, (n,).

    ``labels`` is the name of a column, an expression that ``value`` evaluates, or the labels themselves. A column comes
    before an expression that is written alike, unless it is one that the model ``reads``. Raises BadInput or
    UnknownName; ``target`` is what the labels of its training were called.
    """
    from ipymlops.frames import as_table, column_of, vector, without

    table = as_table(data)
    if isinstance(labels, str) and labels == UNSAID:
        raise unsaid(table.names, reads, target, option)
    if isinstance(labels, str) and labels in table.kinds and labels not in reads:
        if len(table.names) == 1:
            raise BadInput(f"Found no column but the labels {labels!r}", expected="the columns that the model reads")
        _refuse_infinite(labels, found := column_of(table, labels))
        return without(table, labels), found
    found = vector(_evaluated(table, labels, value) if isinstance(labels, str) else labels)
    if len(found) != table.rows:
        raise BadInput(
            f"Found {count(table.rows, 'row')} and {count(len(found), 'label')}",
            expected="as many labels as rows",
            next_step="take the labels of the same rows",
        )
    return data, found


def given_labels(data: Any, labels: Any, **how: Any) -> tuple[Any, Array, GivenLabels]:
    """As ``apart``, with its options, and how the labels were said."""
    from ipymlops.evaluation.place import GivenLabels

    rest, found = apart(data, labels, **how)
    said = labels if isinstance(labels, str) else ""
    return rest, found, GivenLabels(said, in_table=rest is not data)


def target_of(bundle: Bundle) -> str:
    """What the labels of the training were called; empty where nobody knows."""
    return bundle.schema().target if "schema.json" in bundle else ""


def _refuse_infinite(column: str, labels: Array) -> None:
    import numpy as np

    rows = int(np.isinf(labels).sum()) if labels.dtype.kind == "f" else 0
    if rows:
        raise BadInput(
            f"Found {count(rows, 'infinite value')} in {column!r}, the column of labels",
            expected="a finite label, or none, in every row",
            next_step="mend the column, often a division by zero",
        )


def unsaid(names: Iterable[str], reads: Collection[str], target: str = "", option: str = OPTION) -> BadInput:
    """The refusal of a table of which nobody said what is true; tells the columns that may hold it, of which
    ``target``, as training called it, is the likely one."""
    free = [name for name in names if name not in reads]
    columns = f"one of the columns that the model does not read ({listed(free, 8)}), or " if free else ""
    return BadInput(
        f"Found {option} without the true answers",
        expected=f"{columns}labels apart, one a row",
        next_step=f"name them: {option} {target if target in free else 'LABELS'}",
    )


def _evaluated(table: Table, labels: str, value: Value | None) -> Any:
    try:
        if value is not None:
            return value(labels)
    except MlopsError as error:
        if labels in table.kinds:
            raise read_by_the_model(labels) from error
        if not _may_be_a_column(table, labels, error):
            raise
        raise _unknown(table, labels, error) from error
    if labels in table.kinds:
        raise read_by_the_model(labels)
    raise UnknownName.of("column", labels, table.names)


def _may_be_a_column(table: Table, labels: str, error: MlopsError) -> bool:
    """Whether a name was meant, rather than an expression or a path: ``paid back``, and not ``rows["paid"]``."""
    if labels.isidentifier():
        return True
    return not set(labels) & set(EXPRESSION) and (not isinstance(error, UnknownName) or bool(near(labels, table.names)))


def read_by_the_model(labels: str) -> BadInput:
    """The refusal of a column of labels that the model takes as one of its own."""
    return BadInput(f"Column {labels!r} is one that the model reads", expected="the column of true answers")


def _unknown(table: Table, labels: str, error: MlopsError) -> UnknownName:
    """A name that is no column, and was looked for in the notebook, too, where there is one."""
    if not isinstance(error, UnknownName):
        return UnknownName.of("column of the table", labels, table.names, next_step=error.next_step)
    here = UnknownName.of("column of the table and no name in this notebook", labels, table.names)
    found, hint, meant = here.found.partition(MEANT)
    if not hint and labels.isidentifier():  # else it is of a name within the expression
        _, hint, meant = error.found.partition(MEANT)
    return UnknownName(
        found + hint + meant,
        expected=f"a column of the table ({here.expected}), or a variable that holds the labels",
        next_step=f"name the column, or {error.next_step}",
    )

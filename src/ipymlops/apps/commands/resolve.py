"""What a word of a command stands for: a name in the notebook, or a file on the command line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ipymlops.errors import BadInput, UnknownName
from ipymlops.progress import Progress

if TYPE_CHECKING:
    from ipymlops.capture.journal import Journal

Read = Callable[[str], Any]


class Resolve(Protocol):
    """The two sides of a command: what words mean there, and where steps are told."""

    progress: Progress | None

    def value(self, expression: str) -> Any:
        """The object: a fitted model, for example."""

    def data(self, expression: str, read: Read | None = None) -> Any:
        """A table or a column of targets; ``read`` opens it where the word is a path."""

    def journal(self) -> Journal | None:
        """What the kernel executed; None outside a notebook."""


class NotebookResolve:
    """Words are Python expressions in the notebook's namespace, or paths of tables."""

    def __init__(
        self,
        namespace: dict[str, Any],
        journal: Callable[[], Journal | None],
        progress: Progress | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self._namespace = namespace
        self._hidden = hidden
        self.journal = journal
        self.progress = progress

    def value(self, expression: str) -> Any:
        try:
            return eval(compile(expression, "<%mlops>", "eval"), self._namespace)
        except NameError as error:
            raise self._unknown(error.name or expression) from error
        except SyntaxError as error:
            raise BadInput(f"Found {expression!r}", expected="a name or a Python expression") from error
        except Exception as error:
            raise BadInput(f"{expression!r} failed with {type(error).__name__}: {error}") from error

    def data(self, expression: str, read: Read | None = None) -> Any:
        from ipymlops.frames import is_unread

        read, readable = read or _read, is_table_path(expression)
        if not (readable or is_unread(expression)) or expression in self._namespace:
            return self.value(expression)
        if (readable and Path(expression).exists()) or not self._starts_with_a_name(expression):
            return read(expression)
        try:
            return self.value(expression)
        except BadInput:
            return read(expression)  # which says that there is no such file, or which files are read

    def _starts_with_a_name(self, expression: str) -> bool:
        return expression.partition(".")[0].partition("[")[0] in self._namespace

    def _unknown(self, name: str) -> UnknownName:
        names = visible_names(self._namespace, self._hidden)
        return UnknownName.of("name in this notebook", name, names, next_step="run the cell that defines it")


class FileResolve:
    """Words are paths of tables; there is no namespace to take a model from."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.progress = progress

    def value(self, expression: str) -> Any:
        raise BadInput(
            f"Found {expression!r} on the command line",
            expected="a model in a notebook: a file does not tell how it was trained",
            next_step="run %mlops register in the notebook that trained it",
        )

    def data(self, expression: str, read: Read | None = None) -> Any:
        return (read or _read)(expression)

    def journal(self) -> None:
        return None


def is_table_path(text: str) -> bool:
    """Whether a word looks like the path of a table that we read, or is that of a folder, which may hold one."""
    from ipymlops.frames import READERS
    from ipymlops.partitions import is_parquet

    if Path(text).suffix.lower() in READERS:
        return True
    try:
        return is_parquet(text)
    except OSError:  # an expression longer than any path may be
        return False


def visible_names(namespace: dict[str, Any], hidden: Collection[str] = ()) -> list[str]:
    """The names a person made."""
    return [name for name in namespace if not name.startswith("_") and name not in hidden]


def _read(path: str) -> Any:
    from ipymlops.frames import read_table

    return read_table(path)

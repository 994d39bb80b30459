"""Which results of NumPy share memory with what they were made of: the table is held against the installed NumPy."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines import effects, outputs
from ipymlops.pipelines.slicing import slice_journal

SPACES = {
    "numpy": np,
    "numpy.lib.stride_tricks": np.lib.stride_tricks,
    "numpy.ma": np.ma,
    "numpy.linalg": np.linalg,
    "numpy.char": np.char,
    "numpy.rec": np.rec,
    "numpy.strings": np.strings,
    "numpy.fft": np.fft,
    "numpy.emath": np.emath,
}
# These read or write files, or talk.
NOT_CALLED = ("save", "load", "fromfile", "memmap", "genfromtxt", "info", "test", "show", "DataSource")


def _arrays(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple) and depth < 3:
        for part in value:
            yield from _arrays(part, depth + 1)


def _calls(given: Any) -> list[tuple[Any, ...]]:
    return [(given,), (given, 0), (given, 1), (given, 0, 1), (given, [1]), (given, (3,)), (given, 3), (given, (3, 3)),
            (given, float), (given, given), ([given, given],)]  # fmt: skip


def _shares(path: str, function: Any) -> bool:
    """Whether any of a few simple calls gives memory that it was given; those that name their output apart."""
    place = outputs.outputs_from(path, "")
    for given in (np.arange(1.0, 10.0).reshape(3, 3), np.arange(27.0).reshape(3, 3, 3), np.array([0.0, 1.0, 0.0])):
        for arguments in _calls(given):
            if (place is not None and len(arguments) > place) or outputs.may_overwrite(path, len(arguments)):
                continue
            with contextlib.suppress(Exception):  # most do not fit
                if any(np.shares_memory(a, given) for a in _arrays(function(*arguments))):
                    return True
    return False


@pytest.mark.parametrize("space", SPACES)
def test_every_function_that_may_give_a_view_is_known(space: str) -> None:
    functions = {f"{space}.{name}": getattr(SPACES[space], name) for name in dir(SPACES[space]) if name[0] != "_"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [
            path
            for path, function in functions.items()
            if callable(function)
            and not path.rpartition(".")[2].startswith(NOT_CALLED)
            and _shares(path, function)
            and effects.of_function(path).result not in ("holds", "receiver")
        ]
    assert found == []


BEGIN = [
    "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression",
    "X = np.ones((4, 2))",
]
FIT = "model = LinearRegression().fit(X, [1, 2, 3, 4])"
CHANGES = {
    "a flipped view": ["Z = np.flip(X, 0)", "Z[0] = 5"],
    "an axis moved": ["Z = np.moveaxis(X, 0, 1)", "Z[0] = 5"],
    "a piece of a split": ["parts = np.array_split(X, 2)", "parts[0][:] = 5"],
    "what is masked": ["Z = np.ma.asarray(X)", "Z[0] = 5"],
    "the answer is the output by name": ["Z = np.sqrt(X, out=X)", "Z[0] = 5"],
    "the answer is the output by position": ["Z = np.sqrt(X, X)", "Z[0] = 5"],
    "the output among spread arguments": ["given = (X, 1, X)", "np.add(*given)"],
    "the output in spread keywords": ["given = {'out': X}", "np.sqrt(X, **given)"],
    "no copy unless one is needed": ["Z = np.array(X, copy=None)", "Z[0] = 5"],
    "what may be written over among spread arguments": ["given = (X, False)", "np.nan_to_num(*given)"],
    "in place by spread keywords": ["df = pd.DataFrame(X)", "df.fillna(0, **{'inplace': True})"],
    "in place by a dictionary": ["df = pd.DataFrame(X)\nsaid = dict(inplace=True)", "df.fillna(0, **said)"],
    "in place beside other words": ["df = pd.DataFrame(X)", "df.drop(**{'index': [0], 'inplace': True})"],
    "the place of a writer among spread arguments": ["given = (X, 7)", "np.copyto(*given)"],
}


@pytest.mark.parametrize("cells", CHANGES.values(), ids=CHANGES)
def test_what_changes_the_data_through_another_name_is_kept(cells: list[str]) -> None:
    """Only the statements that matter are counted: the last one writes into X."""
    fit = FIT.replace("fit(X", "fit(df") if cells[0].startswith("df") else FIT
    kept = _kept([*BEGIN, *cells, fit])
    assert cells[-1] in kept, kept
    assert "Z.sum()" not in _kept([*BEGIN, "Z = np.flip(X, 0)", "Z.sum()", FIT])


def _kept(cells: list[str]) -> str:
    journal = Journal(tuple(CellRun(n, source, evidence=False) for n, source in enumerate(cells, start=1)))
    return "\n".join(k.statement.source for k in slice_journal(journal, ("model",)).kept)

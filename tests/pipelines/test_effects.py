"""The table of knowledge is checked against the libraries it speaks of."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.linear_model import LogisticRegression
from sklearn.utils import all_estimators

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines import drawing, effects, hidden, methods, outputs
from ipymlops.pipelines.effects import Effect
from ipymlops.pipelines.slicing import slice_journal

OBJECTS: dict[str, Callable[[], Any]] = {
    "frame": lambda: pd.DataFrame({"a": [3.0, None, 1.0], "c": ["u", "v", "u"]}),
    "series": lambda: pd.Series([3.0, None, 1.0], name="a"),
    "text series": lambda: pd.Series(["b", "a", "b"]),
    "index": lambda: pd.Index([3, 1, 2]),
    "array": lambda: np.array([3.0, 1.0, 2.0]),
    "list": lambda: [3, 1, 2],
    "dictionary": lambda: {"b": 1, "a": 2},
    "set": lambda: {1, 2},
    "estimator": lambda: LogisticRegression().fit([[0.0], [1.0]], [0, 1]),
}
# These would open a window, wait, or reach for the clipboard.
NOT_CALLED = {"astype", "select_dtypes", "to_clipboard", "show", "plot", "hist", "boxplot"}


def content(value: Any) -> str:
    return repr(vars(value)) if isinstance(value, LogisticRegression) else repr(value)


def attempts(value: Any, name: str) -> None:
    """Call the method in a few simple ways; most do not fit, and that is fine.

    No whole numbers: to a writer they are open files.
    """
    for arguments in [(), (1.5,), ("c",), ([0],), (value,), (len,)]:
        with contextlib.suppress(Exception):
            getattr(value, name)(*arguments)


@pytest.mark.parametrize("kind", OBJECTS)
def test_methods_said_to_be_pure_leave_their_object_as_it_was(
    kind: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    changed = []
    for name, effect in methods.METHODS.items():
        value = OBJECTS[kind]()
        if effect.receiver or name in NOT_CALLED or not hasattr(value, name):
            continue
        before = content(value)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            attempts(value, name)
        if content(value) != before:
            changed.append(name)
    assert changed == []


@pytest.mark.parametrize(
    ("path", "effect"),
    [
        ("pandas.read_csv", effects.FRAME),
        ("pandas.DataFrame.from_dict", effects.FRAME),
        ("numpy.random.rand", Effect(draws=("numpy",), kind="array")),
        ("numpy.linalg.norm", effects.ARRAY),
        ("sklearn.linear_model.LogisticRegression", effects.CONSTRUCTOR),
        ("sklearn.model_selection.GridSearchCV", effects.CLONING),
        ("lightgbm.LGBMClassifier", effects.CONSTRUCTOR),
        ("matplotlib.pyplot.plot", effects.FIGURE),
        ("somebody.function", effects.UNKNOWN),
    ],
)
def test_the_longest_row_wins(path: str, effect: Effect) -> None:
    assert effects.of_function(path) == effect


@pytest.mark.parametrize(
    ("path", "keywords", "draws"),
    [
        ("sklearn.ensemble.RandomForestClassifier", (), "numpy"),
        ("sklearn.linear_model.LogisticRegression", (), ""),
        ("sklearn.linear_model.LogisticRegression", ("solver",), "numpy"),
        ("sklearn.model_selection.KFold", (), ""),
        ("sklearn.model_selection.KFold", ("shuffle",), "numpy"),
        ("sklearn.linear_model.LinearRegression", (), ""),
        ("xgboost.XGBClassifier", (), ""),
    ],
)
def test_which_estimators_draw_from_the_global_generator(path: str, keywords: tuple[str, ...], draws: str) -> None:
    assert drawing.draws_when_used(path, keywords) == draws


def _resolved(path: str) -> Any:
    """What a dotted path names; the longest part that can be imported comes first."""
    parts = path.split(".")
    for size in range(len(parts), 0, -1):
        with contextlib.suppress(ModuleNotFoundError):
            found = importlib.import_module(".".join(parts[:size]))
            for name in parts[size:]:
                found = getattr(found, name)
            return found
    raise ModuleNotFoundError(path)


# The table knows more libraries than a developer has: rows of the others are not looked up.
ROWS = sorted({*effects.FUNCTIONS, *hidden.ENABLES})
INSTALLED = [path for path in ROWS if importlib.util.find_spec(path.split(".")[0]) is not None]


@pytest.mark.parametrize("path", INSTALLED)
def test_every_row_of_an_installed_library_names_something_that_is_there(path: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert _resolved(path) is not None


NAMESPACES = (np, np.linalg, np.ma, np.fft, np.strings, np.char, np.emath)


def _places(function: Any, name: str) -> int | None:
    """The position of an argument of a function; None where it has none that is given by position."""
    if isinstance(function, np.ufunc):
        return function.nin if name == "out" else None
    if isinstance(getattr(function, "f", None), np.ufunc):  # of masked arrays: hands all it is given to the ufunc
        return _places(function.f, name)
    with contextlib.suppress(ValueError, TypeError):  # some in C tell no signature
        parameters = list(inspect.signature(function).parameters.values())
        return next((i for i, p in enumerate(parameters) if p.name == name and p.kind != p.KEYWORD_ONLY), None)
    return None


def _functions() -> dict[str, Any]:
    found = {f"{m.__name__}.{n}": getattr(m, n) for m in NAMESPACES for n in dir(m) if not n.startswith("_")}
    return {path: f for path, f in found.items() if callable(f) and not isinstance(f, type)}


def test_every_function_of_numpy_that_takes_its_output_by_position_is_known() -> None:
    places = {path: _places(f, "out") for path, f in _functions().items()}
    known = {path: outputs.outputs_from(path, "") for path in places}
    late = [p for p, place in places.items() if place is not None and (known[p] is None or known[p] > place)]
    assert late == []
    early = [p for p, place in places.items() if p.count(".") == 1 and known[p] is not None and known[p] != place]
    assert early == []
    assert sum(place is not None for place in places.values()) > 200


def test_no_row_of_the_outputs_is_of_a_function_that_numpy_does_not_have() -> None:
    there = {path.rpartition(".")[2] for path in _functions()} | set(dir(np.ufunc))
    assert set(outputs.FUNCTIONS) - there == set()
    assert set(outputs.OVERWRITES) - there == set()


def test_every_method_of_arrays_and_generators_that_takes_its_output_by_position_is_known() -> None:
    for kind in (np.ndarray, np.random.Generator):
        told = {n: (getattr(kind, n).__doc__ or "").strip().partition("\n")[0] for n in dir(kind) if n[0] != "_"}
        heads = {
            n: d.partition("(")[2].replace("/, ", "").split(", ")
            for n, d in told.items()
            if d.partition("*")[0].find("out=") > 0
        }
        for name, arguments in heads.items():
            place = next(i for i, a in enumerate(arguments) if a.startswith("out="))
            assert (name, outputs.outputs_from("", name)) == (name, place)
        assert len(heads) > 3


def test_every_function_of_numpy_that_may_write_over_its_first_argument_is_known() -> None:
    places = {path: _places(f, "overwrite_input") for path, f in _functions().items()}
    found = {path: place for path, place in places.items() if place is not None}
    assert {path: place for path, place in found.items() if not outputs.may_overwrite(path, place + 1)} == {}
    assert len(found) > 5


def _moves_the_generator(estimator: type) -> bool:
    """Whether an unseeded object of the class draws from NumPy's global generator when it is fitted and used."""
    X = np.random.RandomState(0).rand(30, 4) + 0.1
    known = inspect.signature(estimator).parameters
    small = {name: value for name, value in (("n_estimators", 3), ("max_iter", 20)) if name in known}
    before = np.random.get_state(legacy=False)["state"]
    with contextlib.suppress(Exception):  # some want other data, or arguments that only they know
        made = estimator(**small).fit(X, (X[:, 0] > 0.6).astype(int))
        made.transform(X)
    after = np.random.get_state(legacy=False)["state"]
    return bool(before["pos"] != after["pos"] or (before["key"] != after["key"]).any())


def test_every_estimator_that_draws_is_known_to() -> None:
    moves = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, estimator in all_estimators():
            if "random_state" in inspect.signature(estimator).parameters:
                moves[f"{estimator.__module__}.{name}"] = _moves_the_generator(estimator)
    assert sum(moves.values()) > 40
    assert [path for path, moved in moves.items() if moved and not drawing.draws_when_used(path, ())] == []


@pytest.mark.parametrize("name", sorted(drawing.DRAWING_KEYWORDS))
def test_a_keyword_that_makes_a_class_draw_is_one_of_its_own(name: str) -> None:
    found = dict(all_estimators()).get(name) or getattr(model_selection, name)
    keyword = drawing.DRAWING_KEYWORDS[name]
    assert not keyword or keyword in inspect.signature(found).parameters


TORCH = [
    ("import torch", "torch.manual_seed(0)", "v = torch.nn.Linear(2, 1)"),
    ("import torch", "torch.manual_seed(0)", "torch.randn(3)", "v = torch.rand(2)"),
    ("import torch\nfrom torch import nn", "torch.manual_seed(0)", "v = nn.Sequential(nn.Linear(2, 2), nn.ReLU())"),
    (
        "import torch\nfrom torch.utils.data import DataLoader",
        "torch.manual_seed(0)",
        "loader = DataLoader([1, 2, 3], shuffle=True)",
        "v = [batch for batch in loader]",
    ),
]


@pytest.mark.parametrize("cells", TORCH, ids=lambda cells: cells[-1])
def test_what_draws_from_torch_needs_its_seed(cells: tuple[str, ...]) -> None:
    journal = Journal(tuple(CellRun(n, source, evidence=False) for n, source in enumerate(cells, start=1)))
    assert "\n".join(k.statement.source for k in slice_journal(journal, ("v",)).kept) == "\n".join(cells)


LOOP = """for batch, labels in loader:
    optimizer.zero_grad()
    loss = criterion(model(batch), labels)
    loss.backward()
    optimizer.step()"""
FUNCTION = "def train(net, loader):\n    " + LOOP.replace("model", "net").replace("\n", "\n    ")
SETUP = (
    "import torch\nfrom torch import nn\nfrom torch.utils.data import DataLoader, TensorDataset",
    "rows = [[1.0, 2.0], [3.0, 4.0]]",
    "X = torch.tensor(rows)",
    "loader = DataLoader(TensorDataset(X, X), shuffle=True)",
    "torch.manual_seed(1)",
    "model = nn.Linear(2, 2)",
    "optimizer = torch.optim.Adam(model.parameters())",
    "criterion = nn.MSELoss()",
)
TRAINED = {
    "an optimizer changes what it was given": (*SETUP, LOOP),
    "a mode is part of it": (*SETUP, "model.train()", LOOP, "model.eval()"),
    "a schedule": (*SETUP, "schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)", LOOP, "schedule.step()"),
    "weights made by hand": (
        *SETUP, "nn.init.xavier_uniform_(model.weight)", "with torch.no_grad():\n    model.bias.zero_()",
    ),
    "best weights put back": (*SETUP, "best = model.state_dict()", LOOP, "model.load_state_dict(best)"),
    "a training function": (*SETUP, FUNCTION, "train(model, loader)"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAINED)
def test_training_loops_of_torch_are_kept(name: str) -> None:
    cells = TRAINED[name]
    unused = [c for c in SETUP[1:4] if "loader" not in "".join(cells[len(SETUP) :])]
    unused += [c for c in SETUP[6:] if "optimizer" not in "".join(cells[len(SETUP) :])]
    journal = Journal(tuple(CellRun(n, source, evidence=False) for n, source in enumerate(cells, start=1)))
    kept = [k.statement.source for k in slice_journal(journal, ("model",)).kept]
    assert [c for c in cells[1:] if c not in kept] == unused


def test_training_on_copies_leaves_the_table_as_it_was() -> None:
    cells = ("import pandas as pd", 'df = pd.read_csv("a.csv")', *SETUP, LOOP)
    cells = tuple(c.replace("torch.tensor(rows)", "torch.tensor(df.values)") for c in cells)
    journal = Journal(tuple(CellRun(n, source, evidence=False) for n, source in enumerate(cells, start=1)))
    assert [k.statement.source for k in slice_journal(journal, ("df",)).kept] == list(cells[:2])

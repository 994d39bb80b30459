"""Models that hold what their notebook defined: stored, loaded in a fresh process, exported, proved, retrained."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.errors import UnsafeModel
from ipymlops.pipelines.magics import plain
from ipymlops.project import Project
from ipymlops.registry.bundle import Bundle
from ipymlops.registry.code import Code, load

HEAD = """import numpy as np, pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
"""
READ = 'df = pd.read_csv("rows.csv")\nX = df[["a", "b"]]; y = df["t"]'
SCALER = """class Scaler(BaseEstimator, TransformerMixin):
    def __init__(self, by=FACTOR):
        self.by = by
    def fit(self, X, y=None):
        self.mean_ = np.asarray(X.mean())
        return self
    def transform(self, X):
        return (X - self.mean_) * self.by
"""
FIT = "model = make_pipeline(Scaler(), LogisticRegression()).fit(X, y)"

NOTEBOOKS = {
    "a transformer that reads a constant": [HEAD, "FACTOR = 2.0  # twice", SCALER, READ, FIT],
    "a transformer that reads what constants make": [
        HEAD, "steps = [1, 2]\nsteps.append(3)\nFACTOR = 2.0", "EDGES = np.linspace(-1, 1, len(steps))\nKINDS = set(steps)",
        SCALER.replace("(X - self.mean_)", "np.digitize(X - self.mean_, EDGES) * len(KINDS)"), READ,
        "X = X * len(steps)", FIT,
    ],
    "a class of another class": [
        HEAD, "FACTOR = 2.0", SCALER.replace("Scaler", "Base"), "class Scaler(Base):\n    pass", READ, FIT,
    ],
    "a function with a helper and an import": [
        HEAD, "from math import sqrt\ndef root(v):\n    return sqrt(v)\ndef shrink(X):\n    return X.abs() * root(4)", READ,
        "model = make_pipeline(FunctionTransformer(shrink), LogisticRegression()).fit(X, y)",
    ],
    "a scorer of one's own": [
        HEAD, "from sklearn.metrics import make_scorer\ndef hits(y, found):\n    return float((y == found).mean())", READ,
        'model = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, scoring=make_scorer(hits), cv=2).fit(X, y)',
    ],
    "a data class as a parameter": [
        HEAD, "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    by: float = 2.0",
        SCALER.replace("by=FACTOR", "by=None").replace("* self.by", "* self.by.by"), READ,
        "model = make_pipeline(Scaler(Settings(3.0)), LogisticRegression()).fit(X, y)",
    ],
    "a data class with options": [
        HEAD, "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Settings:\n    by: float = 2.0",
        SCALER.replace("by=FACTOR", "by=None").replace("* self.by", "* self.by.by"), READ,
        FIT.replace("Scaler()", "Scaler(Settings(3.0))"),
    ],
    "an enumeration": [
        HEAD, "from enum import Enum\nclass Kind(Enum):\n    HALF = 0.5\n    TWICE = 2.0",
        SCALER.replace("by=FACTOR", "by=1.0").replace("* self.by", "* Kind.TWICE.value"), READ, FIT,
    ],
    "an estimator that draws without a seed": [
        HEAD,
        "class Noisy(ClassifierMixin, BaseEstimator):\n    def fit(self, X, y):\n        self.classes_ = np.unique(y)\n"
        "        self.w_ = np.random.normal(size=X.shape[1]) + 1\n        return self\n"
        "    def predict(self, X):\n        return (np.asarray(X) @ self.w_ > 0).astype(int)",
        READ, "model = Noisy().fit(X, y)",
    ],
    "a lambda with a name": [
        HEAD, "K = 3\nhalf = lambda X: X / K", READ,
        "model = make_pipeline(FunctionTransformer(half), LogisticRegression()).fit(X, y)",
    ],
    "a rule of an abstract class": [
        HEAD, "from abc import ABC, abstractmethod\nclass Rule(ABC):\n    @abstractmethod\n    def apply(self, X): ...\n"
        "class Double(Rule):\n    def apply(self, X):\n        return X * 2",
        SCALER.replace("by=FACTOR", "by=None").replace("(X - self.mean_) * self.by", "self.by.apply(X)"), READ,
        FIT.replace("Scaler()", "Scaler(Double())"),
    ],
    "a class that was edited later": [
        HEAD, "FACTOR = 2.0", SCALER, READ, FIT, SCALER.replace("* self.by", "* 0"),
    ],
    "what it learnt as columns of pandas": [
        HEAD, "FACTOR = 2.0", SCALER.replace("np.asarray(X.mean())", "X.median()"),
        SCALER.replace("class Scaler(", "class Filler(").replace("(X - self.mean_) * self.by", "X.fillna(self.first_).fillna(self.means_['a'].iloc[0])")
        .replace("        return self\n", "        self.first_ = X.iloc[0]\n        self.means_ = {c: X[c].describe() for c in X}\n"
                 "        self.rows_, self.kinds_ = X.head(3), (X.columns, pd.cut(X['a'], 3).cat.categories)\n"
                 "        self.since_ = pd.Timestamp('2024-01-01')\n        return self\n", 1),
        READ, "model = make_pipeline(Filler(), Scaler(), LogisticRegression()).fit(X, y)",
    ],
    "a file beside the notebook": [HEAD, "from features import Scaler", READ, FIT],
    "a file under another name": [HEAD, "import features as f", READ, FIT.replace("Scaler", "f.Scaler")],
    "a file that builds on another one": [HEAD, "from chained import Scaler", READ, FIT],
    "a package with relative imports": [HEAD, "from prepare.scaling import Scaler", READ, FIT],
    "a class of the notebook that uses a file": [
        HEAD, "import bases as b\nfrom prepare import settings", SCALER.replace("by=FACTOR", "by=None").replace("* self.by", "* b.FACTOR * settings.FACTOR"), READ, FIT,
    ],
}  # fmt: skip


FILES = {
    "features.py": HEAD + "FACTOR = 2.0\n" + SCALER,
    "bases.py": HEAD + "FACTOR = 2.0\n" + SCALER.replace("Scaler", "Base"),
    "halves.py": "def half(X):\n    return X / 2\n",
    "chained.py": (
        "import halves\nfrom bases import FACTOR as F, Base\n"
        "class Scaler(Base):\n    def transform(self, X):\n        return halves.half(super().transform(X)) * F\n"
    ),
    "prepare/__init__.py": "",
    "prepare/settings.py": "FACTOR = 2.0\n",
    "prepare/steps.py": "def centred(X, mean):\n    return X - mean\n",
    "prepare/scaling.py": (
        HEAD
        + "from . import settings\nfrom .steps import centred\nfrom .settings import FACTOR\n"
        + SCALER.replace("(X - self.mean_)", "settings.FACTOR * centred(X, self.mean_)")
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=150), "b": random.normal(size=150)})
    rows.assign(t=(rows["a"] + rows["b"] > 0).astype(int)).to_csv(tmp_path / "rows.csv", index=False)
    for name, source in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("features", "bases", "chained", "halves", "prepare", "helpers"):
        for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            monkeypatch.delitem(sys.modules, module)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Callable[..., tuple[Project, Any]]:
    """Run cells as a kernel does, in ``__main__``, and register ``model``; the project and the model."""

    def registered(*cells: str) -> tuple[Project, Any]:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        recorder = Recorder(namespace, folder=str(folder), notebook="work.ipynb")
        for number, source in enumerate(cells, 1):
            recorder.before(source, number, None)
            exec(compile(plain(source).text, f"<{number}>", "exec"), namespace)
            recorder.after(True, None)
        project = Project.open(folder)
        model, X, y = (namespace[n] for n in ("model", "X", "y"))
        project.register(
            model, name="line", train=(X, y), test=(X[:60], y[:60]), journal=recorder.journal(),
            targets=("model", "X", "y"),
        )  # fmt: skip
        return project, model

    return registered


LOADER = """import json, sys, pandas as pd
from ipymlops.project import Project
model = Project.open(sys.argv[1]).load("line@1")
rows = pd.read_csv(sys.argv[2])
print(json.dumps([int(p) for p in model.predict(rows[["a", "b"]])]))
"""


@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_it_loads_without_the_notebook_and_is_proved(
    run: Callable[..., tuple[Project, Any]], folder: Path, tmp_path_factory: Any, cells: list[str]
) -> None:
    project, model = run(*cells)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(folder), str(folder / "rows.csv")],
        cwd=elsewhere,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    rows = pd.read_csv(folder / "rows.csv")
    assert json.loads(done.stdout) == [int(p) for p in model.predict(rows[["a", "b"]])]

    export = project.export("line@1", elsewhere / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    modules = [path.stem for path in elsewhere.glob("out/*_????????????.py")]
    assert any(f"import {m}" in export.source or f"from {m} import" in export.source for m in modules)
    assert "class Scaler" not in export.source


def retrain(folder: Path, script: Path, rows: str) -> str:
    command = [sys.executable, str(script), "--input", f"rows={folder / rows}", "--project", str(folder), "--json"]
    done = subprocess.run(command, cwd=script.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["decision"])


@pytest.mark.parametrize(
    ("notebook", "module"),
    [("a transformer that reads a constant", "notebook_code_"), ("a file that builds on another one", "chained_")],
)
def test_a_retrained_version_brings_the_code_on(
    run: Callable[..., tuple[Project, Any]], folder: Path, tmp_path_factory: Any, notebook: str, module: str
) -> None:
    project, _ = run(*NOTEBOOKS[notebook])
    project.promote("line@1")
    out = tmp_path_factory.mktemp("elsewhere") / "out"
    project.export("line@1", out)
    rows = pd.read_csv(folder / "rows.csv")
    for number, seed in ((2, 1), (3, 2)):
        random = np.random.default_rng(seed)
        more = pd.DataFrame({"a": random.normal(size=150), "b": random.normal(size=150)})
        more = more.assign(t=(more["a"] + more["b"] > 0).astype(int))
        pd.concat([rows, more]).to_csv(folder / f"rows_{number}.csv", index=False)
        assert retrain(folder, out / "retrain.py", f"rows_{number}.csv") in ("promoted", "registered")
    again = Project.open(folder)
    names = [type(again.load(f"line@{n}")[0]).__module__ for n in (1, 2, 3)]
    assert len(set(names)) == 1
    assert names[0].startswith(module)
    means = [again.load(f"line@{n}")[0].mean_.tolist() for n in (1, 2, 3)]
    assert means[0] != means[1] != means[2]  # each was fitted on rows of its own


def test_two_versions_with_other_code_live_in_one_process(
    run: Callable[..., tuple[Project, Any]], folder: Path
) -> None:
    cells = NOTEBOOKS["a transformer that reads a constant"]
    run(*cells)
    project, _ = run(*[c.replace("FACTOR = 2.0", "FACTOR = 3.0") for c in cells])
    one, other = project.load("line@1"), project.load("line@2")
    assert type(one[0]).__module__ != type(other[0]).__module__
    assert (one[0].by, other[0].by) == (2.0, 3.0)
    assert project.compare("line@1", "line@2").verdict


def test_the_notebooks_own_classes_stay_what_they_were(run: Callable[..., tuple[Project, Any]]) -> None:
    _, model = run(*NOTEBOOKS["a transformer that reads a constant"])
    assert type(model[0]).__module__ == "__main__"


def test_equal_models_are_equal_bytes(run: Callable[..., tuple[Project, Any]]) -> None:
    cells = NOTEBOOKS["a transformer that reads a constant"]
    run(*cells)
    project, _ = run(*cells)
    bundles = [project.bundle(project.registry.resolve(f"line@{n}")) for n in (1, 2)]
    assert bundles[0].read("model.skops") == bundles[1].read("model.skops")


REFUSED = {
    "a value that was computed": (
        [HEAD, "FACTOR = np.random.rand()", SCALER, READ, FIT], "needs In [2]: `FACTOR = np.random.rand()`",
    ),
    "a lambda": (
        [HEAD, READ, "model = make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression()).fit(X, y)"], "lambda",
    ),
    **{
        f"an object that no file gives back: {name}": (
            [HEAD, source, SCALER.replace("by=FACTOR", "by=None").replace("* self.by", "* 2"), READ, FIT.replace("Scaler()", f"Scaler({value})")],
            "This model could not be loaded again",
        )
        for name, source, value in (
            ("a member of an enumeration", "from enum import Enum\nclass Kind(Enum):\n    A = 1", "Kind.A"),
            ("a kind of dictionary", "class Bag(dict):\n    pass", "Bag(k=2)"),
            ("a set", "class T:\n    pass", "{T()}"),
            ("slots", "from dataclasses import dataclass\n@dataclass(frozen=True, slots=True)\nclass P:\n    k: float", "P(2.0)"),
        )
    },
    **{
        f"a named tuple: {name}": (
            [HEAD, source, SCALER.replace("by=FACTOR", "by=None").replace("* self.by", "* 2"), READ, FIT.replace("Scaler()", f"Scaler({value})")],
            "The attribute by of Scaler is a named tuple, P, which",
        )
        for name, source, value in (
            ("a class", "from typing import NamedTuple\nclass P(NamedTuple):\n    k: float", "P(2.0)"),
            ("a call", "from collections import namedtuple\nP = namedtuple('P', 'k')", "[P(2.0)]"),
        )
    },
    "a function in a function": (
        [HEAD, READ, "def make():\n    def f(X):\n        return X\n    return f\n"
         "model = make_pipeline(FunctionTransformer(make()), LogisticRegression()).fit(X, y)"],
        "make.<locals>.f",
    ),
    "files that import each other": (
        ["from pathlib import Path\nPath('helpers.py').write_text('import features')\nfile = Path('features.py')\nfile.write_text('import helpers\\n' + file.read_text())",
         HEAD, "from features import Scaler", READ, FIT],
        "The modules features and helpers import each other",
    ),
    "a module of a package under its whole name": (
        ["from pathlib import Path\nfile = Path('features.py')\nfile.write_text('import prepare.settings\\n' + file.read_text())",
         HEAD, "from features import Scaler", READ, FIT],
        "holds `import prepare.settings`",
    ),
    "a helper of a function that a library holds, defined anew": (
        [HEAD, "def scale(X):\n    return X * 1.0\ndef clean(X):\n    return scale(X)", READ,
         "model = make_pipeline(FunctionTransformer(clean), LogisticRegression()).fit(X, y)", "def scale(X):\n    return X * 0.5"],
        "clean of this model reads 'scale', which In [5] defined anew after the model was made",
    ),
    "a constant of a file that was changed since it was imported": (
        ["from pathlib import Path\nfile = Path('scales.py')\nassert file.write_text('BY = 1.0\\ndef shrink(X):\\n    return X * BY\\n')",
         HEAD, "from scales import shrink", READ, "model = make_pipeline(FunctionTransformer(shrink), LogisticRegression()).fit(X, y)",
         "assert file.write_text('BY = 0.5\\ndef shrink(X):\\n    return X * BY\\n')"],
        "otherwise once it is stored",
    ),
    "a file that was changed since it was imported": (
        ["from pathlib import Path\nfile = Path('features.py')\ntext = file.read_text()", HEAD, "from features import Scaler", READ, FIT,
         "assert file.write_text(text.replace('return', 'return 2 *'))"],
        "of the module features is not what its file says now",
    ),
    "a file that does something when it is imported": (
        ["from pathlib import Path\nfile = Path('halves.py')\nfile.write_text('print(1)\\n' + file.read_text())",
         HEAD, "from chained import Scaler", READ, FIT],
        "halves_",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_come_along_is_refused_by_name(
    run: Callable[..., tuple[Project, Any]], cells: list[str], words: str
) -> None:
    with pytest.raises(UnsafeModel) as caught:
        run(*cells)
    assert words in str(caught.value)
    assert caught.value.next_step


# --- hostile bundles

RUNS = "import pathlib\npathlib.Path('ran').touch()\n"


def forged(project: Project, out: Path, **change: str) -> Bundle:
    """The bundle of line@1 in a folder, with another module, and a manifest that fits."""
    from ipymlops.registry.bundle import pack

    bundle = project.bundle(project.registry.resolve("line@1"))
    files = {name: bundle.read(name) for name in bundle.manifest["files"]}
    facts = {k: v for k, v in bundle.manifest.items() if k not in ("files", "format")}
    (fact,) = facts["serializer"]["code"]
    source = files.pop(f"code/{fact['module']}.py").decode()
    module = change.get("module", fact["module"])
    files[f"code/{module}.py"] = (change.get("before", "") + source).encode()
    facts["serializer"] = {**facts["serializer"], "code": [{**fact, "module": module}]}
    for name, data in {**files, "bundle.json": pack(files, facts)}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    return Bundle.from_folder(out)


def test_code_that_its_name_does_not_stand_for_is_not_loaded(
    run: Callable[..., tuple[Project, Any]], folder: Path, tmp_path_factory: Any
) -> None:
    project, _ = run(*NOTEBOOKS["a transformer that reads a constant"])
    with pytest.raises(UnsafeModel, match="holds other code than its name says"):
        forged(project, tmp_path_factory.mktemp("forged"), before=RUNS).model()
    assert not (folder / "ran").exists()


def test_code_that_would_run_is_not_loaded_under_any_name(folder: Path) -> None:
    code = Code(RUNS, ("A",))
    with pytest.raises(UnsafeModel, match="which would run when it is loaded"):
        load(code)
    assert code.module not in sys.modules
    assert not (folder / "ran").exists()


def test_a_module_cannot_take_the_place_of_another(
    run: Callable[..., tuple[Project, Any]], tmp_path_factory: Any
) -> None:
    project, _ = run(*NOTEBOOKS["a transformer that reads a constant"])
    with pytest.raises(UnsafeModel, match="The module 'json' of this bundle"):
        forged(project, tmp_path_factory.mktemp("forged"), module="json").model()
    assert json.dumps([1]) == "[1]"


def test_a_module_of_a_package_is_named_after_its_last_part() -> None:
    assert Code("A = 1\n", ("A",), origin="shop.features").module.startswith("features_")

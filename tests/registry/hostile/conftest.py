"""Good bundles, really registered, to be made hostile, and a way to open what came of them without being hurt."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.project import Project
from ipymlops.registry import serializers
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.code import Code, load

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.normal(size=(120, 4)), columns=list("abcd"))
Y = (X["a"] > 0).astype(int)
CODE = """import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
FACTOR = 2.0
class Scaler(BaseEstimator, TransformerMixin):
    def __init__(self, by=FACTOR):
        self.by = by
    def fit(self, X, y=None):
        self.mean_ = np.asarray(X.mean())
        return self
    def transform(self, X):
        return (X - self.mean_) * self.by
"""


@dataclass(frozen=True)
class Forged:
    """A bundle in the hands of somebody who can change all of it, and knows how hashes are computed."""

    folder: Path

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes, *, sealed: bool = True) -> None:
        """Put a file there; ``sealed``: the manifest agrees."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if sealed:
            entry = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            self.manifest(lambda m: m["files"].update({name: entry}))

    @property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads(self.read("bundle.json")))

    def manifest(self, change: Callable[[dict[str, Any]], Any]) -> None:
        record = self.facts
        change(record)
        self.write("bundle.json", json.dumps(record).encode(), sealed=False)

    def members(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.read("model.skops"))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def archive(self, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        self.write("model.skops", target.getvalue())

    def graph(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the description of the objects inside of the model's file."""
        files = self.members()
        schema = json.loads(files["schema.json"])
        changed = change(schema)
        self.archive({**files, "schema.json": json.dumps(changed if isinstance(changed, dict) else schema).encode()})

    def attribute(self, name: str, node: dict[str, Any]) -> None:
        """Give the model one more attribute."""

        def change(schema: dict[str, Any]) -> None:
            content = schema["content"]
            if name not in content["content"]:
                kind = {"__class__": "str", "__module__": "builtins", "__loader__": "TypeNode"}
                content["key_types"]["content"].append(kind)
            content["content"][name] = node

        self.graph(change)

    def code(self, source: str) -> None:
        """Other code under a name that fits it, and a model that asks for it."""
        self.manifest(lambda m: None)
        (old,) = self.facts["serializer"]["code"]
        new = Code(source, tuple(old["names"]), old["origin"])
        self.write(new.file, source.encode())
        files = self.members()
        schema = files["schema.json"].replace(old["module"].encode(), new.module.encode())
        self.archive({**files, "schema.json": schema})
        self.manifest(lambda m: m["serializer"].update(code=[new.fact]))


@dataclass
class Outcome:
    """What became of a process that opened a bundle, and what it left behind."""

    told: dict[str, Any]
    left: list[str] = field(default_factory=list)

    def assert_refused(self, words: str = "") -> None:
        """It ended with one of our errors, in one line, and nothing ran or was written."""
        import re

        assert "late" not in self.told, "it took too long"
        assert "signal" not in self.told, f"it was ended by signal {self.told.get('signal')}"
        assert "MlopsError" in self.told.get("kinds", ()), self.told
        assert "\n" not in self.told["message"]
        assert len(self.told["message"]) < 10_000
        assert re.search(words, self.told["message"]), self.told["message"]
        assert self.left == []

    def assert_harmless(self) -> None:
        """It went well, or was refused; nothing ran or was written, and the process lived."""
        assert self.left == []
        assert self.told.get("code") == 0 or "MlopsError" in self.told.get("kinds", ()), self.told


class Opener:
    """Asks the process of ``opening.py``."""

    def __init__(self, folder: Path, *imports: str) -> None:
        self._folder = folder
        self._count = 0
        command = [sys.executable, str(Path(__file__).with_name("opening.py")), *imports]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, forged: Forged | None = None, do: str = "open", *, seconds: float = 60, **more: Any) -> Outcome:
        self._count += 1
        cwd = self._folder / str(self._count) / "here"  # the folder above it must stay as it is, too
        cwd.mkdir(parents=True)
        request = {"do": do, "cwd": str(cwd), "seconds": seconds, **more}
        if forged is not None:
            request["folder"] = str(forged.folder)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        left = [p.name for p in cwd.parent.rglob("*") if p != cwd]
        return Outcome(told, left)

    def close(self) -> None:
        with self._process as process:  # which closes the pipes and waits
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    if sys.platform != "linux":
        pytest.skip("memory is bounded by what Linux says of a process")
    opener = Opener(tmp_path_factory.mktemp("opened"))
    yield opener
    opener.close()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which good models are registered, each once."""
    return tmp_path_factory.mktemp("workshop")


@pytest.fixture(scope="session")
def good(workshop: Path) -> Callable[[str], Path]:
    """The folder of a good bundle by the name of its model, which is registered when it is first asked for."""
    made: dict[str, Path] = {}

    def bundle(name: str) -> Path:
        if name not in made:
            made[name] = workshop / "bundles" / name
            if name == "code":
                _with_code(made[name])
            else:
                _registered(name, workshop).extract(made[name])
        return made[name]

    return bundle


@pytest.fixture
def forged(good: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Forged]:
    """A copy of a good bundle, to be changed."""

    def copy(name: str) -> Forged:
        return Forged(Path(shutil.copytree(good(name), tmp_path / "bundle")))

    return copy


def _registered(name: str, workshop: Path) -> Bundle:
    with contextlib.chdir(workshop):  # in the checkout, our own modules would lie beside the notebook
        project = Project.open(workshop)
        project.register(_model(name), name=name, train=(X[:80], Y[:80]), test=(X[80:], Y[80:]))
    return project.bundle(project.registry.resolve(name))


def _model(name: str) -> Any:
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsClassifier
    from xgboost import XGBClassifier

    models = {
        "ridge": Ridge(),
        "forest": RandomForestClassifier(3, random_state=0, n_jobs=1),
        "histogram": HistGradientBoostingClassifier(max_iter=3),
        "neighbours": KNeighborsClassifier(algorithm="brute"),
        "xgboost": XGBClassifier(n_estimators=3, n_jobs=1),
        "lightgbm": LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1),
    }
    if name == "statsmodels":
        import statsmodels.api as sm

        return sm.OLS(Y[:80], sm.add_constant(X[:80])).fit()
    return models[name].fit(X[:80], Y[:80])


def _with_code(folder: Path) -> None:
    """A pipeline of a class that a notebook defined."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(CODE, namespace)
    scaler = namespace["Scaler"]
    code = Code(CODE, ("Scaler",))
    model = make_pipeline(scaler(), LogisticRegression()).fit(X, Y)
    files, facts = serializers.dump(model, [code], {load(code).__name__: [scaler]})
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "bundle.json").write_bytes(pack(files, facts))
    assert Bundle.from_folder(folder).model() is not None

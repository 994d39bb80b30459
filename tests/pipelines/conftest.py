"""Slices made by hand, and notebooks that really ran and were really registered."""

from __future__ import annotations

import ast
import asyncio
import base64
import hashlib
import inspect
import sys
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from ipymlops.capture.journal import Journal
from ipymlops.capture.recorder import Recorder, functions_entered
from ipymlops.pipelines.magics import plain
from ipymlops.pipelines.results import Kept, Role, Slice, Statement
from ipymlops.project import Project

MakeSlice = Callable[..., Slice]
RunNotebook = Callable[..., Project]
RunCells = Callable[..., tuple[dict[str, Any], Journal]]


def _role(source: str) -> Role:
    node = compile(source, "<s>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).body[0]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import"
    return "definition" if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else "statement"


@pytest.fixture
def make_slice() -> MakeSlice:
    """``make_slice([statements of In [1]], [statements of In [2]], ..., targets=...)``"""

    def make(*cells: list[str], targets: tuple[str, ...] = ("model",), **rest: Any) -> Slice:
        statements, index = [], 0
        for execution, sources in enumerate(cells, 1):
            line = 1
            for source in sources:
                above = next(n for n, text in enumerate(source.split("\n")) if not text.startswith("#"))
                statements.append(Statement(index, execution, source, _role(source), line + above))
                line += source.count("\n") + 1
                index += 1
        return Slice(targets, tuple(Kept(s, "test") for s in statements), len(statements), **rest)

    return make


def _execute(text: str, filename: str, namespace: dict[str, Any]) -> None:
    answer = eval(compile(text, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), namespace)
    if inspect.iscoroutine(answer):
        asyncio.run(answer)


@pytest.fixture
def run_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunNotebook:
    """Run cells under the Recorder in ``tmp_path / "work"``, register ``model`` as ``line``, answer the project."""
    folder = tmp_path / "work"
    folder.mkdir(exist_ok=True)

    def run(
        *cells: str, evidence: bool = True, targets: tuple[str, ...] = ("model", "X", "y"), test: bool = True
    ) -> Project:
        monkeypatch.chdir(folder)
        namespace: dict[str, Any] = {"__name__": "notebook"}
        history = [] if evidence else list(enumerate(cells, 1))
        recorder = Recorder(namespace, folder=str(folder), notebook="work.ipynb", history=history)
        for number, source in enumerate(cells, 1):
            if evidence:
                recorder.before(source, number, None)
            _execute(plain(source).text, f"<{number}>", namespace)
            if evidence:
                recorder.after(True, None)
        monkeypatch.chdir(folder)
        model, X, y = (eval(t, namespace) for t in ("model", "X", "y"))
        project = Project.open(folder)
        held_out = (X[:60], y[:60]) if test else None
        project.register(model, name="line", train=(X, y), test=held_out, journal=recorder.journal(), targets=targets)
        return project

    return run


@pytest.fixture
def make_wheel(tmp_path: Path) -> Callable[..., str]:
    """``make_wheel(name, version, *requires)`` puts a wheel into ``tmp_path / "wheels"``; its sha256."""
    folder = tmp_path / "wheels"
    folder.mkdir()

    def make(name: str, version: str, *requires: str) -> str:
        info = f"{name}-{version}.dist-info"
        needed = "".join(f"Requires-Dist: {r}\n" for r in requires) + "Provides-Extra: more\n"
        files = {
            f"{name}.py": "",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        digests = {
            path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for path, text in files.items()
        }
        lines = [f"{p},sha256={d.decode().rstrip('=')},{len(files[p])}\n" for p, d in digests.items()]
        files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"])
        wheel = folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
        return hashlib.sha256(wheel.read_bytes()).hexdigest()

    return make


@pytest.fixture
def run_cells() -> RunCells:
    """Execute cells as a kernel would, some of which may raise; without evidence, as if we were loaded after them."""

    def run(*cells: str, evidence: bool = True) -> tuple[dict[str, Any], Journal]:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        history = [] if evidence else list(enumerate(cells, 1))
        recorder = Recorder(namespace, folder=".", notebook=None, history=history)
        for number, source in enumerate(cells, 1):
            if evidence:
                recorder.before(source, number, None)
            failed, entered = _failure(plain(source).text, namespace)
            if evidence:
                recorder.after(failed is None, failed, entered)
        return namespace, recorder.journal()

    return run


def _failure(text: str, namespace: dict[str, Any]) -> tuple[int | None, tuple[str, ...] | None]:
    try:
        exec(compile(text, "<cell>", "exec"), namespace)
    except Exception as error:
        line = next(f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<cell>")
        return line, functions_entered(error.__traceback__, namespace)
    return None, None


class Anything:
    """Stands for a figure, an axis, a legend: takes every call."""

    def __call__(self, *_: Any, **__: Any) -> Anything:
        return self

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __getitem__(self, _: Any) -> Anything:
        return Anything()

    def __iter__(self) -> Any:
        return iter([Anything(), Anything()])


class Plotting(ModuleType):
    """A plotting library that draws nothing."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Anything:
        return getattr(Anything(), name)  # type: ignore[no-any-return]


@pytest.fixture
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plotting libraries that draw nothing, installed or not."""
    for name in ("matplotlib", "matplotlib.pyplot", "seaborn", "plotly", "plotly.express"):
        monkeypatch.setitem(sys.modules, name, Plotting(name))
    monkeypatch.setattr(sys.modules["matplotlib"], "pyplot", sys.modules["matplotlib.pyplot"], raising=False)

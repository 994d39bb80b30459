"""ONNX graphs from the cell to the proof: registered, judged, loaded elsewhere, exported."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.project.results import Registration
from tests.registry.serializers import onnx_graphs as made

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("onnx", "onnxruntime")), reason="no onnx: pip install 'ipymlops[onnx]'"
)
HEAD = """import onnx, pandas as pd
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
def converted(of):
    node = helper.make_node("LinearClassifier", ["X"], ["label", "p"], domain="ai.onnx.ml",
        coefficients=[float(c) for c in of.coef_.ravel()], intercepts=[float(of.intercept_[0])],
        classlabels_ints=[0, 1], post_transform="LOGISTIC")
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, 2])]
    outputs = [helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
               helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 2])]
    return helper.make_model(helper.make_graph([node], "g", inputs, outputs), ir_version=9,
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)])"""
READ = """df = pd.read_csv("rows.csv")
X, X_test, y, y_test = train_test_split(df[["a", "b"]], df["t"], random_state=0)"""
FIT = "fitted = LogisticRegression().fit(X, y)"
CONVERT = "model = converted(fitted)"
LOAD = 'model = onnx.load("given.onnx")'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(240, 2)), columns=["a", "b"])
    score = table["a"] + table["b"] + random.normal(size=240)
    table.assign(t=(score > 0).astype(int)).to_csv("rows.csv", index=False)
    return tmp_path


def register(folder: Path, *cells: str, data: bool = True) -> tuple[Project, dict[str, Any], Registration]:
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(names, folder=str(folder), notebook="work.ipynb")
    for number, source in enumerate(cells, 1):
        recorder.before(source, number, None)
        exec(compile(source, f"<{number}>", "exec"), names)
        recorder.after(True, None)
    project = Project.open(folder)
    given: dict[str, Any] = {"targets": ("model",)}
    if data:
        pairs = {"train": (names["X"], names["y"]), "test": (names["X_test"], names["y_test"])}
        given = {**pairs, "targets": ("model", "X", "y")}
    journal = recorder.journal()
    done = project.register(names["model"], name="line", journal=journal, value=lambda w: eval(w, names), **given)
    return project, names, done


def test_a_converted_model_goes_all_the_way(folder: Path) -> None:
    project, names, done = register(folder, HEAD, READ, FIT, CONVERT)
    assert done.version.facts["estimator"] == "LinearClassifier of ONNX"
    assert done.evaluation is not None
    assert done.evaluation.n_rows == 60
    again = project.evaluate("line@1", (names["X_test"], names["y_test"]))
    assert again.primary == "roc_auc"
    assert again.metrics[0].value == done.evaluation.metrics[0].value
    table = names["X"]
    assert np.allclose(project.load("line@1").predict_proba(table), names["fitted"].predict_proba(table), atol=1e-6)

    bundle = project.bundle(done.version)
    import onnx
    import onnxruntime

    lines = bundle.text("requirements.txt").splitlines()
    assert {f"onnx=={onnx.__version__}", f"onnxruntime=={onnxruntime.__version__}"} <= set(lines)
    assert "LinearClassifier of ONNX" in bundle.text("README.md")
    assert "LinearClassifier of ONNX" in bundle.text("bom.cdx.json")

    export = project.export("line@1", folder / "out", lock=False)
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert any("parameters" in words for words in export.verification.compared)


PYFUNC = """import sys, pandas as pd
from ipymlops.registry.pyfunc import _load_pyfunc
print(_load_pyfunc(sys.argv[1]).predict(pd.read_csv("rows.csv")).tolist())
"""


def test_mlflow_s_loader_answers_the_same_in_a_fresh_process(folder: Path) -> None:
    project, names, done = register(folder, HEAD, READ, FIT, CONVERT)
    project.bundle(done.version).extract(folder / "copy")
    told = subprocess.run([sys.executable, "-c", PYFUNC, "copy"], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(project.load("line").predict(names["df"]).tolist())


def test_a_graph_that_a_file_brought_is_not_called_trained(folder: Path) -> None:
    import onnx

    names: dict[str, Any] = {}
    for cell in (HEAD, READ, FIT, CONVERT):
        exec(cell, names)
    onnx.save(names["model"], "given.onnx")
    project, _, done = register(folder, HEAD, READ, LOAD)
    assert done.version.facts["rows"] == 180
    proof = project.export("line@1", folder / "out", lock=False).verification
    assert proof.notes == ("a model is read from the file given.onnx: what it learned before is not trained here",)


def test_without_data_it_is_registered_and_says_what_is_not_known(folder: Path) -> None:
    project, names, done = register(folder, HEAD, READ, FIT, CONVERT, data=False)
    assert any(words.startswith("No data was given") for words in done.warnings)
    assert project.load("line").predict(names["X"]).tolist() == names["fitted"].predict(names["X"]).tolist()


def test_a_session_is_told_to_be_its_graph(folder: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(made.network().SerializeToString(), providers=["CPUExecutionProvider"])
    with pytest.raises(BadInput, match=r"a session of onnxruntime.* register onnx\.load\(PATH\)"):
        Project.open(folder).register(session, name="line", train=(made.X, made.X[:, 0]))


def test_one_number_a_row_and_classes_are_asked_about(folder: Path) -> None:
    project, classes = Project.open(folder), (made.X[:, 0] > 0).astype(int)
    graph = made.network("Identity", 1)
    with pytest.raises(BadInput, match=r"one number a row, and the targets look like classes.*--outputs"):
        project.register(graph, name="line", train=(made.X, classes))
    done = project.register(graph, name="line", train=(made.X, classes), test=(made.X, classes), outputs="logits")
    assert done.version.facts["task"] == "binary"
    numbers = project.register(graph, name="other", train=(made.X, made.X[:, 0]), test=(made.X, made.X[:, 0]))
    assert numbers.version.facts["task"] == "regression"
    assert numbers.inferred == ("outputs numbers from the graph's last operation (--outputs)",)


def test_what_was_loaded_can_be_registered(folder: Path) -> None:
    project, data = Project.open(folder), (made.X, (made.X[:, 0] > 0).astype(int))
    project.register(made.tree_classifier(), name="line", train=data, test=data)
    project.register(project.load("line"), name="other", train=data)
    again = project.load("other")
    assert again.predict_proba(made.X).tobytes() == project.load("line").predict_proba(made.X).tobytes()

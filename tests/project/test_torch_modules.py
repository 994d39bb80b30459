"""torch modules from the cell to the retraining: stored, judged, exported, proved, run again."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.project import Project
from ipymlops.project.results import Registration

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")

HEAD = """import numpy as np, pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.model_selection import train_test_split
torch.set_num_threads(1)"""
READ = """df = pd.read_csv("rows.csv")
X, X_test, y, y_test = train_test_split(df[["a", "b"]], df["t"])"""  # without a seed
TENSORS = """X_tensor = torch.tensor(X.values, dtype=torch.float32)
y_tensor = torch.tensor(y.values, dtype=torch.float32)
loader = DataLoader(TensorDataset(X_tensor, y_tensor), batch_size=32, shuffle=True)"""
CLASSES = TENSORS.replace("(y.values, dtype=torch.float32)", "(y.values)")
NET = """class Net(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        self.first = nn.Linear(2, width)
        self.rest = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.last = nn.Linear(width, outputs)
        self.activation = F.relu
        self.settings = {"width": width, "scale": (2.0, 1)}
        self.register_buffer("shift", torch.ones(width))
    def forward(self, x):
        x = self.activation(self.first(x)) + self.shift
        for layer in self.rest:
            x = torch.tanh(layer(x)) * self.settings["scale"][0]
        return self.last(x)"""
LOOP = """for epoch in range(2):
    model.train()
    for batch, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(batch).squeeze(1), labels)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())"""
CHECK = """model.eval()
with torch.no_grad():
    print(model(X_tensor)[:3])"""

NOTEBOOKS = {
    "a sequence without a seed": (
        ("binary", "logits"),
        TENSORS,
        "model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=0.01)\ncriterion = nn.BCEWithLogitsLoss()",
        LOOP,
        CHECK,
    ),
    "a class of the notebook with a seed": (
        ("binary", "logits"),
        CLASSES,
        NET,
        "torch.manual_seed(5)\nmodel = Net(6, 2)\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)",
        "def train(net, data, epochs):\n    for _ in range(epochs):\n        for batch, labels in data:\n"
        "            optimizer.zero_grad()\n            F.cross_entropy(net(batch), labels).backward()\n"
        "            optimizer.step()",
        "train(model, loader, 2)",
    ),
    "a regression that follows a schedule": (
        ("regression", "numbers"),
        TENSORS.replace(
            "torch.tensor(y.values, dtype=torch.float32)", "torch.tensor(y.values, dtype=torch.float32)[:, None]"
        ),
        "model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))\ncriterion = nn.MSELoss()\n"
        "optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)\n"
        "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)",
        LOOP.replace(".squeeze(1)", "").replace("    print", "    scheduler.step()\n    print"),
        "from sklearn.metrics import mean_squared_error\n"
        "print(mean_squared_error(y, model(X_tensor).detach().numpy()))",
    ),
}

LOADER = """import json, sys, pandas as pd
from ipymlops.project import Project
model = Project.open(sys.argv[1]).load("line@1")
print(json.dumps(model.raw(pd.read_csv(sys.argv[2])[["a", "b"]]).astype(float).tolist()))
"""


def rows(count: int, seed: int, task: str = "binary") -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"a": random.normal(size=count), "b": random.normal(size=count)})
    score = table["a"] + table["b"] + random.normal(size=count) / 3
    return table.assign(t=score if task == "regression" else (score > 0).astype(int))


def run_cells(folder: Path, cells: tuple[str, ...]) -> tuple[Recorder, dict[str, Any]]:
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(names, folder=str(folder), notebook="work.ipynb")
    for number, source in enumerate(cells, 1):
        recorder.before(source, number, None)
        exec(compile(source, f"<{number}>", "exec"), names)
        recorder.after(True, None)
    return recorder, names


def register(folder: Path, cells: tuple[str, ...], **more: Any) -> tuple[Project, dict[str, Any], Registration]:
    recorder, names = run_cells(folder, cells)
    project = Project.open(folder)
    given = {"train": (names["X"], names["y"]), "targets": ("model", "X", "y"), **more}
    done = project.register(
        names["model"], name="line", journal=recorder.journal(), value=lambda word: eval(word, names), **given
    )
    return project, names, done


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_torch_module_goes_all_the_way(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (task, outputs), *cells = NOTEBOOKS[name]
    monkeypatch.chdir(tmp_path)
    rows(320, 0, task).to_csv("rows.csv", index=False)
    told = {} if task == "regression" or "Net" in cells[1] else {"train": None, "targets": ("model",)}
    project, names, done = register(tmp_path, (HEAD, READ, *cells), **told)
    assert not told or done.inferred[0].startswith("training data X, y from the tensor in In [3] ")
    torch, model = names["torch"], names["model"]
    assert any(words.startswith(f"outputs {outputs} from ") for words in done.inferred)
    assert any(words.startswith("test data X_test, y_test") for words in done.inferred)

    table = pd.read_csv("rows.csv")[["a", "b"]]
    with torch.no_grad():
        expected = model.eval()(torch.tensor(table.values, dtype=torch.float32)).double().squeeze(1).tolist()
    if "Net" in names:  # where no cell ran
        again = run("-c", LOADER, str(tmp_path), "rows.csv", cwd=tmp_path)
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout) == expected
    assert project.load("line@1").raw(table).astype(float).tolist() == expected

    assert project.evaluate("line@1").task == task
    assert {c.column for c in project.drift("line@1", table).columns} == {"a", "b"}
    label = torch.__version__.partition("+")[2]
    assert bool(label) == any("required as torch==" in words for words in done.warnings)
    requirements = project.bundle(project.registry.resolve("line@1")).read("requirements.txt").decode()
    assert f"torch=={torch.__version__.partition('+')[0]}" in requirements.splitlines()  # without +cpu

    export = project.export("line@1", tmp_path / "out", lock=False)
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert any("parameters and buffers" in words for words in export.verification.compared)

    if task == "regression":
        return
    rows(400, 1, task).to_csv("later.csv", index=False)
    later = run("out/retrain.py", "--input", "rows=later.csv", "--project", ".", "--json", cwd=tmp_path)
    assert json.loads(later.stdout).get("decision") in ("promoted", "registered", "refused"), (
        later.stdout + later.stderr
    )
    retrained = Project.open(tmp_path).load("line@2")
    assert type(retrained.module).__name__ == type(model).__name__
    assert retrained.predict(table).tolist() != project.load("line@1").raw(table).tolist()


SMALL = (HEAD, READ, "torch.manual_seed(0)\nmodel = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))")
REFUSED: dict[str, tuple[str, type[Exception], str]] = {
    "hooks": ("model.register_forward_hook(print)", UnsafeModel, "its Sequential has hooks (forward_hooks)"),
    "TorchScript": ("model = torch.jit.script(model)", UnsafeModel, "is compiled TorchScript"),
    "torch.compile": ("model = torch.compile(model)", UnsafeModel, "is compiled (torch.compile)"),
    "a layer that is not listed": (
        "model = nn.Sequential(nn.Linear(2, 1), nn.Softmin(dim=1))", UnsafeModel, "torch.nn.modules.activation.Softmin",
    ),
    "a layer that was changed by hand": ("model[0].note = 'mine'", UnsafeModel, "was given another 'note' by hand"),
    "a module in a list": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.parts = [nn.Linear(2, 1)]\n    def forward(self, x):\n        return self.parts[0](x)\n"
        "model = Net()",
        UnsafeModel, "a module in a plain attribute",
    ),
    "a class of a layer": (
        "class Mine(nn.Linear):\n    pass\nmodel = nn.Sequential(Mine(2, 1))",
        UnsafeModel, "a class of nn.Linear, of which it is not known",
    ),
    "a forward that cells change": (
        "BY = [1.0]\nclass Net(nn.Module):\n    def forward(self, x):\n        return x[:, 0] * BY[0]\n"
        "model = Net()\nfor i in range(1):\n    BY[i] = 2.0",
        UnsafeModel, "for i in range(1):",
    ),
    "chance": (
        "class Net(nn.Module):\n    def forward(self, x):\n        return x[:, 0] + torch.rand(len(x))\nmodel = Net()",
        UnsafeModel, "answers otherwise when it was stored",
    ),
    "several labels a row": ("model = nn.Linear(2, 3)", BadInput, "answers 3 numbers a row"),
    "other columns": ("model = nn.Linear(5, 1)", BadInput, "does not answer the training rows"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.jit
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_gets_one_clear_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, error, words = REFUSED[name]
    monkeypatch.chdir(tmp_path)
    rows(60, 0).to_csv("rows.csv", index=False)
    with pytest.raises(error) as raised:
        register(tmp_path, (*SMALL, cell), outputs="numbers")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not Project.open(tmp_path).exists


def test_what_outputs_mean_is_asked_for_where_no_loss_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows(60, 0).to_csv("rows.csv", index=False)
    with pytest.raises(BadInput, match=r"is not told for certain by the loss .* give --outputs numbers, logits"):
        register(tmp_path, SMALL)
    project, _, done = register(tmp_path, SMALL, outputs="logits")
    assert not [words for words in done.inferred if words.startswith("outputs")]
    assert project.load("line").outputs == "logits"


def test_training_data_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows(60, 0).to_csv("rows.csv", index=False)
    with pytest.raises(BadInput, match=r"does not say which columns it takes.* give --train X y"):
        register(tmp_path, SMALL, outputs="logits", train=None, targets=("model",))


def test_text_among_the_columns_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows(60, 0).assign(a="x").to_csv("rows.csv", index=False)
    with pytest.raises(BadInput, match="The column 'a' of the training data is a category"):
        register(tmp_path, SMALL, outputs="logits")


def test_tensors_are_data_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows(60, 0).to_csv("rows.csv", index=False)
    _, names = run_cells(tmp_path, (*SMALL, TENSORS))
    project = Project.open(tmp_path)
    data = names["X_tensor"], names["y_tensor"][:, None]
    project.register(names["model"], name="line", train=data, test=data, outputs="logits")
    assert project.evaluate("line").n_rows == 45
    again = project.load("line")
    assert again.predict_proba(names["X"].to_numpy()).tolist() == again.predict_proba(names["X_tensor"]).tolist()
    project.register(again, name="other", train=data)  # what was loaded can be registered, and means the same
    assert project.load("other").outputs == "logits"


def test_only_a_torch_module_has_outputs(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    X = np.arange(8.0).reshape(-1, 1)
    model = LogisticRegression().fit(X, X[:, 0] > 3)
    with pytest.raises(BadInput, match="--outputs"):
        Project.open(tmp_path).register(model, name="line", train=(X, X[:, 0] > 3), outputs="logits")

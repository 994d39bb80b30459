"""torch modules: every listed layer comes back bit for bit, and a hostile file makes nothing."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.registry import serializers
from ipymlops.registry.code import Code

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    import_module("torch").set_num_threads(1)


PLAIN = "Identity ReLU ReLU6 SELU SiLU Mish Hardswish Hardsigmoid ELU CELU GELU LeakyReLU PReLU Sigmoid Tanh LogSigmoid Softplus Softsign Tanhshrink Hardtanh Dropout Dropout1d AlphaDropout Flatten"
WIDE = "nn.Unflatten(1, (2, 4)), "  # eight columns as two channels of four
LAYERS = {
    "activations": ", ".join(f"nn.{name}()" for name in PLAIN.split()),
    "Linear": "nn.Linear(8, 8, bias=False)", "Softmax": "nn.Softmax(dim=1)", "LogSoftmax": "nn.LogSoftmax(dim=-1)",
    "GLU": "nn.GLU(dim=1)", "BatchNorm1d": "nn.BatchNorm1d(8, affine=False)", "LayerNorm": "nn.LayerNorm(8, bias=False)",
    "RMSNorm": "nn.RMSNorm(8)", "GroupNorm": "nn.GroupNorm(2, 8)",
    "Conv1d": WIDE + "nn.Conv1d(2, 3, 3, padding='same'), nn.Conv1d(3, 2, 2, padding_mode='circular', padding=1)",
    "InstanceNorm1d": WIDE + "nn.InstanceNorm1d(2, affine=True, track_running_stats=True)", "MaxPool1d": WIDE + "nn.MaxPool1d(2)",
    "AvgPool1d": WIDE + "nn.AvgPool1d(2)", "AdaptiveAvgPool1d": WIDE + "nn.AdaptiveAvgPool1d(1)",
    "AdaptiveMaxPool1d": WIDE + "nn.AdaptiveMaxPool1d(2)",
    "Conv2d": "nn.Unflatten(1, (2, 2, 2)), nn.Conv2d(2, 4, (1, 2), bias=False), nn.BatchNorm2d(4), nn.InstanceNorm2d(4), nn.MaxPool2d((2, 1)), nn.Dropout2d()",
    "Pools": "nn.Unflatten(1, (2, 2, 2)), nn.AvgPool2d(1), nn.AdaptiveAvgPool2d((1, 2)), nn.AdaptiveMaxPool2d(1)",
    "nested": "nn.Sequential(nn.Linear(8, 2), nn.Sequential(nn.Tanh())), nn.Linear(2, 2)",
}  # fmt: skip


def modules(source: str) -> tuple[Any, Any]:
    torch = import_module("torch")
    torch.manual_seed(0)
    return torch, eval(f"nn.Sequential({source}, nn.Flatten())", {"nn": torch.nn})


def model_of(module: Any, outputs: Any = "logits", width: int = 2) -> Any:
    from ipymlops.registry.serializers.torch import models

    model = models.made(module, tuple(f"x{i}" for i in range(8)), outputs, width)
    model.sample = np.random.default_rng(0).normal(size=(20, 8))
    return model


def stored(model: Any, **more: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    return serializers.dump(model, **more)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_comes_back_bit_for_bit(name: str) -> None:
    torch, module = modules(LAYERS[name])
    model = model_of(module)
    module.train()(torch.from_numpy(model.sample).float())  # running figures move
    before = torch.get_rng_state()
    files, facts = stored(model)
    again = serializers.load(files.__getitem__, facts)
    assert torch.equal(torch.get_rng_state(), before)  # neither draws
    assert [type(part) for part in again.module.modules()] == [type(part) for part in module.modules()]
    assert repr(again.module) == repr(module)
    assert not again.module.training
    assert module.training  # asking it leaves it in the mode that it was in
    assert again.raw(model.sample).tobytes() == model.raw(model.sample).tobytes()
    assert {k: v.tobytes() for k, v in again.tensors().items()} == {k: v.tobytes() for k, v in model.tensors().items()}
    assert stored(model)[0] == files  # the same model, the same bytes


def test_every_listed_layer_has_a_case() -> None:
    from ipymlops.registry.serializers.torch.layers import LAYERS as listed

    cases = " ".join(LAYERS.values()) + f"nn.{'( nn.'.join(OF_NET)}("
    assert [name for name in listed if f"nn.{name}(" not in cases] == []


OF_NET = ("Bilinear", "Embedding", "LSTM", "GRU")
NET = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        raise RuntimeError("a loaded module is not constructed")

    def forward(self, x):
        codes = self.embedding(x[:, 0].abs().long().clamp(max=3))
        series, _ = self.lstm(x.reshape(-1, 4, 2))
        more, _ = self.gru(series)
        return self.act(self.last(codes, more[:, -1]) * self.by["scale"] + self.offset) @ self.last.weight[0, :2, :2]
"""


def own_module(code: Code) -> tuple[Any, Any]:
    torch = import_module("torch")
    from ipymlops.registry.code import load

    torch.manual_seed(1)
    nn = torch.nn
    real = load(code).Net
    module = real.__new__(real)
    nn.Module.__init__(module)
    module.embedding = nn.Embedding(4, 3, padding_idx=0)
    module.lstm = nn.LSTM(2, 5, num_layers=2, batch_first=True, bidirectional=True)
    module.gru = nn.GRU(10, 3, batch_first=True)
    module.last = nn.Bilinear(3, 3, 2)
    module.tied = module.last
    module.also = module.last.weight
    module.act = torch.tanh
    module.by = {"scale": 2.0, 3: (1, [float("inf"), None, True])}
    module.offset = torch.ones(2)
    module.register_buffer("seen", torch.zeros(2, dtype=torch.int64), persistent=False)
    module.last.bias.requires_grad_(False)
    return torch, module


def test_a_class_of_the_notebook_comes_back_without_its_init() -> None:
    code = Code(NET, ("Net",))
    torch, module = own_module(code)
    model = model_of(module)
    files, facts = stored(model, codes=[code], objects={code.module: [type(module)]})
    again = serializers.load(files.__getitem__, facts).module
    assert type(again) is type(module)
    assert again.by == module.by
    assert again.act is torch.tanh
    assert again.tied is again.last
    assert again.also is again.last.weight
    assert not again.last.bias.requires_grad
    assert (
        again.first_weight_is_trainable
        if hasattr(again, "first_weight_is_trainable")
        else again.gru.weight_ih_l0.requires_grad
    )
    assert list(again.state_dict()) == list(module.state_dict())
    assert model_of(again).raw(model.sample).tobytes() == model.raw(model.sample).tobytes()


Change = Callable[[dict[str, Any]], None]
HOSTILE_TREES: dict[str, Change] = {
    "a type that is not listed": lambda tree: tree["modules"]["0"].update(layer="Transformer"),
    "a function of torch as a layer": lambda tree: tree["modules"]["0"].update(layer="functional"),
    "a class of no code": lambda tree: tree.update({"class": "os.Popen", "layer": "x"}),
    "another argument": lambda tree: tree["modules"]["0"]["arguments"].update(device="cuda"),
    "an argument too few": lambda tree: tree["modules"]["0"]["arguments"].pop("bias"),
    "another shape": lambda tree: tree["modules"]["0"]["arguments"].update(in_features=10**9),
    "no such tensor": lambda tree: tree["modules"]["0"]["parameters"].update(weight=["none", True]),
    "a parameter too many": lambda tree: tree["modules"]["0"]["parameters"].update(more=["0.weight", True]),
    "a parameter too few": lambda tree: tree["modules"]["0"]["parameters"].update(bias=None),
    "a hook": lambda tree: tree.update(settings={"_forward_hooks": {"dict": []}}),
    "a function that is not listed": lambda tree: tree.update(settings={"forward": {"function": "torch.load"}}),
    "a value of no kind": lambda tree: tree.update(settings={"x": {"pickle": "gASV"}}),
    "the code of no bundle": lambda tree: tree.update(settings={"x": {"own": "os.system"}}),
    "a module within itself": lambda tree: tree["modules"].update({"2": {"same as": ""}}),
    "an end without end": lambda tree: tree["modules"].update({"2": {"same as": "2."}}),
    "no end": lambda tree: tree["modules"].update({"2": deep(60)}),
}


def deep(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"layer": "Sequential", "parameters": {}, "buffers": {}, "modules": {}}
    return {**node, "modules": {"0": deep(levels - 1)} if levels else {}}


@pytest.mark.parametrize("name", HOSTILE_TREES)
def test_a_hostile_structure_is_refused(name: str) -> None:
    _, module = modules("nn.Linear(8, 2), nn.ReLU()")
    files, facts = stored(model_of(module))
    tree = json.loads(files["model.json"])
    HOSTILE_TREES[name](tree)
    changed = {**files, "model.json": json.dumps(tree).encode()}
    with pytest.raises(UnsafeModel, match="could not be read"):
        serializers.load(changed.__getitem__, facts)


def header(**tensors: Any) -> bytes:
    text = json.dumps(tensors).encode()
    return len(text).to_bytes(8, "little") + text


def entry(start: int, end: int, *shape: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


HOSTILE_TENSORS = {
    "nothing": b"",
    "a length beyond the end": (10**9).to_bytes(8, "little") + b"{}",
    "no JSON": (2).to_bytes(8, "little") + b"{[",
    "a shape that does not fit": header(a=entry(0, 4, 2)) + bytes(4),
    "a negative shape": header(a=entry(0, 4, -1)) + bytes(4),
    "beyond the end": header(a=entry(0, 8, 2)) + bytes(4),
    "an overlap": header(a=entry(0, 4, 1), b=entry(0, 4, 1)) + bytes(4),
    "a gap": header(a=entry(0, 4, 1), b=entry(8, 12, 1)) + bytes(12),
    "bytes that nobody names": header(a=entry(0, 4, 1)) + bytes(8),
    "a type of no numbers": header(a=entry(0, 4, 1, dtype="PICKLE")) + bytes(4),
    "more in an entry": header(a={**entry(0, 4, 1), "code": 1}) + bytes(4),
    "a name twice": (2 * 52).to_bytes(8, "little")
    + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
}


@pytest.mark.parametrize("name", HOSTILE_TENSORS)
def test_a_hostile_file_of_tensors_is_refused(name: str) -> None:
    from ipymlops.registry.serializers.torch import tensors

    with pytest.raises(ValueError):
        tensors.from_bytes(HOSTILE_TENSORS[name])


def test_every_type_of_numbers_comes_back() -> None:
    torch = import_module("torch")
    from ipymlops.registry.serializers.torch import tensors

    held = {name: torch.tensor([[0, 1, 1]]).to(dtype) for name, dtype in tensors.TYPES.items()}
    held["turned"] = torch.arange(6.0).reshape(2, 3).T
    held["empty"], held["one"] = torch.empty(0, 3), torch.tensor(2.5)
    again = tensors.from_bytes(tensors.to_bytes(held))
    assert all(torch.equal(again[name], tensor) and again[name].dtype == tensor.dtype for name, tensor in held.items())


ANSWERS = [
    ("logits", [[0.0], [2.0]], [0, 1], [[0.5, 0.5], [0.1192, 0.8808]]),
    ("probabilities", [[0.25], [0.75]], [0, 1], [[0.75, 0.25], [0.25, 0.75]]),
    ("logits", [[0.0, 0.0, 1.0]], [2], [[0.2119, 0.2119, 0.5761]]),
    ("probabilities", [[0.5, 0.25, 0.25]], [0], [[0.5, 0.25, 0.25]]),
    ("log-probabilities", [[-0.6931, -0.6931]], [0], [[0.5, 0.5]]),
]


@pytest.mark.parametrize(("outputs", "given", "classes", "expected"), ANSWERS)
def test_what_outputs_mean(outputs: str, given: list[Any], classes: list[int], expected: list[Any]) -> None:
    torch = import_module("torch")
    from ipymlops.registry.serializers.torch import models

    columns = tuple("abc"[: len(given[0])])
    model: Any = models.made(torch.nn.Identity(), columns, outputs, len(columns))  # type: ignore[arg-type]
    assert model.predict(np.array(given)).tolist() == classes
    assert np.allclose(model.predict_proba(np.array(given)), expected, atol=1e-4)


def test_columns_are_taken_by_name() -> None:
    import pandas as pd

    torch = import_module("torch")
    from ipymlops.registry.serializers.torch import models

    model = models.made(torch.nn.Identity(), ("a", "b"), "numbers", 1)
    assert model.raw(pd.DataFrame({"z": [9], "b": [2], "a": [1]})).tolist() == [[1.0, 2.0]]
    assert model.raw(np.array([[1, 2]])).tolist() == [[1.0, 2.0]]
    for wrong in (pd.DataFrame({"a": [1]}), np.ones((1, 3)), pd.DataFrame({"a": ["x"], "b": [1]})):
        with pytest.raises(ValueError, match=r"other columns|holds no numbers"):
            model.raw(wrong)


def test_a_bundle_says_that_torch_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    _, module = modules("nn.Linear(8, 1)")
    files, facts = stored(model_of(module, width=1))
    monkeypatch.setattr("ipymlops.registry.serializers.libraries.find_spec", lambda _name: None)
    with pytest.raises(BadInput, match=r"needs torch 2.x; found none"):
        serializers.load(files.__getitem__, facts)


def test_the_family_is_asked_without_importing_torch(tmp_path: Path) -> None:
    import subprocess

    program = (
        "import sys\nfrom ipymlops.registry import serializers\n"
        "assert serializers.like_registered(object(), lambda: None)\n"
        "from ipymlops.project import torch_modules\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path)

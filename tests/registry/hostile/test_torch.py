"""Bundles of torch modules in hostile hands: what torch's compiled code is told comes from a file of somebody else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ipymlops.registry import serializers
from ipymlops.registry.bundle import pack

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")

LAYERS = (
    "nn.Unflatten(1, (2, 4)), nn.Conv1d(2, 3, 3, padding=1), nn.BatchNorm1d(3), nn.MaxPool1d(2), nn.AvgPool1d(2), "
    "nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(3, 4), nn.GroupNorm(2, 4), nn.GLU(dim=1), nn.Softmax(dim=1)"
)
STRANGE = (0, -1, 2**31, 2**40, -(2**62), 2**62, 2**26, 1.5, True, "x", None, [3, -3])
LARGE = 10**6  # a pool of so many places is slow, and a thing that anybody may ask for


@pytest.fixture(scope="module")
def asked(opened: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """As ``opened``, by a process that has imported torch already."""
    opener = type(opened)(tmp_path_factory.mktemp("torch"), "torch")
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def good_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = import_module("torch")
    from ipymlops.registry.serializers.torch import models

    torch.manual_seed(0)
    module = eval(f"nn.Sequential({LAYERS})", {"nn": torch.nn})
    model = models.made(module, tuple(f"x{i}" for i in range(8)), "probabilities", 2)
    files, facts = serializers.dump(model)
    folder = tmp_path_factory.mktemp("good") / "bundle"
    folder.mkdir()
    for name, data in {**files, "bundle.json": pack(files, facts)}.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def bundle(good_folder: Path, tmp_path: Path) -> Any:
    import shutil

    from tests.registry.hostile.conftest import Forged

    return Forged(Path(shutil.copytree(good_folder, tmp_path / "bundle")))


def tree(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], None]:
    def forge(bundle: Any) -> None:
        record = json.loads(bundle.read("model.json"))
        change(record)
        bundle.write("model.json", json.dumps(record).encode())

    return forge


def layer(number: int, name: str, value: Any) -> Callable[[Any], None]:
    """Another argument of one layer."""
    return tree(lambda t: t["modules"][str(number)]["arguments"].update({name: value}))


def file(name: str, change: Callable[[bytes], bytes]) -> Callable[[Any], None]:
    return lambda bundle: bundle.write(name, change(bundle.read(name)))


CASES: dict[str, Callable[[Any], None]] = {
    "a pickle in the place of the tensors": file("model.safetensors", lambda _: b"\x80\x04cos\nsystem\n."),
    "a zip in the place of the tensors": file("model.safetensors", lambda _: b"PK\x03\x04" + bytes(60)),
    "half of the tensors": file("model.safetensors", lambda data: data[: len(data) // 2]),
    "a header of four gigabytes": file("model.safetensors", lambda data: (2**32).to_bytes(8, "little") + data[8:]),
    "a nest": file("model.json", lambda _: b'{"modules":' * 10**5),
    "a list": file("model.json", lambda _: b"[]"),
    "nothing": file("model.json", lambda _: b""),
    "no text": file("model.json", lambda _: b"\xff\xfe"),
    "a layer of torch that runs what it is given": tree(lambda t: t["modules"]["7"].update(layer="LazyLinear")),
    "a command as a class": tree(lambda t: t.update({"class": "os.system"}) or t.pop("layer")),
    "a command as a function": tree(lambda t: t.update(settings={"forward": {"own": "os.system"}})),
    "torch's own reader of pickles": tree(lambda t: t.update(settings={"forward": {"function": "torch.load"}})),
    "a module within itself": tree(lambda t: t["modules"].update({"99": {"same as": ""}})),
    "a matrix of 10**18 places": layer(7, "in_features", 10**9),
    "channels without end": layer(1, "out_channels", 2**62),
    "padding that never ends": layer(4, "padding", 2**40),
    "no groups": layer(1, "groups", 0),
    "a dictionary in the place of a number": layer(8, "num_groups", {"dict": []}),
    "a number of classes that is a text": lambda bundle: bundle.manifest(lambda m: m["serializer"].update(width="2")),
    "columns that are numbers": lambda bundle: bundle.manifest(lambda m: m["serializer"].update(columns=[1, 2])),
    "outputs that are not known": lambda bundle: bundle.manifest(lambda m: m["serializer"].update(outputs="pickle")),
}


def test_a_good_module_answers(bundle: Any, asked: Any) -> None:
    outcome = asked(bundle, "answer")
    assert outcome.told.get("code") == 0, outcome.told
    assert outcome.left == []


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_module_is_refused(name: str, bundle: Any, asked: Any) -> None:
    CASES[name](bundle)
    asked(bundle, "answer").assert_refused()


@pytest.mark.parametrize("seed", range(60))
def test_strange_arguments_of_layers_do_not_end_the_process(seed: int, bundle: Any, asked: Any) -> None:
    """Three numbers of a good module are others: it is refused, or answers wrongly, or torch says why it cannot."""
    chance = random.Random(seed)

    def change(record: dict[str, Any]) -> None:
        places = [(node["arguments"], name) for node in record["modules"].values() for name in node["arguments"]]
        for held, name in chance.sample(places, 3):
            value = chance.choice(STRANGE)
            pooled = name == "output_size" and isinstance(value, int) and value > LARGE
            held[name] = LARGE if pooled else value

    tree(change)(bundle)
    outcome = asked(bundle, "answer")
    assert outcome.left == []
    assert "signal" not in outcome.told, outcome.told
    assert "late" not in outcome.told

"""A model's file that names the code of its bundle: nothing of it runs while the file is read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn import __version__ as version
from sklearn.base import BaseEstimator

from ipymlops.errors import UnsafeModel
from ipymlops.registry.code import Code, load
from ipymlops.registry.serializers import sklearn

Node = dict[str, Any]
LOGISTIC = ("sklearn.linear_model._logistic", "LogisticRegression")


def node(loader: str, module: str = "builtins", name: str = "", **rest: Any) -> Node:
    return {"__loader__": loader, "__module__": module, "__class__": name, **rest}


def value(content: Any) -> Node:
    return node("JsonNode", name="str", content=json.dumps(content), is_json=True)


def of_list(*content: Node) -> Node:
    return node("ListNode", name="list", content=list(content))


def of_dict(keys: Node | None = None, **content: Node) -> Node:
    types = of_list(*(node("TypeNode", name="str") for _ in content))
    return node("DictNode", name="dict", content=content, key_types=keys or types)


def archive(schema: Node) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("schema.json", json.dumps({**schema, "protocol": 2, "_skops_version": "0.16.0"}))
    return target.getvalue()


# Methods that leave a trace: whatever is asked of an object of this class, one of them would answer.
TRACE = "        pathlib.Path('ran').touch()\n        return {}\n"
SOURCE = "import pathlib\nfrom sklearn.base import BaseEstimator\n\n\nclass A(BaseEstimator):\n" + "".join(
    f"    def {name}(self, *a, **k):\n{TRACE}"
    for name in (
        "__init__", "__call__", "__eq__", "__hash__", "__len__", "__bool__", "__iter__", "__getitem__", "__getattr__",
        "__array__", "__index__", "__repr__", "__sklearn_tags__", "keys", "pop", "items", "get", "copy",
    )
) + f"    @property\n    def dtype(self):\n{TRACE}\n\ndef f(*a, **k):\n{TRACE.replace('        ', '    ')}"  # fmt: skip


def own(module: str, **rest: Any) -> Node:
    return node("ObjectNode", module, "A", content=of_dict(kept=value(1)), **rest)


HOSTILE: dict[str, Callable[[str], Node]] = {
    "as a list": lambda m: node("ListNode", m, "f", content=[]),
    "as a dictionary": lambda m: node("DictNode", m, "A", content={}, key_types=of_list()),
    "as what makes keys": lambda m: of_dict(of_list(node("TypeNode", m, "f")), a=value(1)),
    "as a cached object that makes keys": lambda m: of_list(
        node("FunctionNode", m, "f", __id__=7), of_dict(of_list(node("CachedNode", name="str", __id__=7)), a=value(1))
    ),
    "as an object of the number that makes keys": lambda m: of_list(
        node("FunctionNode", m, "f", __id__=7), of_dict(of_list(node("TypeNode", name="str", __id__=7)), a=value(1))
    ),
    "as a constructor": lambda m: node("ConstructorFromReduceNode", m, "A", content=of_list()),
    "as an array": lambda m: node("NdArrayNode", m, "f", type="json", content=[], shape=value([0])),
    "as a function that is an object": lambda m: node("ObjectNode", m, "f"),
    "as the state of an estimator": lambda m: node("ObjectNode", *LOGISTIC, content=own(m)),
    "as the keywords of a partial function": lambda m: node(
        "PartialNode", "functools", "partial",
        content={"func": node("FunctionNode", m, "f"), "args": of_list(), "kwds": own(m), "namespace": value(None)},
    ),
    "in a set": lambda m: node("SetNode", name="set", content=[own(m)]),
    "as a method": lambda m: node("MethodNode", m, "A", content={"func": "dtype", "obj": own(m)}),
    "as arguments": lambda m: node("ConstructorFromReduceNode", "builtins", "slice", content=own(m)),
    "as a random state": lambda m: node("RandomStateNode", "numpy.random.mtrand", "RandomState", content=own(m)),
    "as a module that it imports": lambda m: node("FunctionNode", m, "pathlib"),
}  # fmt: skip


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Code:
    monkeypatch.chdir(tmp_path)
    made = Code(SOURCE, ("A", "f"))
    load(made)
    return made


@pytest.mark.parametrize("schema", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_would_use_the_code_is_refused_before_it_runs(code: Code, schema: Callable[[str], Node]) -> None:
    with pytest.raises(UnsafeModel):
        sklearn.load(lambda _: archive(schema(code.module)), {})
    assert not Path("ran").exists()


QUIET: dict[str, Callable[[str], Node]] = {
    "an object": own,
    "a class": lambda m: node("TypeNode", m, "A"),
    "a function": lambda m: node("FunctionNode", m, "f"),
    "inside of lists and dictionaries": lambda m: of_dict(a=of_list(own(m)), b=node("TypeNode", m, "A")),
    "in the attributes of an estimator": lambda m: node(
        "ObjectNode", *LOGISTIC, content=of_dict(coef_=own(m), _sklearn_version=value(version))
    ),
    "inside of an array": lambda m: node(
        "NdArrayNode", "numpy", "ndarray", type="json", content=[own(m), own(m)],
        shape=node("TupleNode", name="tuple", content=[value(2)]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("schema", QUIET.values(), ids=QUIET)
def test_a_model_that_holds_the_code_is_read_without_running_it(code: Code, schema: Callable[[str], Node]) -> None:
    sklearn.load(lambda _: archive(schema(code.module)), {})
    assert not Path("ran").exists()


def test_an_object_comes_back_as_one_of_its_class(code: Code) -> None:
    found = sklearn.load(lambda _: archive(of_list(own(code.module), own(code.module))), {})
    real = load(code).A
    assert [type(f) for f in found] == [real, real]
    assert issubclass(real, BaseEstimator)
    assert vars(found[0]) == {"kept": 1}
    assert type(found[0]).__init__ is real.__init__


TREE = "from sklearn.tree import DecisionTreeClassifier\n\n\nclass Tree(DecisionTreeClassifier):\n    pass\n"


def test_a_class_of_a_tree_is_checked_like_a_tree() -> None:
    made = Code(TREE, ("Tree",))
    model = load(made).Tree(max_depth=2).fit([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0, 1, 1])
    files, facts = sklearn.dump(model)
    again = sklearn.load(files.__getitem__, facts)
    assert type(again) is load(made).Tree
    assert again.predict([[0.0, 1.0], [2.0, 2.0]]).tolist() == [0, 1]
    model.n_features_in_ = 1
    files, facts = sklearn.dump(model)
    with pytest.raises(UnsafeModel, match="a tree takes other columns than its estimator"):
        sklearn.load(files.__getitem__, facts)

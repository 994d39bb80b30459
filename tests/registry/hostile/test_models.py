"""What compiled code follows: trees, matrices and tables of words whose indices lead out of them, in a good format."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def arrays(field: str | None, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Each array of the model's file that has this field (None: any plain one) is another one."""

    def forge(bundle: Any) -> None:
        files = bundle.members()
        for name, data in files.items():
            if not name.endswith(".npy"):
                continue
            values = np.load(io.BytesIO(data))
            if (field is None and not values.dtype.fields) or (values.dtype.fields and field in values.dtype.fields):
                values = change(values.copy())
                target = io.BytesIO()
                np.save(target, values)
                files[name] = target.getvalue()
        bundle.archive(files)

    return forge


def at_root(field: str, value: int) -> Callable[[Any], None]:
    def change(nodes: Any) -> Any:
        nodes[field][0] = value
        return nodes

    return arrays(field, change)


def number(name: str, value: Any) -> Callable[[Any], None]:
    """An attribute that is a plain number, of every object that has it."""

    def change(schema: Any) -> None:
        waiting = [schema]
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                for key, held in part.items():
                    if key == name and isinstance(held, dict) and held.get("__loader__") == "JsonNode":
                        held["content"] = json.dumps(value)
                waiting.extend(part.values())
            elif isinstance(part, list):
                waiting.extend(part)

    return lambda b: b.graph(change)


def native(change: Callable[[bytes], bytes]) -> Callable[[Any], None]:
    """The bytes of XGBoost, which are a file inside of the model's."""

    def forge(bundle: Any) -> None:
        files = bundle.members()
        (name,) = (n for n in files if n.endswith(".bin"))
        after = change(files[name])
        assert after != files[name]
        bundle.archive({**files, name: after})

    return forge


def text(change: Callable[[str], str]) -> Callable[[Any], None]:
    """The text of LightGBM, which is in the description of its objects."""

    def forge(bundle: Any) -> None:
        def of(schema: Any) -> None:
            held = dict.__getitem__(schema["content"]["content"], "_Booster")["content"]["content"]["_handle"]
            after = change(json.loads(held["content"]))
            assert after != json.loads(held["content"])
            held["content"] = json.dumps(after)

        bundle.graph(of)

    return forge


def replaced(key: bytes, before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    """The first ``before`` behind a key."""

    def change(data: bytes) -> bytes:
        at = data.index(before, data.index(key) + len(key))
        return data[:at] + after + data[at + len(before) :]

    return change


def first_number(key: str, value: int) -> Callable[[bytes], bytes]:
    """The first number of the first array of that name."""

    def change(data: bytes) -> bytes:
        at = data.index(key.encode() + b"[$l#L") + len(key) + 5 + 8
        return data[:at] + value.to_bytes(4, "big", signed=True) + data[at + 4 :]

    return change


def line(name: str, value: str) -> Callable[[str], str]:
    """One line of the first tree, with the size of the tree made to fit."""

    def change(data: str) -> str:
        start = data.index("Tree=0")
        before = next(row for row in data[start:].split("\n") if row.startswith(f"{name}="))
        after = f"{name}=" + " ".join([value, *before.partition("=")[2].split(" ")[1:]])
        sizes = next(row for row in data.split("\n") if row.startswith("tree_sizes="))
        first, *rest = sizes.partition("=")[2].split(" ")
        fitting = "tree_sizes=" + " ".join([str(int(first) + len(after) - len(before)), *rest])
        return data[:start].replace(sizes, fitting) + data[start:].replace(before, after, 1)

    return change


def other_object(bundle: Any) -> None:
    """The native bytes that are looked at are good; by its number the part stands for others."""
    files = bundle.members()
    (name,) = (n for n in files if n.endswith(".bin"))
    evil = first_number("left_children", 10**6)(files[name])

    def change(schema: Any) -> None:
        content = schema["content"]
        held = dict.__getitem__(content["content"], "_Booster")["content"]["content"]["handle"]
        held["__id__"] = 777
        kind = {"__class__": "str", "__module__": "builtins", "__loader__": "TypeNode"}
        content["key_types"]["content"].insert(0, kind)
        content["content"] = {"a": {**held, "file": "evil.bin"}, **content["content"]}

    bundle.archive({**files, "evil.bin": evil})
    bundle.graph(change)


FOREST: dict[str, tuple[Callable[[Any], None], str]] = {
    "a child far away": (at_root("left_child", 10**6), "point outside"),
    "a child before the tree": (at_root("right_child", -7), "point outside"),
    "a node that is its own child": (at_root("left_child", 0), "point outside"),
    "a node with one child": (at_root("left_child", -1), "one child"),
    "a column that is not there": (at_root("feature", 10**6), "column that is not there"),
    "a column below nothing": (at_root("feature", -3), "column that is not there"),
    "nodes below nothing": (number("node_count", -1), "not what training writes|could not be read"),
    "a tree that is deeper than it says": (number("max_depth", 0), "deeper than it says"),
    "nodes of other kinds": (arrays("left_child", lambda n: n.astype([(f, "f4") for f in n.dtype.names])), ""),
    "fewer values than nodes": (
        arrays(None, lambda a: a[:1] if a.ndim else a),
        "could not be read|not what training writes",
    ),
    "columns that the forest has not": (number("n_features_in_", 10**6), "columns"),
}
HISTOGRAM: dict[str, tuple[Callable[[Any], None], str]] = {
    "a child far away": (at_root("left", 10**6), "point outside"),
    "a node that is its own child": (at_root("left", 0), "point outside"),
    "a column that is not there": (at_root("feature_idx", 10**6), "column that is not there"),
    "categories of numbers": (at_root("is_categorical", 1), "categories"),
    "no nodes": (arrays("left", lambda nodes: nodes[:0]), "no nodes"),
}
NEIGHBOURS: dict[str, tuple[Callable[[Any], None], str]] = {
    "classes that are not there": (
        arrays(None, lambda a: a + 10**9 if a.shape == (80,) else a),
        "classes that are not",
    ),
    "more rows than there are": (number("n_samples_fit_", 10**9), "more known rows"),
    "rows of other columns": (arrays(None, lambda a: a[:, :1] if a.shape == (80, 4) else a), "other columns"),
}
XGBOOST: dict[str, tuple[Callable[[Any], None], str]] = {
    "a child far away": (native(first_number("left_children", 10**6)), "point outside"),
    "a node that is its own child": (native(first_number("left_children", 0)), "point outside"),
    "a column that is not there": (native(first_number("split_indices", 10**6)), "column that is not there"),
    "a parent far away": (native(first_number("parents", 10**6)), "know their parents"),
    "an array longer than the data": (
        native(replaced(b"left_children[$l#L", b"\0\0\0\0", b"\x7f\0\0\0")),
        "longer than the data",
    ),
    "half of the bytes": (native(lambda data: data[: len(data) // 2]), "ends or turns"),
    "JSON in the place of its binary form": (native(lambda _: b'{"learner": {}}'), "length is missing"),
    "a nest": (native(lambda _: b"{" + (b"L" + (1).to_bytes(8, "big") + b"a{") * 10**5), "nested deeper"),
    "bytes of another object": (other_object, "two objects have the number"),
}
LIGHTGBM: dict[str, tuple[Callable[[Any], None], str]] = {
    "a child far away": (text(line("left_child", "1000000")), "point outside"),
    "a leaf far away": (text(line("right_child", "-1000000")), "point outside"),
    "a node that is its own child": (text(line("left_child", "0")), "point outside"),
    "a column that is not there": (text(line("split_feature", "1000000")), "column that is not there"),
    "more leaves than there are": (text(line("num_leaves", "2000000000")), "fit its leaves"),
    "leaves below nothing": (text(line("num_leaves", "-1")), "fit its leaves"),
    "categories that are not there": (text(line("decision_type", "1")), "cat_boundaries"),
    "a number that is none": (text(line("threshold", "x")), "threshold is not what it should be"),
    "columns without end": (
        text(lambda t: t.replace("max_feature_idx=3", "max_feature_idx=2000000000")), "make no sense"
    ),
    "trees of other sizes": (text(lambda t: t.replace("tree_sizes=", "tree_sizes=99999999999 ")), "trees"),
    "half of the text": (text(lambda t: t[: len(t) // 4]), ""),
    "a setting twice": (text(lambda t: t.replace("num_class=1", "num_class=1\nnum_class=9")), "twice"),
}  # fmt: skip
STATSMODELS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another model": (lambda m: m.update(model="os.system"), "its model is"),
    "a model that is a list": (lambda m: m.update(model=["OLS"]), "not what `register` writes"),
    "a parameter that is no number": (lambda m: m["params"].__setitem__(0, float("nan")), "do not fit their names"),
    "a parameter that is a text": (lambda m: m["params"].__setitem__(0, "1"), "parameter is no number"),
    "fewer names": (lambda m: m.update(names=[]), "do not fit their names"),
    "a constant that is not there": (lambda m: m.update(constant=99), "constant is no parameter"),
    "a formula that runs": (
        lambda m: m.update(design={
            "factors": [{"text": "__import__('os').system('touch ../pwned')", "categories": None}],
            "products": [{"factors": [0], "contrasts": [None]}],
        }), "not among what is computed",
    ),
    "a formula of a number without end": (
        lambda m: m.update(design={"factors": [{"text": "9" * 900 + "**a", "categories": None}], "products": []}), ""
    ),
    "a matrix of too many columns": (
        lambda m: m.update(design={
            "factors": [{"text": "a", "categories": ["x", "y"]}],
            "products": [{"factors": [0] * 60, "contrasts": [[[1.0, 0.0], [0.0, 1.0]]] * 60}],
        }), "",
    ),
}  # fmt: skip


CASES = {
    "forest": FOREST,
    "histogram": HISTOGRAM,
    "neighbours": NEIGHBOURS,
    "xgboost": XGBOOST,
    "lightgbm": LIGHTGBM,
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, cases in CASES.items() for name in cases])
def test_a_model_that_leads_compiled_code_astray_is_refused(kind: str, name: str, forged: Any, opened: Any) -> None:
    bundle = forged(kind)
    change, words = CASES[kind][name]
    change(bundle)
    opened(bundle).assert_refused(words)


@pytest.mark.parametrize("name", STATSMODELS)
def test_numbers_of_statsmodels_that_are_none_are_refused(name: str, forged: Any, opened: Any) -> None:
    bundle = forged("statsmodels")
    change, words = STATSMODELS[name]
    record = json.loads(bundle.read("model.json"))
    change(record)
    bundle.write("model.json", json.dumps(record).encode())
    opened(bundle).assert_refused(words)


def test_more_nodes_than_there_are_are_not_looked_for(forged: Any, opened: Any) -> None:
    """scikit-learn counts them again when it reads a tree; should it stop, the process would end here."""
    bundle = forged("forest")
    number("node_count", 10**9)(bundle)
    opened(bundle).assert_harmless()


@pytest.mark.parametrize("seed", range(40))
def test_arrays_that_are_chance_do_not_end_the_process(seed: int, forged: Any, opened: Any) -> None:
    """Numbers changed at random in all arrays: refused, or answered wrongly."""
    random = np.random.default_rng(seed)
    bundle = forged(("forest", "histogram", "neighbours", "ridge")[seed % 4])

    def change(values: Any) -> Any:
        flat = values.reshape(-1).view(np.uint8)
        for at in random.integers(0, max(len(flat), 1), 3) if len(flat) else ():
            flat[at] = random.integers(0, 256)
        return values

    arrays(None, change)(bundle)
    for field in ("left_child", "left"):
        arrays(field, change)(bundle)
    outcome = opened(bundle)
    assert outcome.left == []
    assert "signal" not in outcome.told
    assert "late" not in outcome.told

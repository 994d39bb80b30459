"""The written script: what stands where, and that it computes what the statements computed in the notebook."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import inspect
import re
import sys
import tokenize
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ipymlops.errors import BadInput
from ipymlops.pipelines.docstring import docstring, verification_words, with_verification
from ipymlops.pipelines.inputs import find_inputs
from ipymlops.pipelines.results import Slice, Verification
from ipymlops.pipelines.script import modules_needed, write_script
from ipymlops.pipelines.source_text import indented, lines_inside_strings


def written(slice_: Slice, folder: str = ".", **rest: Any) -> str:
    return write_script(slice_, find_inputs(slice_, folder), model="line", version=1, notebook="n.ipynb", **rest)


def load(text: str, folder: Path) -> Any:
    """The script as a module, beside a record without random states."""
    path = folder / "written_script.py"
    path.write_text(text)
    (folder / "slice.json").write_text('{"random_states": {}, "inputs": [], "folder": "."}')
    spec = importlib.util.spec_from_file_location("written_script", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["written_script"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pipeline_of(module: Any) -> Any:
    return next(v for v in vars(module).values() if hasattr(type(v), "replay"))


def in_a_notebook(cells: list[list[str]]) -> Any:
    """The value of ``model`` after the cells ran on the top level, where ``await`` is allowed."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for source in map("\n".join, cells):
        code = compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, namespace))
        else:
            exec(code, namespace)
    return namespace["model"]


# Cells of statements; each ends with a value in ``model`` that must come out of the script too.
SAME_VALUE: dict[str, list[list[str]]] = {
    "plain": [["a = 1", "b = a + 1"], ["model = a + b"]],
    "strings of several lines": [['text = """one\n  two\n\tthree\n"""', "model = text"]],
    "f-strings of several lines": [["n = 2", 'model = f"""a\n  {n:>4}\n b {\'x\'}"""']],
    "a string continued by a backslash": [["model = 'ab\\\n  cd'"]],
    "strings side by side": [['model = ("a"\n    "b"\n)']],
    "a docstring in a function": [['def f():\n    """One.\n\n    Two.\n    """\n    return f.__doc__', "model = f()"]],
    "a function that reads a variable": [["k = 2", "def f(x):\n    return x * k", "k = 5", "model = f(3)"]],
    "a function defined twice": [
        ["def f():\n    return 1", "a = f()"],
        ["def f():\n    return 2"],
        ["model = a, f()"],
    ],
    "functions that call each other": [
        ["def even(n):\n    return n == 0 or odd(n - 1)", "def odd(n):\n    return n > 0 and even(n - 1)"],
        ["model = even(10)"],
    ],
    "a local of the same name as a variable": [
        ["table = 1", "def f(x):\n    table = x\n    return table", "model = f(2)"]
    ],
    "global in a function": [["count = 0", "def add():\n    global count\n    count += 1", "add()", "model = count"]],
    "global that the function creates": [["def make():\n    global made\n    made = 7", "make()", "model = made"]],
    "global on top": [["global x", "x = 3", "model = x"]],
    "a class": [
        ["class A:\n    size = 3\n\n    def double(self):\n        return self.size * 2", "model = A().double()"]
    ],
    "a dataclass": [
        ["from dataclasses import dataclass, field"],
        ["@dataclass\nclass P:\n    xs: list = field(default_factory=list)", "model = len(P().xs)"],
    ],
    "a decorator of one's own": [
        ["def twice(f):\n    return lambda x: f(f(x))", "@twice\ndef inc(x):\n    return x + 1", "model = inc(1)"]
    ],
    "a default from a variable": [["base = 4", "def f(x=base):\n    return x", "base = 9", "model = f()"]],
    "star import": [["from math import *", "model = floor(2.5) + pi"]],
    "future import": [
        ["from __future__ import annotations", "def f(x: Missing) -> int:\n    return 1", "model = f(0)"]
    ],
    "an import rebound later": [["import math", "a = math.pi", "math = 3", "model = a + math"]],
    "a name that only a formula reads": [
        ["import numpy as np, pandas as pd", "import patsy"],
        ['df = pd.DataFrame({"a": [1.0, 2.0]})', 'model = patsy.dmatrix("np.log(a)", df).tolist()'],
    ],
    "one name, two imports": [
        ["from math import sqrt as f", "a = f(4)"],
        ["from math import floor as f", "model = a + f(2.5)"],
    ],
    "a submodule": [["import os.path", "import xml.dom", "model = os.path.sep + xml.dom.__name__"]],
    "import inside a block": [["if True:\n    import math", "model = math.pi"]],
    "its own Pipeline": [["class Pipeline:\n    x = 1", "pipeline = Pipeline()", "model = pipeline.x"]],
    "its own train and Path": [["def train(x):\n    return x + 1", "Path = 3", "model = train(Path)"]],
    "await": [["import asyncio", "async def f():\n    return 4", "model = await f()"]],
    "async comprehension": [["async def g():\n    yield 1", "model = [x async for x in g()]"]],
    "walrus, star and unpacking": [["(a, *b), c = (1, 2, 3), 4", "if (d := a + c) > 2:\n    b.append(d)", "model = b"]],
    "del": [["a = [1, 2]", "del a[0]", "b = 1", "del b", "model = a"]],
    "with and try": [
        ["import io", 'with io.StringIO("x") as f:\n    t = f.read()'],
        ["try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    t += str(error)", "model = t"],
    ],
    "lambda and comprehension": [["k = 3", "g = lambda x: x * k", "model = [g(i) for i in range(k)]"]],
    "match": [["match {'a': 1}:\n    case {'a': n, **rest}:\n        model = n, rest"]],
    "semicolons": [["a = 1; b = 2", "model = a + b"]],
    "letters outside ASCII": [["größe = 2", "model = 'ä' * größe  # é"]],
    "one module imported twice, the environment between": [
        ["import os", "os.environ['IPYMLOPS_TEST'] = '1'"],
        ["import os\nimport os.path", "model = os.environ['IPYMLOPS_TEST']"],
    ],
    "the path after sys.path": [["import sys", "sys.path.insert(0, '.')", "import json", "model = json.dumps(1)"]],
}


@pytest.mark.parametrize("cells", SAME_VALUE.values(), ids=SAME_VALUE)
def test_the_script_computes_what_the_notebook_did(make_slice, tmp_path, monkeypatch, cells) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "path", list(sys.path))
    text = written(make_slice(*cells))
    assert pipeline_of(load(text, tmp_path)).fit({}) == (in_a_notebook(cells), None)


@pytest.mark.parametrize("cells", SAME_VALUE.values(), ids=SAME_VALUE)
def test_the_script_is_well_formed(make_slice, cells) -> None:  # type: ignore[no-untyped-def]
    text = written(make_slice(*cells))
    lines = text.splitlines()
    assert not [line for line in lines if line != line.rstrip() and line.rstrip() not in "".join(map(str, cells))]
    assert "\n\n\n\n" not in text
    assert text.endswith(".main()\n")
    ast.parse(text)


def test_a_whole_script(make_slice, tmp_path) -> None:  # type: ignore[no-untyped-def]
    slice_ = make_slice(
        ["import pandas as pd, os", "from sklearn.svm import SVC, SVR"],
        ["# what we know\nloans = pd.read_csv('data/loans.csv')  # all of them", "y = loans.pop('t')"],
        ["def clean(table):\n    return table.fillna(0)"],
        ["X = clean(loans)", "model = SVC().fit(X, y)"],
        targets=("model", "X", "y"),
        unseeded={4: ("numpy",)},
    )
    assert written(slice_, str(tmp_path), requirements=("pandas==3.0", "scikit-learn==1.9")).split("# ///\n", 1)[1] == (
        """
from pathlib import Path

import pandas as pd
from sklearn.svm import SVC

from ipymlops.retraining import Pipeline

pipeline = Pipeline("line", bundle=Path(__file__).parent / "bundle")


def clean(table):
    return table.fillna(0)


@pipeline.train
def train(loans_file="data/loans.csv"):
    # In [2]
    # what we know
    loans = pd.read_csv(loans_file)  # all of them
    y = loans.pop('t')

    # In [4]
    # This cell draws random numbers without a seed. A verification replays the notebook's; any other run
    # starts here from a fixed seed, so that the same files give the same model.
    pipeline.seed("In [4]")
    X = clean(loans)
    model = SVC().fit(X, y)

    return model, (X, y)


if __name__ == "__main__":
    pipeline.main()
"""
    )
    assert modules_needed(slice_, find_inputs(slice_, str(tmp_path))) == ("pandas", "sklearn.svm.SVC")


def test_metadata_is_what_a_runner_reads(make_slice) -> None:  # type: ignore[no-untyped-def]
    text = written(make_slice(["model = 1"]), requirements=("a==1", 'b==2; sys_platform == "win32"'))
    # the regular expression of PEP 723
    found = re.search(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$", text)
    assert found is not None
    content = "".join(line[2:] if line.startswith("# ") else line[1:] for line in found["content"].splitlines(True))
    read = tomllib.loads(content)
    assert read["dependencies"] == ["a==1", 'b==2; sys_platform == "win32"']
    assert read["requires-python"] == f"=={sys.version_info[0]}.{sys.version_info[1]}.*"


def test_the_header_of_an_import_stays_with_what_it_heads(make_slice) -> None:  # type: ignore[no-untyped-def]
    cell = [
        "# libraries we need\nimport os",
        "# --- fit\n\nfrom math import pi",
        "from math import e",
        "model = pi + e",
    ]
    text = written(make_slice(cell, ["other = 1"]))
    assert "    # --- fit\n\n    model = pi + e" in text
    assert "libraries" not in text


def test_the_header_of_an_import_that_stays_in_its_place_stays_there_too(make_slice) -> None:  # type: ignore[no-untyped-def]
    cells = [["import os", "os.environ['A'] = '1'"], ["# --- fit\nfrom math import e", "model = e"]]
    assert "    # --- fit\n    from math import e\n    model = e" in written(make_slice(*cells))


def test_a_seed_is_explained_once(make_slice) -> None:  # type: ignore[no-untyped-def]
    text = written(make_slice(["a = 1"], ["model = a"], unseeded={2: ("numpy",), 1: ("numpy",)}))
    assert text.count("draws random numbers without a seed") == 1
    assert text.count("Draws without a seed, too.") == 1
    assert text.index("draws random") < text.index("Draws without")


def test_an_import_for_its_effect_stays_whole(make_slice) -> None:  # type: ignore[no-untyped-def]
    text = written(make_slice(["from json import loads, dumps", "model = 1"]))
    assert "from json import dumps, loads" in text


def test_a_long_import_gets_a_line_a_name(make_slice) -> None:  # type: ignore[no-untyped-def]
    names = [f"AVeryLongNameOfAClass{n}" for n in range(6)]
    text = written(make_slice([f"from package import {', '.join(names)}", f"model = [{', '.join(names)}]"]))
    assert "from package import (\n    AVeryLongNameOfAClass0,\n" in text


def test_a_path_that_is_a_parameter_now_is_not_spelled_any_more(make_slice, tmp_path) -> None:  # type: ignore[no-untyped-def]
    slice_ = make_slice(["from pathlib import Path", "DATA = Path('data')", "model = pd.read_csv(DATA / 'x.csv')"])
    assert "DATA" not in written(slice_, str(tmp_path))
    kept = make_slice(["from pathlib import Path", "DATA = Path('data')", "model = pd.read_csv(DATA / 'x.csv'), DATA"])
    assert "DATA = Path('data')" in written(kept, str(tmp_path))


@pytest.mark.parametrize(
    "name", ['a"""b', "back\\slash", 'ends with "', "new\nline", "nul\0", "ünï"], ids=lambda n: repr(str(n))
)
def test_no_name_breaks_the_docstring(name: str) -> None:
    text = docstring("line", 1, name, Verification("not reproduced", f'cause """ of {name}'))
    assert isinstance(ast.parse(text).body[0], ast.Expr)
    assert "NOT REPRODUCED" in text


def test_what_was_compared_is_said_once() -> None:
    methods, rows = ("predict", "predict_proba"), ("60 benchmark rows", "7,000 training rows", "9 perturbed rows")
    proof = Verification("identical", compared=tuple(f"{m} on {r}" for r in rows for m in methods))
    assert verification_words(proof).endswith(
        "predict and predict_proba on 60 benchmark rows, 7,000 training rows and 9 perturbed rows."
    )


def test_what_was_compared_on_no_rows_is_said_by_itself() -> None:
    proof = Verification("identical", "", ("predict on 8 benchmark rows", "2 learned numbers"))
    assert verification_words(proof).endswith("bit for bit: predict on 8 benchmark rows; 2 learned numbers.")


def test_only_the_docstring_tells_a_verified_script_from_a_draft(make_slice) -> None:  # type: ignore[no-untyped-def]
    draft = written(make_slice(["model = 1"]))
    about = ("line", 1, "n.ipynb")
    proof = Verification("identical", compared=("predict on 60 benchmark rows",))
    final = with_verification(draft, docstring(*about, None), docstring(*about, proof))
    assert "identical" in final
    bodies = [ast.dump(ast.Module(ast.parse(t).body[1:], [])) for t in (draft, final)]
    assert bodies[0] == bodies[1]
    with pytest.raises(ValueError, match="docstring"):
        with_verification("x = 1", docstring(*about, None), "")


def test_what_cannot_stand_in_a_function_is_refused(make_slice) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match="cannot stand in one function"):
        written(make_slice(["if True:\n    from math import *", "model = pi"]))


def test_lines_inside_strings() -> None:
    source = 'a = """1\n2\n"""\nb = (1,\n  2)\nc = f"""\n{a}\n"""'
    assert lines_inside_strings(source) == {2, 3, 7, 8}
    assert indented("if a:\n\n    b = '''\nx'''") == "    if a:\n\n        b = '''\nx'''"
    assert list(tokenize.generate_tokens(iter(indented(source).splitlines(True)).__next__))

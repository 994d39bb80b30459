"""The module of a model's own code: what is taken, what is left, and what no module can have."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.errors import UnsafeModel
from ipymlops.pipelines.model_code import code_of
from ipymlops.registry.code import Code, load
from ipymlops.registry.code_audit import audit


def module(*cells: str, names: tuple[str, ...] = ("A",)) -> Code:
    journal = Journal(tuple(CellRun(n, source) for n, source in enumerate(cells, 1)))
    code = code_of(journal, "model", names)
    audit(code.source, code.module)
    return code


MODEL = "model = A(1).fit(None)"
CLASS = "class A:\n    def __init__(self, k):\n        self.k = k\n    def fit(self, X):\n        return self"

FITTED = "class A:\n    def __init__(self, k):\n        self.k = k\n    def fit(self, X):\n        self.v = {0}(1)\n        return self"

# cells -> what the source must hold, and what it must not
TAKEN = {
    "a class": ([CLASS, MODEL], ["class A:"], ["model"]),
    "its base": ([CLASS.replace("A", "B"), "class A(B):\n    pass", MODEL], ["class B:", "class A(B):"], []),
    "only the imports that it uses": (
        ["import os\nimport re, json\nfrom math import log, exp", CLASS + "\n    def p(self):\n        return re, log", MODEL],
        ["import re", "from math import log"], ["json", "os", "exp"],
    ),
    "a constant with its comment": (
        ["x = 3\n# small\nEPS = 1e-3  # but not nothing", CLASS + "\n    def p(self):\n        return EPS", MODEL],
        ["# small\nEPS = 1e-3  # but not nothing"], ["x = 3"],
    ),
    "a helper that only predict calls": (
        ["def h(x):\n    return g(x)\ndef g(x):\n    return x\ndef other():\n    pass", CLASS + "\n    def predict(self, X):\n        return h(X)", MODEL],
        ["def h(x):", "def g(x):"], ["other"],
    ),
    "a decorator's import": (
        ["from dataclasses import dataclass", "@dataclass\nclass A:\n    k: int\n    def fit(self, X):\n        return self", MODEL],
        ["from dataclasses import dataclass", "@dataclass"], [],
    ),
    "the class as it was when the model was built": (
        [CLASS, MODEL, CLASS.replace("self.k = k", "self.k = -k")], ["self.k = k"], ["-k"],
    ),
    "a constant that a class of later days reads": (
        ["N = 1", CLASS + "\n    def p(self):\n        return N", MODEL, "N = 2"], ["N = 2"], ["N = 1"],
    ),
    "a constant that cells change and only later calls read": (
        ["BY = [1.0]", CLASS + "\n    def p(self):\n        return BY[0]", MODEL, "BY[0] = 2.0"], ["BY = [1.0]", "BY[0] = 2.0"], [],
    ),
    "a helper whose cell ran again as it was": (
        ["def scale(v):\n    return v", FITTED.format("scale"), MODEL, "def scale(v):\n    return v  # as it was"], ["def scale"], [],
    ),
    "an import that another cell repeats": (
        ["from numpy import sqrt", FITTED.format("sqrt"), MODEL, "from numpy import exp, sqrt"], ["import sqrt"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "there", "absent"), TAKEN.values(), ids=TAKEN)
def test_the_module_holds_what_the_model_needs_and_no_more(
    cells: list[str], there: list[str], absent: list[str]
) -> None:
    source = module(*cells).source
    assert [t for t in there if t not in source] == []
    assert [t for t in absent if t in source] == []


NOT_TAKEN = {
    "a value that a cell computed": (
        ["import numpy as np\nmeans = np.random.rand(3)", CLASS + "\n    def p(self):\n        return means", MODEL],
        "needs In [1]: `means = np.random.rand(3)` (a call of np.random.rand), which no module can hold",
    ),
    "a fitted model": (
        ["from sklearn.linear_model import LinearRegression\ninner = LinearRegression()\ninner.fit([[1]], [1])",
         CLASS + "\n    def p(self):\n        return inner", MODEL],
        "needs In [1]: `inner = LinearRegression()` (a call of LinearRegression), which no module can hold",
    ),
    "a loop": (
        ["table = {}\nfor i in range(3):\n    table[i] = i", CLASS + "\n    def p(self):\n        return table", MODEL],
        "needs In [1]: `for i in range(3):` (a for statement), which no module can hold",
    ),
    "a class that is patched": (
        [CLASS, "A.extra = 3", MODEL + "\nmodel.extra"], "needs In [2]: `A.extra = 3` (an assignment to something that is no name), which no module can hold",
    ),
    "a helper that is defined anew": (
        ["def scale(v):\n    return v", FITTED.format("scale"), MODEL, "def scale(v):\n    return v / 2"],
        "A of this model reads 'scale', which In [4] defined anew after the model was made: `def scale(v):`",
    ),
    "a helper of a helper": (
        ["def half(v):\n    return v\ndef scale(v):\n    return half(v)", FITTED.format("scale"), MODEL, "def half(v):\n    return v / 2"],
        "reads 'half', which In [4] defined anew",
    ),
    "an import under an earlier name": (
        ["from numpy import sqrt as squash", FITTED.format("squash"), MODEL, "from numpy import log1p as squash"],
        "reads 'squash', which In [4] defined anew after the model was made: `from numpy import log1p as squash`",
    ),
    "a constant with another value": (
        ["FILL = 0", FITTED.format("(lambda v: FILL)"), MODEL, "FILL = 100"],
        "reads 'FILL', which In [4] defined anew after the model was made: `FILL = 100`",
    ),
    "a constant that was changed after the model was made": (
        ["FILL = [0]", FITTED.format("(lambda v: len(FILL))"), MODEL, "FILL.append(100)"],
        "needs In [4]: `FILL.append(100)` (run after the model was made), which no module can hold",
    ),
    "a value of the data": (
        ["import pandas as pd\nframe = pd.read_csv('rows.csv')", "frame['a'] = frame.a.fillna(0)", "MEDIAN = frame.a.median()", CLASS + "\n    def p(self):\n        return MEDIAN", MODEL],
        "needs In [3]: `MEDIAN = frame.a.median()`, made with In [1]: `frame = pd.read_csv('rows.csv')` (a call of pd.read_csv), which no",
    ),
    "a value of the data, through another": (
        ["import pandas as pd\nframe = pd.read_csv('rows.csv')", "names = list(frame.columns)", "KEPT = names[:2]", CLASS + "\n    def p(self):\n        return KEPT", MODEL],
        "needs In [3]: `KEPT = names[:2]`, made with In [1]: `frame = pd.read_csv('rows.csv')`",
    ),
    "a constant that data changes": (
        ["import pandas as pd\nWORDS = {'a'}", "WORDS.update(pd.read_csv('rows.csv').word)", CLASS + "\n    def p(self):\n        return WORDS", MODEL],
        "needs In [2]: `WORDS.update(pd.read_csv('rows.csv').word)` (a expr statement), which no",
    ),
    "the time of day": (
        ["from datetime import datetime\nNOW = datetime.now()", CLASS + "\n    def p(self):\n        return NOW", MODEL],
        "needs In [1]: `NOW = datetime.now()` (a call of datetime.now), which no",
    ),
    "an import that meant something else before": (
        ["from math import log\nSMALL = log(2)", "from numpy import log", CLASS + "\n    def p(self):\n        return SMALL, log", MODEL],
        "needs In [2]: `from numpy import log` (log means something else before), which no",
    ),
    "a class of a function": (
        ["def make():\n    class A:\n        def fit(self, X):\n            return self\n    return A", "model = make()().fit(None)"],
        "no recorded cell on the way to it defines that",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "words"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_no_module_can_have_is_refused_by_name(cells: list[str], words: str) -> None:
    with pytest.raises(UnsafeModel) as caught:
        module(*cells)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("reader", "step"),
    [
        (
            CLASS + "\n    def p(self):\n        return MEDIAN",
            "learn MEDIAN in fit and keep it as an attribute of self",
        ),
        ("def A(v):\n    return v - MEDIAN", "as a parameter: FunctionTransformer(A, kw_args={'median': MEDIAN})"),
    ],
)
def test_what_to_do_with_a_value_of_the_data_fits_what_reads_it(reader: str, step: str) -> None:
    with pytest.raises(UnsafeModel) as caught:
        module("import pandas as pd\nMEDIAN = pd.read_csv('rows.csv').a.median()", reader, "model = A(1)")
    assert step in (caught.value.next_step or "")


READS = CLASS + "\n    def p(self):\n        return KEPT"
# cells -> what KEPT is in the module
COMPUTED = {
    "a set of words": (["words = ['a', 'b']", "KEPT = set(words)"], {"a", "b"}),
    "edges of bins": (["import numpy as np\nKEPT = np.linspace(0, 1, 5).tolist()"], [0, 0.25, 0.5, 0.75, 1]),
    "edges without an end": (["import numpy as np\nKEPT = list(np.r_[-np.inf, np.arange(2) / 4, np.inf])"], [float("-inf"), 0, 0.25, float("inf")]),
    "words of a text": (["KEPT = frozenset('a b c'.split())"], {"a", "b", "c"}),
    "a comprehension": (["words = ['A', 'B']\nKEPT = {w.lower(): i for i, w in enumerate(words) if w}"], {"a": 0, "b": 1}),
    "sorted by length": (["KEPT = sorted({'aa', 'b'}, key=len)[: len('ab') - 1]"], ["b"]),
    "a dictionary of pairs": (["KEPT = dict(zip(['a', 'b'], range(2)))\nKEPT['c'] = 2"], {"a": 0, "b": 1, "c": 2}),
    "words that are added before": (["words = ['a']\nwords.append('b')", "words += ['c']\nKEPT = tuple(words)"], ("a", "b", "c")),
    "words that are added after": (["words = ['a']\nKEPT = set(words)", "words.append('b')"], {"a"}),
    "words that are added to both": (["words = ['a']\nKEPT = words", "words.append('b')"], ["a", "b"]),
    "a name that meant something else then": (["words = ['a']\nKEPT = set(words)", "import os\nwords = os.getcwd()"], {"a"}),
    "a constant of a constant of a constant": (["a = 2", "b = a ** 2", "KEPT = (a, b, max(a, b))"], (2, 4, 4)),
    "letters without some": (["import string\nKEPT = {*string.ascii_lowercase} - set('bcdefghijklmnopqrstuvwxyz')"], {"a"}),
    "a table of letters": (["KEPT = str.maketrans({'a': 'b'})"], {97: "b"}),
    "words that scikit-learn has": (
        ["from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS as words\nKEPT = 'the' in words.union(['x'])"], True,
    ),
    "a text with a number in it": (["n = 3\nKEPT = f'{n:02d}'"], "03"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "value"), COMPUTED.values(), ids=COMPUTED)
def test_a_constant_is_computed_again_when_the_module_is_made(cells: list[str], value: object) -> None:
    assert vars(load(module(*cells, READS, MODEL)))["KEPT"] == value


def test_the_name_stands_for_the_source() -> None:
    one, other = module(CLASS, MODEL), module(CLASS.replace("self.k = k", "self.k = 2 * k"), MODEL)
    assert one.module == module("x = 1", CLASS, MODEL, "y = 2").module
    assert one.module != other.module
    assert one.file == f"code/{one.module}.py"

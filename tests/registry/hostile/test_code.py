"""Code that comes with a bundle: nothing of it may run at loading, and none of its constants may eat the machine."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

from typing import Any

import pytest

SCALER = """
class Scaler(BaseEstimator, TransformerMixin):
    def __init__(self, by=2.0):
        self.by = by
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return (X - self.mean_) * self.by
"""
HEAD = "import os\nimport math\nimport numpy as np\nfrom sklearn.base import BaseEstimator, TransformerMixin\n"
RUNS = "open('../pwned', 'w')"

REFUSED = {
    "a command": "os.system('touch ../pwned')",
    "a command in a value": "A = os.system('touch ../pwned')",
    "a command in a default": f"def f(x={RUNS}):\n    pass",
    "a command in a default of a lambda": f"f = lambda x={RUNS}: x",
    "a decorator": f"def d(f):\n    {RUNS}\n@d\ndef g():\n    pass",
    "a decorator of a class": f"def d(f):\n    {RUNS}\n@d\nclass G:\n    pass",
    "the body of a class": f"class A:\n    {RUNS}",
    "a metaclass": f"class M(type):\n    def __init__(cls, *a):\n        {RUNS}\nclass A(metaclass=M):\n    pass",
    "a hook of subclasses": f"class A:\n    def __init_subclass__(cls):\n        {RUNS}\nclass B(A):\n    pass",
    "a hook of names": f"class D:\n    def __set_name__(self, *a):\n        {RUNS}\nclass B:\n    d = D()",
    "a state": f"class A:\n    def __setstate__(self, s):\n        {RUNS}",
    "an annotation": f"def f(x: {RUNS}):\n    pass",
    "an annotation of a name": f"x: {RUNS} = 1",
    "a base class": f"class A({RUNS}):\n    pass",
    "a walrus": f"A = (b := {RUNS})",
    "a loop": f"for i in [1]:\n    {RUNS}",
    "a condition": f"if 1:\n    {RUNS}",
    "a try": f"try:\n    {RUNS}\nfinally:\n    pass",
    "a with": f"with {RUNS}:\n    pass",
    "an assertion": f"assert {RUNS}",
    "a deletion": "del os",
    "an import of all": "from os import *",
    "a package that does something": "import antigravity",
    "a module's own look-up": f"def __getattr__(name):\n    {RUNS}",
    "a text of a trillion letters": 'A = "a" * 10**12',
    "the same the other way": 'A = 10**12 * "a"',
    "the same by name": 'N = 10**12\nB = "a"\nA = B * N',
    "the same in a default": 'def f(x="a" * 10**12):\n    pass',
    "the same in a class": 'class A:\n    x = "a" * 10**12',
    "the same in an annotation": 'def f(x: "a" * 10**12):\n    pass',
    "the same as an argument of a decorator": 'import functools\n@functools.lru_cache(maxsize=len("a" * 10**12))\ndef f(x):\n    pass',
    "a list of ten billion": "A = [0] * 10**10",
    "a list of something imported": "A = [os.sep] * 10**10",
    "a list as often as something imported": "from sys import maxsize\nA = [0] * maxsize",
    "a number of a billion bits": "A = 2 ** 10**9",
    "a tower": "A = 10 ** 10 ** 10",
    "a power of a name": "A = 10\n" + "A **= 10\n" * 6,
    "a shift": "A = 1 << 10**12",
    "pow": "A = pow(10, 10**10)",
    "pow of NumPy": "A = np.power(10**30, 10**10)",
    "a number that is rounded": "A = round(5, -10**10)",
    "a factor that grows": "A = 10**300\nA *= A\nA *= A\n" + "A *= A\n" * 20,
    "a filled text": 'A = "x".ljust(10**12)',
    "a text with a width": 'A = f"{1:>1000000000000}"',
    "a text with a width that is computed": 'N = 10**12\nA = f"{1:>{N}}"',
    "a text with many decimals": 'A = f"{1.5:.1000000000f}"',
    "a percent with a width": 'A = "%1000000000000d" % 1',
    "a percent with a width as an argument": 'A = "%*d" % (10**12, 1)',
    "a percent of a name": 'F = "%100000000" + "0000d"\nA = F % 1',
    "a loop of a trillion": "A = [0 for i in range(10**12)]",
    "loops in loops": "A = [0 for i in range(10**4) for j in range(10**4)]",
    "loops in loops without calls": "S = 'abcdefghij'\nA = [0 for a in S for b in S for c in S for d in S for e in S for f in S for g in S for h in S]",
    "a sum over a loop": "A = sum(1 for i in range(10**11))",
    "a set of a range": "A = set(range(10**11))",
    "a list of a range": "A = list(range(10**11))",
    "a dictionary of a range": "A = {i: i for i in range(10**11)}",
    "a sorted range": "A = sorted(range(10**11))",
    "zeros": "A = np.zeros(10**12)",
    "zeros of a shape": "A = np.zeros((10**6, 10**6))",
    "zeros by name": "A = np.zeros(shape=(10**6, 10**6))",
    "zeros by stars": "A = np.zeros(*[10**12])",
    "zeros by two stars": 'A = np.zeros(**{"shape": 10**12})',
    "zeros of a long type": 'A = np.zeros(100, "U1000000000")',
    "zeros of a wide type": 'A = np.zeros(100, dtype="(1000,1000,1000)f8")',
    "zeros of a record": 'A = np.zeros(100, dtype=[("a", "S10000000000")])',
    "a type that is put together": 'T = "U1000" + "000000"\nA = np.zeros(100, T)',
    "an array of other types": 'A = np.arange(100).astype("U1000000000")',
    "an identity": "A = np.eye(10**6)",
    "an identity of another name": 'A = np.identity(10**6, "f8")',
    "a diagonal": "A = np.diag(np.arange(10**6))",
    "a far diagonal": "A = np.diag([1], 10**6)",
    "a row of numbers": "A = np.linspace(0, 1, 10**12)",
    "a row of numbers by name": "A = np.linspace(0, 1, num=10**12)",
    "a row of numbers by stars": "A = np.linspace(*[0, 1, 10**12])",
    "a row of small steps": "A = np.arange(0, 1, 1e-12)",
    "a row of r_": "A = np.r_[0:10**12]",
    "a row of r_ in steps": "A = np.r_[0:1:1e12j]",
    "a table of a row and a column": "R = np.arange(10**5)\nA = R[:, None] * R",
    "a tile": "A = np.tile([1], 10**12)",
    "repetitions": "A = np.repeat([1], 10**12)",
    "a long text and many short ones": 'A = np.array(["a"] * 100000 + ["a" * 100000])',
    "lists that double": "A = [0]\n" + "A += A\n" * 40,
    "lists that double by extend": "A = [0]\n" + "A.extend(A)\n" * 40,
    "lists that double under two names": "A = [0]\nB = A\n" + "A.extend(B)\nB.extend(A)\n" * 20,
    "lists that double in classes": "A = [0]\n" + "class C:\n    A.extend(A)\n" * 40,
    "lists that double inside of a list": "A = [[0]]\nB = A[0]\n" + "B.extend(B)\n" * 40,
    "texts that double": "A = 'a'\n" + "A += A\n" * 40,
    "texts that double by name": "A = 'a'\n" + "".join(f"A{i} = {'A' if not i else f'A{i - 1}'} * 2\n" for i in range(40)),
    "lists that are shared": "A = [0] * 1000\nB = [A] * 1000\nC = [B] * 1000\nD = str(C)",
    "a text that is replaced": "A = ('a' * 10000).replace('a', 'b' * 10000)",
    "a text that is joined": "A = ('a' * 10000).join('b' * 10000)",
    "a text of nothing that is replaced": "A = ('a' * 10000).replace('', 'b' * 10000)",
    "joined lists": "A = sum([[i] for i in range(10**5)], [])",
    "keys with long values": "A = str(dict.fromkeys(range(10**5), 'a' * 10**5))",
    "many of what is allowed": "\n".join(f"A{i} = [0] * 10**6" for i in range(200)),
    "members of an enumeration": "from enum import Enum\nclass E(Enum):\n    A = 'a' * 10**12",
    "a tuple of many names": "import collections\nA = collections.namedtuple('A', ' '.join([f'a{i}' for i in range(10**6)]))",
    "nested parentheses": "A = " + "(" * 10**5 + "1" + ")" * 10**5,
    "nested lists": "A = " + "[" * 150 + "]" * 150 + " + " + "-" * 3000 + "1",
    "a sum of many": "A = " + "1 + " * 50_000 + "1",
    "attributes of attributes": "A = os" + ".x" * 50_000,
    "ten million letters": "A = '" + "a" * 10**7 + "'",
    "a NUL": "A = 1\0",
    "no Python": "def f(:",
}  # fmt: skip
KEPT = {
    "an import of os": "",
    "constants": "A = [0] * 1000\nB = {i: f'column {i:>3}' for i in range(1000)}\nC = '-' * 80\nD = 2 ** 64\nE = 1 << 20",
    "arrays": "A = np.linspace(0, 1, 1001)\nB = np.zeros((1000, 1000))\nC = A[:, None] * np.arange(3)\nD = np.array(['a', 'bc'])",
    "a table of words": "W = 'the quick brown fox'.split()\nA = sorted({w.lower().replace('a', 'e') for w in W})\nB = ', '.join(A)",
    "an imported number": "A = math.pi * 2\nB = os.sep + 'x'\nC = np.float64(3.5)\nD = [1, 2] + list(range(10))",
    "types": "def f(x: 'np.ndarray | None' = None, *, y: int | None = 3, z: list[tuple[int, ...]] = ()) -> dict[str, int]:\n    return {}",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_code_that_would_run_or_grow_is_refused_in_one_line(name: str, forged: Any, opened: Any) -> None:
    bundle = forged("code")
    bundle.code(HEAD + REFUSED[name] + "\n" + SCALER)
    opened(bundle).assert_refused("of notebook_code_")


@pytest.mark.parametrize("name", KEPT)
def test_code_that_people_write_is_loaded(name: str, forged: Any, opened: Any) -> None:
    bundle = forged("code")
    bundle.code(HEAD + KEPT[name] + "\n" + SCALER)
    outcome = opened(bundle)
    assert outcome.told.get("code") == 0, outcome.told
    assert outcome.left == []


def test_code_under_the_name_of_other_code_is_not_loaded(forged: Any, opened: Any) -> None:
    bundle = forged("code")
    (fact,) = bundle.facts["serializer"]["code"]
    bundle.write(f"code/{fact['module']}.py", (HEAD + RUNS + SCALER).encode())
    opened(bundle).assert_refused("holds other code than its name says")


@pytest.mark.parametrize("name", ["os", "sklearn", "__main__", "builtins", "../x", "a.b", "a b", ""])
def test_code_does_not_take_the_name_of_a_module(name: str, forged: Any, opened: Any) -> None:
    bundle = forged("code")
    bundle.manifest(lambda m: m["serializer"]["code"][0].update(module=name))
    bundle.write("code/os.py", RUNS.encode())
    opened(bundle).assert_refused()

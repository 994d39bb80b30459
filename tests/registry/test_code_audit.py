"""What the code of a bundle may say: definitions and constants, and nothing that runs when it is loaded."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import pytest

from ipymlops.errors import UnsafeModel
from ipymlops.registry.code_audit import audit

ALLOWED = {
    "a function": "import numpy as np\ndef f(x, y=1, *, z=(2, 'a'), **rest):\n    return np.log(x) + eval('1')",
    "a class": (
        "from sklearn.base import BaseEstimator\nclass A(BaseEstimator):\n    '''Doc.'''\n    kind = 'a'\n"
        "    def __init__(self, k=3):\n        self.k = k\n    @property\n    def double(self):\n        return self.k * 2\n"
        "    @double.setter\n    def double(self, value):\n        self.k = value / 2\n"
        "    @staticmethod\n    def f():\n        return 1"
    ),
    "constants": "A = 1\nB: int = -A + 2\nC = [A, 'x', {'k': (B,)}]\nD, E = 1, 2\nF = C[0]\nG = f",
    "a pattern": "import re\nWORD = re.compile(r'\\w+', re.IGNORECASE)",
    "a set": "NAMES = frozenset({'a', 'b'})\nMORE = set(['a'])",
    "renamed imports": "from re import compile as pattern\nimport numpy as xp\nA = pattern('a')\nB = xp.array([1.0, 2.0])",
    "a data class": (
        "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass A:\n    n: int = 3\n"
        "    names: list[str] = field(default_factory=list)"
    ),
    "an enumeration": "from enum import Enum, auto\nclass Color(Enum):\n    RED = auto()\n    BLUE = 'b'",
    "an abstract class": (
        "from abc import ABC, ABCMeta, abstractmethod\nclass A(metaclass=ABCMeta):\n    @abstractmethod\n"
        "    def f(self): ..."
    ),
    "values of constants": (
        "import numpy as np, re\nA = sorted({'b', 'a'}, key=len)\nA.append('c')\nA[0] = A[1].upper()\nA += ['d']\n"
        "B = {a: np.linspace(0, len(a), 3).round(1) for a in A}\nclass C:\n    d = 'x y'.split()"
    ),
    "a named lambda": "half = lambda x, k=2: x / k",
    "wrapping": "import functools\n@functools.lru_cache(maxsize=None)\ndef f(x):\n    return x",
    "annotations": "import pandas as pd\ndef f(x: pd.DataFrame | None, y: 'str' = 'a') -> dict[str, int]:\n    return {}",
    "a class in a class, and classes that are handed on": (
        "from dataclasses import dataclass, field\nfrom typing import Generic, TypeVar\nclass A:\n    class B:\n        pass\n"
        "T = TypeVar('T', bound=A)\nKINDS = {'a': A}\n@dataclass\nclass C(A, Generic[T]):\n"
        "    a: A = field(default_factory=A)"
    ),
    "an enumeration of numbers with methods": (
        "from enum import IntEnum\nclass Kind(IntEnum):\n    A = 1\n    def twice(self):\n        return 2 * self\n"
        "    def __str__(self):\n        return 'a'\nFIRST = Kind.A"
    ),
    "a class that answers for another": "class A:\n    def __getattr__(self, name):\n        return 1",
    "a method named like a built-in": "class A:\n    def set(self):\n        return 1\nB = set(['a'])",
}  # fmt: skip


@pytest.mark.parametrize("source", ALLOWED.values(), ids=ALLOWED)
def test_definitions_and_constants_pass(source: str) -> None:
    audit(source, "notebook_code_0")


REFUSED = {
    "a call": ("import os\nos.system('x')", "a expr statement"),
    "a value that is computed": ("import os\nA = os.getcwd()", "a call of os.getcwd"),
    "a listed name that stands for something else": ("from os import system as frozenset\nA = frozenset('x')", "takes the place"),
    "a renamed function": ("from os import system as run\nA = run('x')", "a call of run"),
    "a class in the place of a module": ("class re:\n    def compile(x):\n        return evil(x)\nA = re.compile('x')", "a call of re.compile"),
    "a function in the place of a built-in": ("def dict():\n    evil()\nA = dict()", "a call of dict"),
    "a default": ("def f(x=print('x')):\n    pass", "a call of print"),
    "a keyword default": ("def f(*, x=print('x')):\n    pass", "a call of print"),
    "the default of a lambda": ("f = lambda x=print('x'): x", "a call of print"),
    "a decorator": ("import atexit\n@atexit.register\ndef f():\n    pass", "the decorator atexit.register"),
    "a decorator of its own": ("def d(f):\n    evil()\n@d\ndef g():\n    pass", "the decorator d"),
    "an argument of a decorator": ("import functools\n@functools.lru_cache(maxsize=print())\ndef f():\n    pass", "a call of print"),
    "a base class": ("class A(print('x')):\n    pass", "a call in a base class"),
    "an annotation": ("def f(x: print('x')):\n    pass", "a call in a base class or annotation"),
    "an annotated name": ("x: print('x') = 1", "a call in a base class or annotation"),
    "a metaclass": ("from x import M\nclass A(metaclass=M):\n    pass", "a class with a metaclass"),
    "a metaclass of its own": ("class M(type):\n    pass", "a class of type"),
    "the body of a class": ("class A:\n    print('x')", "a expr statement"),
    "a loop": ("for i in range(3):\n    pass", "a for statement"),
    "a condition": ("if True:\n    A = 1", "a if statement"),
    "an import of all": ("from os import *", "whose names cannot be told"),
    "a relative import": ("from . import x", "whose names cannot be told"),
    "a comprehension": ("A = [print(i) for i in range(3)]", "`[print(i) for i in range(3)]`"),
    "a key that is called": ("import os\nA = sorted(['x'], key=os.system)", "a call of sorted"),
    "a key that is called, built in": ("A = max(['x'], key=print)", "a call of max"),
    "a method of an imported thing": ("import shlex as words\nA = words.split()", "a call of words.split"),
    "such a method in a comprehension": ("import shlex\nA = [w.split() for w in [shlex]]", "`[w.split() for w in [shlex]]`"),
    "such a thing put among constants": ("import shlex\nA = []\nA.append(shlex)", "a expr statement"),
    "such a thing as an item": ("import shlex\nA = {}\nA['x'] = shlex", "an assignment to something that is no name"),
    "such a thing added": ("import shlex\nA = []\nA += [shlex]", "a augassign statement"),
    "a name that is no constant any more": ("A = 'x'\nimport shlex as A\nB = A.split()", "a call of A.split"),
    "a name of the class that its loops do not see": (
        "import shlex as words\nclass A:\n    words = 'x'\n    B = [words.split() for i in [1]]", "`[words.split() for i in [1]]`",
    ),
    "a path that moves": ("from pathlib import Path\nA = Path('x')\nB = A.replace('y')", "a call of A.replace"),
    "a format that looks into things": ("A = '{0.real}'.format(1)", "a call of '{0.real}'.format"),
    "an array that is written": ("import numpy as np\nA = np.zeros(3)\nB = A.tofile('x')", "a call of A.tofile"),
    "a text of something else": ("import os\nA = f'{os}'", "`f'{os}'`"),
    "a text that is formatted": ("class A:\n    pass\nB = f'{A}'", "`f'{A}'`"),
    "an assignment expression": ("A = (b := print('x'))", "`(b := print('x'))`"),
    "an item": ("import os\nos.environ['A'] = 'x'", "an assignment to something that is no name"),
    "an attribute of a value": ("A = 'x'.join", "an attribute of a value"),
    "no Python": ("def f(:", "is not Python"),
    **{
        f"the method {name}": (f"class A:\n    def {name}(self, *a):\n        evil()", f"a definition of {name}")
        for name in ("__new__", "__setstate__", "__reduce__", "__del__", "__init_subclass__", "__set_name__", "__class__")
    },
    "such a method by an import": ("class A:\n    from os import system as __setstate__", "a definition of __setstate__"),
    "what a module has not": ("def __getattr__(name):\n    evil()", "a definition of __getattr__"),
    "what a module has": ("from x import f as __getattr__", "a definition of __getattr__"),
    "the members of an enumeration": ("from enum import Enum\nclass E(Enum):\n    A = 1\n    def __init__(self, x):\n        evil()", "an enumeration with __init__ of its own"),
    "what an enumeration makes of its members": ("from enum import Enum, auto\nclass E(Enum):\n    def _generate_next_value_(*a):\n        evil()\n    A = auto()", "an enumeration with _generate_next_value_"),
    "an enumeration of a class of its own": ("from enum import Enum\nclass M:\n    def __init__(self, x):\n        evil()\nclass E(M, Enum):\n    A = 1", "an enumeration that is a M, too"),
    "an enumeration of an enumeration": ("from enum import Enum\nclass M(Enum):\n    pass\nclass E(M):\n    A = 1\n    def __init__(self, x):\n        evil()", "an enumeration with __init__"),
    "an enumeration under another name": ("from enum import Enum\nM = Enum\nclass E(M):\n    A = 1", "a class of M"),
    "a base class of an unknown package": ("import tempfile\nclass A(tempfile._TemporaryFileCloser):\n    pass", "a class of tempfile._TemporaryFileCloser"),
    "a base class with bytes behind it": ("from xgboost import Booster\nclass A(Booster):\n    pass", "a class of Booster"),
    "a base class that was replaced": ("class A:\n    pass\nfrom x import A\nclass B(A):\n    pass", "a class of A"),
    "a class that is asked for its keys": ("class A:\n    def keys():\n        evil()\nB = dict(A)", "a call of dict with something that it defines"),
    "such a class under another name": ("import numpy\nclass A:\n    def exp():\n        evil()\nB = [A]\nC = numpy.exp(B)", "a call of numpy.exp with something"),
    "a package that does something": ("import antigravity", "an import of antigravity"),
    "a program": ("from idlelib import idle", "an import of idlelib.idle"),
    "the main part of a package": ("import pip.__main__", "an import of pip.__main__"),
    "such a method by assignment": ("def f(self):\n    evil()\nclass A:\n    __setstate__ = f", "a definition of __setstate__"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "found"), REFUSED.values(), ids=REFUSED)
def test_what_would_run_is_refused_by_name(source: str, found: str) -> None:
    with pytest.raises(UnsafeModel) as caught:
        audit(source, "notebook_code_0")
    assert found in str(caught.value)

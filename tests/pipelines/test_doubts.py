"""Which kept statements the targets depend on for certain, and what is said of the others."""

from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.slicing import slice_journal

FRAME = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})"
NUMPY = "import numpy as np"


def doubts(cells: list[str], facts: dict[int, dict[str, object]] | None = None, **options: object) -> dict[str, str]:
    """Of each kept statement that may not be needed, the words."""
    runs = [CellRun(n, source, **(facts or {}).get(n, {})) for n, source in enumerate(cells, start=1)]  # type: ignore[arg-type]
    kept = slice_journal(Journal(tuple(runs)), ("v",), **options).kept  # type: ignore[arg-type]
    assert all(k.certain is not bool(k.doubt) for k in kept)
    return {k.statement.source: k.doubt for k in kept if k.doubt}


CERTAIN = [
    ["a = 1", "b = a + 1", "v = b"],
    ["a = [1]", "a.append(2)", "v = sum(a)"],
    ["a = [1]", "v = a", "v.append(2)"],
    [FRAME, "df['c'] = df['a'] * 2", "v = df[['a', 'c']]"],
    [FRAME, "df['c'] = df['a'] * 2", "cols = ['c']", "v = df[cols]"],
    [FRAME, "df['c'] = df['a'] * 2", "v = df.c.sum()"],
    [FRAME, "df['c'] = df['a'] * 2", "v = df.loc[:, ['c']]"],
    [FRAME, "df['c'] = df['a'] * 2", "d = df.dropna()", "v = d.drop(columns='a')"],
    [FRAME, "df['c'] = df['a'] * 2", "v = df.groupby('c')['a'].mean()"],
    [FRAME, "df['c'] = df['a'] * 2", "v = df[df['c'] > 2]['a']"],
    [FRAME, "df.loc[df['a'] > 1, 'b'] = 0", "v = df['b']"],
    [FRAME, "df.drop(columns='a', inplace=True)", "v = df"],
    [FRAME, "from sklearn.linear_model import Ridge\nv = Ridge()", "v.fit(df[['a']], df['b'])"],
    ["k = 3\ndef f(x):\n    return x + k", "v = f(1)"],
    [NUMPY, "np.random.seed(0)", "np.random.rand(2)", "v = np.random.rand()"],
    ["open('f.txt', 'w').write('1')", "v = open('f.txt').read()"],
    ["exec('q = 1')", "v = q"],
    ["a = [1]\nfor i in range(3):\n    a.append(i)", "v = a"],
    ["n = {}\nn['k'] = 1\nv = n['k']"],
]


@pytest.mark.parametrize("cells", CERTAIN, ids=lambda cells: cells[-2][:40] if len(cells) > 1 else cells[0])
def test_what_is_read_for_certain_is_needed_for_certain(cells: list[str]) -> None:
    assert doubts(cells) == {}


DOUBTFUL = [
    ([FRAME, "df['late'] = 1", "v = df[['a']]"], "df['late'] = 1", "which nothing that is kept is seen to read"),
    ([FRAME, "df['late'] = 1", "d = df.dropna()", "v = d['a']"], "df['late'] = 1", "sets `late`"),
    ([FRAME, "df['late'] = 1", "v = df.iloc[:, :1]"], "df['late'] = 1", "sets `late`"),
    ([FRAME, "df['late'] = 1", "v = df.groupby('a')['b'].mean()"], "df['late'] = 1", "sets `late`"),
    ([FRAME, "c = input()", "df['late'] = 1", "v = df[[c]]"], "df['late'] = 1", "sets `late`"),
    (["class C: pass\nc = C()", "c.x = 1", "c.y = 2", "v = c.x"], "c.y = 2", "sets `y`"),
    (["import lib\na = [1]", "lib.look(a)", "v = a"], "lib.look(a)", "what `lib.look` may change is not known"),
    (["a = [1]", "a.strange()", "v = a"], "a.strange()", "what `a.strange` may change is not known"),
    (["a = [1]", "if input():\n    a.append(1)", "v = a"], "if input():\n    a.append(1)", "may change `a`"),
    (["a = [1]\nflag = input()", "if flag:\n    a.append(1)", "v = a"], "flag = input()", "only In [2] needs it"),
    (["a = b = [1]\nif a is not b:\n    b = []", "b.append(2)", "v = a"], "b.append(2)", "may change"),
    (["import os", "os.environ['K'] = '1'", "v = open('f').read()"], "os.environ['K'] = '1'", "the environment"),
    ([NUMPY, "np.seterr(all='ignore')", "v = np.log(0)"], "np.seterr(all='ignore')", "may change `np`"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "source", "words"), DOUBTFUL, ids=[c[1] + " " + c[2] for c in DOUBTFUL])
def test_what_may_not_be_read_is_said_to_be_kept_to_be_safe(cells: list[str], source: str, words: str) -> None:
    assert words in doubts(cells)[source]


def test_a_branch_that_ran_is_certain_where_the_recorder_saw_it() -> None:
    cells = ["a = [1]\nx = 0\nflag = input()", "if flag:\n    x = 1\n    a.append(1)", "v = [a, x]"]
    assert "if flag:\n    x = 1\n    a.append(1)" in doubts(cells)
    assert doubts(cells, {2: {"rebound": ("x",), "mutated": ("a",)}}) == {"x = 0": doubts(cells)["x = 0"]}


def test_what_a_rung_of_the_ladder_added_is_not_certain() -> None:
    words = doubts(["a = 1", "v = 2"], rung=5)
    assert words == {"a = 1": "a narrower slice was not enough"}

"""What evidence adds, what cannot leave the notebook, and the words that say so."""

from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun, RandomStates
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.results import Slice
from ipymlops.pipelines.slicing import slice_journal

Facts = dict[int, dict[str, object]]


def cut(cells: list[str], target: str = "v", facts: Facts | None = None, **options: object) -> Slice:
    """The slice of cells In [1], In [2], ... of which ``facts`` says what the recorder saw."""
    runs = [CellRun(n, source, **(facts or {}).get(n, {})) for n, source in enumerate(cells, start=1)]  # type: ignore[arg-type]
    return slice_journal(Journal(tuple(runs)), (target,), **options)  # type: ignore[arg-type]


def kept(result: Slice) -> list[str]:
    return [k.statement.source for k in result.kept]


# --- evidence adds

ADDS = [
    ("a changed fingerprint", ["a = [1]", "x = len(a)", "v = a"], {2: {"mutated": ("a",)}}, "x = len(a)"),
    ("a name that appeared", ["print(1)", "v = q"], {1: {"rebound": ("q",)}}, "print(1)"),
    (
        "shared memory",
        ["from lib import f\na = []", "b = len(a)", "b.append(1)", "v = a"],
        {2: {"aliases": (("a", "b"),)}},
        "b.append(1)",
    ),
    (
        "a generator that moved",
        ["import numpy as np\nnp.random.seed(0)", "len('a')", "v = np.random.rand()"],
        {2: {"consumed": ("numpy",)}},
        "len('a')",
    ),
]


@pytest.mark.parametrize(("cells", "facts", "added"), [c[1:] for c in ADDS], ids=[c[0] for c in ADDS])
def test_evidence_adds_a_statement(cells: list[str], facts: Facts, added: str) -> None:
    assert added not in kept(cut(cells))
    assert added in kept(cut(cells, facts=facts))


POSSIBLE = [
    ["a = [1]", "a.append(2)", "v = a"],
    ["from lib import f", "a = [1]", "f(a)", "v = a"],
    ["a = [1]", "a.strange()", "v = a"],
    ["import pandas as pd", "a = pd.DataFrame()", "a.loc[0, 'x'] = 1", "v = a"],
]


@pytest.mark.parametrize("cells", POSSIBLE)
def test_a_fingerprint_that_did_not_change_never_removes(cells: list[str]) -> None:
    quiet: Facts = {n: {"evidence": True, "mutated": (), "rebound": ()} for n in range(1, len(cells) + 1)}
    unknown: Facts = {n: {"evidence": False} for n in range(1, len(cells) + 1)}
    assert kept(cut(cells, facts=quiet)) == kept(cut(cells, facts=unknown)) == cells


# --- random state

FOREST = [
    "from sklearn.ensemble import RandomForestClassifier\nX, y = [[0], [1]], [0, 1]",
    "v = RandomForestClassifier()",
    "v.fit(X, y)",
]
STATE = {"random_before": RandomStates(numpy={"bit_generator": "MT19937"}), "consumed": ("numpy",)}


def test_an_unseeded_fit_takes_the_recorded_state() -> None:
    result = cut(FOREST, facts={3: STATE})
    assert result.unseeded == {3: ("numpy",)}
    assert result.left_out == ()


def test_a_fit_that_did_not_move_the_generator_needs_no_state() -> None:
    assert cut(FOREST).unseeded == {}


def test_an_unseeded_fit_before_we_were_loaded_is_said() -> None:
    result = cut(FOREST, facts={3: {"evidence": False}})
    assert result.unseeded == {3: ("numpy",)}
    (words,) = result.left_out
    assert "In [3]" in words
    assert "not recorded" in words


def test_randomness_of_the_operating_system_is_said() -> None:
    (words,) = cut(["import numpy as np", "rng = np.random.default_rng()", "v = rng.normal()"]).left_out
    assert "In [2]" in words


# --- what cannot leave the notebook

WORDS = [
    (["v = !ls"], "`v = !ls`"),
    (["%run setup.py", "v = q"], "%run setup.py"),
    (["3 + 4", "v = _ + 1"], "exists only in the notebook"),
    (["3 + 4", "v = Out[1] + 1"], "`Out`"),
    (["v = q + 1"], "`q`"),
    (["v = get_ipython().user_ns['a']"], "get_ipython"),
]


@pytest.mark.parametrize(("cells", "words"), WORDS)
def test_what_the_slice_needs_and_cannot_have_is_said(cells: list[str], words: str) -> None:
    assert words in " ".join(cut(cells).left_out)


@pytest.mark.parametrize(
    "cells", [["q = !ls", "v = 1"], ["%run setup.py", "v = 1"], ["1 + 1\n_", "v = 1"], ["%%bash\nls", "v = 1"]]
)
def test_what_the_slice_does_not_need_is_dropped_silently(cells: list[str]) -> None:
    result = cut(cells)
    assert result.left_out == ()
    assert kept(result) == ["v = 1"]


def test_requirements_come_from_install_lines_of_any_cell() -> None:
    assert cut(["!pip install -q a==1", "%pip install b a==1", "v = 1"]).requirements == ("a==1", "b")


# --- words and rungs


def test_each_kept_statement_says_why() -> None:
    result = cut(["a = [1]", "a.append(2)", "v = sum(a)"])
    assert [k.why for k in result.kept] == [
        "defines `a`, which In [3] needs",
        "changes `a`, which In [3] needs",
        "defines `v`, which `v` needs",
    ]
    assert (result.total, result.widened) == (3, 0)


def test_a_missing_name_adds_its_definers() -> None:
    cells = ["q = 1", "w = 2", "v = eval('1')"]
    assert kept(cut(cells)) == ["v = eval('1')"]
    assert kept(cut(cells, rung=1, evidence_of_failure="NameError: name 'q' is not defined")) == [
        "q = 1",
        "v = eval('1')",
    ]


def test_a_missing_column_adds_who_made_it() -> None:
    cells = ["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "v = 1", "df['q'] = 2"]
    assert "df['q'] = 2" in kept(cut(cells, rung=1, evidence_of_failure="KeyError: 'q'"))


def test_the_last_rung_is_everything_that_ran() -> None:
    cells = ["print(1)", "%matplotlib inline\na = 1", "v = 2", "b = 3; raise ValueError"]
    facts: Facts = {4: {"succeeded": False, "failed_line": 1}}
    result = cut(cells, facts=facts, rung=5)
    assert len(result.kept) == result.total == 4
    assert [word in result.kept[-1].statement.source for word in ("b = 3", "raise ValueError")] == [True, True]


def test_a_long_chain_of_changes_is_kept_whole() -> None:
    cells = [
        "import pandas as pd\ndf = pd.DataFrame()",
        *(f"df['c{i}'] = df['c{i - 1}'] + {i}" for i in range(300)),
        "v = df",
    ]
    assert len(cut(cells).kept) == 303


def test_the_pandas_of_the_notebook_says_whether_a_column_is_a_copy() -> None:
    cells = ["import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "v = df['a']", "df.loc[0, 'a'] = 2"]
    assert len(kept(cut(cells, packages={"pandas": "2.2.3"}))) == 4
    assert len(kept(cut(cells, packages={"pandas": "3.0.1"}))) == 3


def test_rows_can_be_meant_as_they_were_at_the_fit() -> None:
    cells = ["X = 1", "v = X", "X = 2"]
    journal = Journal(tuple(CellRun(n, source) for n, source in enumerate(cells, 1)))
    assert kept(slice_journal(journal, ("v", "X"), as_of=1)) == ["X = 1", "v = X"]
    assert kept(slice_journal(journal, ("v", "X"))) == ["X = 1", "v = X", "X = 2"]


DRAWN = ["import numpy as np", "np.random.seed(0)", "{}", "v = np.random.rand()"]
NUMPY = {"consumed": ("numpy",), "random_before": RandomStates(numpy={})}
MOVED = [
    ("%timeit -n 3 -r 1 np.random.rand(10)", "`%timeit -n 3 -r 1 np.random.rand(10)` runs what it times over and over"),
    ("for i in [1, 2]:\n    %timeit -n 3 np.random.rand(i)", "`%timeit -n 3 np.random.rand(i)` runs what it times"),
]


@pytest.mark.parametrize(("cell", "words"), MOVED)
def test_a_draw_after_what_stays_in_the_notebook_starts_from_its_recorded_state(cell: str, words: str) -> None:
    cells = [text.format(cell) for text in DRAWN]
    found = cut(cells, facts={2: NUMPY, 3: NUMPY, 4: NUMPY})
    assert (found.unseeded, found.stays, found.left_out) == ({4: ("numpy",)}, (), ())
    late = cut(cells, facts={n: {"evidence": False} for n in range(1, 5)})
    assert late.left_out[0].startswith(words)
    assert late.left_out[0].endswith(", in In [3]")


@pytest.mark.parametrize("cell", ["%lprun -f f g", "# nothing", "len('a'", "import rich"])
def test_a_draw_after_one_that_no_statement_owns_starts_from_its_recorded_state(cell: str) -> None:
    facts: Facts = {2: NUMPY, 3: {**NUMPY, "succeeded": cell != "len('a'"}, 4: NUMPY}
    found = cut([text.format(cell) for text in DRAWN], facts=facts)
    assert (found.unseeded, found.left_out) == ({4: ("numpy",)}, ())
    unknown = cut([text.format(cell) for text in DRAWN], facts={**facts, 4: {"consumed": ("numpy",)}})
    assert "its state before was not recorded" in unknown.left_out[0]
    again = cut([*(text.format(cell) for text in DRAWN[:3]), DRAWN[1], DRAWN[3]], facts={3: facts[3]})
    assert again.unseeded == {}


def test_what_an_unknown_magic_changed_is_told() -> None:
    cells = ["a = [1]", "# so\n%lprun -f f f(a)", "v = a"]
    assert cut(cells).left_out == ()
    found = cut(cells, facts={2: {"mutated": ("a",)}})
    assert found.left_out == ("`%lprun -f f f(a)` changes `a`, which no statement does, in In [2]",)
    assert cut(cells, "v", {2: {"mutated": ("b",)}}).left_out == ()
    assert cut([cells[0], "%mlops drift a", cells[2]], facts={2: {"mutated": ("a",)}}).left_out == ()

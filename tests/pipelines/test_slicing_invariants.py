"""Random notebooks: whatever was executed, the slice gives the same value in a fresh namespace."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.capture.random_state import restore
from ipymlops.capture.recorder import Recorder
from ipymlops.pipelines.slicing import slice_journal

# $l and $m are lists, $a and $b arrays, $d a dictionary, $n a number.
STATEMENTS = [
    "$l = [$n, 2]",
    "$l = $m",
    "$l.append($n)",
    "$l = [$m, [$n]]",
    "$l = list($m)",
    "$l = sorted($m, key=str)",
    "$l = $m[0] if isinstance($m[0], list) else $m",
    "$l, $m = $m, $l",
    "$l, *rest = [$m, [$n], 3]",
    "for q in $l:\n    if isinstance(q, list):\n        q.append($n)",
    "if len($l) > 2:\n    $m = $l\nelse:\n    $m.append($n)",
    "$l = [q for q in $m if isinstance(q, list)] + [$n]",
    "$d = {'k': $l, 'n': $n}",
    "$d['k'] = $l",
    "$l = $d['k']",
    "$d['k'].append($n)",
    "$d.update(k=$l)",
    "$l = $d.get('k')",
    "$d = dict($d)",
    "for key, item in $d.items():\n    if isinstance(item, list):\n        item.append($n)",
    "$a = np.arange(6.0)",
    "$a = $b[:4]",
    "$a = $b.reshape(-1)",
    "$a = $b.copy()",
    "$a[0] = $n",
    "$a = $b + $n",
    "$a += 1",
    "np.add($a, 1, out=$a)",
    "$l.append(float($a[0]))",
    "N = $n",
    "def f(x):\n    x.append(N)\n    return x",
    "def f(x):\n    return [x, N]",
    "$l = f($m)",
    "f($l)",
    "def g():\n    $l.append(N)",
    "def g():\n    global N\n    N = N + $n",
    "g()",
    "h = lambda x: g() or x",
    "$l = list(map(h, $m))",
    "box = Box($l)",
    "box.items.append($n)",
    "$l = box.items",
    "box.put($n)",
    "box = Box(box.items)",
    "other = box\nother.put($n)",
    "np.random.seed($n)",
    "$a[1] = np.random.rand()",
    "np.random.rand(2)",
    "$l.append(random.random())",
    "print($l)",
    "len($l)",
    "it = iter($l)",
    "$l = [next(it, $n), next(it, $n)]",
    "try:\n    $l.append($n)\n    $l.no_such_method()\nexcept AttributeError:\n    $m.append($n)",
    "$l = $m if $n > 4 else [$n]",
    "$l += [$n]",
    "del $l[:1]\n$l.append($n)",
]
START = """import random
import numpy as np
class Box:
    def __init__(self, items):
        self.items = items
    def put(self, n):
        self.items.append(n + N)
N = 1
l0, l1, l2 = [1], [2, 3], [[4], 5]
a0, a1 = np.zeros(5), np.ones(6)
d0, d1 = {'k': [6], 'n': 1}, {'k': [7]}
def f(x): return x
def g(): return None
h = lambda x: x
box = Box([8])
it = iter([9, 9])
"""
TARGETS = ["l0", "l1", "l2", "a0", "a1", "d0", "d1", "box.items", "N"]


@st.composite
def statements(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(STATEMENTS))
    lists = draw(st.permutations(["l0", "l1", "l2"]))
    arrays = draw(st.permutations(["a0", "a1"]))
    number = str(draw(st.integers(0, 9)))
    choices = {"$l": lists[0], "$m": lists[1], "$a": arrays[0], "$b": arrays[1], "$n": number}
    for mark, value in choices.items():
        text = text.replace(mark, value)
    return text.replace("$d", draw(st.sampled_from(["d0", "d1"])))


def run(cells: list[str], *, evidence: bool) -> tuple[dict[str, Any], Journal]:
    """Execute the cells; one that raises is taken back, so that every journal is of cells that worked."""
    namespace: dict[str, Any] = {"print": lambda *_: None}
    recorder = Recorder(namespace, folder=".", notebook=None)
    done: list[tuple[int, str]] = []
    for number, source in enumerate(cells, start=1):
        if not _works(done, source):
            continue
        if evidence:
            recorder.before(source, number, None)
        exec(source, namespace)
        done.append((number, source))
        if evidence:
            recorder.after(True, None)
    if evidence:
        return namespace, recorder.journal()
    return namespace, Journal(tuple(CellRun(n, s, evidence=False) for n, s in done))


def _works(done: list[tuple[int, str]], source: str) -> bool:
    states = np.random.get_state(), random.getstate()
    namespace: dict[str, Any] = {"print": lambda *_: None}
    try:
        for _, text in done:
            exec(text, namespace)
        exec(source, namespace)
    except Exception:
        return False
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])
    return True


def replayed(journal: Journal, target: str) -> Any:
    cut = slice_journal(journal, (target,))
    runs = {r.execution: r for r in journal}
    namespace: dict[str, Any] = {"print": lambda *_: None}
    seen: set[int] = set()
    np.random.seed(4321)
    random.seed(4321)
    for kept in cut.kept:
        execution = kept.statement.execution
        states = runs[execution].random_before
        if execution in cut.unseeded and execution not in seen and states is not None:
            restore(states, cut.unseeded[execution])
        seen.add(execution)
        exec(kept.statement.source, namespace)
    return eval(target, namespace)


@pytest.mark.parametrize("evidence", [True, False])
@settings(max_examples=60)
@given(data=st.data())
def test_any_slice_of_any_notebook_gives_the_same_value(evidence: bool, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(statements(), min_size=1, max_size=14))
    cells = [START, *(c for c in drawn if evidence or "random" not in c)]
    namespace, journal = run(cells, evidence=evidence)
    target = data.draw(st.sampled_from(TARGETS))
    expected = copy.deepcopy(eval(target, namespace))
    np.testing.assert_equal(replayed(journal, target), expected)

"""What a cell did to the namespace, as far as it could have done it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ipymlops.capture import fingerprints
from ipymlops.capture import watch as watching
from ipymlops.capture.watch import Changes, Watch


class Session:
    """Cells run one after the other under a watch."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "np": np, "pd": pd}
        self.watch = Watch(self.namespace, {"quiet"})

    def run(self, source: str) -> Changes:
        self.watch.begin(source)
        exec(compile(source, "<cell>", "exec"), self.namespace)
        return self.watch.end(source)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    """With all the time it wants: how much a busy machine leaves of a budget is no matter of these rules."""
    monkeypatch.setattr(watching, "BEFORE", 60.0)
    monkeypatch.setattr(watching, "AFTER", 60.0)
    return Session()


# cells -> what the last of them mutated
REACHED = {
    "a name in the cell": (["a = [1]", "a.append(2)"], {"a"}),
    "an alias of it": (["a = [1]; b = a", "a.append(2)"], {"a", "b"}),
    "a view of it": (["a = np.zeros(3); v = a[:2]", "v[0] = 1"], {"a", "v"}),
    "what a list holds": (["a = [1]", "d = {'k': a}", "d['k'].append(2)"], {"a", "d"}),
    "what an attribute holds": (
        ["class C: pass", "a = [1]; c = C(); c.inner = a", "c.inner.append(2)"],
        {"a", "c"},
    ),
    "through a function": (["a = [1]\ndef f():\n    a.append(2)", "f()"], {"a"}),
    "through a function's function": (
        ["a = [1]\ndef f():\n    a.append(2)\ndef g():\n    f()", "g()"],
        {"a"},
    ),
    "through a function in a function": (
        ["a = [1]\ndef f():\n    def inner():\n        a.append(2)\n    inner()", "f()"],
        {"a"},
    ),
    "through a method": (["a = [1]\nclass C:\n    def go(self):\n        a.append(2)", "c = C()", "c.go()"], {"a"}),
    "by its name in a text": (["a = [1]", "exec('a.append(2)')"], {"a"}),
    "by a name that is made": (["a = [1]", "globals()['a'].append(2)"], {"a"}),
    "a column": (["df = pd.DataFrame({'x': [1.0, 2.0]})", "df['y'] = 1"], {"df"}),
    "a fitted model": (
        ["from sklearn.linear_model import LinearRegression\nm = LinearRegression()", "m.fit([[1], [2]], [1, 2])"],
        {"m"},
    ),
    "nothing": (["a = [1]; b = [2]", "len(a)"], set()),
    "another object is no mutation": (["a = [1]", "a = [2]"], set()),
}


@pytest.mark.parametrize(("cells", "mutated"), REACHED.values(), ids=REACHED)
def test_what_a_cell_changes_is_seen_as_far_as_it_reaches(
    session: Session, cells: list[str], mutated: set[str]
) -> None:
    for cell in cells[:-1]:
        session.run(cell)
    assert set(session.run(cells[-1]).mutated) == mutated


def test_names_bound_and_deleted(session: Session) -> None:
    first = session.run("a = [1]; gone = 2; quiet = 3; _hidden = 4")
    assert set(first.rebound) == {"a", "gone"}
    second = session.run("del gone; a = [2]; b = 3")
    assert (set(second.rebound), second.deleted) == ({"a", "b"}, ("gone",))


def test_aliases_are_names_of_one_object_one_memory_or_a_container_and_its_content(session: Session) -> None:
    scaler, model = StandardScaler(), LogisticRegression()
    session.namespace |= {"scaler": scaler, "model": model, "pipe": make_pipeline(scaler, model)}
    found = session.run(
        "array = np.zeros((4, 2)); view = array[:, 0]\ntable = pd.DataFrame({'a': [1]}); work = table\n"
        "copy = table.copy(); models = {'m': model}; one = 1; uno = 1"
    )
    assert set(found.aliases) == {("array", "view"), ("table", "work"), ("model", "models")}


def test_an_alias_is_forgotten_with_its_name(session: Session) -> None:
    assert session.run("a = [1]; b = a").aliases == (("a", "b"),)
    assert session.run("b = [2]").aliases == ()
    assert set(session.run("a.append(3); len(b)").mutated) == {"a"}
    session.run("d = [a]")
    session.run("del d")
    assert session.run("a.append(4)").aliases == ()


def test_what_was_shared_before_the_watch_began_is_known() -> None:
    inner: list[int] = [1]
    watch = Watch({"__name__": "__main__", "inner": inner, "outer": {"k": inner}}, set())
    watch.begin("outer['k'].append(2)")
    inner.append(2)
    assert set(watch.end("outer['k'].append(2)").mutated) == {"inner", "outer"}


def test_names_of_ipython_do_not_count(session: Session) -> None:
    changes = session.run("_i = 'text'; quiet = 1; loud = [1]")
    assert changes.rebound == ("loud",)
    assert session.run("exec('_i = 2; quiet = 2'); del loud").deleted == ("loud",)


def test_a_cell_says_only_what_concerns_it(session: Session) -> None:
    session.run("a = [1]; b = a")
    assert session.run("c = 1").aliases == ()
    assert session.run("len(a)").aliases == (("a", "b"),)


def test_a_look_at_a_copy_does_not_count(session: Session) -> None:
    session.run("a = [1]")
    session.watch.begin("a.append(2); b = a")
    exec("a.append(2); b = a", session.namespace)
    early = session.watch.copy().end("a.append(2); b = a")
    assert session.watch.end("a.append(2); b = a") == early
    assert (early.rebound, set(early.mutated)) == (("b",), {"a"})


def test_without_time_there_is_no_evidence_and_no_false_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.run("a = [1]; b = [2]; c = a")
    monkeypatch.setattr(watching, "BEFORE", 0.0)
    session.watch.begin("a.append(2); b.append(3)")
    assert list(session.watch._before) == []
    exec("a.append(2); b.append(3)", session.namespace)
    monkeypatch.setattr(watching, "AFTER", 0.0)
    assert session.watch.end("a.append(2); b.append(3)").mutated == ()


def test_what_a_look_at_all_names_takes_is_not_spent_on_objects(session: Session) -> None:
    session.run("a = [1]")
    session.watch._look_took = 2 * watching.BEFORE
    session.watch.begin("a.append(2)")
    assert session.watch._before == {}
    session.watch._look_took = 0.0
    session.watch.begin("a.append(3)")
    assert list(session.watch._before) == ["a"]


class Counted:
    """A pattern that notes how much text it was given."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.read = pattern, 0

    def findall(self, text: str) -> list[str]:
        self.read += len(text)
        return self.pattern.findall(text)

    def search(self, text: str) -> re.Match[str] | None:
        self.read += len(text)
        return self.pattern.search(text)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    patterns = [Counted(watching._WORD), Counted(watching._MAY_REACH_ANYTHING)]
    monkeypatch.setattr(watching, "_WORD", patterns[0])
    monkeypatch.setattr(watching, "_MAY_REACH_ANYTHING", patterns[1])
    return patterns


def test_of_a_huge_cell_so_much_is_read_and_it_may_reach_anything(session: Session, counted: list[Counted]) -> None:
    session.run("a = [1]; b = [2]")
    before = [pattern.read for pattern in counted]
    changes = session.run(f"text = {'some words ' * 200_000!r}; len(b); a.append(2)")
    assert max(p.read - was for p, was in zip(counted, before, strict=True)) <= watching.MOST_TEXT
    assert changes.mutated == ("a",)


@pytest.mark.parametrize("source", ["n_0.append(1)", "len(globals())", f"text = {'n_0 ' * 50_000!r}"])
def test_when_the_time_is_over_no_object_is_looked_at(
    session: Session, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    session.namespace.update((f"n_{i}", [i]) for i in range(20_000))
    session.run("def reaching():\n    return n_1")
    looked: list[object] = []
    monkeypatch.setattr(fingerprints, "fingerprint", lambda value: looked.append(value) or ())
    monkeypatch.setattr(watching, "_mentioned_by", lambda value, _: looked.append(value) or ())
    monkeypatch.setattr(watching, "held", lambda value: looked.append(value) or [])
    monkeypatch.setattr(watching, "BEFORE", -1.0)
    monkeypatch.setattr(watching, "AFTER", -1.0)
    session.run(source)
    assert looked == []


def test_numbers_take_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose object cannot change is a step like any other."""
    ticks = iter(range(100))
    monkeypatch.setattr(fingerprints, "perf_counter", lambda: next(ticks))
    names = iter([str(n) for n in range(20_000)])
    assert fingerprints.fingerprints({str(n): n for n in range(20_000)}, names, deadline=9) == {}
    assert next(names) == "10"


def test_a_library_that_is_named_in_the_cell_is_not_searched(session: Session) -> None:
    session.run("import json\na = [1]")
    session.watch.begin("json.dumps(3)")
    assert "a" not in session.watch._before

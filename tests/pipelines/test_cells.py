from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.pipelines.cells import read_cell


def sources(source: str, **facts: object) -> list[str]:
    return [p.source for p in read_cell(CellRun(1, source, **facts)).parts]  # type: ignore[arg-type]


TEXTS = [
    ("a = 1\nb = 2", ["a = 1", "b = 2"]),
    ("# why\n# so\na = 1  # here\n\nb = 2", ["# why\n# so\na = 1  # here", "b = 2"]),
    ("# --- load\n\na = 1", ["# --- load\n\na = 1"]),
    ("\n\n# --- load\n\n# all\na = 1\n\n\nb = 2", ["# --- load\n\n# all\na = 1", "b = 2"]),
    ("a = 1\n\n# --- b\n\nb = 2", ["a = 1", "# --- b\n\nb = 2"]),
    ("a = 1\n\n# b = 2\n\n", ["a = 1\n\n# b = 2"]),
    ("a = 1\n# of b\nb = 2", ["a = 1", "# of b\nb = 2"]),
    ("a = 1; b = 2  # two", ["a = 1", "b = 2  # two"]),
    (
        "# both\na = 'é'; b = (1,\n 2); c = 3 # end\n\n# last",
        ["# both\na = 'é'", "b = (1,\n 2)", "c = 3 # end\n\n# last"],
    ),
    ("a = 1;", ["a = 1"]),
    ("a = 1;  # quiet", ["a = 1  # quiet"]),
    ("def f():\n    return 1\n\nf()", ["def f():\n    return 1", "f()"]),
    ("@dec\n# note\ndef f():\n    pass", ["@dec\n# note\ndef f():\n    pass"]),
    ("x = '''a\n  b'''\ny = 1", ["x = '''a\n  b'''", "y = 1"]),
    ("é = 'ü'; b = 2", ["é = 'ü'", "b = 2"]),
    ("x = (1 +\n     2)  # sum", ["x = (1 +\n     2)  # sum"]),
    ("# only a comment", []),
    ("%%time\n# note\nx = 1", ["# note\nx = 1"]),
]


@pytest.mark.parametrize(("source", "parts"), TEXTS)
def test_each_statement_has_its_own_text_and_comments(source: str, parts: list[str]) -> None:
    assert sources(source) == parts


def test_roles_and_lines() -> None:
    cell = read_cell(CellRun(1, "import a\nfrom b import c\n\ndef f(): pass\nclass C: pass\nx = 1"))
    assert [p.role for p in cell.parts] == ["import", "import", "definition", "definition", "statement"]
    assert [p.line for p in cell.parts] == [1, 2, 4, 5, 6]


WRAPPED = "try:\n    {}\nexcept Exception:\n    pass  # it raised in the notebook, too"
FAILED = [
    ("a = 1\nb = 1 / 0\nc = 2", {"failed_line": 2}, ["a = 1", WRAPPED.format("b = 1 / 0")]),
    ("a = 1\nb = (\n  1 / 0)\nc = 2", {"failed_line": 3}, ["a = 1", WRAPPED.format("b = (\n      1 / 0)")]),
    (
        "a = 1\nb = 1; 1 / 0; b = 2  # two",
        {"failed_line": 2},
        ["a = 1", WRAPPED.format("b = 1\n    1 / 0\n    b = 2  # two")],
    ),
    (
        "b = (1,\n 2); import nothing; b = 3\nc = 2",
        {"failed_line": 2},
        [WRAPPED.format("b = (1,\n     2)\n    import nothing\n    b = 3")],
    ),
    ("a = 1\nimport nothing\nc = 2", {"failed_line": 2}, ["a = 1", "import nothing"]),
    ("a = 1\ntake()\nc = 2", {"failed_line": 2, "running": True}, ["a = 1"]),
    (
        "a = 1\nfor i in x:\n    take()\nc = 2",
        {"failed_line": 3, "running": True},
        ["a = 1", "for i in x:\n    take()"],
    ),
    ("a = 1\nreturn 3", {}, []),
    ("a = 1\nreturn 3", {"failed_line": 1}, []),
    ("a = = 1", {}, []),
    ("a = 1", {}, [WRAPPED.format("a = 1")]),
]


@pytest.mark.parametrize(("source", "facts", "parts"), FAILED)
def test_a_cell_that_raised_had_effect_up_to_there(source: str, facts: dict[str, object], parts: list[str]) -> None:
    assert sources(source, succeeded=False, **facts) == parts


TEXTS_THAT_SPAN_LINES = [
    "x = f('''a\nb''')",
    "x = f('a\\\nb')",
    "n = 1\nx = f(f'''{n}\n  b\n''')  # why",
    "x = f(r'''\\d\n''', # first\n  b'''\n''')",
]


@pytest.mark.parametrize("source", TEXTS_THAT_SPAN_LINES)
def test_a_wrapped_statement_keeps_its_texts_and_comments(source: str) -> None:
    parts = sources(source, succeeded=False, failed_line=source.count("\n") + 1)
    expected, found = ({"f": lambda *texts: texts} for _ in range(2))
    exec(source, expected)
    exec("\n".join(parts), found)
    assert found["x"] == expected["x"]
    assert ("#" in source) == any("# why" in part or "# first" in part for part in parts)


def test_a_cell_that_is_no_python_is_named_only_if_it_worked() -> None:
    assert "In [1]" in read_cell(CellRun(1, "x = = 1")).unreadable
    assert read_cell(CellRun(1, "x = = 1", succeeded=False)).unreadable == ""

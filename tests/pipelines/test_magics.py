from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.pipelines.magics import LEFT_OUT, LineScanner, installed, plain

TRANSLATED = [
    ("x = 1", "x = 1"),
    ("%matplotlib inline\nx = 1", "\nx = 1"),
    ("%time x = f(1)", "x = f(1)"),
    ("x = %time f(1)", "x = f(1)"),
    ("%%time\nx = 1", "\nx = 1"),
    ("\n%%capture out\nx = 1", "\n\nx = 1"),
    ("%timeit", ""),
    ("%%debug\nx = 1", "\nx = 1"),
    ("x = f()\n%time y = g(1, \\\n  2)\nz = 1", "x = f()\ny = g(1,   2)\n\nz = 1"),
    ("%mlops register m --name n \\\n   --train X y\nx = 1", "\n\nx = 1"),
    ("x?\n?y\nz.a??\nw = 1", "\n\n\nw = 1"),
    ("if a:\n    %load_ext b\nx = 1", "if a:\n    pass\nx = 1"),
    ("%env KEY=value", "import os; os.environ['KEY'] = 'value'"),
    ("%cd data", "import os; os.chdir('data')"),
    ("a = (7\n% 4)", "a = (7\n% 4)"),
    ("a = 7 \\\n% 4", "a = 7 \\\n% 4"),
    ('a = """\n!ls\n%cd x\n"""', 'a = """\n!ls\n%cd x\n"""'),
    ("a = '%s' % 3", "a = '%s' % 3"),
    ("a = b != c", "a = b != c"),
    ("%%html\n<b>", "\n"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "text"), TRANSLATED)
def test_magics_become_plain_python_line_by_line(source: str, text: str) -> None:
    cell = plain(source)
    assert cell.text == text
    assert cell.left_out == ()
    ast.parse(cell.text)


KEPT_OUT = [
    ("files = !ls *.csv", f"files = {LEFT_OUT}(0)"),
    ("!mkdir data", f"{LEFT_OUT}(0)"),
    ("%run other.py", f"{LEFT_OUT}(0)"),
    ("%%bash\nls", f"{LEFT_OUT}(0)\n"),
    ("%%sql rows <<\nselect 1", f"rows = {LEFT_OUT}(0)\n"),
    ("v = %sql select 1", f"v = {LEFT_OUT}(0)"),
    ("done = %mlops export m", f"done = {LEFT_OUT}(0, changes=False)"),
    ("%%timeit\nx = 1", f"{LEFT_OUT}(0, body='x = 1')\n"),
    ("%%timeit -n 1 -r1 y = -2\n\nf(y)", f"{LEFT_OUT}(0, body='y = -2\\n\\nf(y)')\n\n"),
    ("%timeit -n 3 -qo -x", f"{LEFT_OUT}(0, body='-x')"),
    ("%timeit !ls", f"{LEFT_OUT}(0)"),
    ("t = %timeit -o f(1)", f"t = {LEFT_OUT}(0, body='f(1)')"),
    (",f a b", f"{LEFT_OUT}(0)"),
]


@pytest.mark.parametrize(("source", "text"), KEPT_OUT)
def test_what_only_a_notebook_can_run_is_named(source: str, text: str) -> None:
    cell = plain(source)
    assert cell.text == text
    (words,) = cell.left_out
    assert source.splitlines()[0].split(" <<")[0] in words


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("pip install a b==1.2", ["a", "b==1.2"]),
        ("pip install -q -U 'a>=2'", ["a>=2"]),
        ("pip3 install -r r.txt a", ["-r r.txt", "a"]),
        ("pip install --requirement=r.txt", ["-r r.txt"]),
        ("pip install --extra-index-url https://me:secret@host/simple a", ["a"]),
        ("pip install --index-url=https://me:secret@host/simple a", ["a"]),
        ("pip install 'a[x]' git+https://host/b.git@v1#egg=b", ["a[x]", "git+https://host/b.git@v1#egg=b"]),
        ("pip install 'git+https://host/b.git@v1#egg=b'  # the fork", ["git+https://host/b.git@v1#egg=b"]),
        ("pip install git+https://me:<secret PASSWORD>@host/b.git", ["git+https://me:secret@host/b.git"]),
        ("pip install -e .", ["."]),
        ("python -m pip install a", ["a"]),
        ("conda install -y -c conda-forge a", ["a"]),
        ("uv pip install a", ["a"]),
        ("pip list", None),
        ("ls install", None),
        ("pip install 'open", None),
    ],
)
def test_installed_packages_become_requirements(command: str, wanted: list[str] | None) -> None:
    assert installed(command) == wanted
    assert plain(f"!{command}\nx = 1").requirements == tuple(wanted or ())


@given(st.text(alphabet="ab'\"#\\([{}])%! \n=", max_size=60))
def test_any_text_keeps_its_number_of_lines(source: str) -> None:
    assert plain(source).text.count("\n") <= source.count("\n")
    scanner = LineScanner()
    for line in source.splitlines():
        scanner.feed(line)
    assert scanner.at_start in (True, False)

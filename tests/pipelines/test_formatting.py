"""The formatter changes how a script looks, never what it says."""

from __future__ import annotations

import ast
import stat
from pathlib import Path

import pytest

from ipymlops.pipelines import formatting
from ipymlops.pipelines.formatting import formatted

FORMATTED = {
    "spaces": ("x=f( 1,2 )\n", "x = f(1, 2)\n"),
    "two statements on a line": ("a = 1; b = 2\n", "a = 1\nb = 2\n"),
    "a comment at the end of a line": ("a = 1 # one\n", "a = 1  # one\n"),
    "comments between statements": ("a=1\n# --- features\n\n# two\nb=2\n", "a = 1\n# --- features\n\n# two\nb = 2\n"),
    "blank lines between statements": ("a = 1\n\nb = 2\n", "a = 1\n\nb = 2\n"),
    "quotes as they were typed": ("a = ['x', \"y\"]\n", "a = ['x', \"y\"]\n"),
    "a backslash": ("a = f(1, \\\n   2)\n", "a = f(1, 2)\n"),
    "one item a line stays": ("a = {\n 'x': 1,\n 'y': 2,\n}\n", "a = {\n    'x': 1,\n    'y': 2,\n}\n"),
    "a string of several lines": ("a = '''\n x  \n'''\n", "a = '''\n x  \n'''\n"),
    "a docstring": ('def f():\n  """A  \n      b  \n  c"""\n', 'def f():\n    """A  \n      b  \n  c"""\n'),
    "a docstring of the script": ('"""A  \n  b"""\n', '"""A  \n  b"""\n'),
    "a part that its author switched off": (
        "# fmt: off\nM = [1, 0,\n     0, 1]\n# fmt: on\nb=2\n",
        "# fmt: off\nM = [1, 0,\n     0, 1]\n# fmt: on\nb = 2\n",
    ),
    "a line that its author switched off": ("m = [1,  2]  # fmt: skip\n", "m = [1,  2]  # fmt: skip\n"),
    "parentheses that mean something": ("del (a, b)\n", "del (a, b)\n"),
}


@pytest.mark.parametrize(("before", "after"), FORMATTED.values(), ids=list(FORMATTED))
def test_what_is_formatted(before: str, after: str) -> None:
    result = formatted(before)
    assert (result.text, result.problem) == (after, "")
    assert formatted(after).text == after


def test_a_long_call_gets_lines_of_its_own() -> None:
    text = formatted(f"model = Forest({', '.join(f'parameter_{n}={n}' for n in range(12))})\n").text
    assert max(map(len, text.splitlines())) <= formatting.WIDTH


def test_no_configuration_of_the_machine_has_a_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 20\nformat.quote-style = 'double'\n")
    monkeypatch.chdir(tmp_path)
    text = "value = function('one', 'two', 'three')\n"
    assert formatted(text).text == text


def test_without_a_formatter_the_text_stays_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "program", lambda _: None)
    result = formatted("x=1\n")
    assert result.text == "x=1\n"
    assert result.problem == "the script is not formatted: ruff is not installed here; pip install ruff"


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("cat >/dev/null; echo broken >&2; exit 3", "ruff stopped: broken"),
        ("cat >/dev/null; exit 3", "ruff stopped: exit code 3"),
        ("cat >/dev/null; echo x = 2", "ruff would have changed what it means"),
    ],
)
def test_a_formatter_that_fails_changes_nothing(
    does: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ruff"
    fake.write_text(f"#!/bin/sh\n{does}\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(formatting, "program", lambda _: str(fake))
    result = formatted("x=1\n")
    assert result.text == "x=1\n"
    assert words in result.problem


def test_a_formatter_that_cannot_run_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "program", lambda _: str(tmp_path / "gone"))
    result = formatted("x=1\n")
    assert (result.text, "ruff could not run" in result.problem) == ("x=1\n", True)


def test_a_docstring_keeps_its_value_inside_functions_too() -> None:
    text = 'def f():\n   def g():\n      """A\n\tb  \n  """\n   class C:\n      "x  "\n'
    values = [ast.dump(ast.parse(t)) for t in (text, formatted(text).text)]
    assert values[0] == values[1]

"""Turn a cell as typed in a notebook into plain Python of the same number of lines.

Display and set-up magics become nothing, ``%%time`` keeps its body, ``!pip install x`` becomes a requirement,
and what only a notebook can run (``%%bash``, ``x = !ls``, ``%run``) becomes a call of ``LEFT_OUT`` that the
slice reports in words if it turns out to need it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from ipymlops.pipelines.secrets import MARK

# The call that stands where a line cannot leave the notebook; its argument is the position in ``left_out``. With
# ``changes=False`` it is known to change nothing; ``body=...`` is all the Python that it runs, in names of its own;
# ``within=True`` says that it stands in a block, which can leave the notebook without it.
LEFT_OUT = "__only_in_the_notebook__"

# Cell magics whose body is ordinary Python, run in the notebook's own namespace.
BODY_KEPT = frozenset({"time", "capture", "prun", "memit", "mprun", "lprun", "scalene", "mlops", "debug"})
# Cell magics whose body is text.
BODY_SHOWN = frozenset({"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"})
# Line magics that run a Python statement.
STATEMENT_KEPT = frozenset({"time", "prun", "memit"})
# Line magics that bring names or files from elsewhere.
BRINGS_NAMES = frozenset({"run", "load", "loadpy", "store", "macro", "sql", "edit", "paste", "cpaste", "pylab", "px"})
INSTALLERS = frozenset({"pip", "conda", "mamba", "uv"})
# Options of the installers whose next word is no requirement, and those whose next word is a file of requirements.
_OPTIONS = """
    -c --constraint -i --index-url --extra-index-url -f --find-links --trusted-host --proxy --timeout --retries
    -t --target --prefix --root --src --python --python-version --platform --upgrade-strategy --progress-bar
    -n --name -p --channel --index --default-index
"""
TAKE_A_VALUE = frozenset(_OPTIONS.split())
LISTS = frozenset({"-r", "--requirement", "--requirements"})

_CELL_MAGIC = re.compile(r"^\s*%%(\w+)\s*(.*)$")
_LINE_MAGIC = re.compile(r"^(\s*)%([\w.]+)\s*(.*)$")
_SHELL = re.compile(r"^(\s*)(!!?)(.*)$")
_ASSIGNED = re.compile(r"^(\s*)([\w.\[\]'\"]+(?:\s*,\s*\w+)*)\s*=\s*(!|%(?=\w))(.*)$")
_OPTIONS_OF_TIMEIT = re.compile(r"^\s*(?:-(?:[tcqo]+|[nrp]\s*\d+|v\s*\w+)\s+)*(?:-[tcqo]+\s*$|-[nrp]\s*\d+\s*$)?")
_TIMEIT = re.compile(rf"^%timeit\b{_OPTIONS_OF_TIMEIT.pattern[1:]}(?=\S)(.*)$")
_HELP = re.compile(r"^\s*(\?{1,2}[\w.%*]+|%{0,2}[\w.\[\]'\"*]+\?{1,2})\s*$")
_AUTO_CALL = re.compile(r"^(\s*)[,;/](?=\w)")


@dataclass(frozen=True, slots=True)
class PlainCell:
    """A cell without magics. Lines keep their numbers; ``left_out`` says what could not be translated."""

    text: str
    requirements: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def plain(source: str) -> PlainCell:
    """The cell's Python, with magics translated or taken out."""
    lines = source.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return PlainCell("")
    found = _CELL_MAGIC.match(lines[first])
    if found is None:
        return _plain_lines(lines)
    return _plain_cell_magic(found[1], found[2], lines, first)


def _plain_cell_magic(name: str, rest: str, lines: list[str], first: int) -> PlainCell:
    if name in BODY_KEPT:
        inner = plain("\n".join(lines[first + 1 :]))
        return PlainCell("\n" * (first + 1) + inner.text, inner.requirements, inner.left_out)
    if name in BODY_SHOWN:
        return PlainCell("\n" * (len(lines) - 1))
    if name == "timeit":
        words = f"%%timeit {rest}".strip()
        timed = _timed("\n".join([_OPTIONS_OF_TIMEIT.sub("", rest), *lines[first + 1 :]]), 0)
        return PlainCell("\n" * first + timed + "\n" * (len(lines) - first - 1), left_out=(_over_and_over(words),))
    if name in ("writefile", "file") and rest.split():
        return PlainCell(
            "\n" * first + _written_file(rest.split(), lines[first + 1 :]) + "\n" * (len(lines) - first - 1)
        )
    words = f"%%{name} {rest}".strip()
    target = rest.split("<<")[0].split() if "<<" in rest else []
    assigned = f"{target[-1]} = " if target and target[-1].isidentifier() else ""
    text = "\n" * first + f"{assigned}{LEFT_OUT}(0)" + "\n" * (len(lines) - first - 1)
    return PlainCell(text, left_out=(f"`{words}` runs outside Python",))


def _written_file(options: list[str], body: list[str]) -> str:
    """``%%writefile`` as the statement that writes the same file."""
    mode = "a" if options[0] in ("-a", "--append") else "w"
    text = "\n".join(body) + "\n"
    return f"with open({options[-1]!r}, {mode!r}) as _written: _written.write({text!r})"


def _timed(body: str, position: int) -> str:
    """What ``%timeit`` runs, in a function: the names bound in it are lost, and what it changes in place stays."""
    inner = plain(body)
    known = "" if inner.left_out else f", body={inner.text.strip(chr(10))!r}"
    return f"{LEFT_OUT}({position}{known})"


def _over_and_over(words: str) -> str:
    return f"`{words}` runs what it times over and over, which no script repeats"


def _plain_lines(lines: list[str]) -> PlainCell:
    requirements: list[str] = []
    left_out: list[str] = []
    result = list(lines)
    scanner = LineScanner()
    continued = False  # inside a magic that goes on after a backslash
    for number, line in enumerate(lines):
        if continued:
            result[number] = ""
            continued = line.rstrip().endswith("\\")
            continue
        if scanner.at_start and _is_special(line):
            result[number] = _translate(_joined(lines[number:]), requirements, left_out)
            continued = line.rstrip().endswith("\\")
            line = result[number]
        scanner.feed(line)
    return PlainCell("\n".join(result), tuple(requirements), tuple(left_out))


def _joined(lines: list[str]) -> str:
    """The first line with those that follow it after a backslash."""
    last = next((n for n, line in enumerate(lines) if not line.rstrip().endswith("\\")), len(lines) - 1)
    return " ".join([*(line.rstrip()[:-1].rstrip() for line in lines[:last]), lines[last]])


def _is_special(line: str) -> bool:
    return any(p.match(line) for p in (_LINE_MAGIC, _SHELL, _ASSIGNED, _HELP, _AUTO_CALL))


def _translate(line: str, requirements: list[str], left_out: list[str]) -> str:
    assigned = _ASSIGNED.match(line)
    if assigned:
        words = line.strip()
        if assigned[3] == "%" and assigned[4].split(" ")[0] in STATEMENT_KEPT:
            return f"{assigned[1]}{assigned[2]} = {assigned[4].partition(' ')[2]}"
        if assigned[3] == "%" and (timed := _TIMEIT.match(f"%{assigned[4]}")):
            left_out.append(_over_and_over(words))
            return f"{assigned[1]}{assigned[2]} = {_timed(timed[1], len(left_out) - 1)}"
        left_out.append(f"`{words}` asks the notebook or the shell")
        alone = ", changes=False" if assigned[3] == "%" and assigned[4].split(" ")[0] == "mlops" else ""
        return f"{assigned[1]}{assigned[2]} = {LEFT_OUT}({len(left_out) - 1}{alone})"
    if _HELP.match(line):
        return _nothing(line)
    shell = _SHELL.match(line)
    if shell:
        return _shell(line, shell[3], requirements, left_out)
    magic = _LINE_MAGIC.match(line)
    if magic:
        return _line_magic(line, magic, requirements, left_out)
    left_out.append(f"`{line.strip()}` is a call in IPython's short form")
    return f"{_indent(line)}{LEFT_OUT}({len(left_out) - 1})"


def _shell(line: str, command: str, requirements: list[str], left_out: list[str]) -> str:
    wanted = installed(command)
    if wanted is not None:
        requirements.extend(wanted)
        return _nothing(line)
    left_out.append(f"`{line.strip()}` runs in the shell")
    return f"{_indent(line)}{LEFT_OUT}({len(left_out) - 1})"


def _line_magic(line: str, magic: re.Match[str], requirements: list[str], left_out: list[str]) -> str:
    indent, name, rest = magic[1], magic[2], magic[3]
    if name in STATEMENT_KEPT:
        return indent + re.sub(r"^(-\w+(\s+\d+)?\s+)*", "", rest) if rest else _nothing(line)
    if timed := _TIMEIT.match(line.lstrip()):
        left_out.append(_over_and_over(line.strip()))
        call = _timed(timed[1], len(left_out) - 1)
        return f"{indent}{call[:-1]}, within=True)" if indent else call
    if name in INSTALLERS:
        requirements.extend(installed(f"{name} {rest}") or ())
        return _nothing(line)
    if name in ("env", "set_env") and re.match(r"\w+[ =]", rest):
        key, value = re.split(r"[ =]", rest, maxsplit=1)
        return f"{indent}import os; os.environ[{key!r}] = {value.strip()!r}"
    if name == "cd" and rest:
        return f"{indent}import os; os.chdir({rest.strip()!r})"
    if name in BRINGS_NAMES:
        left_out.append(f"`%{name} {rest}`".replace(" `", "`") + " brings names from outside the notebook")
        return f"{indent}{LEFT_OUT}({len(left_out) - 1})"
    return _nothing(line)


def installed(command: str) -> list[str] | None:
    """The requirements of a ``pip install`` command, or None if it is something else."""
    try:
        words = shlex.split(re.split(r"(?:^|\s)#", MARK.sub("secret", command))[0])
    except ValueError:
        return None
    if "install" not in words or not any(w.split("/")[-1].rstrip("3") in INSTALLERS for w in words[:4]):
        return None
    wanted: list[str] = []
    following = iter(words[words.index("install") + 1 :])
    for word in following:
        option, _, value = word.partition("=")
        if option in LISTS:
            wanted.append(f"-r {value or next(following, '')}")
        elif word in TAKE_A_VALUE:
            next(following, None)
        elif not word.startswith("-"):
            wanted.append(word)
    return wanted


def _nothing(line: str) -> str:
    """``pass`` inside a block, an empty line outside."""
    indent = _indent(line)
    return f"{indent}pass" if indent else ""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


class LineScanner:
    """Knows whether the next line starts a new logical line: not inside brackets, strings or after a backslash."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""  # the triple quote we are inside of
        self._continued = False

    @property
    def at_start(self) -> bool:
        return self._depth == 0 and not self._quote and not self._continued

    def feed(self, line: str) -> None:
        self._continued = False
        position = 0
        while position < len(line):
            position = self._inside(line, position) if self._quote else self._outside(line, position)
        if not self._quote and line.rstrip("\n").endswith("\\"):
            self._continued = True

    def _inside(self, line: str, position: int) -> int:
        end = line.find(self._quote, position)
        if end < 0:
            return len(line)
        backslashes = len(line[:end]) - len(line[:end].rstrip("\\"))
        if backslashes % 2:
            return end + 1
        end += len(self._quote)
        self._quote = ""
        return end

    def _outside(self, line: str, position: int) -> int:
        character = line[position]
        if character == "#":
            return len(line)
        if character in "'\"":
            return self._string(line, position)
        if character in "([{":
            self._depth += 1
        elif character in ")]}":
            self._depth = max(0, self._depth - 1)
        return position + 1

    def _string(self, line: str, position: int) -> int:
        quote = line[position]
        if line.startswith(quote * 3, position):
            self._quote = quote * 3
            return position + 3
        position += 1
        while position < len(line) and line[position] != quote:
            position += 2 if line[position] == "\\" else 1
        return position + 1

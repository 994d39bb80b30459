"""From a line or a list of words to a verb and its arguments. Errors are MlopsErrors, never SystemExit."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ipymlops.apps.commands.table import VERBS, Verb
from ipymlops.errors import BadInput, UnknownName

PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Request:
    """A verb and what it was given, and the program that was asked: ``%mlops`` or ``ipymlops``."""

    verb: Verb
    arguments: argparse.Namespace
    prog: str


def split(line: str) -> list[str]:
    """The words of a magic's line.

    Spaces inside quotes or brackets do not split, so ``df[df.age > 30]`` is one word. Quotes around a whole
    word are taken off; quotes inside an expression are part of it. ``# ...`` at the end is a comment, and a
    final ``;`` is IPython's.
    """
    words, word, quote, closing, started = [], "", "", "", False
    for character in line.strip().removesuffix(";"):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (closing or not word or word.endswith("=")):
            quote = character
        elif character in PAIRS:
            closing = PAIRS[character] + closing
        elif closing and character == closing[0]:
            closing = closing[1:]
        elif character.isspace() and not closing:
            words += [word] if started else []
            word, started = "", False
            continue
        elif character == "#" and not word:
            break
        word, started = word + character, True
    if quote or closing:
        raise BadInput(f"Found an open {quote or _opening(closing[0])} in {line.strip()!r}", expected="its other half")
    return [_unquoted(w) for w in (*words, *([word] if started else []))]


def parse(words: Sequence[str], prog: str) -> Request | None:
    """The request that ``words`` make; None where they asked for help, which is then printed."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview(prog))
        return None
    verb = VERBS.get(words[0])
    if verb is None:
        raise UnknownName.of("verb", words[0], VERBS, next_step=f"see all with {prog} --help")
    parser = parser_of(verb, prog)
    if any(word in ("-h", "--help") for word in words[1:]):
        print(parser.format_help())
        return None
    return Request(verb, parser.read(words[1:]), prog)


def overview(prog: str) -> str:
    """All verbs with their help lines."""
    width = max(map(len, VERBS))
    lines = [f"  {verb.name:<{width}}  {verb.help}" for verb in VERBS.values()]
    return "\n".join(
        [f"usage: {prog} VERB MODEL[@REF] [--options]", "", "REF is a version number or an alias.", "", "verbs:"]
        + lines
        + ["", f"{prog} VERB --help tells more; {prog} VERB ... --project PATH works in another project."]
    )


def parser_of(verb: Verb, prog: str) -> CommandParser:
    """The parser of one verb: its own arguments and those that all verbs have."""
    command = verb.command
    parser = CommandParser(f"{prog} {verb.name}", _sentence(verb.help), _examples(command, prog))
    command.add_arguments(parser)
    shared = parser.add_argument_group("all verbs")
    shared.add_argument("--project", metavar="PATH", help="the project's own folder (default: found upward from here)")
    shared.add_argument("--json", action="store_true", help="answer with plain values instead of a view")
    if verb.report:
        shared.add_argument("--html", metavar="FILE", help="also write the answer as a page that stands alone")
    parser.shorten_usage()
    return parser


class CommandParser(argparse.ArgumentParser):
    """argparse with our errors: one line, what was expected, did you mean."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._optionals.title = "options"
        self.pairs: set[str] = set()  # options of two words, of which the second may be left to the verb to ask for

    @property
    def options(self) -> tuple[str, ...]:
        """The long options, as completion offers them."""
        return tuple(o for o in self._option_string_actions if o.startswith("--"))

    def shorten_usage(self) -> None:
        """Say the command as the grammar does: the model, what must be given, and that there is more."""
        positional = [str(action.metavar) for action in self._actions if not action.option_strings]
        required = [f"{a.option_strings[0]} {a.metavar}" for a in self._actions if a.option_strings and a.required]
        # argparse formats a usage with %, and our magic is called %mlops
        self.usage = " ".join([self.prog, *positional, *required, "[--options]"]).replace("%", "%%")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The arguments in ``words``; an option that does not exist is told before anything that is missing."""
        given = [w.partition("=")[0] for w in words if w[:1] == "-" and w[1:] and " " not in w and not _is_number(w)]
        for option in given:
            self._check_option(option)
        self._refuse_twice(given)
        arguments, extra = self.parse_known_args(self._paired(words))
        if extra:
            self.error(f"{extra[0]!r} is one word too many (an expression with spaces goes in quotes)")
        return arguments

    def _paired(self, words: Sequence[str]) -> list[str]:
        """The words, with an empty one where an option of two has only the first."""
        paired: list[str] = []
        for number, word in enumerate(words):
            paired.append(word)
            alone = word[:1] != "-" and (number + 1 == len(words) or words[number + 1][:1] == "-")
            if alone and number and words[number - 1] in self.pairs:
                paired.append("")
        return paired

    def _check_option(self, option: str) -> None:
        known = self._option_string_actions
        if option not in known and option[:2] not in known:
            raise UnknownName.of("option", option, self.options, next_step=f"see {self.prog} --help")

    def _refuse_twice(self, given: Sequence[str]) -> None:
        """An option given again would replace what it said before."""
        known = self._option_string_actions
        said = [known.get(option) or known[option[:2]] for option in given]
        for action in said:
            if said.count(action) > 1 and action.nargs != 0 and not isinstance(action, argparse._AppendAction):
                several = action.nargs == "+"
                raise BadInput(
                    f"Found {action.option_strings[-1]} {said.count(action)} times",
                    expected=f"it once{', with all its words: ' if several else ''}"
                    + (f"{action.option_strings[-1]} {action.metavar}" if several else ""),
                )

    def error(self, message: str) -> NoReturn:
        usage = " ".join(self.format_usage().removeprefix("usage: ").split())
        raise BadInput(message[:1].upper() + message[1:], expected=usage, next_step=f"see {self.prog} --help")


def one_of(kind: str, choices: Sequence[str]) -> Callable[[str], str]:
    """An argument's type: one of a few words, with a "did you mean"."""

    def check(text: str) -> str:
        if text not in choices:
            raise UnknownName.of(kind, text, choices)
        return text

    return check


def add_ref(parser: argparse.ArgumentParser, name: str = "ref", metavar: str = "MODEL[@REF]") -> None:
    """The version a command is about."""
    parser.add_argument(name, metavar=metavar, help="a model, at a version number or alias (default: champion, newest)")


def add_positive(parser: argparse.ArgumentParser) -> None:
    """Which class of two a false positive is taken for."""
    parser.add_argument(
        "--positive", metavar="CLASS", help="the class that is flagged, of a model of two (default: its second)"
    )


def add_pair(parser: argparse.ArgumentParser, option: str, metavar: tuple[str, str], help: str) -> None:
    """An option of two words. With the first alone, the second is empty: the verb says what it may be."""
    if isinstance(parser, CommandParser):
        parser.pairs.add(option)
    parser.add_argument(option, nargs=2, metavar=metavar, help=help)


def add_allow_pickle(parser: argparse.ArgumentParser) -> None:
    """The word that a pickle is loaded by."""
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load a model that is stored as a pickle, which runs whatever is in it; at tier high never",
    )


def add_why(parser: argparse.ArgumentParser) -> None:
    """The reason that history keeps."""
    parser.add_argument("-m", "--message", metavar="WHY", default="", help="why; history keeps it")


def _examples(command: object, prog: str) -> str:
    lines = [f"  {prog} {example}" for example in getattr(command, "EXAMPLES", ())]
    return "\n".join(["examples:", *lines]) if lines else ""


def _unquoted(word: str) -> str:
    option, equals, value = word.partition("=")
    if word.startswith("--") and equals and _is_quoted(value):
        return f"{option}={value[1:-1]}"
    return word[1:-1] if _is_quoted(word) else word


def _is_quoted(word: str) -> bool:
    return len(word) > 1 and word[0] in "\"'" and word[0] == word[-1] and word[0] not in word[1:-1]


def _opening(closing: str) -> str:
    return next(opening for opening, other in PAIRS.items() if other == closing)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."

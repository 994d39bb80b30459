"""Tab after ``%mlops``: verbs, options, models, versions after ``@``, and data of the notebook by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from ipymlops.apps.commands.parsing import parser_of
from ipymlops.apps.commands.resolve import visible_names
from ipymlops.apps.commands.table import VERBS, Verb
from ipymlops.apps.notebook.hooks import start_folder
from ipymlops.errors import MlopsError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ipymlops.project import Project

LINE = re.compile(r"^\s*(?:[\w.,\s]+=\s*)?%{1,2}mlops(?P<rest>\s.*)$")
# Attributes by which a table, a column or a model is known without importing its library.
DATA = ("shape", "__dataframe__", "to_numpy")
MODELS = ("predict", "fit")
MATCHER = "ipymlops.mlops_matcher"


def register(shell: InteractiveShell) -> None:
    """Add our matcher to the shell's completer."""
    shell.Completer.custom_matchers.append(matcher_for(shell))


def unregister(shell: InteractiveShell) -> None:
    """Take it away again."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != MATCHER]


def matcher_for(shell: InteractiveShell) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """What IPython asks at each Tab."""

    @context_matcher(identifier=MATCHER)  # type: ignore[untyped-decorator]
    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        found = LINE.match(context.text_until_cursor)
        if found is None:
            return {"completions": []}
        return _result(found["rest"], shell)

    return matcher  # type: ignore[no-any-return]


def _result(rest: str, shell: InteractiveShell) -> SimpleMatcherResult:
    words = rest.split()
    typed = "" if rest[-1].isspace() else words.pop()
    matches = [word for word in candidates(words, typed, shell) if word.startswith(typed)]
    return {
        "completions": [SimpleCompletion(word, type="mlops") for word in matches],
        "matched_fragment": typed,
        "suppress": bool(matches),
        "ordered": True,
    }


def candidates(words: list[str], typed: str, shell: InteractiveShell) -> Iterable[str]:
    """What can stand after ``words``, given how the next one begins."""
    if not words:
        return VERBS
    verb = VERBS.get(words[0])
    if verb is None:
        return ()
    if typed.startswith("-"):
        return parser_of(verb, "%mlops").options
    return _values(verb, words[1:], typed, shell)


def _values(verb: Verb, words: list[str], typed: str, shell: InteractiveShell) -> Iterable[str]:
    option = next((word for word in reversed(words) if word.startswith("-")), None)
    if option in ("--data", "--against", "--train", "--test"):
        return (*_names_with(shell, DATA), *_options_left(verb, words))
    if option == "--risk" and words[-1] == option:
        return ("low", "medium", "high")
    if option is not None or words or verb.about == "project":
        more = _refs(shell, typed) if verb.name == "compare" and option is None else ()
        return (*more, *_options_left(verb, words))
    if verb.about == "folder":
        return ()  # IPython completes paths
    return _names_with(shell, MODELS) if verb.about == "estimator" else _refs(shell, typed)


def _options_left(verb: Verb, words: list[str]) -> tuple[str, ...]:
    return tuple(option for option in parser_of(verb, "%mlops").options if option not in (*words, "--help"))


def _names_with(shell: InteractiveShell, attributes: tuple[str, ...]) -> list[str]:
    names = visible_names(shell.user_ns, tuple(shell.user_ns_hidden))
    return [name for name in names if _has_any(shell.user_ns[name], attributes)]


def _has_any(value: Any, attributes: tuple[str, ...]) -> bool:
    kind = type(value)
    return kind is not type and any(hasattr(kind, attribute) for attribute in attributes)


def _refs(shell: InteractiveShell, typed: str) -> list[str]:
    from ipymlops.project import Project

    try:
        project = Project.open(start_folder(shell), create=False)
        return _versions(project, typed.partition("@")[0]) if "@" in typed else list(project.registry.names())
    except MlopsError:
        return []  # no project yet, or none that can be read: nothing to offer


def _versions(project: Project, model: str) -> list[str]:
    aliases = sorted(project.registry.aliases(model))
    numbers = [str(version.number) for version in reversed(project.registry.versions(model))]
    return [f"{model}@{at}" for at in (*aliases, *numbers)]

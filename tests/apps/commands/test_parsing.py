"""Lines into words, words into requests, and every way to mistype."""

from __future__ import annotations

import pytest

from ipymlops.apps.commands import parsing
from ipymlops.apps.commands.table import VERBS
from ipymlops.errors import BadInput, MlopsError, UnknownName

SPLITS = {
    "": [],
    "   ": [],
    "models": ["models"],
    "models;": ["models"],
    "drift credit-risk --data  df": ["drift", "credit-risk", "--data", "df"],
    "drift c --data df[df.age > 30]": ["drift", "c", "--data", "df[df.age > 30]"],
    "drift c --data df[df['home owner'] == \"yes\"]": ["drift", "c", "--data", "df[df['home owner'] == \"yes\"]"],
    'drift c --data "df.head( 3 )"': ["drift", "c", "--data", "df.head( 3 )"],
    "drift c --data='my file.csv'": ["drift", "c", "--data=my file.csv"],
    "promote c -m 'because it is better'": ["promote", "c", "-m", "because it is better"],
    'promote c -m "it\'s better"': ["promote", "c", "-m", "it's better"],
    "promote c -m don't": ["promote", "c", "-m", "don't"],
    "promote c -m ''": ["promote", "c", "-m", ""],
    "drift c --data make(')', [1, 2])": ["drift", "c", "--data", "make(')', [1, 2])"],
    "models  # all of them": ["models"],
    "show c#1": ["show", "c#1"],
}


@pytest.mark.parametrize(("line", "words"), SPLITS.items())
def test_a_line_splits_as_a_person_reads_it(line: str, words: list[str]) -> None:
    assert parsing.split(line) == words


@pytest.mark.parametrize(
    ("line", "half"), [("drift c --data df[1", "'['"), ("promote c -m 'why", "'"), ("x (", "'('"), ("show df[(]", "(")]
)
def test_an_open_half_is_named(line: str, half: str) -> None:
    with pytest.raises(BadInput, match="its other half") as caught:
        parsing.split(line)
    assert half.strip("'") in caught.value.found


def test_arguments_of_a_whole_line() -> None:
    line = "register model --name credit-risk --train X_train y_train --test X_test y_test --risk medium -m 'first one'"
    request = parsing.parse(parsing.split(line), "%mlops")
    assert request is not None
    given = vars(request.arguments)
    assert request.verb.name == "register"
    assert (given["model"], given["name"], given["risk"]) == ("model", "credit-risk", "medium")
    assert given["train"] == ["X_train", "y_train"]
    assert given["test"] == ["X_test", "y_test"]
    assert given["message"] == "first one"
    assert given["json"] is False
    assert given["project"] is None


MISTYPED = [
    ("regster model", UnknownName, "did you mean 'register'?"),
    ("modles", UnknownName, "did you mean 'models'?"),
    ("fly", UnknownName, "No verb is called 'fly'"),
    ("drift c --dat df", UnknownName, "did you mean '--data'?"),
    ("drift --dta=df c", UnknownName, "did you mean '--data'?"),
    ("register m --nmae c", UnknownName, "did you mean '--name'?"),
    ("models -x", UnknownName, "No option is called '-x'"),
    ("models --html x.html", UnknownName, "No option is called '--html'"),
    ("register m --risk medum", UnknownName, "did you mean 'medium'?"),
    ("drift", BadInput, "Expected: %mlops drift MODEL[@REF] --data TABLE [--options]"),
    ("drift c", BadInput, "--data TABLE"),
    ("register m --test X", BadInput, "expected 2 arguments"),
    ("show a b", BadInput, "'b' is one word too many"),
    ("evaluate c --cost fp=1 --cost fn=5", BadInput, r"Found --cost 2 times. Expected: it once, with all its words: "),
    ("promote c -m why --message again", BadInput, "Found --message 2 times. Expected: it once"),
    ("evaluate c --level high", BadInput, "invalid float value: 'high'"),
]


@pytest.mark.parametrize(("line", "kind", "words"), MISTYPED)
def test_what_is_mistyped_is_said_in_one_line(line: str, kind: type[MlopsError], words: str) -> None:
    with pytest.raises(MlopsError) as caught:
        parsing.parse(parsing.split(line), "%mlops")
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_without_a_verb_all_verbs_are_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert parsing.parse(words, "%mlops") is None
    told = capsys.readouterr().out
    assert all(f"  {verb} " in told for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_tells_its_options_and_an_example_that_parses(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parsing.parse([verb, "anything", "--help"], "ipymlops") is None
    told = capsys.readouterr().out
    assert f"usage: ipymlops {verb}" in told
    assert "--project" in told
    for example in VERBS[verb].command.EXAMPLES:
        assert f"ipymlops {example}" in told
        request = parsing.parse(parsing.split(example), "ipymlops")
        assert request is not None
        assert request.verb.name == verb


@pytest.mark.parametrize("number", ["-1", "-0.5", "-1e3"])
def test_a_negative_number_is_not_an_option(number: str) -> None:
    with pytest.raises(BadInput, match=r"too many|expected"):
        parsing.parse(["models", number], "%mlops")

"""Passwords are taken out of the cells that are stored, and nothing else is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.secrets import redacted


def stored(*sources: str) -> list[str]:
    journal = Journal(tuple(CellRun(n, source) for n, source in enumerate(sources, 1)))
    return [cell.source for cell in redacted(journal)[0]]


TAKEN_OUT = {
    "an address": (
        "e = create_engine('postgresql://ada:hunter2@db.host:5432/warehouse')",
        "e = create_engine('postgresql://ada:<secret PASSWORD>@db.host:5432/warehouse')",
    ),
    "an address of a file": ("u = 'https://ada:hunter2@h/x.csv'", "u = 'https://ada:<secret PASSWORD>@h/x.csv'"),
    "a name": ('password = "hunter2"', 'password = "<secret PASSWORD>"'),
    "a longer name": ("DB_PASSWORD='hunter2'", "DB_PASSWORD='<secret DB_PASSWORD>'"),
    "a type": ("pwd: str = 'hunter2'", "pwd: str = '<secret PWD>'"),
    "a keyword": ("c = connect(host='h', password='hunter2')", "c = connect(host='h', password='<secret PASSWORD>')"),
    "a default": ("def f(api_key='hunter2', b=1): pass", "def f(api_key='<secret API_KEY>', b=1): pass"),
    "a key": ("d = {'api_key': 'hunter2', 'a': 1}", "d = {'api_key': '<secret API_KEY>', 'a': 1}"),
    "an attribute": ("settings.secret = 'hunter2'", "settings.secret = '<secret SECRET>'"),
    "an environment variable": (
        "os.environ['AWS_SECRET_ACCESS_KEY'] = 'hunter2'",
        "os.environ['AWS_SECRET_ACCESS_KEY'] = '<secret AWS_SECRET_ACCESS_KEY>'",
    ),
    "%env": ("%env DB_PASSWORD=hunter2\nx = 1", "%env DB_PASSWORD=<secret DB_PASSWORD>\nx = 1"),
    "%sql": ("%sql postgresql://ada:hunter2@h/db", "%sql postgresql://ada:<secret PASSWORD>@h/db"),
    "an escaped quote": (r"password = 'hun\'ter2' + 'b'", "password = '<secret PASSWORD>' + 'b'"),
    "several lines": ('private_key = """a\nb"""\nx = 1', 'private_key = """<secret PRIVATE_KEY>\n"""\nx = 1'),
    "a cell that is no Python": ("password = 'hunter2'\nx =", "password = '<secret PASSWORD>'\nx ="),
}


@pytest.mark.parametrize(("typed", "kept"), TAKEN_OUT.values(), ids=TAKEN_OUT)
def test_a_password_is_taken_out(typed: str, kept: str) -> None:
    assert stored(typed) == [kept]
    assert stored(kept) == [kept]
    assert len(kept.splitlines()) == len(typed.splitlines())


NO_SECRETS = [
    "v = TfidfVectorizer(token_pattern=r'\\w+')", "u = 'https://h/x:y@z'", "password = ''", "password = getpass()",
    "if password == 'x': pass", "cols = ['password', 'b']", "X = df.drop(columns='password')", "password_column = 'x'",
    "password = f'{x}'", "u = f'postgresql://{user}:{os.environ[\"P\"]}@h/db'", "tokens = 'a b'", "passwords = ['a']",
]  # fmt: skip


@pytest.mark.parametrize("source", NO_SECRETS)
def test_what_is_no_password_stays(source: str) -> None:
    assert stored(source) == [source]


def test_a_variable_that_an_address_is_made_of_is_a_password_by_any_name() -> None:
    assert stored("x = 'hunter2'", "url = f'postgresql://ada:{x}@h/db'") == [
        "x = '<secret X>'", "url = f'postgresql://ada:{x}@h/db'",
    ]  # fmt: skip
    assert stored("x = 'hunter2'") == ["x = 'hunter2'"]  # near miss: no address is made of it


def test_two_passwords_of_one_name_are_two_variables() -> None:
    assert stored("a(password='one')", "b(password='two')", "c(password='one')") == [
        "a(password='<secret PASSWORD>')", "b(password='<secret PASSWORD_2>')", "c(password='<secret PASSWORD>')",
    ]  # fmt: skip


def test_the_places_are_told_and_nothing_is_where_there_is_none() -> None:
    journal = Journal((CellRun(1, "x = 1"), CellRun(2, "password = 'a'"), CellRun(7, "f(pwd='b')")))
    assert redacted(journal)[1] == (
        "In [2], In [7] hold a password: it is not stored, and a pipeline asks the environment for it",
    )
    plain = Journal((CellRun(1, "x = 1"),))
    assert redacted(plain) == (plain, ())


@given(
    st.text(alphabet=st.characters(blacklist_characters="\n\r\\'\"<{", blacklist_categories=("Cs", "Cc")), min_size=1)
)
def test_whatever_the_password_is_it_does_not_stay(secret: str) -> None:
    typed = f"password = '{secret}'"
    ast.parse(typed)
    assert stored(typed) == ["password = '<secret PASSWORD>'"]

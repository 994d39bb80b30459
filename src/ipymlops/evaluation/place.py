"""How a stored version stood when it was asked, and in which form: what the advice on what to do next depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A version among those of its line."""

    champion: bool = False
    refused_by: tuple[str, ...] = ()  # codes of the gates that refused it, where nothing has changed since


@dataclass(frozen=True, slots=True)
class GivenLabels:
    """How the user gave the true answers of rows."""

    words: str  # a column of the table, or an expression; empty where neither was said
    in_table: bool = False  # whether they were a column of the table


def asked_again(data: str, given: GivenLabels | None, between: str = " ") -> str:
    """``X_test y_test`` for other rows, in the form in which labels were given before.

    >>> asked_again("test", None), asked_again("test", GivenLabels("paid back", in_table=True))
    ('X_test y_test', 'TABLE_test "paid back"')
    """
    if given is not None and given.in_table:
        return f"TABLE_{data}{between}{as_word(given.words)}"
    return f"X_{data}{between}y_{data}"


def as_word(text: str) -> str:
    """As it is typed in a command: in quotes where it holds spaces; those in brackets part no words there."""
    if not any(c.isspace() for c in text) or any(c in text for c in "([{"):
        return text
    return f"'{text}'" if '"' in text else f'"{text}"'

"""Words of a sentence, wherever it is made: one or several, ``a`` or ``an``, and names one after another."""

from __future__ import annotations

from collections.abc import Sequence

_SPELT = frozenset("AEFHILMNORSX")  # letters that are spoken with a vowel first: an XGBClassifier
_LIKE_YOU = ("uni", "use", "uint", "uti", "eu")


def count(n: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``4,000 rows``.

    >>> count(1, "row"), count(4000, "row"), count(2, "category", "categories")
    ('1 row', '4,000 rows', '2 categories')
    """
    return f"{n:,} {numbered(n, noun, plural)}"


def numbered(n: int, noun: str, plural: str = "") -> str:
    """The noun or verb alone, as it stands beside ``n`` of something: ``numbered(1, "has", "have")``."""
    return noun if n == 1 else plural or noun + "s"


def a(noun: str) -> str:
    """The noun with its article, by how it is spoken: a name in capitals letter by letter.

    >>> a("int"), a("table"), a("unit"), a("XGBClassifier"), a("SVC"), a("Series")
    ('an int', 'a table', 'a unit', 'an XGBClassifier', 'an SVC', 'a Series')
    """
    if noun[:2].isupper():
        return f"{'an' if noun[0] in _SPELT else 'a'} {noun}"
    vowel = noun[:1].lower() in tuple("aeiou") and not noun.lower().startswith(_LIKE_YOU)
    return f"{'an' if vowel else 'a'} {noun}"


def listed(names: Sequence[str], limit: int = 3) -> str:
    """The first few. The last name takes no more room than "1 more".

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c", "d"]), listed(list("abcdefg"))
    ('a', 'a and b', 'a, b, c and d', 'a, b, c and 4 more')
    """
    limit += len(names) == limit + 1
    shown, rest = list(names[:limit]), len(names) - limit
    if rest > 0:
        return f"{', '.join(shown)} and {rest:,} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"

"""Names in a sentence, as findings and notes say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ipymlops import phrases

SAID = 5  # names listed before "and 3 more"


def listed(names: Mapping[str, int] | Iterable[str]) -> str:
    """The first few in quotes, of counts the largest first."""
    ordered = sorted(names, key=lambda n: (-names[n], n)) if isinstance(names, Mapping) else names
    return phrases.listed([repr(name) for name in ordered], SAID)

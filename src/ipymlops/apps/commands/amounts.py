"""Names with numbers, as they are typed: ``fp=1 fn=5``."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.errors import BadInput


def amounts(words: Sequence[str], kind: str, example: str) -> dict[str, float]:
    """Each name with its number; which names there are is known elsewhere."""
    found: dict[str, float] = {}
    for word in words:
        name, _, amount = word.partition("=")
        if name in found:
            raise BadInput(f"Found the {kind} {name!r} twice", expected=f"each name once, as in {example}")
        try:
            found[name] = float(amount)
        except ValueError as error:
            raise BadInput(f"Found the {kind} {word!r}", expected=f"a name and a number, as in {example}") from error
    return found

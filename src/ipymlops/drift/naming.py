"""Names in a sentence, as findings and notes say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

SAID = 5  # names listed before "..."


def listed(names: Mapping[str, int] | Iterable[str]) -> str:
    """The first few in quotes, of counts the largest first."""
    ordered: Sequence[str] = sorted(names, key=lambda n: (-names[n], n)) if isinstance(names, Mapping) else list(names)
    more = f" and {len(ordered) - SAID:,} more" if len(ordered) > SAID else ""
    return ", ".join(repr(name) for name in ordered[:SAID]) + more

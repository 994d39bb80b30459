"""Names in a sentence, as findings and notes say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

SAID = 5  # names listed before "..."


def listed(names: Mapping[str, int] | Iterable[str]) -> str:
    """The first few in quotes, of counts the largest first."""
    ordered: Sequence[str] = sorted(names, key=lambda n: (-names[n], n)) if isinstance(names, Mapping) else list(names)
    said = SAID + (len(ordered) == SAID + 1)  # the last name takes no more room than "1 more"
    more = f" and {len(ordered) - said:,} more" if len(ordered) > said else ""
    return ", ".join(repr(name) for name in ordered[:said]) + more

"""Categories that a reference does not name, in bounded memory: all rows counted, some of the categories by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ipymlops.frames import text_hashes

NAMED = 1000  # of the categories that a reference does not name


def kept(found: Mapping[str, int], unnamed: int = 0) -> tuple[dict[str, int], int]:
    """At most ``NAMED`` categories with their rows, and the rows of all others with ``unnamed`` before.

    Those with the smallest hashes stay. What is among the smallest of all was among the smallest of every part, so its
    count was never let go: the counts that are kept are exact, as is the sum of the rest, in whatever order and
    grouping parts are added (a bottom-k sample). Beyer et al., "On synopses for distinct-value estimation under
    multiset operations", 2007.
    """
    if len(found) <= NAMED:
        return dict(found), unnamed
    names = list(found)
    smallest = np.argsort(text_hashes(names), kind="stable")[:NAMED]
    named = {names[i]: found[names[i]] for i in sorted(smallest)}
    return named, unnamed + sum(found.values()) - sum(named.values())


def distinct(named: Mapping[str, int], unnamed: int) -> int:
    """How many categories there are: exact while all are named, else estimated from how close the kept hashes lie, with
    a standard error of 3 %."""
    if not unnamed:
        return len(named)
    largest = float(text_hashes(list(named)).max()) / 2.0**64
    return round((len(named) - 1) / largest)

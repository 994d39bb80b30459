"""How much the model leans on a column, and from which share on its drift matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipymlops.drift.naming import listed
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift
from ipymlops.shares import percent

# A drifted column matters from this share of the model's importance on (an even share of many columns, where that is
# less): 2 % of all that shuffling costs. Columns that go together share their importance, so drifted columns below it
# are also weighed together. Only what was measured can be below it.
MATTERS = 0.02


def enough_to_matter(profile: Profile) -> float:
    """The share of the model's importance from which drift matters."""
    return min(MATTERS, 1 / len(profile.columns))


def importance_of(profile: Profile, column: str) -> float | None:
    """The share of a column; None where it was not measured. All 0 says nothing of any column."""
    return profile.importance.get(column) if any(profile.importance.values()) else None


def leans_on(profile: Profile, column: str) -> bool | None:
    """Whether the model uses a column enough for its drift to matter; None where that is not known."""
    importance = importance_of(profile, column)
    return None if importance is None else importance >= enough_to_matter(profile)


def weighed_together(columns: Sequence[ColumnDrift], enough: float) -> tuple[list[ColumnDrift], tuple[str, ...]]:
    """Changed columns that each seem hardly used may share their importance: they matter if together they do."""
    small = [c for c in columns if c.changed and c.matters is False]
    share = sum(c.importance or 0.0 for c in small)
    if len(small) < 2 or share < enough:
        return list(columns), ()
    names = {c.column for c in small if c.importance}
    note = f"Each hardly used, but together {percent(share)} of what the model uses: {listed(sorted(names))}."
    return [replace(c, matters=True) if c.column in names else c for c in columns], (note,)

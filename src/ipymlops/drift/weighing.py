"""How much the model leans on a column, and from which share on its drift matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipymlops.drift.naming import listed
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import BREAKING, ONE_SIDED, ColumnDrift, Finding
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


def weighed_together(
    columns: Sequence[ColumnDrift], findings: Sequence[Finding], enough: float
) -> tuple[list[ColumnDrift], list[Finding], tuple[str, ...]]:
    """Columns that changed, broke or lost their values and each seem hardly used may share their importance: they
    matter if together they do."""
    small = {c.column: c.importance or 0.0 for c in columns if c.changed and c.matters is False}
    lost = [f for f in findings if f.code in (*BREAKING, *ONE_SIDED) and f.importance is not None]
    small |= {f.column: f.importance or 0.0 for f in lost if (f.importance or 0.0) < enough}
    share = sum(small.values())
    if len(small) < 2 or share < enough:
        return list(columns), list(findings), ()
    names = {column for column, importance in small.items() if importance}
    note = f"Each hardly used, but together {percent(share)} of what the model uses: {listed(sorted(names))}."
    return (
        [replace(c, matters=True) if c.column in names else c for c in columns],
        [replace(f, matters=True) if f.column in names and f.matters is False else f for f in findings],
        (note,),
    )

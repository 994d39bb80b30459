"""Counting a table that is never whole in memory, over the bins of a reference."""

from __future__ import annotations

from collections.abc import Mapping

from ipymlops.drift import summaries
from ipymlops.drift.binning import BINS
from ipymlops.drift.profile import Profile
from ipymlops.drift.summaries import Summary, Unread
from ipymlops.errors import BadInput
from ipymlops.frames import Kind
from ipymlops.partitions import Parts
from ipymlops.progress import Progress


def profile_of_parts(parts: Parts, importance: Mapping[str, float] | None = None, *, bins: int = BINS) -> Profile:
    """What ``Profile.of`` says of the whole, bit for bit, with one column in memory at a time."""
    columns = [Profile.of(parts.column(name), bins=bins) for name in parts.kinds]
    merged = {name: summary for profile in columns for name, summary in profile.columns.items()}
    return Profile(columns[0].rows, merged, dict(importance or {}))


def measure_parts(profile: Profile, parts: Parts, progress: Progress | None = None) -> Profile:
    """What ``profile.measure`` says of the whole: the same counts, moments equal up to rounding.

    Columns that the profile does not have are not read. Raises BadInput for a table without rows.
    """
    shared = [name for name in parts.kinds if name in profile.columns]
    pieces = Pieces()
    for piece in parts.each(shared, profile.measure, progress=progress) if shared else ():
        pieces.add(piece)
    total = pieces.whole(parts.kinds, profile)
    if shared and not total.rows:
        raise BadInput("Found a table without rows", expected="rows to check")
    return total


class Pieces:
    """Profiles of some rows of some columns each, which add up to one of all rows of all columns."""

    def __init__(self) -> None:
        self._columns: dict[str, Summary] = {}
        self._rows: dict[str, int] = {}

    def add(self, piece: Profile) -> None:
        for name, summary in piece.columns.items() if piece.rows else ():
            self._columns[name] = summaries.added(self._columns[name], summary) if name in self._columns else summary
            self._rows[name] = self._rows.get(name, 0) + piece.rows

    def whole(self, kinds: Mapping[str, Kind], like: Profile) -> Profile:
        """The columns of ``kinds``, in their order; those that no piece had are unread."""
        columns = {name: self._columns.get(name, Unread(kind)) for name, kind in kinds.items()}
        return Profile(max(self._rows.values(), default=0), columns, like.importance)

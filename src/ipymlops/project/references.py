"""Another reference for drift than the training data: a table that somebody names, such as last month."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from ipymlops.drift.profile import Profile
    from ipymlops.drift.variability import Variability
    from ipymlops.frames import Table


def as_reference(trained: Profile, table: Table, name: str) -> Profile:
    """``table`` as the reference: the columns that the version was trained on, weighed as it uses them. Its own months,
    weeks and days set thresholds where it has the column of times that the version was registered with.

    Raises BadInput where the model could not be given this table: it would be no reference.
    """
    from ipymlops.drift.findings import column_findings
    from ipymlops.drift.profile import Profile
    from ipymlops.drift.results import BREAKING
    from ipymlops.project.dating import times_of

    broken = [f for f in column_findings(trained, trained.measure(table)) if f.code in BREAKING]
    if broken:
        raise BadInput(
            f"Found column {broken[0].column!r} of {name}: {broken[0].detail}",
            expected="a table that the model could be given",
            next_step="see what it expects with show, or leave out --against to compare with the training data",
        )
    own = trained.variability
    dated = own is not None and table.kinds.get(own.time) == "datetime"
    times = times_of(table, own.time, None) if own is not None and dated else None
    profile = Profile.of(table, trained.importance, times=times)
    return replace(profile, columns={c: profile.columns[c] for c in trained.columns})


def varying_as(profile: Profile, before: Variability | None) -> Profile:
    """With what an earlier table of the same source did by itself, where nobody told when the rows of this were made.

    Drift then keeps the thresholds that the line was registered with, rather than fall back to the defaults: a
    retrained version would alarm at every month that its parent knew for a usual one.
    """
    return profile if profile.variability is not None else replace(profile, variability=before)

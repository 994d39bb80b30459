"""What to do next after a drift check: what is broken is mended before anything is trained on it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.parts_results import DriftInParts
from ipymlops.drift.results import ColumnDrift, DriftReport, FindingCode
from ipymlops.drift.segments_results import DriftBySegment
from ipymlops.views import words
from ipymlops.views.card import Step
from ipymlops.views.cards.drift_columns import severity

_Checked = DriftReport | DriftOverTime | DriftBySegment
_NAMED = 2  # faults in a line
_WRONG: Mapping[FindingCode, str] = {
    "missing-column": "is gone",
    "type-changed": "is of another type",
    "all-missing": "has no value",
    "all-infinite": "has no finite value",
    "newly-filled": "has values for the first time",
    "constant": "holds one value only",
    "missing-rate": "is missing in another share of rows",
    "infinite": "has infinite values",
}


def drift_steps(result: DriftReport) -> tuple[Step, ...]:
    """After a check of one table."""
    ref = words.version_ref(result.model, result.version)
    if result.alarming:
        return _mend(result, result.columns) or _of_moved(result, ref)
    if not result.columns:
        return (Step("See which columns the model reads", f"show {ref}"),)
    if result.drifted:
        return (Step("Judge it on new rows once they have labels", f"evaluate {ref} --data X_new y_new"),)
    if not result.enough:
        return (Step("Check again when there are more rows", _again(result, "MORE_DATA")),)
    return (_nothing_to_do(result),)


def over_time_steps(result: DriftOverTime) -> tuple[Step, ...]:
    """After a check of windows: the last one decides whether retraining would help."""
    ref = words.version_ref(result.model, result.version)
    if not result.alarming:
        if not result.short:
            return (_nothing_to_do(result),)
        more = f"{_cannot_tell(result)}; check again with more, or cut longer windows"
        return (Step(more, _again(result, "MORE_DATA")),)
    last = result.windows[-1].columns
    mend = _mend(result, last, _places(result))
    if mend:
        return mend
    if any(severity(c) == 2 for c in last):
        return (_retrain(result), *_seasons(result))
    worst = max((w for w in result.windows if w.alarming), key=lambda w: sum(c.alarming for c in w.columns))
    return (Step(f"Look closer at the rows of {worst.window}", f"drift {ref} --data THOSE_ROWS"), *_seasons(result))


def segment_steps(result: DriftBySegment) -> tuple[Step, ...]:
    """After a check within segments."""
    ref = words.version_ref(result.model, result.version)
    if not result.alarming:
        return (_more_rows(result, ref) if result.short else _nothing_to_do(result),)
    columns = [c for s in result.segments for c in s.columns]
    mend = _mend(result, columns, _places(result))
    if mend:
        return mend
    judge = f"evaluate {ref} --data X_new y_new --sensitive {shlex.quote(result.by)}"
    steps = (Step("See whether it does worse there, once rows have labels", judge),)
    return (*steps, _retrain(result)) if any(severity(c) == 2 for c in columns) else steps


def _mend(
    result: _Checked, columns: Sequence[ColumnDrift], places: Mapping[str, str] | None = None
) -> tuple[Step, ...]:
    """Nothing where no feed is broken. ``places`` is where each column is; retraining waits for another check, and is
    proposed only where other ``columns`` drifted."""
    faults = {f.column: _WRONG[f.code] for f in result.to_mend}
    if not faults:
        return ()
    said = [f"column {column} {wrong}{(places or {}).get(column, '')}" for column, wrong in faults.items()]
    ref = words.version_ref(result.model, result.version)
    steps: tuple[Step, ...] = (
        Step(f"Mend the feed first: {words.listed(said, _NAMED)}; see what the model expects", f"show {ref}"),
        Step("Check the mended data before anything is trained on it", _again(result, "MENDED_DATA")),
    )
    if any(severity(c) == 2 and c.column not in faults for c in columns):
        steps = (*steps, _retrain(result, "If it still drifts then, write"))
    return (*steps, *_seasons(result)) if {*result.drifted} - {*faults} else steps


def _places(result: DriftInParts) -> dict[str, str]:
    """`` in 2026-02`` for each column with a fault; nothing for one that has it everywhere."""
    parts = result.parts()
    found: dict[str, list[str]] = {}
    for part in parts:
        for fault in part.to_mend:
            found.setdefault(fault.column, []).append(part.label())
    return {column: f" in {_few(some, len(parts))}" for column, some in found.items() if len(some) < len(parts)}


def _few(some: Sequence[str], total: int) -> str:
    """``2026-02 and 2026-03``, ``7 of 12``: a line is no place for more names."""
    return words.listed(some) if len(some) <= _NAMED else f"{len(some)} of {total}"


def _of_moved(result: DriftReport, ref: str) -> tuple[Step, ...]:
    beyond = result.held_out
    moved = (beyond is not None and replace(beyond, refused="").alarming) or any(
        severity(c) == 2 for c in result.columns
    )
    if not moved or (beyond is not None and beyond.refused):
        return (Step("See what the model expects of its columns, and mend the data", f"show {ref}"),)
    return (_retrain(result), *(_seasons(result) if result.drifted else ()))


def _retrain(result: _Checked, write: str = "Write") -> Step:
    ref = words.version_ref(result.model, result.version)
    return Step(f"{write} the pipeline that retrains it on newer data", f"export {ref} --to pipelines/{result.model}")


def _seasons(result: _Checked) -> tuple[Step, ...]:
    """Where thresholds could come from the training data's own months, and nobody said when its rows were made."""
    if isinstance(result, DriftBySegment) or not result.datable:
        return ()
    why = "If it is the season, register when its training rows were made, so that usual months do not count"
    return (Step(why, f"register model --name {result.model} --time {shlex.quote(result.datable)}"),)


def _nothing_to_do(result: _Checked) -> Step:
    return Step("Nothing needs doing; check the next data the same way", _again(result, "NEXT_DATA"))


def _again(result: _Checked, data: str) -> str:
    """The same check of other data."""
    check = f"drift {words.version_ref(result.model, result.version)} --data {data}"
    if isinstance(result, DriftBySegment):
        return f"{check} --segment {shlex.quote(result.by)}"
    if result.against:
        check += f" --against {shlex.quote(result.against)}"
    return check + words.cut_again(result.by, result.time) if isinstance(result, DriftOverTime) else check


def _cannot_tell(result: DriftOverTime | DriftBySegment) -> str:
    which = words.listed(result.short)
    return f"Cannot tell of {which}: about {result.rows_needed:,} rows are needed in each"


def _more_rows(result: DriftBySegment, ref: str) -> Step:
    """More data help where the data are what is short; the held-out rows stay as they are."""
    short = [s for s in result.segments if not s.enough]
    if all(s.reference_rows < result.rows_needed for s in short):
        coarser = f"{_cannot_tell(result)}, and there are fewer held-out ones; cut by a column of fewer values"
        return Step(coarser, f"drift {ref} --data {result.data} --segment COLUMN")
    return Step(f"{_cannot_tell(result)}, on both sides; check again with more", _again(result, "MORE_DATA"))

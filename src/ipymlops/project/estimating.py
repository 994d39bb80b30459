"""How good a version is likely to be on rows that have no labels yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.phrases import count, numbered

if TYPE_CHECKING:
    from ipymlops.evaluation.label_free.results import PerformanceEstimate
    from ipymlops.progress import Progress
    from ipymlops.project.labelling import Value
    from ipymlops.project.project import Project


def estimate(
    project: Project,
    ref: str,
    data: Any,
    *,
    name: str,
    by: str | None,
    time: str | None,
    labels: Any,
    value: Value | None = None,
    positive: Any = None,
    level: float,
    progress: Progress | None = None,
) -> PerformanceEstimate:
    """The stored model on ``data``, judged by what its benchmark taught of it."""
    from ipymlops.evaluation.label_free.estimating import estimate as measure
    from ipymlops.frames import as_table
    from ipymlops.frames.times import with_times
    from ipymlops.frames.windows import STRETCHES, time_column, windows, zone_of, zone_told
    from ipymlops.project.benchmarking import benchmark_of, is_frozen, seen_by, unseen
    from ipymlops.project.labelling import given_labels
    from ipymlops.project.reading import whole
    from ipymlops.project.training_rows import trained_on

    version = project.registry.resolve(ref)
    bundle = project.bundle(version)
    X, y = benchmark_of(bundle, version)
    if time is not None and by is None:
        raise BadInput("Found --time without --by", expected="what to cut the time into", next_step="add --by month")
    data = whole(project, ref, data)
    given = None
    if labels is not None:
        said_by: dict[str, Any] = {"value": value, "target": bundle.schema().target}
        data, labels, given = given_labels(data, labels, reads=bundle.schema().names, **said_by)
    table = with_times(as_table(data), time) if time else as_table(data)
    cut, undated = windows(table, by, time) if by is not None else ((), 0)
    cutter = time_column(table, time) if by in STRETCHES else None
    zone = zone_of(table, cutter) if cutter else ""
    X, y, said = unseen(bundle, seen_by(bundle, bundle, len(y)))
    if said and not is_frozen(bundle):
        said += "; `evaluate` counts them, as registration did, so its figures of the benchmark differ"
    have, are = numbered(undated, "has", "have"), numbered(undated, "is", "are")
    rows = f"{count(undated, 'row')} {have} no time and {are} in no window." if undated else ""
    say = progress or (lambda _: None)
    say("load the model")
    schema = bundle.schema()
    if any(column.name == time and column.kind == "datetime" for column in schema.columns):
        data = table.native  # the model takes them as times, too
    model, X, rows_now = bundle.model(), schema.conform(X), schema.conform(data)
    say(f"learn from {len(y):,} labelled rows, and estimate")
    found = measure(
        model,
        (X, y),
        rows_now,
        name=version.model,
        version=version.number,
        data=name,
        windows=cut,
        by=count(int(by), "row") if by is not None and by.isdigit() else by or "",
        labels=labels,
        positive=positive,
        target=schema.target,
        level=level,
        notes=tuple(note for note in (said, rows, zone_told(cutter or "", zone)) if note),
        zone=zone,
        progress=say,
    )
    found = replace(found, time=cutter or time or "")
    return found if labels is None else replace(found, trained_on=trained_on(bundle, rows_now), given=given)

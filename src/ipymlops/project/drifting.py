"""Whether data still look like what a version was trained on, or like another table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.partitions import Parts
from ipymlops.progress import Progress, once_slow
from ipymlops.project.reading import opened

if TYPE_CHECKING:
    from ipymlops.drift.over_time_results import DriftOverTime
    from ipymlops.drift.profile import Profile
    from ipymlops.drift.results import DriftReport
    from ipymlops.drift.segments_results import DriftBySegment
    from ipymlops.frames import Kind, Table
    from ipymlops.project.labelling import Value
    from ipymlops.project.labels_in_parts import LabelsInParts
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Version

Against = tuple[str, Any]  # how another reference is called, and its table


def drift(
    project: Project,
    ref: str,
    data: Any,
    *,
    name: str,
    against: Against | None = None,
    classifier: bool = False,
    predictions: bool = False,
    labels: Any = None,
    value: Value | None = None,
    progress: Progress | None = None,
) -> DriftReport:
    """``data`` against the profile of the training data, of which nothing else is needed; or against another table.
    What is asked beyond single columns is told by the held-out rows."""
    from ipymlops.drift.drift_check import check_drift
    from ipymlops.frames import as_table
    from ipymlops.project.beyond_columns import beyond_columns
    from ipymlops.project.labelling import apart, target_of
    from ipymlops.project.labels_in_parts import LabelsInParts, in_a_column_of

    version = project.registry.resolve(ref)
    reference, table = _reference(project, version, against)
    asked = {"--classifier": classifier, "--predictions": predictions, "--labels": labels is not None}
    beyond = [name for name, value in asked.items() if value]
    like: dict[str, Kind | None] = {**({labels: None} if isinstance(labels, str) else {}), **reference.kinds}
    whole = classifier or predictions or table is not None
    whole = whole or not in_a_column_of(data, labels, reads=reference.columns)
    data = opened(project, ref, data, like, whole=whole)
    told: dict[str, Any] = {"model": version.model, "version": version.number, "data": name}
    if isinstance(data, Parts):
        if classifier or (predictions and labels is None):
            raise _in_parts(beyond[0])
        told["against"] = table[0] if table else ""
        answers = LabelsInParts.of(project, version, data, labels, reads=reference.columns)
        return _drift_in_parts(reference, data, answers, told, predictions, progress)
    if labels is not None:
        target = target_of(project.bundle(version))
        data, labels = apart(data, labels, reads=reference.columns, value=value, target=target)
    with once_slow(progress) as say:
        report = check_drift(reference, as_table(data), against=table, progress=say, **told)
    if not beyond:
        return report
    return beyond_columns(
        project,
        version,
        reference,
        report,
        data,
        classifier=classifier,
        predictions=predictions,
        labels=labels,
        progress=progress,
    )


def _drift_in_parts(
    reference: Profile,
    parts: Parts,
    answers: LabelsInParts | None,
    told: dict[str, Any],
    predictions: bool,
    progress: Progress | None,
) -> DriftReport:
    """In bounded memory, whatever the rows."""
    from ipymlops.drift.drift_check import compare
    from ipymlops.drift.large import measure_parts
    from ipymlops.drift.over_time import without

    current = measure_parts(reference, parts, progress)
    if answers is None:
        return compare(reference, current, **told)
    report = compare(reference, without(current, answers.column), **told)
    return answers.told_in(report, parts, progress, asked=predictions)


def drift_over_time(
    project: Project,
    ref: str,
    data: Any,
    *,
    name: str,
    by: str,
    time: str | None,
    against: Against | None = None,
    progress: Progress | None = None,
) -> DriftOverTime:
    """Each window of ``data`` against the profile of the training data, or against another table."""
    from ipymlops.drift.large_over_time import check_parts_over_time
    from ipymlops.drift.over_time import check_over_time
    from ipymlops.frames import as_table

    version = project.registry.resolve(ref)
    reference, table = _reference(project, version, against)
    if progress:
        progress("read the rows")
    data = opened(project, ref, data, reference.kinds, whole=by.isdigit() or table is not None)
    told: dict[str, Any] = {"by": by, "time": time, "model": version.model, "version": version.number, "data": name}
    if isinstance(data, Parts):
        return check_parts_over_time(reference, data, progress=progress, against=table[0] if table else "", **told)
    return check_over_time(reference, as_table(data), against=table, progress=progress, **told)


def drift_by_segment(
    project: Project, ref: str, data: Any, *, name: str, by: str, progress: Progress | None = None
) -> DriftBySegment:
    """The rows of each value of ``by`` against the benchmark's rows of that value."""
    from ipymlops.drift.segments import check_segments
    from ipymlops.frames import as_table
    from ipymlops.project.benchmarking import benchmark_of
    from ipymlops.project.beyond_columns import held_out

    version = project.registry.resolve(ref)
    profile = profile_of(project, version)
    if progress:
        progress("read the rows")
    data = opened(project, ref, data, profile.kinds, whole=True)
    if isinstance(data, Parts):
        raise _in_parts("--segment")
    reference = as_table(benchmark_of(project.bundle(version), version)[0])
    return check_segments(
        reference,
        as_table(data),
        by=by,
        against=held_out(reference.rows, version),
        columns=tuple(profile.columns),
        importance=profile.importance,
        model=version.model,
        version=version.number,
        data=name,
        progress=progress,
    )


def _in_parts(asked: str) -> BadInput:
    return BadInput(
        f"Found {asked} on a table in parts",
        expected="one that fits into memory",
        next_step="name one file, or a dataframe",
    )


def _reference(project: Project, version: Version, against: Against | None) -> tuple[Profile, tuple[str, Table] | None]:
    from ipymlops.frames import as_table
    from ipymlops.project.references import as_reference

    trained = profile_of(project, version)
    if against is None:
        return trained, None
    name, table = against[0], as_table(against[1])
    return as_reference(trained, table, name), (name, table)


def profile_of(project: Project, version: Version) -> Profile:
    """The stored profile of the training data; BadInput where there is none. It judges other rows, as a benchmark does:
    where a signature is demanded, IntegrityError without one."""
    from ipymlops.drift.profile import Profile
    from ipymlops.project.signing import admit

    bundle = project.bundle(version)
    if "profile.json" not in bundle:
        raise BadInput(
            f"{version.ref} has no profile",
            expected="a version that was registered with its training data",
            next_step="register again with --train X_train y_train",
        )
    admit(project, version, bundle)
    return Profile.from_bytes(bundle.read("profile.json"))

"""Whether data still look like what a version was trained on, or like another table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.partitions import Parts
from ipymlops.project.reading import opened

if TYPE_CHECKING:
    from ipymlops.drift.over_time_results import DriftOverTime
    from ipymlops.drift.profile import Profile
    from ipymlops.drift.results import DriftReport
    from ipymlops.frames import Table
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Version

Against = tuple[str, Any]  # how another reference is called, and its table
Progress = Callable[[str], None]


def drift(
    project: Project,
    ref: str,
    data: Any,
    *,
    name: str,
    against: Against | None = None,
    progress: Progress | None = None,
) -> DriftReport:
    """``data`` against the profile of the training data, of which nothing else is needed; or against another table."""
    from ipymlops.drift.drift_check import check_drift, compare
    from ipymlops.drift.large import measure_parts
    from ipymlops.frames import as_table

    version = project.registry.resolve(ref)
    reference, table = _reference(project, version, against)
    data = opened(project, ref, data, reference.kinds, whole=table is not None)
    told: dict[str, Any] = {"model": version.model, "version": version.number, "data": name}
    if isinstance(data, Parts):
        current = measure_parts(reference, data, progress)
        return compare(reference, current, against=table[0] if table else "", **told)
    return check_drift(reference, as_table(data), against=table, **told)


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
    data = opened(project, ref, data, reference.kinds, whole=by.isdigit() or table is not None)
    told: dict[str, Any] = {"by": by, "time": time, "model": version.model, "version": version.number, "data": name}
    if isinstance(data, Parts):
        return check_parts_over_time(reference, data, progress=progress, against=table[0] if table else "", **told)
    return check_over_time(reference, as_table(data), against=table, **told)


def _reference(project: Project, version: Version, against: Against | None) -> tuple[Profile, tuple[str, Table] | None]:
    from ipymlops.frames import as_table
    from ipymlops.project.references import as_reference

    trained = profile_of(project, version)
    if against is None:
        return trained, None
    name, table = against[0], as_table(against[1])
    return as_reference(trained, table, name), (name, table)


def profile_of(project: Project, version: Version) -> Profile:
    """The stored profile of the training data; BadInput where there is none."""
    from ipymlops.drift.profile import Profile

    bundle = project.bundle(version)
    if "profile.json" not in bundle:
        raise BadInput(
            f"{version.ref} has no profile",
            expected="a version that was registered with its training data",
            next_step="register again with --train X_train y_train",
        )
    return Profile.from_bytes(bundle.read("profile.json"))

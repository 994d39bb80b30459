"""Drift that a profile cannot tell: what is compared with the held-out rows stored with a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from ipymlops.drift.segments_results import DriftBySegment
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Version


def drift_by_segment(project: Project, ref: str, data: Any, *, name: str, by: str) -> DriftBySegment:
    """The rows of each value of ``by`` against the benchmark's rows of that value."""
    from ipymlops.drift.segments import check_segments
    from ipymlops.frames import as_table
    from ipymlops.project.judging import profile_of

    version = project.registry.resolve(ref)
    profile = profile_of(project, version)
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
    )


def held_out(rows: int, version: Version) -> str:
    """What the reference rows are called."""
    return f"the {rows:,} held-out rows stored with {version.ref}"


def benchmark_of(bundle: Bundle, version: Version) -> tuple[Any, Any]:
    """The held-out rows and their labels; BadInput where there are none."""
    if "benchmark.parquet" not in bundle:
        raise BadInput(
            f"{version.ref} has no held-out rows to compare with",
            expected="a version that was registered with test data",
            next_step="register again with --test X_test y_test",
        )
    return bundle.benchmark()

"""Which held-out table a version is judged on: the one frozen with its line, or its own test set if it is the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipymlops.errors import UnknownName

if TYPE_CHECKING:
    from ipymlops.project.project import Project
    from ipymlops.project.registering import Candidate
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.schema import Schema


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The table, its target, and the files that hold them."""

    X: Any
    y: Any
    files: dict[str, bytes]


def choose_benchmark(
    project: Project, candidate: Candidate, schema: Schema | None, warnings: list[str]
) -> Benchmark | None:
    """The line's benchmark where there is one that this model can take, else the candidate's test data."""
    frozen = frozen_benchmark(project, candidate.name)
    if frozen is not None and schema is not None:
        names = frozen.schema().names
        if set(schema.names) <= set(names):
            return _of_bundle(frozen, schema, candidate, warnings)
        warnings.append(
            "The benchmark of this line lacks columns that this model takes, "
            "so its test data becomes a new benchmark and earlier versions cannot be compared with it"
        )
    return _of_test(candidate)


def frozen_benchmark(project: Project, name: str) -> Bundle | None:
    """The bundle of the newest version of the line that has a benchmark."""
    from ipymlops.registry.benchmark import TABLE

    try:
        versions = project.registry.versions(name)
    except UnknownName:
        return None
    for version in sorted(versions, key=lambda v: v.number, reverse=True):
        bundle = project.bundle(version)
        if TABLE in bundle:
            return bundle
    return None


def _of_bundle(bundle: Bundle, schema: Schema, candidate: Candidate, warnings: list[str]) -> Benchmark:
    from ipymlops.frames import as_table, shared_rows
    from ipymlops.registry.benchmark import TABLE, TARGET

    X, y = bundle.benchmark()
    if candidate.train is not None:
        shared = shared_rows(as_table(X), as_table(candidate.train[0]))
        if shared:
            warnings.append(
                f"{shared:,} of {len(y):,} rows of the line's benchmark are equal to training rows; "
                "where they are the same observations, the figures flatter this version"
            )
    return Benchmark(schema.conform(X), y, {name: bundle.read(name) for name in (TABLE, TARGET)})


def _of_test(candidate: Candidate) -> Benchmark | None:
    from ipymlops.frames import as_table, vector
    from ipymlops.registry.benchmark import benchmark_files

    if candidate.test is None:
        return None
    X, y = candidate.test
    return Benchmark(X, vector(y), benchmark_files(as_table(X), y))

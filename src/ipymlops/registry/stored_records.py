"""What the JSON files of a bundle must hold where it is read; whatever else stands there is left alone."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from ipymlops.declared import fits
from ipymlops.errors import IntegrityError


class Input(TypedDict):
    """A file that the pipeline reads."""

    name: str
    default: NotRequired[str]
    sha256: str | None
    size: NotRequired[int | None]
    files: NotRequired[dict[str, str]]


class Cell(TypedDict):
    """A cell that the version needs."""

    execution: int
    id: str | None
    statements: int


class Targets(TypedDict):
    targets: NotRequired[list[str]]
    inputs: NotRequired[list[Input]]
    as_of: NotRequired[int | None]
    cells: NotRequired[list[Cell]]
    executed: NotRequired[int | None]


class Training(TypedDict):
    """The rows it was trained on."""

    rows: NotRequired[int]
    fingerprint: NotRequired[str]


class Environment(TypedDict):
    python: NotRequired[str]
    machine: NotRequired[str]
    packages: dict[str, str]
    arithmetic: NotRequired[dict[str, str] | None]


class Seen(TypedDict):
    """Which rows of the benchmark stand in the training data."""

    coincidence: float
    frozen: bool
    rows: int
    seen: list[int]


class Metric(TypedDict):
    name: str
    value: float | None
    low: float | None
    high: float | None


class Metrics(TypedDict):
    metrics: NotRequired[list[Metric]]


class Git(TypedDict):
    commit: str
    dirty: bool


class Manifest(TypedDict):
    """Of ``bundle.json``, what is shown and compared; its files and the model's own facts are checked where they are
    read."""

    git: NotRequired[Git | None]
    parent: NotRequired[int | str | None]
    notebook: NotRequired[str | None]
    estimator: NotRequired[str | None]
    task: NotRequired[str | None]
    target: NotRequired[str | None]
    risk: NotRequired[str | None]
    rows: NotRequired[int | None]


_KINDS: dict[str, Any] = {
    "benchmark_seen.json": Seen,
    "bundle.json": Manifest,
    "environment.json": Environment,
    "metrics.json": Metrics,
    "targets.json": Targets,
    "training.json": Training,
}


def check_record(name: str, record: Any) -> None:
    """Raise IntegrityError where a file of that name does not hold what its readers need."""
    kind = _KINDS.get(name, dict[str, Any])
    if not fits(record, kind):
        needs = ", ".join(getattr(kind, "__annotations__", ())) or "names and values"
        raise IntegrityError(
            f"{name} does not hold what it should",
            expected=needs,
            next_step="get the bundle again from where it was registered",
        )

"""Which held-out table a version is judged on, and which of its rows may judge it.

The first test set of a line is frozen as its benchmark. Later versions are often trained on a file that has grown, so
that some benchmark rows stand in their training data; each bundle records which, and no comparison counts them.
Equal rows are taken for the same observation only where equality says so: in a table of few distinct rows, the
first training data already equals much of the benchmark by coincidence; then nothing is left out, and it is said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, IntegrityError, UnknownName
from ipymlops.phrases import count, numbered

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Version
    from ipymlops.registry.schema import Schema

    Mask = npt.NDArray[np.bool_]

SEEN = "benchmark_seen.json"
FEWEST_ROWS = 50  # that must be left to compare two versions on
COINCIDENCE = 0.05  # above this share of rows equal from the start, equality tells nothing
Data = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The table, its target, the files that hold them, and which rows a version was trained on."""

    X: Any
    y: Any
    files: dict[str, bytes]
    seen: Mask  # rows equal to a row of the training data
    coincidence: float  # the share that was equal when the line began
    frozen: bool  # whether an earlier version brought it

    @property
    def rows(self) -> npt.NDArray[np.intp]:
        """Positions of the rows that may judge the version: its own test set whole, a frozen one where unseen."""
        import numpy as np

        if not self.frozen:
            return np.arange(len(self.y))
        return judging_rows(self.y, counted(self.seen, self.coincidence))

    def seen_file(self) -> bytes:
        """``benchmark_seen.json``."""
        import numpy as np

        seen = np.flatnonzero(self.seen).tolist()
        record = {"coincidence": self.coincidence, "frozen": self.frozen, "rows": len(self.y), "seen": seen}
        return json.dumps(record, sort_keys=True).encode()


def choose_benchmark(
    project: Project, name: str, train: Data | None, test: Data | None, schema: Schema | None, warnings: list[str]
) -> Benchmark | None:
    """The line's benchmark where there is one that this model can take, else the candidate's test data."""
    frozen = frozen_benchmark(project, name)
    if frozen is not None and schema is not None:
        if set(schema.names) <= set(columns_of(frozen)):
            if test is not None and not _is_frozen_in(frozen, test):
                warnings.append("Judged on the benchmark frozen with this line; the test data given was not used")
            return _of_bundle(frozen, schema, train, warnings)
        warnings.append(
            "The benchmark of this line lacks columns that this model takes, "
            "so its test data becomes a new benchmark and earlier versions cannot be compared with it"
        )
    return _of_test(train, test, warnings)


def _is_frozen_in(bundle: Bundle, test: Data) -> bool:
    """Whether the test data is the very benchmark."""
    from ipymlops.frames import as_table, vector
    from ipymlops.registry.benchmark import benchmark_files

    files = benchmark_files(as_table(test[0]), vector(test[1]))
    return all(bundle.read(name) == data for name, data in files.items())


def columns_of(holder: Bundle) -> tuple[str, ...]:
    """The benchmark's own columns; the version that carries it may take fewer."""
    from ipymlops.frames import as_table

    return as_table(holder.benchmark()[0]).names


def frozen_benchmark(project: Project, name: str) -> Bundle | None:
    """The bundle of the newest version registered here that has a benchmark, and the signature that is demanded of it:
    rows that a pulled bundle brings, and what it says of them, judge nothing."""
    from ipymlops.project.signing import admitted
    from ipymlops.registry.benchmark import TABLE

    if not project.exists:
        return None
    try:
        versions = project.registry.versions(name)
    except UnknownName:
        return None
    own = [v for v in versions if not v.measured_elsewhere]
    for version in admitted(project, sorted(own, key=lambda v: v.number, reverse=True), holding=TABLE):
        bundle = project.bundle(version)
        if TABLE in bundle:
            return bundle
    return None


def seen_rows(X: Any, train: Data | None) -> Mask:
    """Which rows of ``X`` equal a training row in every column that both have."""
    import numpy as np

    from ipymlops.frames import as_table, row_fingerprints

    table = as_table(X)
    if train is None:
        return np.zeros(table.rows, dtype=bool)
    training = as_table(train[0])
    names = [n for n in training.names if n in table.kinds]
    if not names:
        return np.zeros(table.rows, dtype=bool)
    return np.isin(row_fingerprints(table, names), row_fingerprints(training, names))


def counted(seen: Mask, coincidence: float) -> Mask:
    """The rows that do not count: those seen, unless equality says nothing in this table."""
    return seen & (coincidence <= COINCIDENCE)


def recorded(bundle: Bundle, rows: int) -> tuple[Mask, float]:
    """What a version's bundle says of the benchmark rows it was trained on, and of coincidence."""
    import numpy as np

    seen = np.zeros(rows, dtype=bool)
    if SEEN not in bundle:
        return seen, 0.0
    record = bundle.json(SEEN)
    if not all(0 <= position < rows for position in record["seen"]):
        raise IntegrityError(f"{SEEN} names rows that the benchmark has not")
    seen[record["seen"]] = True
    return seen, float(record["coincidence"])


def benchmark_of(bundle: Bundle, version: Version, otherwise: str = "") -> tuple[Any, Any]:
    """The held-out rows and their labels. BadInput where there are none, with what to do ``otherwise``."""
    if "benchmark.parquet" not in bundle:
        raise BadInput(
            f"{version.ref} has no benchmark, no held-out rows",
            expected="a version that was registered with test data",
            next_step=f"register again with --test X_test y_test{otherwise if 'schema.json' in bundle else ''}",
        )
    return bundle.benchmark()


def is_frozen(bundle: Bundle) -> bool:
    """Whether the version was judged on a benchmark that an earlier one brought."""
    return SEEN in bundle and bool(bundle.json(SEEN)["frozen"])


def same_benchmark(one: Bundle, other: Bundle) -> bool:
    """Whether both were judged on the very same rows."""
    from ipymlops.registry.benchmark import TABLE, TARGET

    hashes = [[b.manifest["files"].get(name, {}).get("sha256") for name in (TABLE, TARGET)] for b in (one, other)]
    return hashes[0] == hashes[1]


def seen_by(version: Bundle, holder: Bundle, rows: int) -> Mask:
    """The rows of ``holder``'s benchmark that must not judge ``version``; none where it was judged on other rows."""
    import numpy as np

    if not same_benchmark(version, holder):
        return np.zeros(rows, dtype=bool)
    return counted(*recorded(version, rows))


def unseen(holder: Bundle, *seen: Mask) -> tuple[Any, Any, str]:
    """The benchmark rows in none of the masks, and in words what was left out. Shapes (n, columns) and (n,)."""
    from functools import reduce

    from ipymlops.frames import as_table

    X, y = holder.benchmark()
    mask = reduce(lambda one, other: one | other, seen)
    rows = judging_rows(y, mask)
    return as_table(X).take(rows), y[rows], told(len(y), mask, len(rows))


def judged(bundle: Bundle) -> tuple[Any, Any, str]:
    """The benchmark rows that judged a version when it was registered, and in words what of them it was trained on."""
    X, y = bundle.benchmark()
    seen = seen_by(bundle, bundle, len(y))
    if is_frozen(bundle):
        return unseen(bundle, seen)
    equal = int(seen.sum())
    rows = f"{equal:,} of {count(len(y), 'benchmark row')} {numbered(equal, 'stands', 'stand')} in the training data"
    said = f"{rows} and counted at registration, as here; `compare` and `estimate` leave them out"
    return X, y, said if equal else ""


def judging_rows(y: Any, seen: Mask) -> npt.NDArray[np.intp]:
    """Positions of the rows that may judge; classes keep their shares (see ``fair_rows``)."""
    from ipymlops.evaluation.fair_rows import fair_rows

    return fair_rows(y, seen, classes=_are_classes(y))


def told(rows: int, seen: Mask, left: int) -> str:
    """In words, what was left out and why; empty where nothing was."""
    lost = int(seen.sum())
    if not lost:
        return ""
    thinned = "" if left == rows - lost else f", and {left:,} of the others keep the classes in proportion"
    stand, do = numbered(lost, "stands", "stand"), numbered(lost, "does", "do")
    return f"{lost:,} of {count(rows, 'benchmark row')} {stand} in the training data and {do} not count{thinned}"


def _of_bundle(bundle: Bundle, schema: Schema, train: Data | None, warnings: list[str]) -> Benchmark:
    from ipymlops.registry.benchmark import TABLE, TARGET

    X, y = bundle.benchmark()
    seen = seen_rows(X, train)
    _, coincidence = recorded(bundle, len(y))
    files = {name: bundle.read(name) for name in (TABLE, TARGET)}
    benchmark = Benchmark(schema.conform(X), y, files, seen, coincidence, frozen=True)
    if coincidence > COINCIDENCE and seen.any():
        warnings.append(
            f"{int(seen.sum()):,} of {len(y):,} benchmark rows equal training rows. That was so for many when the line "
            "began, so equality tells nothing here: none was left out, and the figures may flatter this version"
        )
    elif words := told(len(y), seen, len(benchmark.rows)):
        warnings.append(words)
    return benchmark


def _of_test(train: Data | None, test: Data | None, warnings: list[str]) -> Benchmark | None:
    from ipymlops.frames import as_table, vector
    from ipymlops.registry.benchmark import benchmark_files

    if test is None:
        return None
    X, y = test
    seen = seen_rows(X, train)
    if seen.any():
        equal = int(seen.sum())
        warnings.append(
            f"{equal:,} of {count(len(seen), 'test row')} {numbered(equal, 'is', 'are')} equal to training rows; "
            "where they are the same observations, the figures flatter the model"
        )
    files = benchmark_files(as_table(X), y)
    return Benchmark(X, vector(y), files, seen, float(seen.mean()), frozen=False)


def _are_classes(y: Any) -> bool:
    """Whether targets are labels rather than measurements: text, booleans, or few distinct whole numbers."""
    import numpy as np

    if y.dtype.kind not in "iuf":
        return True
    return len(np.unique(y)) <= min(100, max(2, len(y) // 20))

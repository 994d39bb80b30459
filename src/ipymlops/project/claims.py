"""What a bundle from elsewhere says of itself, held against what it is.

Its figures are measured again on the rows that it brings, and those rows must be the line's own benchmark where the
line has one: else it could bring easy rows, or figures that nothing gave, and pass the gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from ipymlops.errors import BadInput, IntegrityError

if TYPE_CHECKING:
    from ipymlops.evaluation.results import Evaluation
    from ipymlops.progress import Progress
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle

# How far figures that are measured again may lie from those that a bundle brings: machines round otherwise.
_RELATIVE = 1e-3
_ROWS = 2  # of a classifier, that may fall on the other side of a threshold
_OF_WIDTH = 0.1  # of an interval, at its ends


class Claims(TypedDict):
    """The facts of a manifest that the registry's row repeats."""

    estimator: str
    risk: str
    task: NotRequired[str | None]
    rows: NotRequired[int | None]
    features: NotRequired[list[str]]


def check_facts(bundle: Bundle) -> None:
    """Raise IntegrityError or UnknownName where the manifest does not hold what a version's row needs."""
    from ipymlops.declared import fits
    from ipymlops.policy.risk_tier import tier_of

    if not fits(bundle.manifest, Claims):
        raise IntegrityError(
            "The manifest of this bundle does not say what it should",
            expected=", ".join(Claims.__annotations__),
            next_step="do not use it; ask where it came from",
        )
    tier_of(bundle.manifest["risk"])


def check_benchmark(project: Project, name: str, bundle: Bundle) -> None:
    """A line is judged on one set of rows: a bundle may not bring easier ones into it."""
    from ipymlops.project.benchmarking import frozen_benchmark, same_benchmark
    from ipymlops.registry.benchmark import TABLE

    frozen = frozen_benchmark(project, name)
    if frozen is not None and TABLE in bundle and not same_benchmark(bundle, frozen):
        raise BadInput(
            f"This bundle was judged on other rows than the benchmark of {name}",
            expected="a version of that line",
            next_step="pull it as a line of its own: --as NAME",
        )


def measured_again(bundle: Bundle, name: str, say: Progress) -> Evaluation | None:
    """What the bundle says of how good it is, once that holds; None where it says nothing. The model is constructed
    here, audited, whether there is anything to measure or not."""
    from ipymlops.evaluation.evaluation import evaluate
    from ipymlops.evaluation.stored import from_record
    from ipymlops.project.benchmarking import is_frozen, seen_by, unseen

    model = bundle.model()
    if "metrics.json" not in bundle:
        return None
    claimed = from_record(bundle.json("metrics.json"))
    if "benchmark.parquet" not in bundle:
        raise _unfounded("it brings figures, and not the rows that they were measured on")
    X, y = bundle.benchmark()
    if is_frozen(bundle):
        X, y, _ = unseen(bundle, seen_by(bundle, bundle, len(y)))
    say("measure it again")
    level = claimed.metrics[0].level if claimed.metrics else 0.95
    found = evaluate(model, bundle.schema().conform(X), y, name=name, level=level, progress=say)
    _compare(claimed, found)
    return claimed


def _compare(claimed: Evaluation, found: Evaluation) -> None:
    measured = {metric.name: metric for metric in found.metrics}
    if claimed.primary != found.primary or measured.keys() != {m.name for m in claimed.metrics}:
        raise _unfounded("its figures are others than those that its benchmark gives")
    rows = 0.0 if found.task == "regression" else _ROWS / max(found.n_rows, 1)
    for said in claimed.metrics:
        here = measured[said.name]
        allowed = _RELATIVE * abs(here.value) + rows
        ends = allowed + _OF_WIDTH * abs(here.high - here.low)
        if not _agree(said.value, here.value, allowed):
            raise _unfounded(f"it says {said.name} {said.value:.4g}, and its benchmark gives {here.value:.4g}")
        if not (_agree(said.low, here.low, ends) and _agree(said.high, here.high, ends)):
            raise _unfounded(f"the interval of {said.name} is another on its benchmark")


def _agree(said: float, here: float, allowed: float) -> bool:
    """Whether both are within that distance, or both unknown."""
    return (said != said and here != here) or abs(said - here) <= allowed


def _unfounded(what: str) -> IntegrityError:
    return IntegrityError(
        f"This bundle's figures do not hold: {what}",
        expected="figures that its own benchmark gives",
        next_step="do not use it; ask where it came from",
    )

"""Drift that a profile cannot tell: what is compared with the held-out rows stored with a version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, MlopsError
from ipymlops.phrases import count, numbered

if TYPE_CHECKING:
    from ipymlops.drift.held_out_results import ErrorChange, Separation
    from ipymlops.drift.profile import Profile
    from ipymlops.drift.results import ColumnDrift, DriftReport
    from ipymlops.evaluation.answers import Answers, Predictions
    from ipymlops.evaluation.targets import Array
    from ipymlops.frames import Table
    from ipymlops.progress import Progress
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Version


def beyond_columns(
    project: Project,
    version: Version,
    profile: Profile,
    report: DriftReport,
    data: Any,
    *,
    classifier: bool,
    predictions: bool,
    labels: Array | None,
    progress: Progress | None = None,
) -> DriftReport:
    """The report with what the held-out rows tell in addition; the model is loaded for ``predictions`` only.
    ``labels``, (n,), are those of ``data``."""
    from ipymlops.drift.results import HeldOut
    from ipymlops.frames import as_table
    from ipymlops.project.benchmarking import benchmark_of, seen_by, unseen

    say = progress or (lambda _: None)
    bundle, table = project.bundle(version), as_table(data)
    X, y = benchmark_of(bundle, version)
    rows = len(y)
    found = HeldOut(held_out(rows, version))
    if classifier:
        say("train a classifier that tells rows apart")
        found = replace(found, separation=_separation(as_table(X), table, profile))
    if predictions or labels is not None:
        X, y, said = unseen(bundle, seen_by(bundle, bundle, rows))
        found = replace(found, notes=(said,) if said else ())
    columns: dict[str, tuple[Profile, Profile]] = {}
    if labels is not None:
        known = known_labels(labels, version)
        _refuse_strangers(labels, y, version)
        columns["labels"] = _both("labels", known_labels(y, version), known)
        found = replace(found, notes=(*found.notes, *waiting_said(len(labels) - len(known))))
    if predictions:
        say("ask the model")
        before, now = _asked(bundle, X, y, data)
        if isinstance(now, str):
            found = replace(found, refused=now)
        else:
            columns["predictions"] = _both("predictions", _said(before.answers), _said(now))
            if labels is not None and (flattered := _flattered(bundle, data)):
                found = replace(found, notes=(*found.notes, flattered))
            elif labels is not None:
                found = replace(found, errors=_errors(before, now, labels, report.data))
    if columns:
        drifts, enough = compared(columns, report)
        found = replace(found, prediction=drifts.get("predictions"), target=drifts.get("labels"), enough=enough)
    return replace(report, held_out=found)


def _flattered(bundle: Bundle, data: Any) -> str:
    """In words, why errors on these rows say nothing: the model was trained on them; empty where it was not."""
    from ipymlops.project.training_rows import trained_on

    seen = trained_on(bundle, bundle.schema().conform(data))
    if seen is None or not seen.flatters:
        return ""
    were = numbered(seen.equal, "was", "were")
    return f"Errors were not compared: {seen.equal:,} of {count(seen.looked_at, 'row')} {were} trained on"


def _separation(reference: Table, table: Table, profile: Profile) -> Separation:
    from ipymlops.drift.domain_classifier import separation
    from ipymlops.drift.weighing import enough_to_matter
    from ipymlops.evaluation.ranking import delong

    return separation(
        reference,
        table,
        areas=delong,
        columns=[name for name, column in profile.columns.items() if not column.identifier],
        importance=profile.importance,
        matters=enough_to_matter(profile),
    )


def _asked(bundle: Bundle, X: Any, y: Any, data: Any) -> tuple[Predictions, Answers | str]:
    """What the model says of the held-out rows and of the data; in words, why it refuses the data."""
    from ipymlops.evaluation.predictions import answer, predict

    model, schema = bundle.model(), bundle.schema()
    before = predict(model, schema.conform(X), y, data="benchmark")
    try:
        return before, answer(model, schema.conform(data), like=before.answers)
    except MlopsError as error:
        return before, error.found
    except Exception as error:  # whatever the user's own steps raise on rows that they do not know
        said = str(error).strip().splitlines()
        return before, f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


def _said(answers: Answers) -> Any:
    """One value a row: the score of the second class, the number, or the label."""
    import numpy as np

    if answers.task == "regression":
        return np.asarray(answers.predicted, dtype=np.float64)
    if answers.scores is not None:
        return answers.scores
    return np.array([str(c) for c in answers.classes], dtype=object)[answers.predicted]


def known_labels(labels: Any, version: Version) -> Any:
    """The labels that are there: numbers of a regression, words of a classification (one for 1, 1.0 and True)."""
    from ipymlops.evaluation.targets import missing_labels

    known = labels[~missing_labels(labels)]
    if not len(known):
        raise no_label()
    return known if version.facts.get("task") == "regression" else _texts(known)


def _refuse_strangers(labels: Any, y: Any, version: Version) -> None:
    """Raise BadInput where no label is one of the held-out rows, ``y``: these are other words, which are no drift."""
    from ipymlops.evaluation.targets import class_positions, found_classes, missing_labels

    if version.facts.get("task") == "regression":
        return
    if set(known_labels(labels, version)).isdisjoint(known_labels(y, version)):
        classes = found_classes(y, y)
        class_positions(labels[~missing_labels(labels)], classes, "label", "; no held-out row has {}")


def no_label() -> BadInput:
    """The refusal of labels that are all missing."""
    return BadInput("Found no row with a label", expected="at least one")


def waiting_said(rows: int) -> tuple[str, ...]:
    """In words, that so many rows have no label."""
    have, do = numbered(rows, "has", "have"), numbered(rows, "does", "do")
    return (f"{count(rows, 'row')} {have} no label yet and {do} not count",) if rows else ()


def one_column(name: str, values: Any) -> Table:
    """These values, (n,), as a table."""
    from ipymlops.frames import as_table, from_columns

    return as_table(from_columns({name: values}))


def _texts(values: Any) -> Any:
    import numpy as np

    column = one_column("labels", values)
    if column.kinds["labels"] not in ("number", "integer", "boolean"):
        return column.strings("labels")
    return np.array([f"{v:.15g}" for v in column.numbers("labels")], dtype=object)


def _both(name: str, before: Any, now: Any) -> tuple[Profile, Profile]:
    """Values of held-out rows, (n,), and of the data, (m,), counted over the same bins or levels."""
    from ipymlops.drift.profile import Profile

    reference = Profile.of(one_column(name, before))
    return reference, reference.measure(one_column(name, now))


def compared(columns: dict[str, tuple[Profile, Profile]], report: DriftReport) -> tuple[dict[str, ColumnDrift], bool]:
    """The drift of each from its held-out side, corrected over them together, and whether rows are enough."""
    from ipymlops.drift.drift_check import compare_each

    references, parts = ([sides[n] for sides in columns.values()] for n in (0, 1))
    found = compare_each(
        references[0], parts, references=references, model=report.model, version=report.version, data=report.data,
        alpha=report.alpha,
    )  # fmt: skip
    return {c.column: c for one in found for c in one.columns}, all(one.enough for one in found)


def _errors(before: Predictions, now: Answers, labels: Any, data: str, level: float = 0.95) -> ErrorChange:
    """Whether the model is wrong more often, or by more, than on the held-out rows."""
    import numpy as np

    from ipymlops.drift.held_out_results import ErrorChange
    from ipymlops.evaluation.predictions import truths
    from ipymlops.evaluation.uncertainty import newcombe, welch

    true, present = truths(labels, before.answers, data)
    said = now.predicted[present]
    if before.task == "regression":
        sizes = [np.abs(said - true), np.abs(before.predicted - before.true)]
        rows = (len(sizes[0]), len(sizes[1]))
        means = [float(s.mean()) for s in sizes]
        variances = [float(s.var(ddof=1) / len(s)) if len(s) > 1 else np.nan for s in sizes]
        interval = welch(means[0] - means[1], (variances[0], variances[1]), rows, level)
        figure = "mean absolute error"
    else:
        wrong = (float(np.sum(said != true)), float(np.sum(before.predicted != before.true)))
        rows = (len(true), len(before.true))
        means = [w / n for w, n in zip(wrong, rows, strict=True)]
        interval = newcombe(wrong, rows, level)
        figure = "error rate"
    return ErrorChange(figure, means[1], means[0], rows[1], rows[0], interval.low, interval.high, level,
                       interval.method)  # fmt: skip


def held_out(rows: int, version: Version) -> str:
    """What the reference rows are called."""
    return f"the {count(rows, 'held-out row')} stored with {version.ref}"

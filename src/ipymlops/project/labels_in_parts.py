"""Whether the true answers changed, where they stand in a column of a table that is never whole in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, UnknownName
from ipymlops.phrases import listed
from ipymlops.project.beyond_columns import compared, held_out, known_labels, no_label, one_column, waiting_said
from ipymlops.project.labelling import UNSAID, read_by_the_model, target_of, unsaid

if TYPE_CHECKING:
    from ipymlops.drift.profile import Profile
    from ipymlops.drift.results import DriftReport
    from ipymlops.drift.summaries import Summary
    from ipymlops.frames import Table
    from ipymlops.partitions import Parts
    from ipymlops.progress import Progress
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Version

NO_ANSWERS = (
    "Predictions and errors were not compared: the model is asked of a table in memory, and this one is in parts; "
    "name one file, or a dataframe"
)


@dataclass(frozen=True, slots=True)
class LabelsInParts:
    """The column, and the labels of the held-out rows, over whose bins or levels it is counted."""

    column: str
    version: Version
    reference: Profile
    against: str  # the held-out rows, in words
    classes: tuple[Any, ...]  # the labels of the held-out rows, as they are written there; none of a regression
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, project: Project, version: Version, parts: Parts, labels: Any, *, reads: Collection[str]
    ) -> LabelsInParts | None:
        """None where there are no ``labels``. Raises UnknownName or BadInput for those that are no column of ``parts``
        or one that the model ``reads``, and for a version without held-out rows."""
        from ipymlops.drift.profile import Profile
        from ipymlops.evaluation.targets import found_classes
        from ipymlops.project.benchmarking import benchmark_of, seen_by, unseen

        if labels is None:
            return None
        bundle = project.bundle(version)
        column = _column(parts, labels, reads, target_of(bundle))
        rows = len(benchmark_of(bundle, version)[1])
        _, y, said = unseen(bundle, seen_by(bundle, bundle, rows))
        reference = Profile.of(one_column("labels", known_labels(y, version)))
        classes = () if version.facts.get("task") == "regression" else found_classes(y, y)
        return cls(column, version, reference, held_out(rows, version), classes, (said,) if said else ())

    def told_in(self, report: DriftReport, parts: Parts, progress: Progress | None, *, asked: bool) -> DriftReport:
        """The report with whether the labels of ``parts`` drifted. ``asked``: the model's answers were wanted, too."""
        from ipymlops.drift.results import HeldOut

        now, waiting = self._counted(parts, progress)
        notes = (*self.notes, *waiting_said(waiting), *((NO_ANSWERS,) if asked else ()))
        drifts, enough = compared({"labels": (self.reference, now)}, report)
        return replace(report, held_out=HeldOut(self.against, target=drifts.get("labels"), enough=enough, notes=notes))

    def _counted(self, parts: Parts, progress: Progress | None) -> tuple[Profile, int]:
        """The labels that are there, counted a part at a time, and how many rows have none."""
        from ipymlops.drift.large import Pieces

        pieces, waiting = Pieces(), 0
        for piece, lacking in parts.each([self.column], self._measured, progress=progress):
            waiting += lacking
            if piece is not None:
                pieces.add(piece)
        total = pieces.whole({"labels": self.reference.kinds["labels"]}, self.reference)
        if not total.rows:
            raise no_label()
        self._refuse_strangers(total.columns["labels"])
        return total, waiting

    def _refuse_strangers(self, now: Summary) -> None:
        """Raise BadInput where no label is one that a held-out row has: these are other words, which are no drift."""
        from ipymlops.drift.summaries import Levels
        from ipymlops.evaluation.targets import mapped

        if self.classes and isinstance(now, Levels) and now.unseen and not any(now.counts.values()):
            raise BadInput(
                f"Found the labels {listed([repr(label) for label in now.unseen])}; no held-out row has one of them",
                expected=f"one of {', '.join(map(repr, self.classes[:8]))}",
                next_step=mapped(now.unseen, self.classes),
            )

    def _measured(self, table: Table) -> tuple[Profile | None, int]:
        from ipymlops.evaluation.targets import missing_labels
        from ipymlops.frames import column_of

        labels = column_of(table, self.column)
        lacking = int(missing_labels(labels).sum())
        if lacking == len(labels):
            return None, lacking
        return self.reference.measure(one_column("labels", known_labels(labels, self.version))), lacking


def in_a_column_of(data: Any, labels: Any, *, reads: Collection[str]) -> bool:
    """Whether ``labels`` can be counted a part at a time: where there are none, or ``data`` is the path of one Parquet
    file of which they are a column that the model does not read. Nothing but its footer is looked at."""
    from pathlib import Path

    from ipymlops.partitions import is_parquet, open_parquet

    if labels is None or not isinstance(data, str | Path) or not is_parquet(data) or Path(data).is_dir():
        return labels is None
    return isinstance(labels, str) and labels not in reads and labels in open_parquet(data).kinds


def _column(parts: Parts, labels: Any, reads: Collection[str], target: str) -> str:
    apart = "labels of a table in parts are one of its columns; with others, name one file or a dataframe"
    if not isinstance(labels, str):
        raise BadInput(
            "Found labels apart from a table in parts", expected="the name of one of its columns", next_step=apart
        )
    if labels == UNSAID:
        raise unsaid(parts.kinds, reads, target)
    if labels not in parts.kinds:
        raise UnknownName.of("column of the table in parts", labels, parts.kinds, next_step=apart)
    if labels in reads:
        raise read_by_the_model(labels)
    return labels

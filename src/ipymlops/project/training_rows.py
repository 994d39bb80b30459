"""What a version keeps of the rows it was trained on, and how many of a later table's rows are among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipymlops.evaluation.results import TrainedOn
    from ipymlops.frames import Table
    from ipymlops.project.candidate import Parcel
    from ipymlops.registry.bundle import Bundle

HASHES = "training_rows.npy"


def keep_training_rows(parcel: Parcel, table: Table, y: Any, importance: Any) -> None:
    """Their number and joint hash with how much the model uses each column, and hashes of single rows."""
    from ipymlops.evaluation.trained_on import TrainingRows
    from ipymlops.frames import row_fingerprints
    from ipymlops.pipelines.training_rows import joint

    rows = row_fingerprints(table)
    parcel.add_json("training.json", {**joint(rows, y), "importance": importance})
    parcel.files[HASHES] = TrainingRows.of(rows).to_bytes()


def trained_on(bundle: Bundle, rows: Any) -> TrainedOn | None:
    """How many of the rows, as the model takes them, it was trained on; None where its bundle does not tell."""
    from ipymlops.evaluation.trained_on import TrainingRows
    from ipymlops.frames import as_table, row_fingerprints

    if HASHES not in bundle:
        return None
    return TrainingRows.from_bytes(bundle.read(HASHES)).among(row_fingerprints(as_table(rows)))

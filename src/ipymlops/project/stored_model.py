"""Whether a model that holds code of its own answers as it is stored like the one that was handed over.

What its functions read may have been changed since they were written down: nobody can tell from the outside, so both
are asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops.errors import UnsafeModel

if TYPE_CHECKING:
    from ipymlops.project.candidate import Candidate, Parcel

MOST_ROWS = 2_000  # of each table


def check_stored(candidate: Candidate, parcel: Parcel) -> None:
    """Raise UnsafeModel where the stored model gives another answer to training, test or made-up rows."""
    from ipymlops.pipelines.likeness import compare_models
    from ipymlops.registry import serializers

    if not parcel.facts["serializer"].get("code"):
        return
    stored = serializers.load(parcel.files.__getitem__, parcel.facts)
    likeness = compare_models(candidate.model, stored, _tables(candidate))
    for answers in likeness.answers:
        if answers.data and not answers.close:  # the rest is no answer to rows
            raise UnsafeModel(
                f"The model answers {answers.differing:,} of {answers.rows:,} {answers.data} rows otherwise once it is "
                f"stored ({answers.method}): something that its code reads was changed after it was made",
                expected="code that is as it was when the model was fitted",
                next_step="run the cells that define it again, fit the model, then register it",
            )


def _tables(candidate: Candidate) -> dict[str, Any]:
    import numpy as np

    from ipymlops.frames import as_table, perturbed

    tables: dict[str, Any] = {}
    for name, data in (("training", candidate.train), ("test", candidate.test)):
        if data is not None:
            table = as_table(data[0])
            rows = np.linspace(0, table.rows - 1, min(table.rows, MOST_ROWS)).astype(np.intp)
            tables[name] = table.take(rows)
    if tables:
        tables["perturbed"] = perturbed(next(iter(tables.values())))
    return tables

"""One hash of the rows a model was trained on: tells a script that read other data from one that trained otherwise."""

from __future__ import annotations

import hashlib
from typing import Any


def fingerprint(X: Any, y: Any) -> dict[str, Any]:
    """Number of rows, and one hash of them in their order with their targets; ``training.json`` holds the same."""
    import numpy as np

    from ipymlops.frames import as_table, row_fingerprints, vector

    table, targets = as_table(X), vector(y)
    targets = targets if targets.dtype.kind in "biuf" else np.array([str(v) for v in targets])
    rows = np.ascontiguousarray(row_fingerprints(table)).tobytes()
    return {"rows": table.rows, "fingerprint": hashlib.sha256(rows + targets.tobytes()).hexdigest()}

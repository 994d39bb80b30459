"""One hash of the rows a model was trained on: tells a script that read other data from one that trained otherwise."""

from __future__ import annotations

import hashlib
from typing import Any


def fingerprint(X: Any, y: Any) -> dict[str, Any]:
    """Number of rows, and one hash of them in their order with their targets; ``training.json`` holds the same."""
    from ipymlops.frames import as_table, row_fingerprints

    return joint(row_fingerprints(as_table(X)), y)


def joint(rows: Any, y: Any) -> dict[str, Any]:
    """The same from one hash a row, (n,), and the targets."""
    import numpy as np

    from ipymlops.frames import vector

    targets = vector(y)
    targets = targets if targets.dtype.kind in "biuf" else np.array([str(v) for v in targets])
    hashed = hashlib.sha256(np.ascontiguousarray(rows).tobytes() + targets.tobytes())
    return {"rows": len(rows), "fingerprint": hashed.hexdigest()}

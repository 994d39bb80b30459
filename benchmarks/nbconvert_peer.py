"""What ``nbconvert --to script`` makes of a notebook: does the script run, and are its models the kernel's?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.kernel import Kernel

# The models' answers to made-up rows of the width that they take: equal models give equal digests.
DIGESTS = """
def digests(namespace, names):
    import hashlib, json
    import numpy as np
    def digest(model):
        width = getattr(model, "n_features_in_", None)
        if width is None:
            return "cannot tell"
        rows = np.random.default_rng(0).normal(size=(200, width)) * 3
        names = getattr(model, "feature_names_in_", None)
        if names is not None:
            import pandas as pd
            rows = pd.DataFrame(rows, columns=names)
        try:
            return hashlib.sha256(np.asarray(model.predict(rows)).tobytes()).hexdigest()
        except Exception as error:
            return "cannot tell"
    return json.dumps({n: digest(namespace[n]) if n in namespace else "missing" for n in names})
"""


def compared_by_nbconvert(place: Path, notebook: str, kernel: Kernel, models: list[str]) -> dict[str, str]:
    """Model -> ``identical``, ``another model``, ``missing``, ``cannot tell`` or ``the script stopped``."""
    ours = json.loads(kernel.value(DIGESTS, f"digests(globals(), {models!r})"))
    convert = [sys.executable, "-m", "nbconvert", "--to", "script", "--output", "converted", notebook]
    subprocess.run(convert, cwd=place, capture_output=True, check=True)
    script = next(p for p in (place / "converted.py", place / "converted.txt") if p.exists())
    text = script.read_text() + f"\n{DIGESTS}\nprint('DIGESTS', digests(globals(), {models!r}))\n"
    (place / "converted.ipy").write_text(text)
    run = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "converted.ipy"]
    done = subprocess.run(run, cwd=place, capture_output=True, text=True, check=False, timeout=600)
    line = next((x for x in done.stdout.splitlines() if x.startswith("DIGESTS ")), None)
    if line is None:
        return dict.fromkeys(models, "the script stopped")
    theirs = json.loads(line.removeprefix("DIGESTS "))
    return {m: _words(ours[m], theirs[m]) for m in models}


def _words(ours: str, theirs: str) -> str:
    if theirs in ("missing", "cannot tell") or ours == "cannot tell":
        return theirs if theirs in ("missing", "cannot tell") else ours
    return "identical" if ours == theirs else "another model"

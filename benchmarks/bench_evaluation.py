"""Evaluation of a 100,000 x 20 binary model with all intervals, slices and costs, beside skore and Evidently.

Run ``python benchmarks/bench_evaluation.py``; IPYMLOPS_ROWS for fewer rows. Each tool judges the same rows with the
same forest in a process of its own. Peers need environments of their own: name their interpreters in
``IPYMLOPS_SKORE_PYTHON`` and ``IPYMLOPS_EVIDENTLY_PYTHON``. Counted is the processor's time after the imports, all
threads together, and the largest memory of the process; what the model takes to answer is measured apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROWS = int(os.environ.get("IPYMLOPS_ROWS", 100_000))
TARGET = "under 3 CPU s"

BEGIN = """
import json, os, resource, sys, time, warnings
warnings.filterwarnings("ignore")
import joblib
import pandas as pd
model, names, values, y = joblib.load(sys.argv[1])
X, y = pd.DataFrame(values, columns=names), pd.Series(y, name="target")
def cpu():
    return time.process_time() + sum(os.times()[2:4])
"""
END = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "answering": answering, "peak": peak, "says": says}))
"""
PROGRAMS = {
    "ipymlops": """
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation import weak_slices
import sklearn.tree, sklearn.metrics
start = cpu(); model.predict_proba(X); model.predict(X); answering = cpu() - start
start = cpu()
found = evaluate(model, X, y, name="forest", slices=True, sensitive=["region"], cost={"fp": 1, "fn": 5})
seconds = cpu() - start
says = f"{len(found.metrics)} metrics, each with an interval, {len(found.slices.found)} weak slices, groups, costs"
""",
    "skore": """
import skore
start = cpu(); model.predict_proba(X); model.predict(X); answering = cpu() - start
start = cpu()
report = skore.EstimatorReport(model, X_test=X, y_test=y, pos_label=1)
table = report.metrics.summarize().frame()
report.metrics.roc(); report.metrics.precision_recall(); report.metrics.confusion_matrix()
seconds = cpu() - start
says = f"{len(table)} figures without intervals, ROC, precision and recall, confusion"
""",
    "Evidently": """
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset
start = cpu(); proba = model.predict_proba(X)[:, 1]; labels = model.predict(X); answering = cpu() - start
start = cpu()
frame = X.assign(target=y, score=proba)
roles = DataDefinition(classification=[BinaryClassification(
    target="target", prediction_probas="score", prediction_labels=None, pos_label=1)])
snapshot = Report([ClassificationPreset()]).run(Dataset.from_pandas(frame, data_definition=roles), None)
figures = snapshot.dict()["metrics"]
seconds = cpu() - start + answering
says = f"{len(figures)} entries without intervals; answers of the model added"
""",
}


def main() -> None:
    """Print a table of all three."""
    peers = {"skore": os.environ.get("IPYMLOPS_SKORE_PYTHON"), "Evidently": os.environ.get("IPYMLOPS_EVIDENTLY_PYTHON")}
    print(f"| evaluation of {ROWS:,} x 20 (target: {TARGET}) | CPU s | of it the model's answers | peak MB | gives |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = _stored(Path(folder))
        for name, python in {"ipymlops": sys.executable, **peers}.items():
            if python is None:
                print(f"{name} was not measured: IPYMLOPS_{name.upper()}_PYTHON names no interpreter.")
                continue
            found = _measured(python, PROGRAMS[name], path)
            figures = f"{found['seconds']:.2f} | {found['answering']:.2f} | {found['peak']:.0f}"
            print(f"| {name} | {figures} | {found['says']} |")


def _stored(folder: Path) -> Path:
    """A small forest and the rows that it did not learn from: numbers and, for the groups, a coded category."""
    import joblib
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(ROWS + 10_000, 19)), columns=[f"f{i}" for i in range(19)])
    X["region"] = random.integers(0, 6, len(X))
    y = (X.f0 + X.f1 * X.f2 + np.where(X.region == 3, 3, 1) * random.normal(size=len(X)) > 0).astype(int)
    forest = RandomForestClassifier(20, max_depth=8, random_state=0).fit(X[ROWS:], y[ROWS:])
    path = folder / "forest.joblib"
    joblib.dump((forest, list(X.columns), X[:ROWS].to_numpy(), y[:ROWS].to_numpy()), path)  # no peer needs pyarrow
    return path


def _measured(python: str, program: str, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-c", BEGIN + program + END, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DO_NOT_TRACK": "1"},
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    main()

"""``make demo``: the quickstart executed headless, then its pipeline run on the next month as a scheduler would.

Everything lands in ``demo-output/``; the summary printed at the end is read from the project, not written by hand.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "demo-output"
MODEL = "credit-risk"
# What a scheduler would feed in: all applications when June was over, and a month whose meaning had changed.
NEXT_MONTH, CHANGED_MONTH = "until-2025-06", "2026-01"
DRIFT_MONTH = "2025-10"


def main() -> None:
    """Run the whole road and print where it led."""
    _prepare()
    print(f"1/4  executing notebooks/quickstart.ipynb in {_shown(OUTPUT)}/", flush=True)
    _execute("quickstart.ipynb")
    print("2/4  writing the HTML report", flush=True)
    _report()
    print("3/4  running the exported pipeline twice, in an empty folder, without the notebook", flush=True)
    retrainings = {month: _retrain(month) for month in (NEXT_MONTH, CHANGED_MONTH)}
    print("4/4  reading the project\n", flush=True)
    _summarise(retrainings)


def _prepare() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    shutil.copy(ROOT / "notebooks" / "quickstart.ipynb", OUTPUT)


def _execute(name: str) -> None:
    path = OUTPUT / name
    notebook = nbformat.read(path, as_version=4)
    quiet = ["--log-level=ERROR"]  # its warning about the transport is for other networks than loopback
    where = {"metadata": {"path": str(OUTPUT)}}
    NotebookClient(notebook, kernel_name="python3", extra_arguments=quiet, timeout=600, resources=where).execute()
    nbformat.write(notebook, path)


def _report() -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "ipymlops",
            "evaluate",
            MODEL,
            "--project",
            OUTPUT,
            "--html",
            OUTPUT / "evaluation.html",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _retrain(month: str) -> dict[str, object]:
    """As cron would: a fresh process, an empty folder, only paths."""
    script = OUTPUT / "pipelines" / MODEL / "retrain.py"
    data = OUTPUT / "data" / f"applications-{month}.csv"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JPY", "IPY"))}
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, script, "--input", f"applications={data}", "--project", OUTPUT, "--json"],
            cwd=empty,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in (0, 3):  # 3: the gate refused, which is an answer
        sys.exit(f"the pipeline ended with {done.returncode}:\n{done.stderr}")
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def _summarise(retrainings: dict[str, dict[str, object]]) -> None:
    from ipymlops import open_project
    from ipymlops.samples.shifts import truly_shifted
    from ipymlops.views.words import interval

    project = open_project(OUTPUT)
    first = project.show(f"{MODEL}@1")
    drift = _drift(project)
    print(f"version        {first.version.ref}: {first.version.facts['estimator']}, risk {first.version.facts['risk']}")
    for name in ("roc_auc", "accuracy", "log_loss"):
        figure = first.evaluation.metric(name)
        print(f"  {name:<12} {interval(figure.value, figure.low, figure.high)}")
    print(f"verification   {first.version.verification}")
    print(f"drifted        {DRIFT_MONTH}: {', '.join(sorted(drift.drifted))}")
    print(f"  planted      {', '.join(sorted(truly_shifted(DRIFT_MONTH)))}")
    findings = [f for f in drift.findings if f.code != "extra-column"]
    for finding in findings:
        print(f"  finding      {finding.column}: {finding.detail}")
    named = {*drift.drifted, *(f.column for f in findings)}
    for column in drift.columns:
        if column.column in truly_shifted(DRIFT_MONTH) and column.column not in named:
            print(f"  too small    {column.column}: effect {column.effect:.3f}, threshold {column.threshold:.3f}")
    for month, retraining in retrainings.items():
        print(f"retraining     {month}: {retraining['decision']}. {retraining['words']}")
    print(f"champion       {project.registry.resolve(f'{MODEL}@champion').ref}")
    print()
    for what, name in (
        ("notebook", "quickstart.ipynb"),
        ("HTML report", "evaluation.html"),
        ("pipeline", f"pipelines/{MODEL}/retrain.py"),
    ):
        print(f"{what:<14} {_shown(OUTPUT / name)}")


def _drift(project):  # type: ignore[no-untyped-def]
    """The quickstart's own check, from the file, with the notebook's own derived column."""
    import pandas as pd

    table = pd.read_csv(OUTPUT / "data" / f"applications-{DRIFT_MONTH}.csv")
    table["loan_to_income"] = table["loan_amount"] / table["income"].clip(lower=1_000)
    table["home_owner"] = table["home_owner"].map({True: "yes", False: "no"})
    return project.drift(f"{MODEL}@1", table, name=DRIFT_MONTH)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    main()

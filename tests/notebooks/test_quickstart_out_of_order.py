"""The quickstart as people really work: cells out of order, edited, failed, run again; then the export is proved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"

Run = Callable[[str], Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))

    def execute(source: str) -> str:
        reply = client.execute_interactive(source, timeout=300, output_hook=lambda _: None)
        return str(reply["content"]["status"])

    try:
        yield execute
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def cell(marker: str) -> str:
    """The quickstart's code cell that holds ``marker``."""
    cells = nbformat.read(QUICKSTART, as_version=4).cells
    found = [c.source for c in cells if c.cell_type == "code" and marker in c.source]
    assert len(found) == 1, f"{len(found)} cells hold {marker!r}"
    return str(found[0])


LOAD, DATA, READ = "%load_ext", "ipymlops.samples data", "pd.read_csv"
FEATURES, SPLIT, MODEL = "def add_features", "= train_test_split(", "RandomForestClassifier("
REGISTER, EXPORT = "%mlops register", "export = %mlops export"


def verification(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "pipelines" / "credit-risk" / "verification.json").read_text())
    return record


def test_out_of_order_edited_failed_and_run_again(run: Run, tmp_path: Path) -> None:
    read = cell("loans = pd.read_csv").replace("loans.head()", "loans.describe()")
    for source in (
        cell(LOAD),
        cell(FEATURES),  # before the data are there
        cell(DATA),
        read,
    ):
        assert run(source) == "ok"
    assert run(cell(MODEL)) == "error"  # no split yet: its imports and `prepare` took effect all the same
    for source in (
        cell(SPLIT).replace("test_size=0.3", "test_size=0.9"),  # edited and run,
        cell(MODEL),
        "loans['income'] = loans['income'].fillna(0) * 1.0",
        cell(SPLIT),  # then set back and run again
        "scratch = loans.sample(3)",  # moves NumPy's generator between
        cell(MODEL),
        "len(scratch)",
        cell(REGISTER),
        "model.set_params(randomforestclassifier__n_estimators=1)",  # after registration: not part of it
        cell(EXPORT),
    ):
        assert run(source) == "ok"
    proof = verification(tmp_path)
    script = (tmp_path / "pipelines" / "credit-risk" / "retrain.py").read_text()
    assert proof["verdict"] == "identical", proof
    assert proof["widened"] == 0
    assert "test_size=0.3" in script
    assert "fillna(0)" in script
    assert not any(noise in script for noise in ("test_size=0.9", "scratch", "describe", "n_estimators=1)", "%mlops"))


def test_loaded_last_the_history_is_enough_for_a_seeded_model(run: Run, tmp_path: Path) -> None:
    seeded = cell(MODEL).replace("min_samples_leaf=20", "min_samples_leaf=20, random_state=3")
    for source in (cell(DATA), cell("loans = pd.read_csv"), cell(FEATURES), cell(SPLIT), seeded):
        assert run(source) == "ok"
    for source in (cell(LOAD), cell(REGISTER), cell(EXPORT)):
        assert run(source) == "ok"
    assert verification(tmp_path)["verdict"] == "identical"


def test_loaded_last_an_unseeded_model_is_not_called_verified(run: Run, tmp_path: Path) -> None:
    """Without the recorder nobody kept the random state: the honest answer names that as the cause."""
    for source in (cell(DATA), cell("loans = pd.read_csv"), cell(FEATURES), cell(SPLIT), cell(MODEL)):
        assert run(source) == "ok"
    for source in (cell(LOAD), cell(REGISTER), cell(EXPORT)):
        assert run(source) == "ok"
    proof = verification(tmp_path)
    assert proof["verdict"] == "not reproduced"
    assert "random" in proof["cause"] or "deterministic" in proof["cause"], proof["cause"]

"""A real kernel, driven as JupyterLab drives it: cells with ids, messages, completion, a restart-free reload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

pytestmark = pytest.mark.kernel
SECONDS = 120


@dataclass
class Ran:
    """What one cell answered."""

    status: str
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [content for name, content in self.messages if name == kind]

    @property
    def text(self) -> str:
        return "".join(content["text"] for content in self.of("stream"))


@dataclass
class Notebook:
    manager: KernelManager
    client: BlockingKernelClient
    folder: Path

    def run(self, source: str) -> Ran:
        messages: list[tuple[str, dict[str, Any]]] = []
        reply = self.client.execute_interactive(
            source,
            timeout=SECONDS,
            stop_on_error=False,
            output_hook=lambda message: messages.append((message["msg_type"], message["content"])),
        )
        return Ran(reply["content"]["status"], messages)

    def ok(self, source: str) -> Ran:
        ran = self.run(source)
        assert ran.status == "ok", ran.messages
        return ran


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    folder = tmp_path / "analysis"
    folder.mkdir()
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "credit.ipynb"))
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=SECONDS, cwd=str(folder))
    try:
        yield Notebook(manager, client, folder)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


JOURNAL = "print([(c.execution, c.evidence) for c in get_ipython()._ipymlops.hooks.recorder.journal()])"


def test_loaded_early_every_cell_is_evidence(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops")
    notebook.ok("x = 1")
    assert notebook.run("1 / 0").status == "error"
    assert notebook.ok(JOURNAL).text == "[(1, False), (2, True), (3, True), (4, True)]\n"


def test_loaded_late_the_earlier_cells_are_known_from_history(notebook: Notebook) -> None:
    notebook.ok("x = 1")
    notebook.ok("y = x + 1")
    notebook.ok("%load_ext ipymlops\nz = y + 1")
    assert notebook.ok(JOURNAL).text == "[(1, False), (2, False), (3, False), (4, True)]\n"


def test_an_error_is_one_red_line_and_the_cell_has_failed(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops\nimport ipymlops\nproject, latest = ipymlops.Project.open().blobs, 1")
    ran = notebook.run("%mlops drift credit-risk --data latst")
    [error] = ran.of("error")
    assert (ran.status, error["ename"]) == ("error", "UnknownName")
    assert len(error["traceback"]) == 1
    assert "did you mean 'latest'?" in error["traceback"][0]
    assert ran.of("stream") == []


def test_completion_reaches_the_front_end(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops")
    reply = notebook.client.complete("%mlops reg", reply=True, timeout=SECONDS)["content"]
    assert reply["matches"] == ["register"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (7, 10)


def test_a_result_shows_as_a_card_once_and_can_be_kept(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops\nimport ipymlops\nproject = ipymlops.Project.open().blobs")
    ran = notebook.ok("%mlops models")
    [card] = ran.of("display_data")
    assert set(card["data"]) == {"text/html", "text/plain"}
    assert ran.of("execute_result") == []
    kept = notebook.ok("listed = %mlops models")
    assert kept.of("display_data") == []
    assert notebook.ok("print(listed.models)").text == "()\n"


TRAINING = """
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(7)
applications = pd.DataFrame({"age": rng.integers(20, 70, 900), "income": rng.normal(3000, 800, 900)})
approved = (60 * applications.age + applications.income + rng.normal(0, 800, 900) > 5600).astype(int)
"""
FITTING = """
X_train, X_test, y_train, y_test = applications[:500], applications[500:], approved[:500], approved[500:]
model = LogisticRegression(max_iter=1000).fit(X_train, y_train)
"""
REGISTER = """
%mlops register model --name credit-risk --train X_train y_train \\
    --test X_test y_test --risk medium -m "the first that works"
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_the_road_from_a_trained_model_to_a_champion(notebook: Notebook, when: str) -> None:
    load = "%load_ext ipymlops"
    for source in (load, TRAINING, FITTING) if when == "early" else (TRAINING, FITTING, load):
        notebook.ok(source)
    registered = notebook.ok(REGISTER)
    [first] = registered.of("display_data")[:1]
    card = registered.of("update_display_data")[-1]
    assert card["transient"] == first["transient"]
    assert "Registered credit-risk@1" in card["data"]["text/plain"]
    assert "<" in card["data"]["text/html"]
    charts = notebook.ok("%mlops evaluate credit-risk").of("display_data")[1:]
    assert charts
    assert all({"application/vnd.vegalite.v5+json", "image/png", "text/plain"} <= set(c["data"]) for c in charts)
    assert notebook.ok("report = %mlops drift credit-risk --data X_test.assign(age=69)").of("display_data") == []
    assert notebook.ok("print(report.drifted)").text == "('age',)\n"
    assert "is the champion now" in str(notebook.ok("%mlops promote credit-risk@1").of("display_data"))
    assert notebook.client.complete("%mlops show credit-risk@c", reply=True)["content"]["matches"] == [
        "credit-risk@champion"
    ]
    assert (notebook.folder / ".mlops" / "registry.db").exists()


@pytest.mark.parametrize("when", ["early", "late"])
def test_a_model_alone_is_enough(notebook: Notebook, when: str) -> None:
    load = "%load_ext ipymlops"
    for source in (load, TRAINING, FITTING) if when == "early" else (TRAINING, FITTING, load):
        notebook.ok(source)
    text = notebook.ok("%mlops register model").of("update_display_data")[-1]["data"]["text/plain"]
    cell = 3 if when == "early" else 2
    assert "Name model from the variable (--name)." in text
    assert f"Training data X_train, y_train from the fit in In [{cell}] (--train X y)." in text
    assert f"Test data X_test, y_test from the split in In [{cell}] (--test X y)." in text
    assert "is the champion now" in str(notebook.ok("%mlops promote model").of("display_data"))


STORED = """
from ipymlops.capture.journal import Journal
project = ipymlops.Project.open()
stored = Journal.from_json(project.bundle(project.registry.resolve("credit-risk")).read("journal.json"))
print([(cell.execution, cell.source.count("%mlops")) for cell in stored], stored.cells[-1].source[-30:])
"""


def test_what_was_registered_knows_the_cells_that_made_it(notebook: Notebook) -> None:
    notebook.ok(TRAINING)
    notebook.ok("import ipymlops\n%load_ext ipymlops")
    notebook.ok("1 + 1")
    notebook.ok(FITTING + REGISTER + "model = None")
    assert notebook.ok(STORED).text == (
        "[(1, 0), (2, 0), (3, 0), (4, 1)] " + '-m "the first that works"\nmodel = None'[-30:] + "\n"
    )


def test_an_export_is_proved_and_can_be_proved_again(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops")
    notebook.ok(TRAINING)
    notebook.ok("%%time\n" + FITTING.strip() + "\n%mlops register model --train X_train y_train --test X_test y_test")
    shown = notebook.ok("%mlops export model --show").of("display_data")[-1]["data"]
    assert "statements lead to `model`, `X_train` and `y_train`" in shown["text/plain"]
    assert not (notebook.folder / "pipelines").exists()
    exported = notebook.ok("exported = %mlops export model")
    assert exported.of("update_display_data")[-1]["data"]["text/plain"].startswith("export took ")
    assert (notebook.folder / "pipelines" / "model" / "retrain.py").exists()
    proved = notebook.ok("proved = %mlops verify model@1\nprint(exported.verification.verdict, proved.verdict)")
    assert proved.text == "identical identical\n"
    assert "holds a pipeline already" in str(notebook.run("%mlops export model").of("error"))


SLOW = """
import time
from ipymlops.evaluation import evaluation
ask = evaluation.predict
def slow(*given, **options):
    time.sleep(1.5)
    return ask(*given, **options)
evaluation.predict = slow
"""


def test_what_takes_over_a_second_tells_its_steps_in_its_own_cell(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops")
    notebook.ok(TRAINING)
    notebook.ok(FITTING + "%mlops register model --train X_train y_train --test X_test y_test")
    notebook.ok(SLOW)
    ran = notebook.ok("kept = %mlops evaluate model")
    [first], rest = (ran.of(kind) for kind in ("display_data", "update_display_data"))
    told = [content["data"]["text/plain"] for content in (first, *rest)]
    assert "evaluate: ask the model ..." in told
    assert told[-1].startswith("evaluate took ")
    assert {content["transient"]["display_id"] for content in rest} == {first["transient"]["display_id"]}
    assert ran.of("stream") == []


CELLS = (
    "print([(c.source[:11], c.succeeded, c.rebound) for c in get_ipython()._ipymlops.hooks.recorder.journal()][1:-1])"
)


@pytest.mark.parametrize("wait", ["await asyncio.sleep(100)", "time.sleep(100)"])
def test_an_interrupted_cell_is_one_that_failed_and_the_next_is_its_own(notebook: Notebook, wait: str) -> None:
    notebook.ok("import asyncio, time\n%load_ext ipymlops")
    # stop_on_error=False: else the kernel drops ("aborted") a request that comes soon after the error
    notebook.client.execute(f"x = 1\nprint('now', flush=True)\n{wait}\ny = 2", stop_on_error=False)
    while True:
        message = notebook.client.get_iopub_msg(timeout=SECONDS)
        if message["msg_type"] == "stream":
            break
    notebook.manager.interrupt_kernel()
    assert notebook.client.get_shell_msg(timeout=SECONDS)["content"]["status"] == "error"
    notebook.ok("z = 3")
    told = notebook.ok(CELLS).text
    assert told == "[('x = 1\\nprint', False, ('x',)), ('z = 3', True, ('z',))]\n"


def test_after_a_restart_nothing_of_the_earlier_kernel_is_left(notebook: Notebook) -> None:
    kernel = "print(get_ipython()._ipymlops.hooks.recorder.journal().kernel)"
    notebook.ok("%load_ext ipymlops\nold = 1")
    before = notebook.ok(kernel).text
    notebook.manager.restart_kernel(now=True)
    notebook.client.wait_for_ready(timeout=SECONDS)
    notebook.ok("new = 2")
    notebook.ok("%load_ext ipymlops")
    assert notebook.ok(JOURNAL).text == "[(1, False), (2, False), (3, True)]\n"
    assert notebook.ok(kernel).text != before


def test_the_journal_knows_the_notebook_and_its_cells(notebook: Notebook) -> None:
    notebook.ok("%load_ext ipymlops")
    session = notebook.client.session
    message = session.msg("execute_request", {"code": "x = 1", "silent": False, "store_history": True})
    message["metadata"]["cellId"] = "4f2a"
    notebook.client.shell_channel.send(message)
    assert notebook.client.get_shell_msg(timeout=SECONDS)["content"]["status"] == "ok"
    asked = "found = get_ipython()._ipymlops.hooks.recorder.journal()\nprint(found.cells[1].cell_id, found.notebook)"
    assert notebook.ok(asked).text.strip() == f"4f2a {notebook.folder / 'credit.ipynb'}"

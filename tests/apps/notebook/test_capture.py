"""What the journal holds after the things that people do in notebooks."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension
from ipymlops.capture.journal import Journal


@pytest.fixture
def watched(shell: InteractiveShell) -> InteractiveShell:
    shell.extension_manager.load_extension("ipymlops")
    return shell


def run(shell: InteractiveShell, *cells: str) -> None:
    for number, source in enumerate(cells):
        shell.run_cell(source, store_history=True, cell_id=f"c{number}")


def journal(shell: InteractiveShell) -> Journal:
    return extension.held(shell).hooks.recorder.journal()


def test_a_cell_that_a_cell_runs_is_part_of_it(watched: InteractiveShell) -> None:
    run(watched, "ip = get_ipython()\nip.run_cell('inner = 1')\nouter = 2", "after = 3")
    cells = journal(watched).cells
    assert [(c.cell_id, set(c.rebound)) for c in cells] == [("c0", {"ip", "inner", "outer"}), ("c1", {"after"})]


def test_a_file_that_is_run_leaves_its_names(watched: InteractiveShell) -> None:
    Path("prepare.py").write_text("ready = 5\n")
    run(watched, "%run prepare.py", "x = ready")
    assert [(c.source, c.rebound) for c in journal(watched)] == [
        ("%run prepare.py", ("ready",)),
        ("x = ready", ("x",)),
    ]


@pytest.mark.parametrize("magic", ["%%time", "%%capture", "%%capture said"])
def test_the_body_under_a_cell_magic_is_one_run(watched: InteractiveShell, magic: str) -> None:
    run(watched, f"{magic}\nx = [1]\ny = x", "x.append(2)")
    first, second = journal(watched).cells
    assert {"x", "y"} <= set(first.rebound)
    assert first.succeeded
    assert "x" in second.mutated
    assert ("x", "y") in second.aliases


def test_what_ran_before_an_error_inside_a_function_under_time_is_kept(watched: InteractiveShell) -> None:
    run(watched, "%%time\nx = 1\ndef f():\n    return 1 / 0\ny = f()\nz = 2")
    [cell] = journal(watched).cells
    assert (cell.succeeded, cell.failed_line) == (False, 5)
    assert {"x", "f"} <= set(cell.rebound)
    assert not {"y", "z"} & set(cell.rebound)


def test_an_interrupted_cell_has_failed_at_its_line(watched: InteractiveShell) -> None:
    run(watched, "x = 1\nraise KeyboardInterrupt\ny = 2", "z = 3")
    first, second = journal(watched).cells
    assert (first.succeeded, first.failed_line, first.rebound) == (False, 2, ("x",))
    assert (second.succeeded, second.rebound) == (True, ("z",))


def test_await_on_the_top_level(watched: InteractiveShell) -> None:
    run(watched, "import asyncio\nawait asyncio.sleep(0)\nx = 1")
    run(watched, "await asyncio.sleep(0)\ny = x + 1\nraise ValueError")
    first, second = journal(watched).cells
    assert (first.succeeded, set(first.rebound)) == (True, {"asyncio", "x"})
    assert (second.succeeded, second.failed_line, second.rebound) == (False, 3, ("y",))


def test_a_cell_that_ended_without_a_word_does_not_swallow_the_next(watched: InteractiveShell) -> None:
    source = "import asyncio\nx = 1\nawait asyncio.sleep(60)"

    async def cancelled() -> None:
        started = asyncio.ensure_future(watched.run_cell_async(source, store_history=True, transformed_cell=source))
        await asyncio.sleep(0.05)
        started.cancel()
        await asyncio.wait([started])

    asyncio.run(cancelled())
    run(watched, "y = 2", "z = 3")
    cells = journal(watched).cells
    assert [(c.source, c.succeeded) for c in cells] == [(source, False), ("y = 2", True), ("z = 3", True)]
    assert [set(c.rebound) for c in cells] == [{"asyncio", "x"}, {"y"}, {"z"}]


def test_silent_runs_are_no_cells(watched: InteractiveShell) -> None:
    watched.run_cell("hidden = 1", silent=True)
    run(watched, "x = 1")
    assert [c.source for c in journal(watched)] == ["x = 1"]


def test_a_reset_is_seen_as_deleting(watched: InteractiveShell) -> None:
    run(watched, "x = 1\ny = 2", "%reset -f", "z = 3")
    cells = journal(watched).cells
    assert set(cells[1].deleted) == {"x", "y"}
    assert cells[2].rebound == ("z",)


def test_loading_twice_records_each_cell_once(watched: InteractiveShell) -> None:
    run(watched, "%load_ext ipymlops", "x = 1")
    assert [c.source for c in journal(watched)] == ["%load_ext ipymlops", "x = 1"]


def test_loading_again_keeps_every_cell_once(watched: InteractiveShell) -> None:
    run(watched, "x = 1", "%reload_ext ipymlops", "y = 2")
    assert [c.source for c in journal(watched)] == ["x = 1", "%reload_ext ipymlops", "y = 2"]


def test_unloaded_nothing_watches(shell: InteractiveShell) -> None:
    importers = list(sys.meta_path)
    shell.extension_manager.load_extension("ipymlops")
    recorder = extension.held(shell).hooks.recorder
    run(shell, "x = 1", "%unload_ext ipymlops", "y = 2")
    assert "y = 2" not in [c.source for c in recorder.journal()]
    assert sys.meta_path == importers


def test_a_module_that_changes_under_autoreload_still_binds(
    watched: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path.cwd()))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    Path("steps_of_mine.py").write_text("def step():\n    return 1\n")
    run(watched, "%load_ext autoreload", "%autoreload 2", "import steps_of_mine\na = steps_of_mine.step()")
    Path("steps_of_mine.py").write_text("def step():\n    return 2  # longer\n")
    run(watched, "b = steps_of_mine.step()")
    assert (watched.user_ns["a"], watched.user_ns["b"]) == (1, 2)
    assert [c.succeeded for c in journal(watched)] == [True] * 4
    assert journal(watched).cells[-1].rebound == ("b",)
    sys.modules.pop("steps_of_mine")


def test_a_generator_made_before_we_were_loaded_is_known_by_its_cell(shell: InteractiveShell) -> None:
    run(shell, "import numpy as np", "rng = np.random.default_rng()", "rng.normal()")
    shell.extension_manager.load_extension("ipymlops")
    entropy = shell.user_ns["rng"].bit_generator.seed_seq.entropy
    cells = journal(shell).cells
    assert [c.generators for c in cells] == [{}, {"rng": {"entropy": entropy, "spawn_key": []}}, {}]

"""A real, fresh IPython shell in a folder of its own; nothing of the user's IPython is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.chdir(folder)
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    config.TerminalInteractiveShell.colors = "nocolor"
    made = InteractiveShell(config=config)
    yield made
    made.restore_sys_module_state()
    made.history_manager.end_session()

"""Loading us costs a notebook, a server or a shell none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("pandas", "numpy", "sklearn", "scipy", "altair", "sqlalchemy", "skops", "pyarrow", "dask")

IN_A_SHELL = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.hist_file = ":memory:"
shell = InteractiveShell(config=config)
shell.run_cell("x = 1", store_history=True).raise_error()
shell.run_cell("%load_ext ipymlops", store_history=True).raise_error()
{then}
"""
A_CELL = "shell.run_cell('y = x + 1', store_history=True).raise_error()"
HELP = "shell.run_cell('%mlops register --help', store_history=True).raise_error()"

PROGRAMS = {
    "import ipymlops": "import ipymlops; dir(ipymlops)",
    "%load_ext": IN_A_SHELL.format(then=""),
    "%load_ext, then a cell": IN_A_SHELL.format(then=A_CELL),
    "%load_ext, then help": IN_A_SHELL.format(then=HELP),
    "ipymlops --help": "from ipymlops.apps.cli import main; main(['--help'])",
    "ipymlops drift --help": "from ipymlops.apps.cli import main; main(['drift', '--help'])",
    "a verb mistyped": "from ipymlops.apps.cli import main; main(['drft'])",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=list(PROGRAMS))
def test_nothing_heavy_is_loaded(program: str, tmp_path: Path) -> None:
    tell = f"\nimport sys; print('LOADED', sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run(
        [sys.executable, "-c", program + tell],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={"IPYTHONDIR": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "LOADED []"

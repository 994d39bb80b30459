from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
import sklearn

from ipymlops.capture import environment as capturing
from ipymlops.capture.environment import environment, installed_version, requirements, variables_at_start


def test_versions_of_what_is_imported() -> None:
    found = environment()
    assert found["python"] == platform.python_version()
    assert found["packages"]["numpy"] == numpy.__version__
    assert found["packages"]["scikit-learn"] == sklearn.__version__
    assert "json" not in found["packages"]


def test_requirements_are_pinned_distributions_of_module_names() -> None:
    wanted = requirements(["sklearn.linear_model", "numpy", "json", "no_such_module_anywhere"])
    assert wanted == (f"numpy=={numpy.__version__}", f"scikit-learn=={sklearn.__version__}")


@pytest.mark.parametrize(("name", "version"), [("scikit-learn", sklearn.__version__), ("no-such-distribution", "")])
def test_the_version_of_a_distribution_is_the_installed_one(name: str, version: str) -> None:
    assert installed_version(name) == version


def test_a_distribution_that_is_gone_is_not_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "distributions", lambda: {"gone": ["gone-since"], "numpy": ["numpy"]})
    assert requirements(["gone", "numpy"]) == (f"numpy=={numpy.__version__}",)


def test_what_a_cell_set_is_no_variable_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET_BY_A_CELL", "1")
    assert "SET_BY_A_CELL" not in variables_at_start()
    assert variables_at_start()["PATH"]


def test_where_the_system_does_not_tell_they_are_those_of_the_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setenv("SET_BY_A_CELL", "1")
    found = variables_at_start()
    assert "SET_BY_A_CELL" not in found
    assert found["PATH"] == os.environ["PATH"]
    found["PATH"] = "changed"  # a copy: whoever asks next gets what was there
    assert variables_at_start()["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize(("library", "told"), [("", False), ("threadpoolctl", True)])
def test_the_threads_are_told_where_something_counts_them(library: str, told: bool) -> None:
    hide = "" if library else "sys.modules['threadpoolctl'] = None; import importlib.util as u; found = u.find_spec\n"
    hide += "" if library else "u.find_spec = lambda n, *a: None if n == 'threadpoolctl' else found(n, *a)\n"
    program = f"import sys\n{hide}from ipymlops.capture.environment import arithmetic; print(arithmetic())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "'BLAS': '" in said
    assert ("'BLAS threads': '" in said) == told

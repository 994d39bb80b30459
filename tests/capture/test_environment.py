from __future__ import annotations

import platform

import numpy
import sklearn

from ipymlops.capture.environment import environment, requirements


def test_versions_of_what_is_imported() -> None:
    found = environment()
    assert found["python"] == platform.python_version()
    assert found["packages"]["numpy"] == numpy.__version__
    assert found["packages"]["scikit-learn"] == sklearn.__version__
    assert "json" not in found["packages"]


def test_requirements_are_pinned_distributions_of_module_names() -> None:
    wanted = requirements(["sklearn.linear_model", "numpy", "json", "no_such_module_anywhere"])
    assert wanted == (f"numpy=={numpy.__version__}", f"scikit-learn=={sklearn.__version__}")

"""The files by which other tools know a bundle: MLflow's ``MLmodel``, ``python_env.yaml``, ``requirements.txt``.

``mlflow.pyfunc.load_model(bundle_folder)`` works, with the columns enforced by MLflow and again by us. Nothing here
imports MLflow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ipymlops.registry.schema import Schema
from ipymlops.registry.yaml import to_yaml

_TYPES = {
    "number": "double",
    "integer": "long",
    "boolean": "boolean",
    "category": "string",
    "datetime": "datetime",
    "unsupported": "any",
}


def mlmodel(schema: Schema, *, python: str, estimator: str, probabilities: bool = False) -> bytes:
    """``MLmodel``: which module loads the bundle, under which Python, and what it takes and answers. A model that
    answers with ``probabilities`` gives numbers where others give classes."""
    outputs = [{"type": "double"}] if probabilities else _outputs(schema)
    signature = {"inputs": json.dumps(_inputs(schema)), "outputs": json.dumps(outputs), "params": None}
    loader = {
        "env": {"virtualenv": "python_env.yaml"},
        "loader_module": "ipymlops.registry.pyfunc",
        "python_version": python,
    }
    record = {
        "flavors": {"python_function": loader},
        "metadata": {"estimator": estimator, "task": schema.task},
        "signature": signature,
    }
    return to_yaml(record).encode()


def requirements_txt(requirements: Iterable[str]) -> bytes:
    """``requirements.txt`` with one pinned distribution a line, sorted."""
    return "".join(f"{line}\n" for line in sorted(set(requirements), key=str.lower)).encode()


def python_env(python: str) -> bytes:
    """``python_env.yaml``, from which MLflow builds a virtual environment."""
    record = {
        "python": python,
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }
    return to_yaml(record).encode()


def _inputs(schema: Schema) -> list[dict[str, Any]]:
    if schema.container == "numpy" and all(c.kind in ("number", "integer", "boolean") for c in schema.columns):
        shape = [-1, len(schema.columns)]
        return [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": shape}}]
    return [{"type": _TYPES[c.kind], "name": c.name, "required": True} for c in schema.columns]


def _outputs(schema: Schema) -> list[dict[str, Any]]:
    if schema.task == "regression":
        return [{"type": "double"}]
    if schema.classes and all(c.lstrip("-").isdigit() for c in schema.classes):
        return [{"type": "long"}]
    return [{"type": "boolean" if set(schema.classes) <= {"True", "False"} else "string"}]

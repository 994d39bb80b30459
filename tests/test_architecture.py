"""The law of the house: who may import whom, and where each foreign library lives."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "ipymlops"

# Each row imports only rows above it; a domain does not import its neighbours, save by the arrows below.
ROWS = (
    ("declared", "errors", "metric_names", "phrases", "plain", "progress", "shares"),
    ("frames", "storage", "samples"),
    ("partitions",),
    ("capture", "registry", "evaluation", "drift"),
    ("pipelines", "policy", "monitoring"),
    ("project",),
    ("retraining", "serving", "wire"),
    ("views",),
    ("apps",),
    ("__main__",),
)
ARROWS = {("samples", "frames"), ("retraining", "wire")}

HOMES = {
    "narwhals": ("frames", "partitions"),
    "pandas": ("frames", "partitions"),
    "polars": ("frames", "partitions"),
    "pyarrow": ("frames", "partitions"),
    "dask": ("partitions",),
    "sqlalchemy": ("storage",),
    "fsspec": ("storage",),
    "scipy": (
        "drift",
        "evaluation",
        "monitoring",
        "registry.serializers.contents",
        "registry.serializers.distributions",
    ),
    "sklearn": ("evaluation", "drift", "registry.serializers"),
    "skops": ("registry.serializers",),
    "ast": (
        "pipelines",
        "capture",
        "registry.code_audit",
        "registry.code_calls",
        "registry.code_sizes",
        "registry.code_values",
        "registry.serializers.formula_terms",
    ),
    "packaging": ("pipelines",),
    "ruff": ("pipelines",),
    "uv": ("pipelines",),
    "altair": ("views.charts",),
    "vl_convert": ("views.charts",),
    "anywidget": ("views.widgets",),
    "ipywidgets": ("views.widgets",),
    "IPython": ("apps.notebook",),
    "tornado": ("apps.jupyter_server",),
    "jupyter_server": ("apps.jupyter_server",),
    "jupyter_events": ("apps.jupyter_server",),
    "starlette": ("serving",),
    "uvicorn": ("serving",),
    "mlflow": (),
    "yaml": ("registry.mlflow",),
    "xgboost": (),
    "lightgbm": (),
    "catboost": ("registry.serializers.catboost",),
    "torch": ("registry.serializers.torch", "capture.random_state", "retraining.pipeline"),
    "onnx": ("registry.serializers.onnx",),
    "onnxruntime": ("registry.serializers.onnx",),
    "statsmodels": ("registry.serializers",),
    "patsy": (),
    "model_signing": ("registry.signing",),
    "cryptography": ("registry.signing",),
    "OpenSSL": (),
}

ROOT = SOURCE / "__init__.py"  # binds names lazily; test_light_import proves it
FILES = sorted(p for p in SOURCE.rglob("*.py") if "labextension" not in p.relative_to(SOURCE).parts and p != ROOT)


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> list[tuple[str, int]]:
    """Absolute module names a file imports anywhere, functions included; type-only imports count too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import on line {node.lineno}; write the full name"
            found.append((node.module or "", node.lineno))
            if node.module == "ipymlops":
                found += [(f"ipymlops.{alias.name}", node.lineno) for alias in node.names]
    return found


def _floor(part: str) -> int:
    return next((i for i, row in enumerate(ROWS) if part in row), -1)


def _allowed(importer: str, imported: str) -> bool:
    if importer == imported or (importer, imported) in ARROWS:
        return True
    return _floor(imported) < _floor(importer)


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_imports_run_one_way(path: Path) -> None:
    importer = _module(path).split(".")[0]
    assert _floor(importer) >= 0, f"{importer} stands in no row: add it to ROWS and to docs/architecture.md"
    for name, line in _imports(path):
        package, _, rest = name.partition(".")
        if package != "ipymlops" or not rest or rest.startswith("__"):
            continue
        imported = rest.split(".")[0]
        assert _allowed(importer, imported), (
            f"{path.relative_to(SOURCE)}:{line} imports {imported}, which does not stand below {importer}"
        )


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_every_foreign_library_has_one_home(path: Path) -> None:
    module = _module(path)
    for name, line in _imports(path):
        homes = HOMES.get(name.split(".")[0])
        if homes is None:
            continue
        assert any(module == home or module.startswith(home + ".") for home in homes), (
            f"{path.relative_to(SOURCE)}:{line} imports {name}; its home is {' or '.join(homes) or 'nowhere'}"
        )


def test_the_law_can_fail() -> None:
    assert not _allowed("drift", "evaluation")
    assert not _allowed("frames", "drift")
    assert not _allowed("views", "apps")
    assert _allowed("apps", "errors")
    assert _allowed("project", "drift")


BANNED = {"utils", "util", "core", "base", "common", "manager", "helper", "helpers", "misc"}


def test_no_file_is_named_for_nothing() -> None:
    assert not [str(p) for p in FILES if p.stem in BANNED]

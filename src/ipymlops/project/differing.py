"""What is different between two versions: code, data, parameters, environment, metrics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.registry.differences import (
    VersionDiff,
    bundle_differences,
    code_difference,
    parameter_differences,
)

if TYPE_CHECKING:
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Version


def diff(project: Project, before: str, after: str) -> VersionDiff:
    """From the stored bundles; the models are loaded for their parameters, and nothing is computed."""
    old, new = project.registry.resolve(before), project.registry.resolve(after)
    bundles = project.bundle(old), project.bundle(new)
    found = list(bundle_differences(*bundles))
    if bundles[0].model_hashes != bundles[1].model_hashes:
        found[1:1] = parameter_differences(*(_parameters(bundle) for bundle in bundles))
    statements = [_statements(bundle, version) for bundle, version in zip(bundles, (old, new), strict=True)]
    code: tuple[str, ...] = ()
    if statements[0] is not None and statements[1] is not None:
        code = code_difference(statements[0], statements[1], (old.ref, new.ref))
    return VersionDiff(old.ref, new.ref, tuple(found), code, code_known=None not in statements)


def _parameters(bundle: Bundle) -> dict[str, Any]:
    model = bundle.model()
    return dict(model.get_params(deep=True)) if hasattr(model, "get_params") else {}


def _statements(bundle: Bundle, version: Version) -> list[str] | None:
    """Those that the version needs; None where it did not come from a notebook."""
    from ipymlops.pipelines.origin import Origin

    try:
        origin = Origin.of(bundle, version.model, version.number, Path.cwd())
    except BadInput:
        return None
    return [kept.statement.source for kept in origin.slice(0).kept]

"""The bill of materials of a version: CycloneDX 1.6 with a model card, for those who audit what runs in production.

https://cyclonedx.org/docs/1.6/json/ (ECMA-424). Nothing in it changes from one writing to the next: no time, and the
serial number is made of the content.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ipymlops.phrases import count
from ipymlops.registry.schema import ColumnSchema, Schema
from ipymlops.registry.serializers.pickled import WARNING, is_pickled

FILE = "bom.cdx.json"
MODEL, TRAINING = "model", "training-data"
_PINNED = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;#]+)")
_DASHES = re.compile(r"[-_.]+")


def bom(
    facts: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    schema: Schema,
    *,
    model_hashes: Mapping[str, str],
    requirements: Sequence[str],
    inputs: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The document. ``facts`` and ``metrics`` as for the model card; ``model_hashes``: file -> sha256 of what holds the
    model; ``requirements``: pinned lines; ``inputs``: ``name`` and ``sha256`` of what the notebook read."""
    libraries = _once(_library(line) for line in requirements if _PINNED.match(line))
    data = _once((_training(facts), *(_input(i) for i in inputs)))
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _model(facts, metrics, schema, model_hashes)},
        "components": [*libraries, *data],
        "dependencies": [{"ref": MODEL, "dependsOn": [c["bom-ref"] for c in (*libraries, *data)]}],
    }
    content = hashlib.sha256(_written(document)).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}"
    return _written(document)


def _once(components: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each of another name; of one name, the first."""
    found: dict[str, dict[str, Any]] = {}
    for component in components:
        found.setdefault(component["bom-ref"], component)
    return [*found.values()]


def _written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _model(
    facts: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], schema: Schema, hashes: Mapping[str, str]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": str(facts["model"]),
        "modelCard": _card(facts, metrics, schema),
        "components": [_file(name, sha256) for name, sha256 in sorted(hashes.items())],
    }
    return made | ({"description": str(facts["why"])} if facts.get("why") else {})


def _file(name: str, sha256: str) -> dict[str, Any]:
    return {"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": [_sha256(sha256)]}


def _card(facts: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], schema: Schema) -> dict[str, Any]:
    outputs = "a number" if schema.task == "regression" else f"one of: {', '.join(map(str, schema.classes))}"
    card: dict[str, Any] = {
        "modelParameters": {
            "approach": {"type": "supervised"},
            "task": "regression" if schema.task == "regression" else "classification",
            "architectureFamily": str(facts.get("estimator", "unknown")),
            "datasets": [{"ref": TRAINING}],
            "inputs": [{"format": _column(c)} for c in schema.columns],
            "outputs": [{"format": outputs}],
        }
    }
    figures = [_metric(m) for m in metrics if _is_figure(m.get("value"))]
    if figures:
        card["quantitativeAnalysis"] = {"performanceMetrics": figures}
    limits = [f"Risk tier: {facts['risk']}."] if facts.get("risk") else []
    if is_pickled(facts):
        limits.insert(0, f"{WARNING}.")
    if not figures:
        limits.append("It was judged on no rows, so nothing is known of how well it does.")
    return card | ({"considerations": {"technicalLimitations": limits}} if limits else {})


def _column(column: ColumnSchema) -> str:
    return f"{column.name}: {column.kind}" + (", may be missing" if column.missing else "")


def _metric(m: Mapping[str, Any]) -> dict[str, Any]:
    """CycloneDX has figures as texts; digits are those that read back as the same number."""
    figure: dict[str, Any] = {"type": str(m["name"]), "value": repr(float(m["value"]))}
    figure |= {"slice": f"{m['n_rows']:,} rows of the benchmark"} if m.get("n_rows") else {}
    if _is_figure(m.get("low")) and _is_figure(m.get("high")):
        figure["confidenceInterval"] = {"lowerBound": repr(float(m["low"])), "upperBound": repr(float(m["high"]))}
    return figure


def _library(line: str) -> dict[str, Any]:
    found = _PINNED.match(line)
    assert found is not None
    name, version = _DASHES.sub("-", found[1]).lower(), found[2]
    purl = f"pkg:pypi/{name}@{version.replace('+', '%2B')}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _training(facts: Mapping[str, Any]) -> dict[str, Any]:
    rows = facts.get("rows")
    about = count(rows, "row") if isinstance(rows, int) else "Not given at registration."
    described = {"type": "dataset", "name": "training data", "description": about}
    return {"type": "data", "bom-ref": TRAINING, "name": "training data", "data": [described]}


def _input(found: Mapping[str, Any]) -> dict[str, Any]:
    """A file that the notebook read; without a hash where there was none to take."""
    name = str(found["name"])
    made: dict[str, Any] = {
        "type": "data",
        "bom-ref": f"input:{name}",
        "name": name,
        "data": [{"type": "dataset", "name": name}],
    }
    return made | ({"hashes": [_sha256(str(found["sha256"]))]} if found.get("sha256") else {})


def _sha256(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and value == value and abs(value) != float("inf")

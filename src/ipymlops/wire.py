"""Every shape that crosses to TypeScript, and how results become JSON.

After a change here: ``make wire`` (it writes labextension/src/wire.ts; a test compares).
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, Literal, TypedDict

from ipymlops.pipelines.results import Verdict
from ipymlops.plain import instant, is_record, plain
from ipymlops.registry.records import Event, EventKind, ModelList, ModelSummary, Version

RECENT = 8  # events a version shows in the panel; the rest is in %mlops history


class EstimateWire(TypedDict):
    """One figure with its interval; null where there is none."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    level: float | None
    unit: str


class EventWire(TypedDict):
    """Who did what to which version, when (UTC) and why."""

    number: int
    kind: EventKind
    version: int | None
    who: str
    when: str
    why: str


class VersionWire(TypedDict):
    """One version as the panel lists it."""

    number: int
    created: str
    who: str
    estimator: str
    task: str
    risk: str
    rows: int | None
    features: int | None
    headline: EstimateWire | None
    metrics: list[EstimateWire]
    aliases: list[str]
    champion: bool
    verification: Verdict
    verification_cause: str
    events: list[EventWire]


class ModelWire(TypedDict):
    """One model line, newest version first."""

    name: str
    champion: int | None
    versions: list[VersionWire]


class ProjectWire(TypedDict):
    """The project a folder belongs to."""

    name: str
    folder: str


class ModelsWire(TypedDict):
    """What ``GET ipymlops/api/models`` answers; ``project`` is null where the folder has none."""

    kind: Literal["models"]
    project: ProjectWire | None
    models: list[ModelWire]


class ErrorWire(TypedDict):
    """What every refused or failed request answers, in words for a person."""

    kind: Literal["error"]
    message: str


class ChangedWire(TypedDict):
    """The event that tells the panel to ask again."""

    folder: str


# The order is the one of wire.ts.
SHAPES: tuple[type, ...] = (
    EstimateWire,
    EventWire,
    VersionWire,
    ModelWire,
    ProjectWire,
    ModelsWire,
    ErrorWire,
    ChangedWire,
)

VERDICTS: tuple[Verdict, ...] = ("identical", "within tolerance", "not reproduced", "not verified")


def to_wire(result: Any) -> dict[str, Any]:
    """A result as JSON values: its fields, its properties, and ``kind``, the name of its type (``drift-report``).

    A value that has a ``kind`` of its own, such as an event, keeps it.

    >>> to_wire(ModelList("credit", ()))
    {'kind': 'model-list', 'project': 'credit', 'models': []}
    """
    if not is_record(result):
        raise TypeError(f"to_wire was given {type(result).__name__}; it takes one of our results")
    return {"kind": _kind(type(result)), **{n: plain(v, _fields) for n, v in _fields(result).items()}}


def as_json(result: Any) -> str:
    """A result as JSON text: what ``--json`` prints, in ``ipymlops`` and in ``retrain.py``."""
    return json.dumps(to_wire(result), indent=2, ensure_ascii=False, allow_nan=False)


def models_wire(
    models: ModelList,
    versions: Mapping[str, Iterable[Version]],
    events: Mapping[str, Iterable[Event]],
) -> ModelsWire:
    """The panel's whole picture of a project; ``versions`` and ``events`` by model name, oldest first."""
    folder = PurePath(models.project)
    return ModelsWire(
        kind="models",
        project=ProjectWire(name=folder.name or str(folder), folder=str(folder)),
        models=[_model(m, versions.get(m.name, ()), tuple(events.get(m.name, ()))) for m in models.models],
    )


def no_project() -> ModelsWire:
    """The answer for a folder that belongs to no project."""
    return ModelsWire(kind="models", project=None, models=[])


def error_wire(message: str) -> ErrorWire:
    """One line that says what was found, what was expected and what to do."""
    return ErrorWire(kind="error", message=" ".join(message.split()))


def _model(model: ModelSummary, versions: Iterable[Version], events: tuple[Event, ...]) -> ModelWire:
    champion = model.champion.number if model.champion else None
    newest_first = sorted(versions, key=lambda v: v.number, reverse=True)
    return ModelWire(
        name=model.name,
        champion=champion,
        versions=[
            _version(v, v.number == champion, [e for e in events if e.version == v.number]) for v in newest_first
        ],
    )


def _version(version: Version, champion: bool, events: list[Event]) -> VersionWire:
    facts = version.facts
    metrics = _metrics(facts)
    return VersionWire(
        number=version.number,
        created=instant(version.created),
        who=version.who,
        estimator=str(facts.get("estimator") or ""),
        task=str(facts.get("task") or ""),
        risk=str(facts.get("risk") or ""),
        rows=_count(facts.get("rows")),
        features=_count(facts.get("features")),
        headline=next((m for m in metrics if m["name"] == _primary(facts)), None),
        metrics=metrics,
        aliases=list(version.aliases),
        champion=champion,
        verification=_verdict(version.verification),
        verification_cause=_cause(events),
        events=[_event(e) for e in reversed(events[-RECENT:])],
    )


def _event(event: Event) -> EventWire:
    return EventWire(
        number=event.number,
        kind=event.kind,
        version=event.version,
        who=event.who,
        when=instant(event.when),
        why=event.why,
    )


def _metrics(facts: Mapping[str, Any]) -> list[EstimateWire]:
    """The stored estimates; facts hold them as metrics.json does, or not at all."""
    stored = facts.get("metrics")
    if isinstance(stored, Mapping):
        stored = stored.get("metrics")
    return [_estimate(m) for m in stored or () if isinstance(m, Mapping) and "name" in m]


def _primary(facts: Mapping[str, Any]) -> str:
    stored = facts.get("metrics")
    inside = stored.get("primary") if isinstance(stored, Mapping) else None
    return str(facts.get("primary") or inside or "")


def _estimate(record: Mapping[str, Any]) -> EstimateWire:
    return EstimateWire(
        name=str(record["name"]),
        value=_number(record.get("value")),
        low=_number(record.get("low")),
        high=_number(record.get("high")),
        level=_number(record.get("level")),
        unit=str(record.get("unit") or ""),
    )


def _cause(events: list[Event]) -> str:
    checks = [e.evidence for e in events if "verdict" in e.evidence]
    return str(checks[-1].get("cause") or "") if checks else ""


def _verdict(text: str) -> Verdict:
    return next((v for v in VERDICTS if v == text), "not verified")


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def _count(value: Any) -> int | None:
    if isinstance(value, list | tuple | Mapping):  # the names of the features, or rows by table
        return len(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _kind(type_: type) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type_.__name__).lower()


def _fields(record: Any) -> dict[str, Any]:
    names = [f.name for f in dataclasses.fields(record) if not f.name.startswith("_")]
    members = {name: member for part in reversed(type(record).__mro__) for name, member in vars(part).items()}
    names += [name for name, member in members.items() if isinstance(member, property) and name[0] != "_"]
    return {name: getattr(record, name) for name in names}

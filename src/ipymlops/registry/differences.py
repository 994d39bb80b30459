"""What is different between two versions, fact by fact; what one of them does not know is said to be that."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ipymlops.registry.bundle import Bundle
from ipymlops.registry.schema import ColumnSchema

Area = Literal["model", "parameters", "data", "environment", "metrics", "origin"]
NOT_KNOWN = "not known"
DIGITS = 12  # of a hash


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is another one."""

    area: Area
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What ``%mlops diff MODEL@1 MODEL@2`` answers. ``code`` is a unified diff of the statements that each needs."""

    before: str
    after: str
    differences: tuple[Difference, ...]
    code: tuple[str, ...] = ()
    code_known: bool = True  # whether both came from a notebook

    @property
    def same(self) -> bool:
        return not self.differences and not self.code

    def rows(self) -> list[dict[str, Any]]:
        return [{"area": d.area, "what": d.what, "before": d.before, "after": d.after} for d in self.differences]


def bundle_differences(before: Bundle, after: Bundle) -> Iterator[Difference]:
    """Of everything that the bundles say without a model being loaded."""
    yield from _of_model(before, after)
    yield from _of_data(before, after)
    yield from _of_environment(before, after)
    yield from _of_metrics(before, after)
    yield from _of_origin(before, after)


def parameter_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Of what ``get_params`` gives; parts that are estimators themselves are told by their own parameters. To have no
    such parameter and to leave it at None come to the same."""
    old, new = plain_parameters(before), plain_parameters(after)
    unset = {name for name in old.keys() ^ new.keys() if {**old, **new}[name] == repr(None)}
    yield from _of_mappings("parameters", *({n: v for n, v in side.items() if n not in unset} for side in (old, new)))


def code_difference(before: Sequence[str], after: Sequence[str], names: tuple[str, str]) -> tuple[str, ...]:
    """A unified diff of two lists of statements."""
    old, new = ("\n".join(part).splitlines() for part in (before, after))
    return tuple(difflib.unified_diff(old, new, *names, lineterm="", n=2))


def plain_parameters(parameters: Mapping[str, Any]) -> dict[str, str]:
    """As code writes them, without parts that are estimators."""
    return {name: repr(value) for name, value in parameters.items() if not _is_estimator(value)}


def _is_estimator(value: Any) -> bool:
    """Whether it is one, or a list of steps with one in it."""
    if isinstance(value, list | tuple):
        return any(_is_estimator(part) for part in value)
    return hasattr(value, "get_params")


def _of_model(before: Bundle, after: Bundle) -> Iterator[Difference]:
    for what in ("estimator", "task", "target", "risk"):
        yield from _if_other("model", what, before.manifest.get(what), after.manifest.get(what))
    if before.model_hashes == after.model_hashes:
        return
    sums = (" ".join(sha256[:DIGITS] for _, sha256 in sorted(b.model_hashes.items())) for b in (before, after))
    yield Difference("model", "stored model, as a hash", *sums)


def _of_data(before: Bundle, after: Bundle) -> Iterator[Difference]:
    yield from _if_other("data", "training rows", before.manifest.get("rows"), after.manifest.get("rows"))
    prints = (_json(b, "training.json").get("fingerprint") for b in (before, after))
    yield from _if_other("data", "training rows, as a hash", *(p and p[:DIGITS] for p in prints))
    old, new = (_columns(bundle) for bundle in (before, after))
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            yield Difference("data", f"column {name}", one.kind if one else "none", other.kind if other else "none")
        else:
            yield from _if_other("data", f"kind of {name}", one.kind, other.kind)
            yield from _if_other("data", f"range of {name}", _range(one), _range(other))
            yield from _if_other("data", f"missing values in {name}", one.missing, other.missing)


def _columns(bundle: Bundle) -> dict[str, ColumnSchema]:
    return {c.name: c for c in bundle.schema().columns} if "schema.json" in bundle else {}


def _range(column: ColumnSchema) -> str:
    if column.categories is not None:
        return f"{len(column.categories)} categories: {', '.join(column.categories[:5])}"
    ends = (f"{end:.4g}" if isinstance(end, float) else str(end) for end in (column.low, column.high))
    return " to ".join(ends) if column.low is not None else ""


def _of_environment(before: Bundle, after: Bundle) -> Iterator[Difference]:
    old, new = (_json(bundle, "environment.json") for bundle in (before, after))
    yield from _if_other("environment", "Python", old.get("python"), new.get("python"))
    yield from _if_other("environment", "machine", old.get("machine"), new.get("machine"))
    yield from _of_mappings("environment", old.get("packages", {}), new.get("packages", {}))


def _of_metrics(before: Bundle, after: Bundle) -> Iterator[Difference]:
    old, new = ({m["name"]: m for m in _json(b, "metrics.json").get("metrics", ())} for b in (before, after))
    for name in dict.fromkeys([*old, *new]):
        yield from _if_other("metrics", name, *(_figure(side.get(name)) for side in (old, new)))


def _figure(metric: Mapping[str, Any] | None) -> str | None:
    if metric is None or metric["value"] is None:
        return None
    span = "" if metric["low"] is None else f" ({metric['low']:.4g} to {metric['high']:.4g})"
    return f"{metric['value']:.4g}{span}"


def _of_origin(before: Bundle, after: Bundle) -> Iterator[Difference]:
    for what in ("notebook", "parent"):
        yield from _if_other("origin", what, before.manifest.get(what), after.manifest.get(what))
    commits = (_commit(bundle) for bundle in (before, after))
    yield from _if_other("origin", "git commit", *commits)
    old, new = (_inputs(bundle) for bundle in (before, after))
    yield from _of_mappings("origin", old, new)


def _commit(bundle: Bundle) -> str | None:
    state = bundle.manifest.get("git")
    return None if not state else f"{state['commit'][:DIGITS]}{', with changes' if state['dirty'] else ''}"


def _inputs(bundle: Bundle) -> dict[str, str]:
    found = _json(bundle, "targets.json").get("inputs", ())
    return {f"input {i['default']}": (i["sha256"] or NOT_KNOWN)[:DIGITS] for i in found if "default" in i}


def _of_mappings(area: Area, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        yield from _if_other(area, name, before.get(name, "none"), after.get(name, "none"))


def _if_other(area: Area, what: str, before: Any, after: Any) -> Iterator[Difference]:
    if before != after:
        yield Difference(area, what, *(NOT_KNOWN if v is None else str(v) for v in (before, after)))


def _json(bundle: Bundle, name: str) -> dict[str, Any]:
    found: dict[str, Any] = bundle.json(name) if name in bundle else {}
    return found

"""Pushing a bundle: its files as artifacts of a run, read back, and only then a version of a registered model.

A version over there is known by a tag with the sha256 of its manifest. Pushing the same bundle again finds it, reads
its manifest back, and adds nothing. Where anything fails before the version is there, run, files and registered model
are taken away again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ipymlops.errors import BadInput, Conflict, IntegrityError, MlopsError
from ipymlops.progress import Progress
from ipymlops.registry.bundle import MANIFEST, Bundle
from ipymlops.registry.mlflow.server import Refused
from ipymlops.registry.mlflow.tracking import READY, Remote, RemoteModel, Run, Tracking
from ipymlops.registry.records import check_name
from ipymlops.storage.blobs import digest

MODEL_TAG = "ipymlops.model"  # of a registered model: the line that it holds the versions of
BUNDLE_TAG = "ipymlops.bundle"  # of a version: the sha256 of the manifest
FOLDER = "model"  # of the run's artifacts
_LONGEST = 500  # characters of a parameter's value; older servers refuse more
_KEY = re.compile(r"[\w. /-]{1,250}", re.ASCII)  # what MLflow takes as a name


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is pushed, and as what."""

    bundle: Bundle
    manifest: bytes
    model: str  # the line it is of
    name: str  # of the registered model
    chosen: bool  # whether somebody said that name, and so may mean a model that others made
    ref: str
    user: str
    aliases: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

    @property
    def sha256(self) -> str:
        return digest(self.manifest)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each with its content; the manifest last, by which a bundle is known."""
        yield from ((name, self.bundle.read(name)) for name in self.bundle.names)
        yield MANIFEST, self.manifest


@dataclass(frozen=True, slots=True)
class Arrival:
    """The version over there, and whether this push made it."""

    remote: Remote
    new: bool
    aliases: tuple[str, ...]  # that now point to it because of this push


def push(tracking: Tracking, shipment: Shipment, say: Progress) -> Arrival:
    """Find the bundle over there, or put it there; then let the aliases point to it."""
    if "MLmodel" not in shipment.bundle:
        raise BadInput(
            f"{shipment.ref} has no schema, so MLflow could not load it",
            expected="a version that was registered with data",
            next_step="register it again with --train X y or --test X_test y_test",
        )
    for alias in shipment.aliases:
        _check_alias(alias)
    say(f"ask {tracking.url}")
    model = tracking.model(shipment.name)
    if model is not None:
        _refuse_if_taken(tracking, model, shipment)
    found = _already_there(tracking, shipment) if model is not None else None
    remote = found or _put(tracking, shipment, model, say)
    pointing = model.aliases if model is not None else {}
    moved = tuple(alias for alias in shipment.aliases if pointing.get(alias) != remote.number)
    for alias in moved:
        tracking.set_alias(remote, alias)
    return Arrival(remote, found is None, moved)


def _check_alias(alias: str) -> None:
    check_name(alias, "alias")
    if alias.isdigit() or alias.lower() == "latest" or re.fullmatch(r"v\d+", alias, re.IGNORECASE):
        raise BadInput(f"Found the alias {alias!r}", expected="another name: to MLflow this one means a version")


def _refuse_if_taken(tracking: Tracking, model: RemoteModel, shipment: Shipment) -> None:
    line = model.tags.get(MODEL_TAG)
    if line == shipment.model or (line is None and shipment.chosen):
        return
    holds = f"holds versions of {line!r}" if line else "was not pushed from here"
    raise Conflict(
        f"The registered model {model.name!r} on {tracking.url} {holds}",
        expected=f"none of that name yet, or one that holds {shipment.model}",
        next_step="push under another name (--as NAME)" + ("" if line else f", or into it: --as {model.name}"),
    )


def _already_there(tracking: Tracking, shipment: Shipment) -> Remote | None:
    """The version that holds this very bundle. A tag alone proves nothing, so its manifest is read."""
    ready = (v for v in tracking.versions(shipment.name) if v.status == READY)
    tagged = [v for v in ready if v.tags.get(BUNDLE_TAG) == shipment.sha256]
    if not tagged:
        return None
    remote = min(tagged, key=lambda v: v.number)
    path = f"{tracking.path_of(tracking.location(remote))}/{MANIFEST}"
    try:
        there = tracking.server.get(path, len(shipment.manifest))
    except (Refused, IntegrityError):
        there = b""
    if there != shipment.manifest:
        raise Conflict(
            f"{remote.ref} on {tracking.url} says that it is {shipment.ref}, and holds other files",
            expected="the bundle that its tag names",
            next_step="delete that version there, then push again",
        )
    return remote


def _put(tracking: Tracking, shipment: Shipment, model: RemoteModel | None, say: Progress) -> Remote:
    experiment = tracking.experiment(shipment.name)
    tags = {**shipment.tags, BUNDLE_TAG: shipment.sha256}
    run = tracking.begin_run(experiment, shipment.ref, shipment.user, tags)
    with _undone(tracking, run) as undo:
        root = f"{tracking.path_of(run.root)}/{FOLDER}"
        undo.append(lambda: tracking.server.remove(root))
        tracking.log(run, _parameters(shipment.parameters), _metrics(shipment.metrics))
        _upload(tracking, shipment, root, say)
        tracking.end_run(run, "FINISHED")
        say("register the version")
        if model is None:
            tracking.create_model(shipment.name, {MODEL_TAG: shipment.model})
            undo.append(lambda: tracking.delete_model(shipment.name))
        undo.append(lambda: _take_back(tracking, shipment, run))
        source = f"{run.root.rstrip('/')}/{FOLDER}"
        return tracking.create_version(shipment.name, run, source, tags, shipment.why)


def _take_back(tracking: Tracking, shipment: Shipment, run: Run) -> None:
    """Delete the version that the server made of this run, whether it told of it or not."""
    for version in tracking.versions(shipment.name):
        if version.run_id == run.id and version.tags.get(BUNDLE_TAG) == shipment.sha256:
            tracking.delete_version(version)


@contextmanager
def _undone(tracking: Tracking, run: Run) -> Iterator[list[Callable[[], None]]]:
    """Where what is done inside fails, or is stopped: take away what it left, the newest first, and say what stays."""
    steps: list[Callable[[], None]] = [lambda: tracking.delete_run(run), lambda: tracking.end_run(run, "FAILED")]
    try:
        yield steps
    except BaseException as error:
        failed = [step for step in reversed(steps) if not _succeeds(step)]
        if failed and isinstance(error, MlopsError):
            error.found = f"{error.found.rstrip('.')}; run {run.id} stays there"
            error.args = (error.message,)
        raise


def _succeeds(step: Callable[[], None]) -> bool:
    try:
        step()
    except MlopsError:
        return False
    return True


def _upload(tracking: Tracking, shipment: Shipment, root: str, say: Progress) -> None:
    """Each file, and then each file again from there: what a version names is what lies there."""
    count = len(shipment.bundle.names) + 1
    for done, (name, data) in enumerate(shipment.files(), start=1):
        say(f"upload {name}, {done} of {count}")
        tracking.server.put(f"{root}/{name}", data)
    for done, (name, data) in enumerate(shipment.files(), start=1):
        say(f"read {name} back, {done} of {count}")
        if tracking.server.get(f"{root}/{name}", len(data)) != data:
            raise IntegrityError(
                f"{tracking.url} gives other bytes for {name} than it was sent",
                expected="what was uploaded",
                next_step="see the server's artifact store, then push again",
            )


def _parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """As MLflow takes them: under names that it allows, cut where older servers refuse the rest."""
    told = {name: str(value) for name, value in values.items() if _KEY.fullmatch(name)}
    return {k: v if len(v) <= _LONGEST else f"{v[: _LONGEST - 4]} ..." for k, v in told.items()}


def _metrics(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if _KEY.fullmatch(name) and math.isfinite(value)}


def metrics_of(headlines: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Each figure, and the ends of its interval as figures of their own: ``auc``, ``auc_low``, ``auc_high``."""
    found: dict[str, float] = {}
    for metric in headlines:
        for suffix, key in (("", "value"), ("_low", "low"), ("_high", "high")):
            if isinstance(metric.get(key), int | float):
                found[f"{metric['name']}{suffix}"] = float(metric[key])
    return found

"""Putting a version on an MLflow tracking server; each push is an event of the version."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ipymlops.errors import UnsafeModel
from ipymlops.project import workspace
from ipymlops.project.results import Push
from ipymlops.registry.records import CHAMPION, check_name

if TYPE_CHECKING:
    from ipymlops.progress import Progress
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.mlflow.pushing import Shipment
    from ipymlops.registry.mlflow.tracking import Tracking
    from ipymlops.registry.records import Version


def push(
    project: Project, ref: str, *, to: str | None, name: str | None, aliases: tuple[str, ...], why: str, say: Progress
) -> Push:
    """The stored bundle, checked against its hashes, as a version of the registered model ``name`` (default: the line's
    own). Without ``aliases`` the champion's goes along."""
    from ipymlops.registry.mlflow.pushing import push as put

    version = project.registry.resolve(ref)
    tracking = tracking_server(to, "--to")
    say("read the bundle")
    shipment = _shipment(project, version, name, aliases, why)
    done = put(tracking, shipment, say)
    told = {
        "server": tracking.url,
        "name": done.remote.name,
        "version": done.remote.number,
        "run_id": done.remote.run_id,
        "manifest": version.manifest,
        "new": done.new,
        "aliases": list(done.aliases),
    }
    event = project.registry.record(
        "push", version.model, version.number, who=workspace.who(), why=why, evidence={"mlflow": told}
    )
    return Push(
        version,
        tracking.url,
        done.remote.name,
        done.remote.number,
        done.remote.run_id,
        done.new,
        done.aliases,
        len(shipment.bundle.names) + 1,
        len(shipment.manifest) + sum(of["size"] for of in shipment.bundle.manifest["files"].values()),
        event,
    )


def tracking_server(said: str | None, option: str) -> Tracking:
    """The server that was named, else the one of the environment."""
    from ipymlops.registry.mlflow.address import Address
    from ipymlops.registry.mlflow.server import Server
    from ipymlops.registry.mlflow.tracking import Tracking

    return Tracking(Server(Address.of(said, option, os.environ)))


def _shipment(project: Project, version: Version, name: str | None, aliases: tuple[str, ...], why: str) -> Shipment:
    from ipymlops.registry.mlflow.pushing import Shipment, metrics_of

    bundle = project.bundle(version)
    if bundle.pickled:
        raise UnsafeModel(
            f"{version.ref} is stored as a pickle, and no pickle is pushed: nobody could pull it",
            expected="a version that is stored without pickle",
            next_step=f"see what else there is: history {version.model}",
        )
    return Shipment(
        bundle=bundle,
        manifest=project.blobs.get(version.manifest),
        model=version.model,
        name=check_name(name or version.model),
        chosen=name is not None,
        ref=version.ref,
        user=version.who,
        aliases=aliases or tuple(a for a in version.aliases if a == CHAMPION),
        parameters=_parameters(bundle),
        metrics=metrics_of(version.facts.get("metrics") or ()),
        tags=_tags(version, bundle),
        why=why,
    )


def _parameters(bundle: Bundle) -> dict[str, Any]:
    """The estimator's own, and what is known of the data. The model is loaded for them: what is pushed loads."""
    from ipymlops.registry.differences import plain_parameters

    model = bundle.model()
    own = plain_parameters(model.get_params(deep=True)) if hasattr(model, "get_params") else {}
    manifest = bundle.manifest
    facts = {key: manifest[key] for key in ("estimator", "task", "risk", "rows") if manifest.get(key) is not None}
    if "features" in manifest:
        facts["features"] = len(manifest["features"])
    return {**{f"ipymlops.{key}": value for key, value in facts.items()}, **own}


def _tags(version: Version, bundle: Bundle) -> dict[str, str]:
    from ipymlops import __version__

    git = bundle.manifest.get("git") or {}
    commit = {"mlflow.source.git.commit": str(git["commit"])} if git.get("commit") else {}
    changed = {"ipymlops.git_dirty": "true"} if git.get("dirty") else {}
    return {"ipymlops.version": __version__, "ipymlops.ref": version.ref, **commit, **changed}

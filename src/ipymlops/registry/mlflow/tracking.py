"""The nouns of a tracking server: experiments, runs, registered models, their versions, and the artifacts behind them.

What the server answers is checked for its shape here, once; no other file reads its JSON.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ipymlops.errors import BadInput, ServerError, UnknownName
from ipymlops.registry.file_names import is_safe
from ipymlops.registry.mlflow.address import same_server, shown
from ipymlops.registry.mlflow.server import ARTIFACTS, Refused, Server
from ipymlops.registry.records import CHAMPION

_BATCH = 100  # parameters of one request, by MLflow's limit
_PAGE = "1000"
_MOST_PAGES = 100  # of a thousand versions each
_READY_SECONDS = 60.0
READY, _PENDING = "READY", "PENDING_REGISTRATION"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was just begun; ``root`` is where its artifacts go."""

    id: str
    root: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A version of a registered model over there."""

    name: str
    number: int
    run_id: str
    source: str
    status: str
    tags: Mapping[str, str]

    @property
    def ref(self) -> str:
        return f"{self.name}/{self.number}"


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A registered model over there: its tags, and which version each alias points to."""

    name: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]
    newest: int | None


class Tracking:
    """One tracking server, asked about these nouns."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.address.url

    # --- runs --------------------------------------------------------------------------------------------------

    def experiment(self, name: str) -> str:
        """The id of the experiment of that name, which is made where there is none."""
        try:
            found = _object(self.server.ask("experiments/get-by-name", experiment_name=name), "experiment")
        except Refused as refused:
            if not refused.missing:
                raise
            found = self.server.tell("experiments/create", {"name": name})
        return _text(found, "experiment_id")

    def begin_run(self, experiment: str, name: str, user: str, tags: Mapping[str, str]) -> Run:
        """A run that stands as RUNNING until it is ended."""
        body = {
            "experiment_id": experiment,
            "run_name": name,
            "user_id": user,
            "start_time": _now(),
            "tags": _pairs(tags),
        }
        info = _object(_object(self.server.tell("runs/create", body), "run"), "info")
        return Run(_text(info, "run_id"), _text(info, "artifact_uri"))

    def log(self, run: Run, parameters: Mapping[str, str], metrics: Mapping[str, float]) -> None:
        """Parameters and metrics of a run."""
        figures = [{"key": k, "value": v, "timestamp": _now(), "step": 0} for k, v in metrics.items()]
        self.server.tell("runs/log-batch", {"run_id": run.id, "metrics": figures})
        pairs = _pairs(parameters)
        for start in range(0, len(pairs), _BATCH):
            self.server.tell("runs/log-batch", {"run_id": run.id, "params": pairs[start : start + _BATCH]})

    def end_run(self, run: Run, status: str) -> None:
        """FINISHED or FAILED."""
        self.server.tell("runs/update", {"run_id": run.id, "status": status, "end_time": _now()})

    def delete_run(self, run: Run) -> None:
        self.server.tell("runs/delete", {"run_id": run.id})

    # --- registered models -------------------------------------------------------------------------------------

    def model(self, name: str) -> RemoteModel | None:
        """The registered model of that name; None where there is none."""
        try:
            found = _object(self.server.ask("registered-models/get", name=name), "registered_model")
        except Refused as refused:
            if refused.missing:
                return None
            raise
        numbers = [_number(version) for version in _list(found, "latest_versions")]  # the newest of each stage
        aliases = {_text(a, "alias"): _number(a) for a in _list(found, "aliases")}
        return RemoteModel(name, _tags(found), aliases, max(numbers, default=None))

    def create_model(self, name: str, tags: Mapping[str, str]) -> None:
        self.server.tell("registered-models/create", {"name": name, "tags": _pairs(tags)})

    def delete_model(self, name: str) -> None:
        self.server.tell("registered-models/delete", {"name": name}, "DELETE")

    def delete_version(self, version: Remote) -> None:
        body = {"name": version.name, "version": str(version.number)}
        self.server.tell("model-versions/delete", body, "DELETE")

    def versions(self, name: str) -> tuple[Remote, ...]:
        """All versions of a registered model whose name needs no quoting (``check_name``)."""
        found: list[Remote] = []
        token = ""
        for _ in range(_MOST_PAGES):
            query = {"filter": f"name='{name}'", "max_results": _PAGE} | ({"page_token": token} if token else {})
            page = self.server.ask("model-versions/search", **query)
            listed = [_remote(v) for v in _list(page, "model_versions")]
            found += listed
            following = str(page.get("next_page_token") or "")
            if not following or not listed or following == token:
                return tuple(found)
            token = following
        raise ServerError(
            f"{self.url} lists the versions of {name!r} without end",
            expected=f"at most {_MOST_PAGES} pages",
            next_step="ask who keeps that server",
        )

    def find(self, name: str, at: str | None) -> Remote:
        """A version by its number or alias; without either the champion if there is one, else the newest."""
        model = self.model(name)
        if model is None:
            raise UnknownName(
                f"{self.url} has no registered model {name!r}",
                expected="NAME, NAME/VERSION or NAME@ALIAS of one that it has",
                next_step=f"see its models at {self.url}/#/models",
            )
        number = model.aliases.get(CHAMPION, model.newest) if at is None else _asked(model, at)
        if number is None:
            raise BadInput(f"{name!r} has no versions on {self.url}", expected="a model with one")
        try:
            answer = self.server.ask("model-versions/get", name=name, version=str(number))
        except Refused as refused:
            if not refused.missing:
                raise
            raise UnknownName(
                f"{name!r} has no version {number} on {self.url}", expected=f"a number up to {model.newest}"
            ) from refused
        return _remote(_object(answer, "model_version"))

    def create_version(self, name: str, run: Run, source: str, tags: Mapping[str, str], description: str) -> Remote:
        """Register what lies at ``source``; it is READY when this returns."""
        body = {"name": name, "source": source, "run_id": run.id, "tags": _pairs(tags), "description": description}
        made = _remote(_object(self.server.tell("model-versions/create", body), "model_version"))
        until = time.monotonic() + _READY_SECONDS
        while made.status == _PENDING and time.monotonic() < until:
            time.sleep(0.5)
            answer = self.server.ask("model-versions/get", name=name, version=str(made.number))
            made = _remote(_object(answer, "model_version"))
        if made.status != READY:
            raise ServerError(f"{made.ref} on {self.url} is {made.status}", expected="READY", next_step="push it again")
        return made

    def set_alias(self, version: Remote, alias: str) -> None:
        body = {"name": version.name, "alias": alias, "version": str(version.number)}
        self.server.tell("registered-models/alias", body)

    # --- artifacts ---------------------------------------------------------------------------------------------

    def location(self, version: Remote) -> str:
        """Where the server says that the version's files lie."""
        answer = self.server.ask("model-versions/get-download-uri", name=version.name, version=str(version.number))
        return _text(answer, "artifact_uri")

    def names_in(self, path: str) -> frozenset[str]:
        """What lies on top of a folder of artifacts. For looking up only: nothing is written under such a name."""
        listed = _list(self.server.listing(path), "files")
        return frozenset(str(entry.get("path", "")).rpartition("/")[2] for entry in listed)

    def path_of(self, uri: str) -> str:
        """An artifact address as a path below this very server's store. BadInput where another one has it."""
        try:
            parts = urlsplit(uri)
            path = self._below(uri, parts.scheme, parts.netloc, unquote(parts.path))
        except ValueError:
            path = None
        if path is None or not is_safe(path):
            raise BadInput(
                f"{self.url} keeps these files at {shown(uri)!r}, and does not hand them on",
                expected="a server that does (mlflow-artifacts:/..., the default of mlflow server)",
                next_step="start it with --serve-artifacts and without --default-artifact-root",
            )
        return path

    def _below(self, uri: str, scheme: str, host: str, path: str) -> str | None:
        if scheme == "mlflow-artifacts":
            own = not host or host == urlsplit(self.url).netloc
            return path.strip("/") if own else None
        prefix = urlsplit(self.url).path + ARTIFACTS + "/"
        if same_server(uri, self.url) and path.startswith(prefix):
            return path.removeprefix(prefix).strip("/")
        return None


def _asked(model: RemoteModel, at: str) -> int:
    if at.isdecimal():
        return int(at[:18])
    if at not in model.aliases:
        raise UnknownName.of(f"alias of {model.name}", at, model.aliases)
    return model.aliases[at]


def _remote(found: Mapping[str, Any]) -> Remote:
    run, source = (str(found.get(key) or "") for key in ("run_id", "source"))
    return Remote(_text(found, "name"), _number(found), run, source, str(found.get("status", "READY")), _tags(found))


def _tags(found: Mapping[str, Any]) -> dict[str, str]:
    return {_text(tag, "key"): str(tag.get("value", "")) for tag in _list(found, "tags")}


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _object(found: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    if not isinstance(value, dict):
        raise _strange(key)
    return value


def _list(found: Mapping[str, Any], key: str) -> Sequence[dict[str, Any]]:
    value = found.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise _strange(key)
    return value


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value:
        raise _strange(key)
    return value


def _number(found: Mapping[str, Any]) -> int:
    value = str(found.get("version", ""))
    if not value.isdecimal() or not 0 < len(value) < 10:
        raise _strange("version")
    return int(value)


def _strange(key: str) -> ServerError:
    return ServerError(
        f"The tracking server's answer holds no usable {key!r}",
        expected="MLflow's REST API 2.0",
        next_step="check that the address is an MLflow tracking server",
    )


def _now() -> int:
    return int(time.time() * 1000)

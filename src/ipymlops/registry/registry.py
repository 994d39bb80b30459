"""Model lines, their versions and aliases, and the events that made them what they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast, get_args

from ipymlops.errors import Conflict, IntegrityError, NotAllowed, UnknownName
from ipymlops.registry import lookup
from ipymlops.registry.approvals import standing
from ipymlops.registry.lookup import Astray
from ipymlops.registry.protection import Protection
from ipymlops.registry.records import CHAMPION, Event, EventKind, ModelSummary, Ref, Version, check_alias, check_name
from ipymlops.registry.rows import as_json, event_of, now
from ipymlops.registry.tables import ALIASES, EVENTS, REGISTRY, VERSIONS
from ipymlops.storage import database as db
from ipymlops.storage.blobs import Blobs


class _Any:
    """The default of ``expected``: whatever the alias points to now is fine."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()


class Registry:
    """What was registered, by whom and why. Every write is one transaction together with its event."""

    def __init__(self, database: db.Database, blobs: Blobs, protection: Callable[[], Protection] = Protection) -> None:
        """``protection`` tells who may move which alias; it is asked anew at each move."""
        self.database = database
        self.blobs = blobs
        self.protection = protection
        database.require(REGISTRY)

    # --- reading -----------------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """The model lines, in alphabetical order."""
        with self.database.read() as connection:
            return lookup.names(connection)

    def models(self) -> tuple[ModelSummary, ...]:
        """One summary a model line, in alphabetical order."""
        with self.database.read() as connection:
            lines: dict[str, list[Version]] = {}
            for version in lookup.versions(connection):
                lines.setdefault(version.model, []).append(version)
        return tuple(
            ModelSummary(name, len(line), line[-1], next((v for v in line if CHAMPION in v.aliases), None))
            for name, line in sorted(lines.items())
        )

    def versions(self, model: str) -> tuple[Version, ...]:
        """All versions of the line, oldest first. Raises UnknownName for a line that does not exist."""
        with self.database.read() as connection:
            return lookup.known_versions(connection, model)

    def all_versions(self) -> tuple[Version, ...]:
        """The versions of all lines."""
        with self.database.read() as connection:
            return lookup.versions(connection)

    def aliases(self, model: str) -> dict[str, int]:
        """Which version each alias of the line points to."""
        with self.database.read() as connection:
            lookup.known_versions(connection, model)
            return lookup.aliases(connection, model)

    def resolve(self, ref: str | Ref) -> Version:
        """The version that ``credit-risk``, ``credit-risk@3`` or ``credit-risk@champion`` means now.

        Without ``@`` it is the champion if there is one, else the newest. Raises UnknownName with the closest name.
        """
        ref = Ref.parse(ref) if isinstance(ref, str) else ref
        with self.database.read() as connection:
            versions = lookup.known_versions(connection, ref.model)
            aliases = lookup.aliases(connection, ref.model)
        number = lookup.number_of(ref, versions, aliases)
        return next(v for v in versions if v.number == number)

    def events(self, model: str | None = None, *, kind: EventKind | None = None) -> tuple[Event, ...]:
        """Everything that happened to the line, or to all lines, or what is of one kind; oldest first."""
        query = db.select(EVENTS).order_by(EVENTS.c.number)
        if kind is not None:
            query = query.where(EVENTS.c.kind == kind)
        if model is not None:
            query = query.where(EVENTS.c.model == model)
        with self.database.read() as connection:
            if model is not None:
                lookup.known_versions(connection, model)
            return tuple(event_of(row) for row in connection.execute(query).mappings())

    def astray(self) -> tuple[Astray, ...]:
        """The aliases that do not point to where their last event moved them."""
        with self.database.read() as connection:
            return lookup.astray(connection)

    def put_back(self, *, who: str) -> tuple[tuple[Astray, NotAllowed | None], ...]:
        """Let those aliases point there again: each, and what keeps ``who`` from moving it, which then stays astray."""
        with self.database.write() as connection:
            rules = self.protection()
            found = [(alias, _forbidden(rules, alias, who)) for alias in lookup.astray(connection)]
            for alias, forbidden in found:
                if forbidden is None:
                    _put_back(connection, alias)
        return tuple(found)

    # --- writing -----------------------------------------------------------------------------------------------

    def add_version(
        self,
        model: str,
        manifest: str,
        facts: Mapping[str, Any],
        *,
        who: str,
        why: str,
        evidence: Mapping[str, Any],
        files: Iterable[str] = (),
    ) -> Version:
        """Give the bundle ``manifest`` (already among the blobs, like its ``files``) the next number of the line.

        Raises IntegrityError where one of the files is not there any more."""
        check_name(model)
        stored, created = as_json(facts), now()
        with self.database.write() as connection:
            self._refuse_if_collected(files)
            newest = connection.scalar(db.select(db.func.max(VERSIONS.c.number)).where(VERSIONS.c.model == model))
            number = int(newest or 0) + 1
            connection.execute(
                db.insert(VERSIONS).values(
                    model=model, number=number, created=created, who=who, manifest=manifest, facts=stored
                )
            )
            _append(connection, "register", model, number, who=who, why=why, evidence=evidence)
        return Version(model, number, datetime.fromisoformat(created), who, manifest, json.loads(stored))

    def _refuse_if_collected(self, files: Iterable[str]) -> None:
        """Under the lock that ``gc`` takes too: what is there now stays until its version is."""
        gone = [sha256 for sha256 in files if not self.blobs.has(sha256)]
        if gone:
            raise IntegrityError(
                f"The stored file {gone[0][:12]} was removed from {self.blobs.place} while it was being registered",
                next_step="register it again",
            )

    def set_alias(
        self,
        model: str,
        alias: str,
        number: int,
        *,
        kind: EventKind,
        who: str,
        why: str,
        evidence: Mapping[str, Any],
        expected: int | _Any | None = ANY,
    ) -> Event:
        """Point ``alias`` at a version. With ``expected`` (a number, or None for "not set yet") this happens only
        if the alias still points there; otherwise Conflict names who was faster and nothing changes. NotAllowed where
        ``who`` may not move it, or where a person's rejection stands against the version as champion."""
        check_alias(alias)
        with self.database.write() as connection:
            self.protection().check_move(model, alias, who)
            _existing(connection, model, number)
            if kind in ("promote", "rollback"):
                _refuse_if_rejected(connection, model, number)
            if not isinstance(expected, _Any):
                _refuse_if_moved(connection, model, alias, expected)
            return _point(connection, model, alias, number, kind=kind, who=who, why=why, evidence=evidence)

    def remove_alias(self, model: str, alias: str, *, who: str, why: str) -> Event:
        """Let the alias point nowhere. Raises UnknownName where it does already, NotAllowed where it is protected."""
        with self.database.write() as connection:
            self.protection().check_removal(model, alias, who)
            lookup.known_versions(connection, model)
            there = lookup.aliases(connection, model)
            if alias not in there:
                raise UnknownName.of(f"alias of {model}", alias, there)
            connection.execute(db.delete(ALIASES).where(ALIASES.c.model == model, ALIASES.c.alias == alias))
            said = {"alias": alias, "previous": there[alias]}
            return _append(connection, "alias", model, None, who=who, why=why, evidence=said)

    def record(
        self,
        kind: EventKind,
        model: str,
        version: int | None,
        *,
        who: str,
        why: str = "",
        evidence: Mapping[str, Any] | None = None,
    ) -> Event:
        """Add an event to the line's history."""
        with self.database.write() as connection:
            _existing(connection, model, version)
            return _append(connection, kind, model, version, who=who, why=why, evidence=evidence or {})


def _existing(connection: db.Connection, model: str, number: int | None) -> None:
    query = db.select(VERSIONS.c.number).where(VERSIONS.c.model == model).order_by(VERSIONS.c.number)
    numbers = list(connection.scalars(query))
    if not numbers:
        raise lookup.unknown_model(connection, model)
    if number is not None:
        lookup.known_number(model, number, numbers)


def _refuse_if_moved(connection: db.Connection, model: str, alias: str, expected: int | None) -> None:
    current = connection.execute(
        db.select(ALIASES.c.version, EVENTS.c.who, EVENTS.c.at)
        .join(EVENTS, EVENTS.c.number == ALIASES.c.event)
        .where(ALIASES.c.model == model, ALIASES.c.alias == alias)
    ).first()
    found = None if current is None else int(current.version)
    if found == expected:
        return
    moved = "is not set" if current is None else f"was set to version {found} by {current.who} at {current.at[:19]} UTC"
    raise Conflict(
        f"{model}@{alias} {moved}",
        expected="it to be unset" if expected is None else f"it to point to version {expected} still",
        next_step="look at the history, then decide again",
    )


def _refuse_if_rejected(connection: db.Connection, model: str, number: int) -> None:
    query = db.select(EVENTS).where(EVENTS.c.model == model, EVENTS.c.version == number).order_by(EVENTS.c.number)
    found = standing((event_of(row) for row in connection.execute(query).mappings()), number)
    if found.refusal:
        raise NotAllowed(
            f"{model}@{number} may not be promoted: {found.refusal}",
            expected=found.way_out,
            next_step=f"look at history {model}",
        )


def _point(
    connection: db.Connection,
    model: str,
    alias: str,
    number: int,
    *,
    kind: EventKind,
    who: str,
    why: str,
    evidence: Mapping[str, Any],
) -> Event:
    """Move the alias and append the event that says so; the caller holds the transaction."""
    here = (ALIASES.c.model == model) & (ALIASES.c.alias == alias)
    previous = connection.scalar(db.select(ALIASES.c.version).where(here))
    said = {**evidence, "alias": alias, "previous": previous}
    event = _append(connection, kind, model, number, who=who, why=why, evidence=said)
    if previous is None:
        connection.execute(db.insert(ALIASES).values(model=model, alias=alias, version=number, event=event.number))
    else:
        connection.execute(db.update(ALIASES).where(here).values(version=number, event=event.number))
    return event


def _forbidden(rules: Protection, alias: Astray, who: str) -> NotAllowed | None:
    ask = rules.check_removal if alias.told is None else rules.check_move
    try:
        ask(alias.model, alias.name, who)
    except NotAllowed as error:
        return error
    return None


def _put_back(connection: db.Connection, alias: Astray) -> None:
    connection.execute(db.delete(ALIASES).where(ALIASES.c.model == alias.model, ALIASES.c.alias == alias.name))
    if alias.told is not None:
        values = {"model": alias.model, "alias": alias.name, "version": alias.told, "event": alias.event}
        connection.execute(db.insert(ALIASES).values(values))


def _append(
    connection: db.Connection,
    kind: EventKind,
    model: str,
    version: int | None,
    *,
    who: str,
    why: str,
    evidence: Mapping[str, Any],
) -> Event:
    if kind not in get_args(EventKind):
        raise UnknownName.of("kind of event", kind, get_args(EventKind))
    at, stored = now(), as_json(evidence)
    result = connection.execute(
        db.insert(EVENTS).values(kind=kind, model=model, version=version, who=who, at=at, why=why, evidence=stored)
    )
    (number,) = cast(tuple[int], result.inserted_primary_key)
    return Event(number, kind, model, version, who, datetime.fromisoformat(at), why, json.loads(stored))

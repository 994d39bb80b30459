"""Model lines, their versions and aliases, and the events that made them what they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, cast, get_args

from ipymlops.errors import BadInput, Conflict, UnknownName
from ipymlops.registry.records import CHAMPION, Event, EventKind, ModelSummary, Ref, Version, check_name
from ipymlops.registry.rows import as_json, event_of, now, version_of
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

    def __init__(self, database: db.Database, blobs: Blobs) -> None:
        self.database = database
        self.blobs = blobs
        database.require(REGISTRY)

    # --- reading -----------------------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """The model lines, in alphabetical order."""
        with self.database.read() as connection:
            return _names(connection)

    def models(self) -> tuple[ModelSummary, ...]:
        """One summary a model line, in alphabetical order."""
        with self.database.read() as connection:
            lines: dict[str, list[Version]] = {}
            for version in _versions(connection):
                lines.setdefault(version.model, []).append(version)
        return tuple(
            ModelSummary(name, len(line), line[-1], next((v for v in line if CHAMPION in v.aliases), None))
            for name, line in sorted(lines.items())
        )

    def versions(self, model: str) -> tuple[Version, ...]:
        """All versions of the line, oldest first. Raises UnknownName for a line that does not exist."""
        with self.database.read() as connection:
            return _known_versions(connection, model)

    def aliases(self, model: str) -> dict[str, int]:
        """Which version each alias of the line points to."""
        with self.database.read() as connection:
            _known_versions(connection, model)
            return _aliases(connection, model)

    def resolve(self, ref: str | Ref) -> Version:
        """The version that ``credit-risk``, ``credit-risk@3`` or ``credit-risk@champion`` means now.

        Without ``@`` it is the champion if there is one, else the newest. Raises UnknownName with the closest name.
        """
        ref = Ref.parse(ref) if isinstance(ref, str) else ref
        with self.database.read() as connection:
            versions = _known_versions(connection, ref.model)
            aliases = _aliases(connection, ref.model)
        number = _number(ref, versions, aliases)
        return next(v for v in versions if v.number == number)

    def events(self, model: str | None = None) -> tuple[Event, ...]:
        """Everything that happened to the line, or to all lines; oldest first."""
        query = db.select(EVENTS).order_by(EVENTS.c.number)
        if model is not None:
            query = query.where(EVENTS.c.model == model)
        with self.database.read() as connection:
            if model is not None:
                _known_versions(connection, model)
            return tuple(event_of(row) for row in connection.execute(query).mappings())

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
    ) -> Version:
        """Give the bundle ``manifest`` (already among the blobs) the next number of the line."""
        check_name(model)
        stored, created = as_json(facts), now()
        with self.database.write() as connection:
            newest = connection.scalar(db.select(db.func.max(VERSIONS.c.number)).where(VERSIONS.c.model == model))
            number = int(newest or 0) + 1
            connection.execute(
                db.insert(VERSIONS).values(
                    model=model, number=number, created=created, who=who, manifest=manifest, facts=stored
                )
            )
            _append(connection, "register", model, number, who=who, why=why, evidence=evidence)
        return Version(model, number, datetime.fromisoformat(created), who, manifest, json.loads(stored))

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
        if the alias still points there; otherwise Conflict names who was faster and nothing changes."""
        _check_alias(alias)
        with self.database.write() as connection:
            _existing(connection, model, number)
            if not isinstance(expected, _Any):
                _refuse_if_moved(connection, model, alias, expected)
            return _point(connection, model, alias, number, kind=kind, who=who, why=why, evidence=evidence)

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


def _names(connection: db.Connection) -> tuple[str, ...]:
    return tuple(connection.scalars(db.select(VERSIONS.c.model).distinct().order_by(VERSIONS.c.model)))


def _known_versions(connection: db.Connection, model: str) -> tuple[Version, ...]:
    versions = _versions(connection, model)
    if not versions:
        raise _unknown_model(connection, model)
    return versions


def _unknown_model(connection: db.Connection, model: str) -> UnknownName:
    known = _names(connection)
    next_step = "" if known else "register a first model: nothing is registered here yet"
    return UnknownName.of("model", model, known, next_step=next_step)


def _versions(connection: db.Connection, model: str | None = None) -> tuple[Version, ...]:
    query = db.select(VERSIONS).order_by(VERSIONS.c.model, VERSIONS.c.number)
    if model is not None:
        query = query.where(VERSIONS.c.model == model)
    aliases: dict[tuple[str, int], list[str]] = {}
    for row in connection.execute(db.select(ALIASES).order_by(ALIASES.c.alias)).mappings():
        aliases.setdefault((row["model"], row["version"]), []).append(row["alias"])
    verdicts = _verdicts(connection, model)
    return tuple(
        version_of(row, tuple(aliases.get(key, ())), verdicts.get(key, "not verified"))
        for row in connection.execute(query).mappings()
        for key in [(row["model"], row["number"])]
    )


def _verdicts(connection: db.Connection, model: str | None) -> dict[tuple[str, int], str]:
    """What the last verification of each version said; of a retrained one, what was proved of its pipeline."""
    query = db.select(EVENTS).where(EVENTS.c.kind.in_(("verify", "export", "retrain"))).order_by(EVENTS.c.number)
    if model is not None:
        query = query.where(EVENTS.c.model == model)
    events = (event_of(row) for row in connection.execute(query).mappings())
    return {
        (e.model, e.version): str(e.evidence["verdict"])
        for e in events
        if e.version is not None and "verdict" in e.evidence
    }


def _aliases(connection: db.Connection, model: str) -> dict[str, int]:
    query = db.select(ALIASES).where(ALIASES.c.model == model).order_by(ALIASES.c.alias)
    return {row["alias"]: row["version"] for row in connection.execute(query).mappings()}


def _number(ref: Ref, versions: tuple[Version, ...], aliases: Mapping[str, int]) -> int:
    if ref.at is None:
        return aliases.get(CHAMPION, versions[-1].number)
    if ref.at.isascii() and ref.at.isdigit():
        return _known_number(ref.model, int(ref.at), [v.number for v in versions])
    if ref.at not in aliases:
        raise _unknown_alias(ref.model, ref.at, aliases, versions[-1].number)
    return aliases[ref.at]


def _known_number(model: str, number: int, known: Iterable[int]) -> int:
    numbers = list(known)
    if number not in numbers:
        through = f"1 to {numbers[-1]}" if numbers[-1] > 1 else "1"
        raise UnknownName(f"{model} has no version {number}", expected=f"a version number, {through}")
    return number


def _unknown_alias(model: str, alias: str, aliases: Iterable[str], newest: int) -> UnknownName:
    error = UnknownName.of("alias", alias, aliases)
    known = f"one of {', '.join(aliases)}, or a version number up to {newest}" if aliases else ""
    return UnknownName(
        error.found.replace(" is called", f" of {model} is called", 1),
        expected=known or f"a version number up to {newest}; {model} has no alias yet",
    )


def _existing(connection: db.Connection, model: str, number: int | None) -> None:
    query = db.select(VERSIONS.c.number).where(VERSIONS.c.model == model).order_by(VERSIONS.c.number)
    numbers = list(connection.scalars(query))
    if not numbers:
        raise _unknown_model(connection, model)
    if number is not None:
        _known_number(model, number, numbers)


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


def _check_alias(alias: str) -> None:
    check_name(alias)
    if alias.isdigit():
        raise BadInput(f"Found the alias {alias!r}", expected="a name: numbers mean versions")

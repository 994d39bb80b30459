"""Questions to the registry's tables, within a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ipymlops.errors import UnknownName
from ipymlops.registry.records import CHAMPION, Ref, Version
from ipymlops.registry.rows import event_of, version_of
from ipymlops.registry.tables import ALIASES, EVENTS, VERSIONS
from ipymlops.storage import database as db

MOVES = ("promote", "rollback", "alias", "deploy", "retrain")  # kinds of event that may move an alias


def names(connection: db.Connection) -> tuple[str, ...]:
    return tuple(connection.scalars(db.select(VERSIONS.c.model).distinct().order_by(VERSIONS.c.model)))


def known_versions(connection: db.Connection, model: str) -> tuple[Version, ...]:
    found = versions(connection, model)
    if not found:
        raise unknown_model(connection, model)
    return found


def unknown_model(connection: db.Connection, model: str) -> UnknownName:
    known = names(connection)
    next_step = "" if known else "register a first model: nothing is registered here yet"
    return UnknownName.of("model", model, known, next_step=next_step)


def versions(connection: db.Connection, model: str | None = None) -> tuple[Version, ...]:
    query = db.select(VERSIONS).order_by(VERSIONS.c.model, VERSIONS.c.number)
    if model is not None:
        query = query.where(VERSIONS.c.model == model)
    pointing: dict[tuple[str, int], list[str]] = {}
    for row in connection.execute(db.select(ALIASES).order_by(ALIASES.c.alias)).mappings():
        pointing.setdefault((row["model"], row["version"]), []).append(row["alias"])
    verdicts = _verdicts(connection, model)
    return tuple(
        version_of(row, tuple(pointing.get(key, ())), verdicts.get(key, "not verified"))
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


def aliases(connection: db.Connection, model: str) -> dict[str, int]:
    query = db.select(ALIASES).where(ALIASES.c.model == model).order_by(ALIASES.c.alias)
    return {row["alias"]: row["version"] for row in connection.execute(query).mappings()}


def number_of(ref: Ref, versions: tuple[Version, ...], aliases: Mapping[str, int]) -> int:
    if ref.at is None:
        return aliases.get(CHAMPION, versions[-1].number)
    if ref.at.isascii() and ref.at.isdigit():
        return known_number(ref.model, int(ref.at), [v.number for v in versions])
    if ref.at not in aliases:
        raise _unknown_alias(ref.model, ref.at, aliases, versions[-1].number)
    return aliases[ref.at]


def known_number(model: str, number: int, known: Iterable[int]) -> int:
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


@dataclass(frozen=True, slots=True)
class Astray:
    """An alias whose row is not what its last event says; None means that it points nowhere."""

    model: str
    name: str
    told: int | None
    found: int | None
    event: int


def astray(connection: db.Connection) -> tuple[Astray, ...]:
    """Compare the aliases with the events that moved them."""
    told: dict[tuple[str, str], tuple[int | None, int]] = {}
    for row in connection.execute(db.select(EVENTS).order_by(EVENTS.c.number)).mappings():
        event = event_of(row)
        if "alias" in event.evidence and event.kind in MOVES:
            told[event.model, str(event.evidence["alias"])] = event.version, event.number
    rows = connection.execute(db.select(ALIASES)).mappings()
    found = {(row["model"], row["alias"]): row["version"] for row in rows}
    return tuple(
        Astray(*name, version, found.get(name), event)
        for name, (version, event) in told.items()
        if version != found.get(name)
    )

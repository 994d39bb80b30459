"""What the registry knows: models, versions, aliases and events, as frozen values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from ipymlops.errors import BadInput

EventKind = Literal[
    "register", "promote", "rollback", "alias", "approve", "reject", "refuse", "deploy",
    "retrain", "export", "verify", "push", "sign", "alert", "delete",
]  # fmt: skip
# reject: a person said no · refuse: gates said no to a promotion

CHAMPION = "champion"
ELSEWHERE = "elsewhere"  # the fact "measured" of a version that was pulled as it is
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Ref:
    """``credit-risk``, ``credit-risk@3`` or ``credit-risk@champion``, taken apart."""

    model: str
    at: str | None = None  # a number, an alias, or None: the champion if there is one, else the newest

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Raises BadInput where the name cannot be a model's."""
        model, _, at = text.partition("@")
        check_name(model)
        return cls(model, at or None)

    def __str__(self) -> str:
        return self.model if self.at is None else f"{self.model}@{self.at}"


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what to which version, when, why, on what evidence. Never changed, never removed."""

    number: int
    kind: EventKind
    model: str
    version: int | None
    who: str
    when: datetime  # UTC
    why: str = ""
    evidence: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def ref(self) -> str:
        return self.model if self.version is None else f"{self.model}@{self.version}"


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable entry of a model line, as a list shows it; the rest is in its bundle."""

    model: str
    number: int
    created: datetime  # UTC
    who: str
    manifest: str  # sha256 of bundle.json, under which the blob store has it
    facts: Mapping[str, Any]  # estimator, task, risk, primary, metrics (as in metrics.json), rows, features
    aliases: tuple[str, ...] = ()
    verification: str = "not verified"

    @property
    def ref(self) -> str:
        return f"{self.model}@{self.number}"

    @property
    def measured_elsewhere(self) -> bool:
        """Whether it was pulled byte for byte, so that figures, benchmark and mask in its bundle are a stranger's
        word: shown as such, and read by no gate."""
        return self.facts.get("measured") == ELSEWHERE


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """One model line for a list."""

    name: str
    versions: int
    newest: Version
    champion: Version | None


@dataclass(frozen=True, slots=True)
class ModelList:
    """What ``%mlops models`` answers."""

    project: str
    models: tuple[ModelSummary, ...]

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"model": m.name, "versions": m.versions, "champion": m.champion.number if m.champion else None}
            for m in self.models
        ]


@dataclass(frozen=True, slots=True)
class History:
    """What ``%mlops history MODEL`` answers: newest event last."""

    model: str
    events: tuple[Event, ...]

    def rows(self) -> list[dict[str, Any]]:
        return [{"when": e.when, "who": e.who, "what": e.kind, "version": e.version, "why": e.why} for e in self.events]


def check_name(name: str, kind: str = "model name") -> str:
    """The name itself, if it can be a model's, or that of another ``kind``; raises BadInput otherwise."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"Found the {kind} {name!r}",
            expected="up to 100 letters, digits, '.', '_' or '-', starting with a letter or digit",
        )
    return name


def check_alias(alias: str) -> str:
    """The alias itself, if it can be one; raises BadInput otherwise."""
    check_name(alias, "alias")
    if alias.isdigit():
        raise BadInput(f"Found the alias {alias!r}", expected="a name: numbers mean versions")
    return alias

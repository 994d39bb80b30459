"""What a project answers where no single domain owns the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ipymlops.evaluation.results import Evaluation, Gate
from ipymlops.pipelines.results import PipelineInput
from ipymlops.registry.approvals import Standing
from ipymlops.registry.lineage import Lineage
from ipymlops.registry.records import Event, Version


@dataclass(frozen=True, slots=True)
class Registration:
    """A version that now exists, how it did on its test data, and what a person should look at."""

    version: Version
    evaluation: Evaluation | None  # None without test data
    inferred: tuple[str, ...] = ()  # what was not said but found, each with the option that overrides it
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)  # by step


@dataclass(frozen=True, slots=True)
class VersionCard:
    """Everything worth knowing of one version on one page."""

    version: Version
    evaluation: Evaluation | None
    columns: tuple[dict[str, Any], ...]  # name, kind, and range or categories
    files: tuple[dict[str, Any], ...]  # name, size, sha256
    inputs: tuple[PipelineInput, ...]
    events: tuple[Event, ...]
    card: str  # the model card, Markdown
    lineage: Lineage
    standing: Standing  # what people said of it

    def rows(self) -> list[dict[str, Any]]:
        return list(self.columns)


@dataclass(frozen=True, slots=True)
class Promotion:
    """An alias that moved, or was refused to move, on what evidence."""

    model: str
    version: int
    previous: int | None
    alias: str
    event: Event  # "promote", or "refuse" where a gate refused
    gates: tuple[Gate, ...] = ()

    @property
    def promoted(self) -> bool:
        return self.event.kind == "promote"


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody looked at a version and said yes, or no."""

    version: Version
    event: Event  # "approve" or "reject"
    counts: bool  # False where author and approver are the same person: tier ``high`` wants a second one
    standing: Standing  # with this word

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
    signature: str = "is not signed"  # what follows after the name of the version
    signature_good: bool | None = None  # None where nobody can tell: no key is trusted here
    pickled: bool = False  # whether its model is a pickle, as the bundle says

    def rows(self) -> list[dict[str, Any]]:
        return list(self.columns)


@dataclass(frozen=True, slots=True)
class Promotion:
    """An alias that moved, or was refused to move, on what evidence; or that pointed there already."""

    model: str
    version: int
    previous: int | None
    alias: str
    event: Event | None  # "promote", or "refuse" where a gate refused; None where there was nothing to do
    gates: tuple[Gate, ...] = ()
    tier: str = ""  # of risk, that it was held to

    @property
    def promoted(self) -> bool:
        return self.event is not None and self.event.kind == "promote"

    @property
    def already(self) -> bool:
        """Whether the alias pointed to the version before: nothing was judged, and nothing moved."""
        return self.event is None


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """A version that carries one more signature."""

    version: Version
    event: Event
    key: str  # its fingerprint
    believed: bool | None  # whether the key is trusted here; None where no key is


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody looked at a version and said yes, or no."""

    version: Version
    event: Event  # "approve" or "reject"
    counts: bool  # False where author and approver are the same person: tier ``high`` wants a second one
    standing: Standing  # with this word
    before: int | None = None  # of a champion that is rejected: the version that `rollback` would put back
    asked_for: bool = True  # whether a promotion waits for such a word: by its tier, or after a rejection
    waits: bool = False  # whether it still waits for one, of somebody who did not make the version
    again: bool = False  # whether this person had said so before, and nothing is different by it
    takes_back: bool = False  # whether an approval took the same person's rejection back
    tier: str = ""  # of risk, that the version is held to


@dataclass(frozen=True, slots=True)
class Push:
    """A version that lies on an MLflow tracking server too."""

    version: Version
    server: str  # its address, without credentials
    name: str  # of the registered model there
    number: int  # of its version there
    run_id: str
    new: bool  # False where the same bundle was there already
    aliases: tuple[str, ...]  # that this push pointed to it
    files: int
    size: int  # bytes of all of them
    event: Event


@dataclass(frozen=True, slots=True)
class Pull:
    """A version of an MLflow tracking server that is one here now."""

    version: Version
    server: str
    name: str
    number: int
    run_id: str
    flavor: str  # "ipymlops" for a bundle that was pushed, else MLflow's: sklearn, xgboost, lightgbm
    new: bool  # False where the same bundle was a version of that line already
    evaluation: Evaluation | None  # None where nothing is known of how good it is
    warnings: tuple[str, ...] = ()

"""A stored or freshly trained model that is given only its own columns, in its own order, of whatever table comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.schema import Schema

ASKED = ("predict", "predict_proba", "decision_function")


@dataclass(frozen=True, slots=True)
class Contender:
    """One side of a comparison; ``ref`` names it, as in ``credit-risk@3``."""

    ref: str
    model: Any
    schema: Schema

    @classmethod
    def of(cls, ref: str, bundle: Bundle) -> Contender:
        """The stored model: hashed, audited, constructed."""
        return cls(ref, bundle.model(), bundle.schema())

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.model, name)
        if name not in ASKED:
            return value
        return lambda X: value(self.schema.conform(X))

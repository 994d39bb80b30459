"""Who may move which alias, as a team wrote it into ``mlops.toml``.

The registry asks it within the transaction that moves the alias, or puts it back, so no verb and no retraining goes
round it. Only ``restore`` does not ask: it fills a registry in which nothing is yet, and nothing of it moves. It is a
rail and no lock: names are those that ``IPYMLOPS_USER`` or the system gives, the file is anybody's who can write it,
and nothing here stops somebody who writes the database by hand. Where that matters, the database server must say who
may write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ipymlops.errors import NotAllowed

SETTING = "[aliases] in mlops.toml"


@dataclass(frozen=True, slots=True)
class Protection:
    """``movers``: alias -> who may move it or take it away; others are anybody's. ``permanent``: nobody takes away."""

    movers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    permanent: tuple[str, ...] = ()

    def allows(self, alias: str, who: str) -> bool:
        """Whether ``who`` may move the alias."""
        return alias not in self.movers or who in self.movers[alias]

    def check_move(self, model: str, alias: str, who: str) -> None:
        """Raise NotAllowed where ``who`` is none of those who may move the alias."""
        if not self.allows(alias, who):
            raise NotAllowed(
                f"{who} may not move {model}@{alias}",
                expected=f"{' or '.join(self.movers[alias])}, says {SETTING}",
                next_step=f"ask {self.movers[alias][0]} to do it, or have {who} added there",
            )

    def check_removal(self, model: str, alias: str, who: str) -> None:
        """Raise NotAllowed where nobody, or not ``who``, may take the alias away."""
        if alias in self.permanent:
            raise NotAllowed(
                f"{model}@{alias} may not be taken away: it is permanent, says {SETTING}",
                expected="it to be moved instead",
                next_step=f"alias {model}@NUMBER {alias}",
            )
        self.check_move(model, alias, who)

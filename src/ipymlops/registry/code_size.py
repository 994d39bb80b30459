"""An upper bound of a value: what ``code_sizes`` computes with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

NUMBER, TEXT, SEQUENCE, ARRAY, OTHER, ANY = "number", "text", "sequence", "array", "other", "any"
MOST_BITS = 100_000  # of a whole number: to compute one of more takes long
_FULL = 1e300


class TooLarge(ValueError):
    """A value that is not known to be small; says what kind of value."""


@dataclass(frozen=True, slots=True)
class Size:
    """At most so much of each; never too little."""

    weight: float  # values and letters in it, in whatever is nested
    bits: float = 1.0  # of the largest number in it
    longest: float = 0.0  # letters of the longest text in it
    kind: str = ANY
    inner: str = ANY  # the kind of its items
    largest: float | None = None  # the weight of one item; None: as much as the whole

    def __post_init__(self) -> None:
        if self.largest is None:
            object.__setattr__(self, "largest", self.weight)

    @property
    def times(self) -> float:
        """The largest number in it, as a count."""
        return 2.0**self.bits if self.bits < 900 else _FULL

    def may_be(self, kind: str) -> bool:
        return self.kind in (kind, ANY)

    def item(self) -> Size:
        """One of what it holds."""
        kind = self.kind if self.kind in (TEXT, ARRAY) else self.inner
        largest = 1.0 if self.kind == TEXT else self.largest
        assert largest is not None
        return Size(max(largest, 1.0), self.bits, min(self.longest, largest) if kind == TEXT else self.longest, kind)

    def grown(self, added: Size) -> Size:
        """With these put into it; a number or a text stays what it is."""
        if self.kind in (NUMBER, TEXT):
            return self
        inner = self.inner if added.kind == self.inner else ANY
        both = joined([self, added])
        assert self.largest is not None
        return replace(both, kind=self.kind, inner=inner, largest=max(self.largest, added.weight))


def numbers(count: float, bits: float, kind: str = NUMBER) -> Size:
    """So many numbers; one, unless it is told which kind of collection."""
    return Size(count, bits=bits, kind=kind, inner=NUMBER, largest=1)


def joined(parts: Sequence[Size]) -> Size:
    """All of them, one beside the other."""
    return Size(
        sum(p.weight for p in parts) or 1,
        max((p.bits for p in parts), default=1),
        max((p.longest for p in parts), default=0),
        largest=max((p.largest or 0 for p in parts), default=1),
    )


def fits(size: Size, most: float) -> Size:
    """The size itself; TooLarge if it is more than the machine should be asked for."""
    if not size.weight <= most:
        raise TooLarge(f"what may be more than {most:,} values and letters")
    if not size.bits <= MOST_BITS:
        raise TooLarge(f"a number that may have more than {MOST_BITS:,} bits")
    return size

"""How far the reference's own months, weeks and days lie from the rest of it: what columns do without any drift."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ipymlops.drift import distances, significance
from ipymlops.drift.aligning import aligned
from ipymlops.drift.summaries import Levels, Numbers, Summary
from ipymlops.frames import Table, as_table
from ipymlops.frames.windows import Window, windows

if TYPE_CHECKING:
    from ipymlops.drift.profile import Profile

STRETCHES = ("month", "week", "day")  # the longest first
FEWEST = 4  # chunks, below which the largest of them says little: see ``variability``
MOST = 120  # chunks of one stretch, evenly spread: what a registration may take
ENOUGH = 100  # rows, below which a chunk is left out; and below half of the median
SURE = 0.001  # a chunk counts where it differs with this p-value, corrected over the chunks of its column
APART = 0.45  # KS of every chunk from the rest, from which a column of times is no more than the order of the rows


@dataclass(frozen=True, slots=True)
class Stretch:
    """The largest distance of a chunk from the rest of the reference, by column; columns that stay put are left out."""

    chunks: int
    effects: Mapping[str, float] = field(default_factory=dict)  # KS or Jensen-Shannon
    moved: Mapping[str, float] = field(default_factory=dict)  # Wasserstein, in standard deviations of the reference
    missing: Mapping[str, float] = field(default_factory=dict)  # difference of missing rates


@dataclass(frozen=True, slots=True)
class Variability:
    """What the reference does by itself, for each stretch that has chunks enough; none: that cannot be told."""

    time: str  # what the chunks were cut by
    stretches: Mapping[str, Stretch] = field(default_factory=dict)
    serial: tuple[str, ...] = ()  # columns of times that follow it

    def of(self, by: str | None = None) -> tuple[str, Stretch] | None:
        """The stretch ``by`` name; for another, and for a check of one table, the longest. None without any."""
        known = [stretch for stretch in STRETCHES if stretch in self.stretches]
        if not known:
            return None
        name = by if by in known else known[-1] if by == "hour" else known[0]
        return name, self.stretches[name]

    def to_json(self) -> dict[str, Any]:
        stretches = {
            name: {"chunks": s.chunks, "effects": dict(s.effects), "moved": dict(s.moved), "missing": dict(s.missing)}
            for name, s in self.stretches.items()
        }
        return {"time": self.time, "serial": list(self.serial), "stretches": stretches}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Variability:
        stretches = {name: Stretch(**record) for name, record in document["stretches"].items()}
        return cls(document["time"], stretches, tuple(document["serial"]))


def variability(profile: Profile, table: Table, times: Table) -> Variability:
    """How far each month, week and day of ``table``, which ``profile`` was made of, lies from the rest of it.

    ``times`` is one column with a time for each row. Of a column's chunks the largest distance counts, since of n
    chunks and one more like them the last exceeds all others in one case of n + 1: with twelve months, one in 13.
    A chunk that does not differ for certain counts as 0, and what chance adds is taken off (as squares subtract).

    It misleads where a chunk of the reference is itself a fault, which then passes for usual, and where the reference
    is shorter than its season: what it has not seen is no variability of its own.

    >>> from ipymlops.drift.profile import Profile
    >>> import pandas as pd
    >>> day = pd.Series(pd.date_range("2025-01-01", "2025-12-31", periods=3650), name="day")
    >>> warm = as_table(pd.DataFrame({"degrees": -np.cos(day.dt.day_of_year / 58) + np.arange(3650) % 7 / 7}))
    >>> found = variability(Profile.of(warm), warm, as_table(day))
    >>> found.stretches["month"].chunks, round(found.stretches["month"].effects["degrees"], 2)
    (12, 0.71)
    """
    time = times.names[0]
    stretches, serial = {}, set[str]()
    for by in STRETCHES:
        cut = _whole([w for w in windows(times, by, time)[0] if len(w.rows) >= ENOUGH])
        if len(cut) < FEWEST:
            continue
        chunks = [profile.measure(as_table(table.take(w.rows), table.names)) for w in _spread(cut)]
        stretches[by], alike = _stretch(profile, chunks)
        serial |= alike
    return Variability(time, stretches, tuple(name for name in profile.columns if name in serial))


def _whole(cut: list[Window]) -> list[Window]:
    """Without what holds less than half as many rows as usual: the first and the last are often parts of a month."""
    usual = float(np.median([len(w.rows) for w in cut])) if cut else 0.0
    return [w for w in cut if 2 * len(w.rows) >= usual]


def _spread(cut: Sequence[Window]) -> list[Window]:
    at = np.unique(np.linspace(0, len(cut) - 1, min(len(cut), MOST)).round().astype(int))
    return [cut[i] for i in at]


def _stretch(profile: Profile, chunks: Sequence[Profile]) -> tuple[Stretch, set[str]]:
    """The largest of each column, and the columns of times that follow the order of the chunks."""
    effects, moved, missing, serial = dict[str, float](), dict[str, float](), dict[str, float](), set[str]()
    for name, whole in profile.columns.items():
        parts = [chunk.columns[name] for chunk in chunks]
        _keep(missing, name, max(_missing_away(whole, part, len(parts)) for part in parts))
        compare = _COMPARED.get(type(whole))
        if compare is None:  # texts have the defaults
            continue
        pairs = [(_rest(whole, part), part) for part in parts if 0 < part.counted < whole.counted]
        if not pairs:
            continue
        plain, sure = zip(*(compare(rest, part, len(parts)) for rest, part in pairs), strict=True)
        if whole.kind == "datetime" and min(plain) >= APART:
            serial.add(name)
        _keep(effects, name, max(sure))
        if name in effects and isinstance(whole, Numbers):
            _keep(moved, name, max(_moved(whole, *pair) for pair in pairs))
    return Stretch(len(chunks), effects, moved, missing), serial


def _keep(found: dict[str, float], name: str, value: float) -> None:
    if value > 0 and np.isfinite(value):
        found[name] = round(value, 6)


def _rest(whole: Summary, part: Summary) -> Numbers | Levels:
    """The counts of all rows but the part's; the moments stay those of all."""
    if isinstance(whole, Numbers) and isinstance(part, Numbers):
        return replace(whole, counts=whole.counts - part.counts)
    assert isinstance(whole, Levels)
    assert isinstance(part, Levels)
    counts = {level: n - part.counts[level] for level, n in whole.counts.items()}
    return replace(whole, counts=counts, other=whole.other - part.other)


def _numbers_away(rest: Numbers, part: Numbers, tests: int) -> tuple[float, float]:
    """The KS distance, and what of it is certain to be no chance."""
    low, _ = distances.ks_interval(rest.counts, part.counts, rest.edges)
    if significance.ks_p_value(low, rest.counted, part.counted) * tests >= SURE:
        return low, 0.0
    return low, _without(low, significance.ks_noise(rest.counted, part.counted))


def _levels_away(rest: Levels, part: Levels, tests: int) -> tuple[float, float]:
    before, now = aligned(rest, part)
    effect = distances.jensen_shannon(before, now)
    if significance.levels_p_value(before, now) * tests >= SURE:
        return effect, 0.0
    return effect, _without(effect, distances.jensen_shannon_noise(len(before), rest.present, part.present))


_COMPARED: dict[type, Callable[[Any, Any, int], tuple[float, float]]] = {Numbers: _numbers_away, Levels: _levels_away}


def _without(effect: float, noise: float) -> float:
    return float(np.sqrt(max(effect**2 - noise, 0.0)))


def _moved(whole: Numbers, rest: Any, part: Any) -> float:
    if not 0 < whole.std < np.inf:
        return float("nan")
    return distances.moved_interval(rest, part)[1] / whole.std


def _missing_away(whole: Summary, part: Summary, tests: int) -> float:
    rest = np.array([whole.missing - part.missing, whole.present - part.present])
    now = np.array([part.missing, part.present])
    if not whole.missing or not rest.sum() or significance.levels_p_value(rest, now) * tests >= SURE:
        return 0.0
    rate = whole.missing / (whole.missing + whole.present)
    noise = rate * (1 - rate) * (1 / rest.sum() + 1 / now.sum())
    return _without(float(rest[0] / rest.sum() - now[0] / now.sum()), float(noise))

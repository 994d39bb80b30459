"""How figures, times and states are written: three significant digits, an interval with every estimate."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from ipymlops.metric_names import metric_name as metric
from ipymlops.phrases import a, count, listed, numbered
from ipymlops.shares import NOTHING, percent

# Never colour alone: every state is a shape and a word.
State = Literal["pass", "fail", "cannot tell", "not applicable"]
MARKS: dict[State, str] = {"pass": "✓", "fail": "✕", "cannot tell": "?", "not applicable": "–"}

__all__ = ["NOTHING", "a", "count", "listed", "metric", "numbered", "percent"]

# Control characters, what turns the direction of a line, and what no XML or UTF-8 may hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(text: object) -> str:
    """The text without what could steer a terminal, turn a line around, or break a file."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text))


def decimals(*values: float) -> int:
    """How many decimals give the largest of the values three significant digits."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return 0 if largest == 0 else max(0, 2 - math.floor(math.log10(largest)))


def number(value: float, *, places: int | None = None) -> str:
    """``0.812``, ``12,300``, ``1.23e-05``; a dash for what is not known."""
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if places is not None and places <= 6:
        return f"{value:z,.{places}f}"
    if value != 0 and abs(value) < 1e-4:
        return f"{value:.2e}"
    rounded = value if value == 0 else round(value, 2 - math.floor(math.log10(abs(value))))
    return f"{rounded:z,.{decimals(rounded)}f}"


def short(value: float) -> str:
    """As ``number`` without trailing zeros: for thresholds and margins, which people typed."""
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def signed(value: float, *, places: int | None = None) -> str:
    """``+0.012`` or ``-0.012``."""
    text = number(value, places=places)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def span(low: float, high: float, *, places: int | None = None) -> str:
    """``0.797 to 0.826``; empty where no interval could be given."""
    if math.isnan(low) or math.isnan(high):
        return ""
    places = decimals(low, high) if places is None else places
    return f"{number(low, places=places)} to {number(high, places=places)}"


def interval(value: float, low: float, high: float, unit: str = "") -> str:
    """``0.812 (0.797 to 0.826)``."""
    unit = f" {unit}" if unit else ""
    range_ = span(low, high, places=decimals(value, low, high))
    if not range_:
        return number(value) + unit
    return f"{number(value, places=decimals(value, low, high))} ({range_}){unit}"


def level(share: float) -> str:
    """``95 %``: a confidence level."""
    return f"{short(share * 100)} %"


def cut_again(by: str, time: str) -> str:
    """`` --by month --time applied_on``: what cuts the same windows again; nothing where all rows were one."""
    if not by:
        return ""
    column = f" --time {shlex.quote(time)}" if time else ""
    return f" --by {by.removesuffix(' rows').removesuffix(' row').replace(',', '')}{column}"


def moment(when: datetime) -> str:
    """In the zone of the machine the reader sits at: ``23 Nov 2026, 22:10``."""
    return f"{when.astimezone():%d %b %Y, %H:%M}".lstrip("0")


def utc(when: datetime) -> str:
    """For the hover: ``2026-11-23 22:10:22 UTC``."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def size(n_bytes: int) -> str:
    """``812 B``, ``4.1 kB``, ``5.0 MB``."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    for unit in ("kB", "MB", "GB"):
        n = n_bytes / 1000 ** ("kB", "MB", "GB").index(unit) / 1000
        if n < 999.5 or unit == "GB":
            break
    return f"{n:.1f} {unit}" if n < 100 else f"{n:,.0f} {unit}"


def seconds(duration: float) -> str:
    """``0.42 s``, ``12.3 s``, ``2 min 5 s``."""
    if duration < 60:
        return f"{number(duration)} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes:,} min {rest} s"


def sentence(text: str) -> str:
    """With a capital and a full stop; ``credit-risk@2 is ...`` keeps its name as it is written."""
    first = text.strip().partition(" ")[0].rstrip(",:;")
    return stopped(text.strip()[:1].upper() + text.strip()[1:] if first.isalpha() else text)


def stopped(text: str) -> str:
    """With a full stop, and nothing else changed: where a column's name may stand first."""
    text = text.strip()
    return text if not text or text.endswith((".", "?", "!")) else text + "."


def pointed_to(aliases: Sequence[str]) -> str:
    """``it is the champion``, ``the alias prod points to it``; empty without aliases.

    >>> pointed_to(["champion", "prod", "staging"])
    'it is the champion, and the aliases prod and staging point to it'
    """
    others = [alias for alias in aliases if alias != "champion"]
    said = ["it is the champion"] if len(others) < len(aliases) else []
    if others:
        said.append(
            f"the {numbered(len(others), 'alias', 'aliases')} {listed(others)} "
            f"{numbered(len(others), 'points', 'point')} to it"
        )
    return ", and ".join(said)


def version_ref(model: str, version: int | None) -> str:
    """``credit-risk@3``, or the bare name."""
    return model if version is None else f"{model}@{version}"

"""Which version was the champion when."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import altair as alt

from ipymlops.registry.records import Event, History
from ipymlops.views import words
from ipymlops.views.cards.history import is_champion_move
from ipymlops.views.charts.style import GREY, REFERENCE, WIDTH, data, finished, title

MOST_VERSIONS = 15
_KINDS = {
    "register": "registered",
    "refuse": "refused",
    "export": "verified",
    "verify": "verified",
    "approve": "approved",
    "reject": "rejected",
    "alert": "alert",
}
_WORDS = ("approve", "reject")
_SHAPES = {
    "registered": "circle",
    "verified": "square",
    "refused": "cross",
    "approved": "diamond",
    "rejected": "triangle-down",
    "alert": "triangle-up",
}


def history_charts(result: History) -> tuple[Any, ...]:
    """A bar for each reign; nothing where nothing was promoted, or all of it at once."""
    events = [e for e in result.events if e.version is not None]
    moves = [e for e in events if is_champion_move(e)]
    if not moves or len(events) < 2 or events[0].when == events[-1].when:
        return ()
    return (finished(timeline_chart(result.model, events, moves), f"Champions of {result.model} over time"),)


def timeline_chart(model: str, events: list[Event], moves: list[Event]) -> Any:
    """Versions from top to bottom, the newest first."""
    versions = sorted({e.version for e in events if e.version is not None}, reverse=True)[:MOST_VERSIONS]
    order = [f"version {v}" for v in versions]
    y = alt.Y("version:N", sort=order, title=None, axis=alt.Axis(grid=True, ticks=False))
    x = alt.X("from:T", title=None, axis=alt.Axis(tickCount=6, grid=False), scale=_scale(events))
    bars = (
        alt.Chart(data(_reigns(events, moves, versions)))
        .mark_bar(color=REFERENCE, opacity=0.85, height={"band": 0.5})
        .encode(x=x, x2="to:T", y=y, tooltip=["version:N", "from:T", "who:N", "why:N"])
    )
    happened = _marks(events, versions)
    marks = alt.Chart(data(happened))
    kinds = [k for k in _SHAPES if k in {m["what"] for m in happened}]
    shape = alt.Shape(
        "what:N",
        scale=alt.Scale(domain=kinds, range=[_SHAPES[k] for k in kinds]),
        legend=alt.Legend(orient="bottom", title=None, direction="horizontal"),
    )
    dots = marks.mark_point(filled=True, opacity=1, size=55, color=GREY, stroke="white", strokeWidth=0.7).encode(
        x=x, y=y, shape=shape, tooltip=["what:N", "version:N", "from:T", "who:N", "why:N"]
    )
    last = moves[-1]
    found = f"Version {last.version} has been the champion since {words.moment(last.when)}"
    subtitle = f"{model}: bars are champions, marks are events; {words.count(len(events), 'event')}, times in your zone"
    return (bars + dots).properties(width=530, height=alt.Step(26), title=title(found, subtitle, WIDTH))


def _reigns(events: list[Event], moves: list[Event], versions: list[int]) -> list[dict[str, Any]]:
    """The last reign goes on: it is drawn a little past the last event."""
    first, last = events[0].when, events[-1].when
    ends = [later.when for _, later in pairwise(moves)] + [last + (last - first) * 0.06]
    return [
        {"version": f"version {m.version}", "from": _iso(m.when), "to": _iso(end), "who": m.who, "why": m.why}
        for m, end in zip(moves, ends, strict=True)
        if m.version in versions
    ]


def _marks(events: list[Event], versions: list[int]) -> list[dict[str, Any]]:
    """Of what a person said of a version only the last word, which counts."""
    last = {(e.version, e.who): e.number for e in events if e.kind in _WORDS}
    return [
        {"version": f"version {e.version}", "from": _iso(e.when), "what": _KINDS[e.kind], "who": e.who, "why": e.why}
        for e in events
        if e.kind in _KINDS and e.version in versions and (e.kind not in _WORDS or e.number == last[e.version, e.who])
    ]


def _scale(events: list[Event]) -> alt.Scale:
    """A little air before the first event and after the last."""
    first, last = events[0].when, events[-1].when
    air = (last - first) * 0.06
    return alt.Scale(domain=[_iso(first - air / 2), _iso(last + air)], nice=False)


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

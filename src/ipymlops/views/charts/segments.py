"""Columns against segments: where each column is far from its reference."""

from __future__ import annotations

from typing import Any

from ipymlops.drift.segments_results import DriftBySegment, SegmentDrift
from ipymlops.views import words
from ipymlops.views.cards.drift_in_parts import ordered
from ipymlops.views.cards.segments import segments_verdict
from ipymlops.views.charts.heat_map import PADDING, cell, heat_map
from ipymlops.views.charts.style import WIDTH, finished, title

MOST_COLUMNS = 20
MOST_SEGMENTS = 30


def segment_charts(result: DriftBySegment) -> tuple[Any, ...]:
    """One heat map; nothing where no column was compared."""
    if not result.columns:
        return ()
    about = f"Drift by column and {result.by}, {words.version_ref(result.model, result.version)} on {result.data}"
    chart = finished(segment_chart(result), f"{about}: {segments_verdict(result)}")
    return (chart.properties(padding=PADDING),)


def segment_chart(result: DriftBySegment) -> Any:
    """The heat map of the segments that matter first."""
    names = ordered(result)[:MOST_COLUMNS]
    shown = result.segments[:MOST_SEGMENTS]
    cells = [_cell(s, name) for name in names for s in shown]
    drawn = heat_map(cells, names, [s.segment for s in shown], across="segment", said=result.by)
    return drawn.properties(title=title(segments_verdict(result).rstrip("."), _subtitle(result, names), WIDTH))


def _subtitle(result: DriftBySegment, names: list[str]) -> str:
    total, n = len(result.columns), len(result.segments)
    which = f"{len(names)} of {total} columns, what matters first" if len(names) < total else "What matters first"
    first = f", {MOST_SEGMENTS} of {n} segments" if n > MOST_SEGMENTS else ""
    return f"{which}{first}; {words.count(result.current_rows, 'row')} of {result.data} against {result.against}"


def _cell(s: SegmentDrift, name: str) -> dict[str, Any]:
    c = next((c for c in s.columns if c.column == name), None)
    return {"segment": s.segment, **cell(name, c, f"{s.reference_rows:,} then {s.rows:,}", enough=s.enough)}

"""Columns against windows: how far each column was from its training data, and when."""

from __future__ import annotations

from typing import Any

from ipymlops.drift.over_time_results import DriftOverTime, WindowDrift
from ipymlops.views import words
from ipymlops.views.cards.drift_in_parts import ordered
from ipymlops.views.cards.drift_over_time import over_time_verdict, windows_of
from ipymlops.views.charts.heat_map import PADDING, cell, heat_map
from ipymlops.views.charts.style import WIDTH, finished, title

MOST_COLUMNS = 20
MOST_WINDOWS = 60


def over_time_charts(result: DriftOverTime) -> tuple[Any, ...]:
    """One heat map; nothing where no column was compared."""
    if not result.columns:
        return ()
    about = f"Drift by column and window, {words.version_ref(result.model, result.version)} on {result.data}"
    chart = finished(over_time_chart(result), f"{about}: {over_time_verdict(result)}")
    return (chart.properties(padding=PADDING),)


def over_time_chart(result: DriftOverTime) -> Any:
    """The heat map of the last windows, in their order."""
    names = ordered(result)[:MOST_COLUMNS]
    shown = result.windows[-MOST_WINDOWS:]
    cells = [_cell(w, name) for name in names for w in shown]
    found = over_time_verdict(result).rstrip(".")
    drawn = heat_map(cells, names, [w.window for w in shown], across="window", said=f"window ({result.by})")
    return drawn.properties(title=title(found, _subtitle(result, names), WIDTH))


def _subtitle(result: DriftOverTime, names: list[str]) -> str:
    total = len(result.columns)
    which = f"{len(names)} of {total} columns, what matters first" if len(names) < total else "What matters first"
    n = len(result.windows)
    last = f", the last {MOST_WINDOWS} of {windows_of(result, n)}" if n > MOST_WINDOWS else ""
    rows = words.count(result.current_rows, "row")
    return f"{which}{last}; {rows} of {result.data} against {result.reference_rows:,} of {result.against or 'training'}"


def _cell(w: WindowDrift, name: str) -> dict[str, Any]:
    c = next((c for c in w.columns if c.column == name), None)
    return {"window": w.window, **cell(name, c, f"{w.rows:,}", enough=w.enough)}

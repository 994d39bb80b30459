"""What is different between two versions, as a card."""

from __future__ import annotations

from collections import Counter

from ipymlops.registry.differences import Difference, VersionDiff
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Fold, Grid, Source, Step, fold, headings

TITLES = {
    "model": "Model",
    "parameters": "Parameters",
    "data": "Data",
    "environment": "Environment",
    "metrics": "Metrics",
    "origin": "Where they came from",
}
_OPEN = ("model", "parameters", "metrics")  # what one looks for first


def diff_card(result: VersionDiff) -> Card:
    """How much is different and where; each area in a table, code as a diff."""
    return Card(
        title=f"{result.before} and {result.after}",
        verdict=_verdict(result),
        warnings=() if result.code_known else ("Not both came from a notebook, so their code cannot be compared.",),
        steps=(Step("See which is better", f"compare {result.before} {result.after}"),),
        folds=(
            *(part for area in TITLES for part in _area(area, [d for d in result.differences if d.area == area])),
            *fold("Code", Source("\n".join(result.code)), open=bool(result.code)),
        ),
    )


def _verdict(result: VersionDiff) -> str:
    if result.same:
        return "Nothing is different." if result.code_known else "Nothing that is known of both is different."
    counts = Counter[str](d.area for d in result.differences)
    told = [f"{TITLES[area].lower()} ({counts[area]})" for area in TITLES if counts[area]]
    told += ["code"] if result.code else []
    return f"Different: {words.listed(told, len(told))}."


def _area(area: str, found: list[Difference]) -> tuple[Fold, ...]:
    rows: list[tuple[Cell, ...]] = [
        (words.metric(d.what) if area == "metrics" else d.what, d.before, d.after) for d in found
    ]
    return fold(TITLES[area], Grid(TITLES[area], headings("what", "before", "after"), tuple(rows)), open=area in _OPEN)

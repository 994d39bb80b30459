"""Which result is told by which card and drawn by which charts: one row a result type.

Light on purpose: the drawing libraries are imported when a chart or a text is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.results import DriftReport
from ipymlops.drift.segments_results import DriftBySegment
from ipymlops.errors import BadInput
from ipymlops.evaluation.label_free.results import PerformanceEstimate
from ipymlops.evaluation.results import Comparison, Evaluation, Gate
from ipymlops.phrases import a
from ipymlops.pipelines.marking import MarkedNotebook
from ipymlops.pipelines.results import Export, Verification
from ipymlops.project.results import Approval, Promotion, Pull, Push, Registration, SignedVersion, VersionCard
from ipymlops.registry.backup import Backup
from ipymlops.registry.differences import VersionDiff
from ipymlops.registry.lineage import Lineage
from ipymlops.registry.records import Event, History, ModelList, Version
from ipymlops.registry.timeline import LiveThen
from ipymlops.registry.upkeep import Checkup, Collection
from ipymlops.retraining.results import Retraining
from ipymlops.views.card import MAGIC, Card, in_project
from ipymlops.views.cards import (
    approval,
    differences,
    drift,
    drift_over_time,
    estimate,
    evaluation,
    exchange,
    history,
    lineage,
    marking,
    models,
    pipelines,
    promotion,
    segments,
    signing,
    upkeep,
    versions,
)


@dataclass(frozen=True, slots=True)
class View:
    """How one type of result is shown. ``charts`` names ``module:function`` in ``views/charts``; ``page`` one in
    ``views/reports``, with what a page of its own shows in place of some views of the charts."""

    card: Callable[[Any], Card]
    charts: str | None = None
    page: str | None = None


VIEWS: dict[type, View] = {
    Evaluation: View(evaluation.evaluation_card, "evaluation:evaluation_charts", "threshold:of_evaluation"),
    Comparison: View(evaluation.comparison_card, "comparison:comparison_charts"),
    Gate: View(evaluation.gate_card),
    DriftReport: View(drift.drift_card, "drift:drift_charts"),
    DriftOverTime: View(drift_over_time.over_time_card, "drift_over_time:over_time_charts"),
    DriftBySegment: View(segments.segments_card, "segments:segment_charts"),
    PerformanceEstimate: View(estimate.estimate_card, "estimate:estimate_charts"),
    Export: View(pipelines.export_card),
    Verification: View(pipelines.verification_card),
    MarkedNotebook: View(marking.marked_card),
    Retraining: View(pipelines.retraining_card, "comparison:retraining_charts"),
    ModelList: View(models.model_list_card),
    History: View(history.history_card, "history:history_charts"),
    VersionDiff: View(differences.diff_card),
    LiveThen: View(history.live_card),
    Lineage: View(lineage.lineage_card, "lineage:lineage_charts"),
    Event: View(history.event_card),
    Version: View(versions.version_card),
    VersionCard: View(versions.version_page, "evaluation:version_charts", "threshold:of_version"),
    Registration: View(versions.registration_card, "evaluation:registration_charts"),
    Promotion: View(promotion.promotion_card),
    Approval: View(approval.approval_card),
    Push: View(exchange.push_card),
    Pull: View(exchange.pull_card, "evaluation:registration_charts"),
    SignedVersion: View(signing.signed_card),
    Checkup: View(upkeep.checkup_card),
    Collection: View(upkeep.collection_card),
    Backup: View(upkeep.backup_card),
}


def view_of(result: object) -> View:
    """The row of the result's type; raises BadInput where there is none."""
    view = VIEWS.get(type(result))
    if view is None:
        raise BadInput(
            f"Found {a(type(result).__name__)}, which has no view",
            expected=f"one of {', '.join(t.__name__ for t in VIEWS)}",
        )
    return view


def render_html(result: object) -> str:
    """The card for a notebook: verdict, figures, what to do next; the rest folded."""
    from ipymlops.views.reports.html import card_html

    return card_html(view_of(result).card(result))


def render_text(
    result: object,
    *,
    width: int | None = None,
    color: bool = False,
    prompt: str = MAGIC,
    project: str | None = None,
) -> str:
    """The same as text. ``prompt`` is what a line to copy starts with: ``ipymlops`` on the command line. ``project`` is
    the folder that was named there, which such a line names again."""
    from ipymlops.views.terminal import card_text

    card = in_project(view_of(result).card(result), project)
    return card_text(card, width=width, color=color, prompt=prompt)


def charts(result: object) -> tuple[Any, ...]:
    """The Altair charts of a result, the most telling first; none where a number does."""
    name = view_of(result).charts
    return _function("charts", name)(result) if name else ()


def _function(folder: str, name: str) -> Callable[[Any], Any]:
    module, _, function = name.partition(":")
    found: Callable[[Any], Any] = getattr(importlib.import_module(f"ipymlops.views.{folder}.{module}"), function)
    return found


def report_page(
    result: object,
    title: str = "",
    *,
    prompt: str = MAGIC,
    project: str | None = None,
    made: datetime | None = None,
) -> str:
    """One HTML file that needs nothing else: the card and its charts, light and dark, offline.

    It is called ``title``, or what it is a card of. ``prompt`` and ``project`` are as of ``render_text``; ``made`` is
    now, for its foot."""
    from ipymlops.views.reports.page import page_html

    view = view_of(result)
    instead = _function("reports", view.page)(result) if view.page else {}
    card = in_project(view.card(result), project)
    return page_html(card, charts(result), title, instead, prompt=prompt, made=made)

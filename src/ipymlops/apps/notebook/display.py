"""How results show in IPython: a card, and below it each chart as an output of its own.

Registered by name, so that loading the extension imports neither the results nor what draws them.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

# The rows of views.table, by name; a test keeps the two alike.
SHOWN = (
    ("ipymlops.drift.results", "DriftReport"),
    ("ipymlops.drift.over_time_results", "DriftOverTime"),
    ("ipymlops.drift.segments_results", "DriftBySegment"),
    ("ipymlops.evaluation.label_free.results", "PerformanceEstimate"),
    ("ipymlops.evaluation.results", "Comparison"),
    ("ipymlops.evaluation.results", "Evaluation"),
    ("ipymlops.evaluation.results", "Gate"),
    ("ipymlops.pipelines.marking", "MarkedNotebook"),
    ("ipymlops.pipelines.results", "Export"),
    ("ipymlops.pipelines.results", "Verification"),
    ("ipymlops.project.results", "Approval"),
    ("ipymlops.project.results", "Promotion"),
    ("ipymlops.project.results", "Pull"),
    ("ipymlops.project.results", "Push"),
    ("ipymlops.project.results", "Registration"),
    ("ipymlops.project.results", "SignedVersion"),
    ("ipymlops.project.results", "VersionCard"),
    ("ipymlops.registry.backup", "Backup"),
    ("ipymlops.registry.differences", "VersionDiff"),
    ("ipymlops.registry.lineage", "Lineage"),
    ("ipymlops.registry.records", "Event"),
    ("ipymlops.registry.records", "History"),
    ("ipymlops.registry.records", "ModelList"),
    ("ipymlops.registry.records", "Version"),
    ("ipymlops.registry.timeline", "LiveThen"),
    ("ipymlops.registry.upkeep", "Checkup"),
    ("ipymlops.registry.upkeep", "Collection"),
    ("ipymlops.retraining.results", "Retraining"),
)

NO_PICTURES = (
    "Charts show in JupyterLab only, and are not kept as pictures: vl-convert is not installed. "
    "Next: pip install vl-convert-python"
)


class Display:
    """Where one shell shows results: text in a terminal, cards and charts where a front end draws."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._told = False  # that charts come without pictures
        self._waiting: tuple[Any, str] | None = None  # a result, and the output that its card takes over

    def register(self) -> None:
        """Let the shell show our results. Doing it again changes nothing."""
        show = self._show_rich if self.is_rich else _write_text
        for module, name in SHOWN:
            self._formatter.for_type_by_name(module, name, show)

    def unregister(self) -> None:
        """Results show as plain values again."""
        for row in SHOWN:
            self._formatter.deferred_printers.pop(row, None)
        for kind in [k for k in self._formatter.type_printers if (k.__module__, k.__name__) in SHOWN]:
            del self._formatter.type_printers[kind]

    @property
    def is_rich(self) -> bool:
        """Whether there is a front end that draws: a kernel has one, a terminal has not."""
        return getattr(self._shell, "kernel", None) is not None

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, *, replaces: str = "") -> str:
        """Show a bundle as a new output, or in place of the one of that id; the output's id."""
        output = replaces or uuid4().hex
        publisher = self._shell.display_pub
        publisher.publish(data, metadata or {}, transient={"display_id": output}, update=bool(replaces))
        return output

    def say(self, answer: Any) -> None:
        """Show what nobody else will: a script's cells are silent."""
        from IPython.display import display

        if self.is_rich:
            display(answer)  # type: ignore[no-untyped-call]
        else:
            print(self._formatter(answer))

    def hand_over(self, result: Any, output: str) -> None:
        """The card of ``result``, should it be shown next, takes the place of that output."""
        self._waiting = result, output

    def _show_rich(self, result: Any) -> None:
        from ipymlops.views.table import charts, render_html, render_text

        replaces = self._waiting[1] if self._waiting and self._waiting[0] is result else ""
        self._waiting = None
        self.publish({"text/html": render_html(result), "text/plain": render_text(result)}, replaces=replaces)
        for chart in charts(result):
            self._show_chart(chart)

    def _show_chart(self, chart: Any) -> None:
        from ipymlops.views.charts.bundle import draws_pictures, mime_bundle

        data, metadata = mime_bundle(chart)
        self.publish(data, metadata)
        if not self._told and not draws_pictures():
            self._told = True
            self.publish({"text/plain": NO_PICTURES})

    @property
    def _formatter(self) -> Any:
        if self._shell.display_formatter is None:
            raise TypeError("this shell displays nothing")
        formatter = self._shell.display_formatter
        return formatter.ipython_display_formatter if self.is_rich else formatter.formatters["text/plain"]


def printable(answer: Any) -> None:
    """Let ``print(answer)`` give the text of its card instead of all that it holds. Results are plain values and do not
    know how they look, so the class is told where one is handed to somebody; ``repr`` stays what it is."""
    kind: Any = type(answer)
    if (kind.__module__, kind.__name__) in SHOWN and kind.__str__ is object.__str__:
        kind.__str__ = _text_of


def _text_of(result: Any) -> str:
    from ipymlops.views.table import render_text

    return render_text(result)


def _write_text(result: Any, printer: Any, cycle: bool) -> None:
    from ipymlops.views.table import render_text

    live = sys.stdout.isatty()
    printer.text(render_text(result, color=live, width=shutil.get_terminal_size().columns if live else None))

"""How results show in IPython: a card, and below it each chart as an output of its own.

Registered by name, so that loading the extension imports neither the results nor what draws them.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

from IPython.display import publish_display_data

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

# The rows of views.table, by name; a test keeps the two alike.
SHOWN = (
    ("ipymlops.drift.results", "DriftReport"),
    ("ipymlops.evaluation.results", "Comparison"),
    ("ipymlops.evaluation.results", "Evaluation"),
    ("ipymlops.evaluation.results", "Gate"),
    ("ipymlops.pipelines.results", "Export"),
    ("ipymlops.pipelines.results", "Verification"),
    ("ipymlops.project.results", "Promotion"),
    ("ipymlops.project.results", "Registration"),
    ("ipymlops.project.results", "VersionCard"),
    ("ipymlops.registry.records", "History"),
    ("ipymlops.registry.records", "ModelList"),
    ("ipymlops.registry.records", "Version"),
    ("ipymlops.retraining.results", "Retraining"),
)


def register(shell: InteractiveShell) -> None:
    """Let the shell show our results. Doing it again changes nothing."""
    show = _show_rich if is_rich(shell) else _show_text
    for module, name in SHOWN:
        _formatter(shell).for_type_by_name(module, name, show)


def unregister(shell: InteractiveShell) -> None:
    """Results show as plain values again."""
    formatter = _formatter(shell)
    for row in SHOWN:
        formatter.deferred_printers.pop(row, None)
    for kind in [k for k in formatter.type_printers if (k.__module__, k.__name__) in SHOWN]:
        del formatter.type_printers[kind]


def is_rich(shell: InteractiveShell) -> bool:
    """Whether there is a front end that draws: a kernel has one, a terminal has not."""
    return getattr(shell, "kernel", None) is not None


def _formatter(shell: InteractiveShell) -> Any:
    if shell.display_formatter is None:
        raise TypeError("this shell displays nothing")
    return shell.display_formatter.ipython_display_formatter


def _show_rich(result: Any) -> None:
    from ipymlops.views.table import charts, render_html, render_text

    publish_display_data({"text/html": render_html(result), "text/plain": render_text(result)})  # type: ignore[no-untyped-call]
    for chart in charts(result):
        _show_chart(chart)


def _show_chart(chart: Any) -> None:
    from ipymlops.views.charts.bundle import mime_bundle

    data, metadata = mime_bundle(chart)
    publish_display_data(data, metadata)  # type: ignore[no-untyped-call]


def _show_text(result: Any) -> None:
    from ipymlops.views.table import render_text

    live = sys.stdout.isatty()
    print(render_text(result, color=live, width=shutil.get_terminal_size().columns if live else None))

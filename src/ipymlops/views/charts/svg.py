"""A chart as inline SVG for a page of its own: no script, and text in the colour of the page."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from ipymlops.views.charts.bundle import CONVERTER_VERSION, specification, still

_TEXT = {"fill": "currentColor"}
_LABELS = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_ID = re.compile(r'(\bid="|url\(#)')


def inline_svg(chart: Any, prefix: str) -> str | None:
    """``<svg role="img" ...>`` that shrinks with its container; None without vl-convert.

    ``prefix`` keeps the identifiers of several pictures on one page apart.
    """
    try:
        import vl_convert
    except ImportError:
        return None
    spec = still(specification(chart))
    config = spec.setdefault("config", {})
    config["title"] = {**config.get("title", {}), "color": "currentColor", "subtitleColor": "currentColor"}
    config["style"] = {**config.get("style", {}), "guide-label": _TEXT, "guide-title": _TEXT}
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=CONVERTER_VERSION)
    svg = _ID.sub(rf"\g<1>{prefix}-", _LABELS.sub("", svg))  # one label for the picture, not one for each point
    return _labelled(svg, spec.get("description", ""))


def _labelled(svg: str, description: str) -> str:
    """The picture with its words, as wide as the page allows, up to a quarter more than drawn."""
    drawn = re.search(r'width="(\d+)"', svg)
    width = int(drawn[1]) * 1.25 if drawn else 0
    label = f'<svg role="img" aria-label="{escape(description, quote=True)}" style="width:{width:.0f}px" '
    return svg.replace("<svg ", label, 1)

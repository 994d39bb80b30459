"""Charts as inline SVG for a page of its own: no script, text in the colour of the page, titles left to the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from ipymlops.views.charts.bundle import CONVERTER_VERSION, specification, still

_TEXT = {"fill": "currentColor"}
_LABELS = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_ID = re.compile(r'(\bid="|url\(#)')
_PADDING = {"left": 16, "top": 5, "right": 5, "bottom": 5}  # browsers' fonts are wider than those of the layout
_GROWS = 1.25  # times the size it was drawn for, where the page has room


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with its words beside it, so that the page wraps them; ``name`` is that of its view."""

    title: str
    subtitle: str
    svg: str
    name: str = ""


def pictures(chart: Any, prefix: str) -> list[Picture] | None:
    """What a page shows of a chart: panels side by side are pictures of their own. None without vl-convert.

    ``prefix`` keeps the identifiers of several pictures on one page apart.
    """
    try:
        import vl_convert  # noqa: F401
    except ImportError:
        return None
    spec = still(specification(chart))
    panels = _panels(spec)
    return [_picture(panel, f"{prefix}{chr(97 + i)}" if len(panels) > 1 else prefix) for i, panel in enumerate(panels)]


def _panels(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Panels with titles of their own."""
    side_by_side = spec.get("hconcat", ())
    if len(side_by_side) < 2 or not all("title" in panel for panel in side_by_side):
        return [spec]
    shared: dict[str, Any] = {key: spec[key] for key in ("$schema", "background", "config", "datasets") if key in spec}
    about = spec.get("description", "")
    return [
        {**shared, **panel, "description": f"{about}: {_words(panel['title'], 'text')}", "params": _params(spec, panel)}
        for panel in side_by_side
    ]


def _params(spec: dict[str, Any], panel: dict[str, Any]) -> list[dict[str, Any]]:
    """What was picked holds for every panel, and one that cannot be clicked says so of its first layer."""
    first = panel["layer"][0] if panel.get("layer") else panel
    own = {view.get("name") for view in panel.get("layer", [panel])}
    home = [first.setdefault("name", "shown")]
    return [
        {**p, "views": [v for v in p["views"] if v in own] or home} if "views" in p else p
        for p in spec.get("params", ())
    ]


def _picture(spec: dict[str, Any], prefix: str) -> Picture:
    title = spec.pop("title", {})
    svg = _drawn(spec, prefix)
    return Picture(_words(title, "text"), _words(title, "subtitle"), svg, str(spec.get("name", "")))


def _words(title: dict[str, Any], key: str) -> str:
    lines = title.get(key, "")
    return " ".join(lines if isinstance(lines, list) else [lines]).strip()


def _drawn(spec: dict[str, Any], prefix: str) -> str:
    import vl_convert

    spec.setdefault("padding", _PADDING)
    config = spec["config"] = dict(spec.get("config", {}))
    config["title"] = {**config.get("title", {}), "color": "currentColor", "subtitleColor": "currentColor"}
    config["style"] = {**config.get("style", {}), "guide-label": _TEXT, "guide-title": _TEXT}
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=CONVERTER_VERSION)
    svg = _ID.sub(rf"\g<1>{prefix}-", _LABELS.sub("", svg))  # one label for the picture, not one for each point
    return _labelled(svg, spec.get("description", ""))


def _labelled(svg: str, description: str) -> str:
    """The picture with its words, as wide as the page allows."""
    drawn = re.search(r'width="(\d+)"', svg)
    width = int(drawn[1]) * _GROWS if drawn else 0
    label = f'<svg role="img" aria-label="{escape(description, quote=True)}" style="width:{width:.0f}px" '
    return svg.replace("<svg ", label, 1)

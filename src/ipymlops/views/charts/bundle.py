"""One MIME bundle a chart: live in JupyterLab, a picture everywhere else, offline in both."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import altair as alt

from ipymlops.plain import plain
from ipymlops.views.charts.png import png_size, squeezed
from ipymlops.views.words import clean

VEGALITE_MIME = "application/vnd.vegalite.v5+json"
# JupyterLab draws Vega-Lite 5; Altair 6 writes 6. What we draw is the same in both.
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
CONVERTER_VERSION = "5.8"
PNG_SCALE = 2
LIVE = "live-"  # begins the names of views that say something only where they can be clicked


def specification(chart: Any) -> dict[str, Any]:
    """The chart as Vega-Lite 5, whatever theme the user has enabled in Altair."""
    with alt.theme.enable("none"):
        spec: dict[str, Any] = chart.to_dict()
    spec["$schema"] = SCHEMA
    cleaned: dict[str, Any] = _cleaned(spec)
    return cleaned


def _cleaned(node: Any) -> Any:
    """Every text without what is not XML: one such character makes the converter abort, and the kernel with it."""
    if isinstance(node, dict):
        return {key: _cleaned(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_cleaned(value) for value in node]
    return clean(node) if isinstance(node, str) else node


def mime_bundle(chart: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Data and metadata for ``display(..., raw=True)``. Without vl-convert the specification stands alone."""
    spec = specification(chart)
    data: dict[str, Any] = {VEGALITE_MIME: packed(spec), "text/plain": plain_text(spec)}
    metadata: dict[str, Any] = {}
    picture = png(spec)
    if picture is not None:
        data["image/png"] = picture
        width, height = png_size(picture)
        metadata["image/png"] = {"width": width // PNG_SCALE, "height": height // PNG_SCALE}
    return data, metadata


def packed(node: Any) -> Any:
    """The same chart with the rows of each part as one text: notebooks are stored indented, a line for every value,
    which is three times as much."""
    if isinstance(node, list):
        return [packed(value) for value in node]
    if not isinstance(node, dict):
        return node
    if (
        isinstance(node.get("values"), list)
        and set(node) == {"values"}
        and all(isinstance(v, dict) for v in node["values"])
    ):
        rows = json.dumps(plain(node["values"]), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return {"values": rows, "format": {"type": "json"}}
    return {key: packed(value) for key, value in node.items()}


def png(spec: dict[str, Any]) -> bytes | None:
    """On white, sharp on dense screens; None without vl-convert, or where it refuses: Lab draws the chart anyway."""
    try:
        import vl_convert
    except ImportError:
        return None
    white = {**still(spec), "background": "white", "padding": 5}
    try:
        return squeezed(vl_convert.vegalite_to_png(white, vl_version=CONVERTER_VERSION, scale=PNG_SCALE))
    except ValueError:
        return None


def still(spec: dict[str, Any]) -> dict[str, Any]:
    """A copy of the chart as a picture: without the views that answer a click, and what only they use."""
    gone: set[str] = set()
    kept: dict[str, Any] = _without_live(spec, gone)
    if gone and "params" in kept:
        kept["params"] = [p for p in (_seen(p, gone) for p in kept["params"]) if p.get("views", True)]
    return kept


def _seen(param: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """With only those of its views that are left."""
    return {**param, "views": [v for v in param["views"] if v not in gone]} if "views" in param else param


def _without_live(node: Any, gone: set[str]) -> Any:
    if isinstance(node, dict):
        return {key: _without_live(value, gone) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    live = [_is_live(view) for view in node]
    gone.update(view["name"] for view, is_live in zip(node, live, strict=True) if is_live)
    return [_without_live(view, gone) for view, is_live in zip(node, live, strict=True) if not is_live]


def _is_live(view: Any) -> bool:
    """Whether it is a view (data also have names) that a picture leaves out."""
    return isinstance(view, dict) and ("mark" in view or "layer" in view) and str(view.get("name")).startswith(LIVE)


def draws_pictures() -> bool:
    """Whether the converter is installed: without it a chart shows in JupyterLab only."""
    return importlib.util.find_spec("vl_convert") is not None


def plain_text(spec: dict[str, Any]) -> str:
    """What the chart says, for where nothing can be drawn."""
    return f"[chart] {spec.get('description', '')}".rstrip()

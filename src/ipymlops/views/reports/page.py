"""One HTML file that shows a result anywhere: nothing fetched, light and dark, and readable without its script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import ipymlops
from ipymlops.views import words
from ipymlops.views.card import MAGIC, Card
from ipymlops.views.reports.html import card_html
from ipymlops.views.reports.style import STYLE

_PAGE = """\
:root{color-scheme:light dark}
body{margin:0;padding:1.5rem 1rem 3rem;background:#fff;color:#1c1c1c;
font-family:system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;line-height:1.45}
main{max-width:55rem;margin:0 auto}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem;overflow-wrap:anywhere}
.ipymlops{font-size:14px;max-width:none;--m-soft:#555;--m-line:#ddd;--m-fill:#f1f3f5}
.m-row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem;margin:1.4rem 0}
figure{display:flex;flex-direction:column;min-width:0;box-sizing:border-box;margin:0;padding:.9rem 1rem;
border:1px solid #ddd;border-radius:6px;font-size:13px}
figcaption{margin:0 0 .8rem;overflow-wrap:anywhere}
figcaption b{display:block;font-size:1.15em;font-weight:600;line-height:1.35}
figure svg{display:block;max-width:100%;height:auto;overflow:visible;margin-top:auto}
footer{margin-top:2rem;color:#555;font-size:.85rem}
@media (prefers-color-scheme:dark){
body{background:#141414;color:#e8e8e8}footer{color:#b0b0b0}figure{border-color:#3a3a3a}
.ipymlops{--m-soft:#b0b0b0;--m-line:#3a3a3a;--m-fill:#262626;--m-bar:#56B4E9}
figure [stroke="#0072B2"]{stroke:#56B4E9}figure [fill="#0072B2"]{fill:#56B4E9}}
@media print{details{display:block}figure,section{break-inside:avoid}}
"""


def page_html(
    card: Card,
    charts: Sequence[Any],
    title: str = "",
    instead: Mapping[str, str] | None = None,
    *,
    prompt: str = MAGIC,
    made: datetime | None = None,
) -> str:
    """The card, then its pictures as inline SVG; ``instead`` has HTML for views that a page shows in its own way.

    The page is called ``title``, or what its card is. The foot says when it was ``made``, where that is told."""
    from ipymlops.views.charts.svg import pictures

    rows = [pictures(chart, f"c{i}") for i, chart in enumerate(charts)]
    missing = "<p>No pictures: vl-convert is not installed.</p>" if None in rows else ""
    figures = "".join(
        f'<div class="m-row">{"".join(_figure(p, instead or {}) for p in row)}</div>' for row in rows if row
    )
    name = escape(words.clean(title or card.title), quote=True)
    section = card_html(card, style=False, titled=bool(title), prompt=prompt)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name}</title><style>{STYLE}{_PAGE}</style></head>\n"
        f"<body><main><h1>{name}</h1>{section}{figures}{missing}"
        f"<footer>{_foot(made)}</footer></main></body></html>\n"
    )


def _foot(made: datetime | None) -> str:
    when = f" {words.utc(made)}" if made else ""
    return f"Made{when} by ipymlops {ipymlops.__version__}."


def _figure(picture: Any, instead: Mapping[str, str]) -> str:
    said = f"<b>{escape(picture.title)}</b>{escape(picture.subtitle)}" if picture.title or picture.subtitle else ""
    caption = f"<figcaption>{said}</figcaption>" if said else ""
    return f"<figure>{caption}{instead.get(picture.name, picture.svg)}</figure>"

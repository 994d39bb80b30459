"""The threshold to be moved in a page: a slider, and what is confused and paid at each threshold.

Without its script the table stands at the model's own threshold. Every text is written here, so that figures read as
everywhere; the script only exchanges them.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from ipymlops.evaluation.results import Evaluation
from ipymlops.project.results import VersionCard
from ipymlops.views import words
from ipymlops.views.charts.style import PANEL
from ipymlops.views.charts.threshold import CELLS, CONFUSED, counts, moves

STYLE = """\
.m-threshold label:not([hidden]){display:flex;gap:.7em;align-items:center;margin:0 0 .4em}
.m-threshold input{flex:1;min-width:0;accent-color:#0072B2}
.m-threshold p{margin:0 0 .8em;min-height:2.9em}
.m-threshold table{border-collapse:collapse;width:100%;table-layout:fixed}
.m-threshold th{font-weight:400;padding:.3em .6em .3em 0;text-align:left;overflow-wrap:anywhere}
.m-threshold thead th+th{text-align:center}
.m-threshold td{text-align:center;height:7.5em;color:#000;
background:linear-gradient(rgb(86 180 233/var(--share)) 0 0),#eef5fa}
.m-threshold td b{display:block;font-size:1.15em;font-weight:600}
"""
SCRIPT = """\
for(const box of document.querySelectorAll('.m-threshold')){
const points=JSON.parse(box.dataset.points),slider=box.querySelector('input'),said=box.querySelector('p'),
cells=box.querySelectorAll('td'),dots=[...box.closest('.m-row').querySelectorAll('.mark-symbol.role-mark path')],
at=dot=>+dot.getAttribute('transform').slice(10).split(',')[0];
slider.addEventListener('input',()=>{const x=slider.value*box.dataset.width,
p=points.reduce((a,b)=>Math.abs(b.x-x)<Math.abs(a.x-x)?b:a);said.textContent=p.said;
cells.forEach((cell,i)=>{cell.firstChild.textContent=p.n[i];cell.lastChild.textContent=p.of[i];
cell.style.setProperty('--share',p.share[i])});
for(const dot of dots)dot.setAttribute('opacity',Math.abs(at(dot)-p.x)<.01?1:0)});
slider.parentElement.hidden=false}
"""


def of_evaluation(result: Evaluation) -> dict[str, str]:
    """In place of the panel of confusion; nothing where the threshold cannot be moved."""
    return {CONFUSED: _explorer(result)} if moves(result) else {}


def of_version(result: VersionCard) -> dict[str, str]:
    """Of its evaluation."""
    return of_evaluation(result.evaluation) if result.evaluation else {}


def _explorer(result: Evaluation) -> str:
    points = [_point(row, result) for row in counts(result)]
    here = next(point for point, p in zip(points, result.curve, strict=True) if p.threshold == result.threshold)
    data = escape(json.dumps(points, ensure_ascii=False, separators=(",", ":")), quote=True)
    return (
        f'<style>{STYLE}</style><div class="m-threshold" data-width="{PANEL}" data-points="{data}">'
        f'<label hidden>threshold <input type="range" min="0" max="1" step="0.005" '
        f'value="{result.threshold}"></label>'
        f'<p aria-live="polite">{escape(here["said"])}</p>{_table(result, here)}</div><script>{SCRIPT}</script>'
    )


def _point(row: dict[str, Any], result: Evaluation) -> dict[str, Any]:
    n = {cell: row[cell] for cell in CELLS}
    totals = {"tn": n["tn"] + n["fp"], "fp": n["tn"] + n["fp"], "fn": n["fn"] + n["tp"], "tp": n["fn"] + n["tp"]}
    shares = [n[cell] / totals[cell] if totals[cell] else 0.0 for cell in CELLS]
    return {
        "x": round(row["threshold"] * PANEL, 4),
        "said": _said(row, result),
        "n": [f"{n[cell]:,}" for cell in CELLS],
        "of": [words.percent(share) for share in shares],
        "share": [round(share, 3) for share in shares],
    }


def _said(row: dict[str, Any], result: Evaluation) -> str:
    flagged = row["tp"] + row["fp"]
    right = words.percent(row["tp"] / flagged) if flagged else words.NOTHING
    found = words.percent(row["tp"] / max(row["tp"] + row["fn"], 1))
    said = (
        f"From {words.short(row['threshold'])} up: {words.percent(row['flagged'])} of rows flagged, {right} of flags "
        f"right, {found} of {result.positive or 'positives'} found"
    )
    return said + (f", cost {words.number(row['cost'])} a row" if "cost" in row else "")


def _table(result: Evaluation, here: dict[str, Any]) -> str:
    names = [escape(words.clean(name), quote=True) for name in result.classes]
    head = "".join(f'<th scope="col">predicted {name}</th>' for name in names)
    cells = [
        f'<td style="--share:{share}"><b>{n}</b><span>{of}</span></td>'
        for n, of, share in zip(here["n"], here["of"], here["share"], strict=True)
    ]
    rows = "".join(
        f'<tr><th scope="row">true {name}</th>{"".join(cells[2 * i : 2 * i + 2])}</tr>' for i, name in enumerate(names)
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"

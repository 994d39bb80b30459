"""The one small style sheet of all cards: scoped, Jupyter's variables first, plain fallbacks after."""

from __future__ import annotations

STYLE = """\
.ipymlops{--m-text:var(--jp-content-font-color1,currentColor);--m-soft:var(--jp-content-font-color2,inherit);
--m-line:var(--jp-border-color2,#8886);--m-fill:var(--jp-layout-color2,#8882);--m-bar:#0072B2;
--m-code:var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);
font-family:var(--jp-ui-font-family,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif);
font-size:var(--jp-ui-font-size1,13px);line-height:1.45;color:var(--m-text);max-width:62em;
border:1px solid var(--m-line);border-radius:6px;padding:.9em 1.1em;margin:.4em 0;box-sizing:border-box;
container-type:inline-size}
.ipymlops *{box-sizing:border-box}
.ipymlops p.m-title{margin:0 0 .3em;color:var(--m-soft);font-size:.93em}
.ipymlops h3.m-verdict{margin:0 0 .7em;font-size:1.18em;line-height:1.35;font-weight:600;overflow-wrap:anywhere;
color:inherit}
.ipymlops p.m-more{margin:-.3em 0 .8em;overflow-wrap:anywhere}
.ipymlops .m-badge{display:inline-block;font-size:.85rem;font-size:.86em;font-weight:600;line-height:1.2;
padding:.16em .55em;border-radius:1em;color:#fff;background:#5f6368;white-space:nowrap;vertical-align:.06em}
.ipymlops h3 .m-badge{margin-right:.5em;font-size:.78em}
.ipymlops .m-pass{background:#1b7a3d}.ipymlops .m-fail{background:#b3261e}.ipymlops .m-unsure{background:#7a5c00}
.ipymlops dl.m-figures{display:flex;flex-wrap:wrap;gap:.7em 2.2em;margin:0 0 .8em;padding:0}
.ipymlops dl.m-figures>div{display:flex;flex-direction:column;margin:0;min-width:5.5em;max-width:100%}
.ipymlops dl.m-figures dt{font-weight:400;color:var(--m-soft);font-size:.93em;margin:0;padding:0;float:none;width:auto}
.ipymlops dl.m-figures dd{margin:0;padding:0;font-variant-numeric:tabular-nums;white-space:nowrap}
.ipymlops dd.m-value{font-size:1.35em;font-weight:600;line-height:1.3}
.ipymlops dd.m-value.m-long{font-size:1em;line-height:1.85;white-space:normal;overflow-wrap:anywhere}
.ipymlops dl.m-figures dd.m-note{color:var(--m-soft);font-size:.93em;white-space:normal;
 width:max-content;max-width:16em}
.ipymlops ul{margin:.2em 0 .6em;padding-left:1.3em}.ipymlops li{margin:.15em 0;overflow-wrap:anywhere}
.ipymlops ul.m-warnings{border-left:3px solid #D55E00;list-style:none;padding:.1em 0 .1em .8em}
.ipymlops p.m-next{margin:.5em 0 .6em}
.ipymlops p.m-next code{display:inline-block;user-select:all;-webkit-user-select:all;max-width:100%;
overflow-wrap:anywhere;white-space:pre-wrap;padding:.25em .6em;background:var(--m-fill)}
.ipymlops code,.ipymlops pre{font-family:var(--m-code);font-size:.95em;background:none;color:inherit;border-radius:3px}
.ipymlops pre{background:var(--m-fill);padding:.7em .9em;margin:.5em 0;overflow:auto;max-height:32em;white-space:pre}
.ipymlops details{border-top:1px solid var(--m-line);padding:.35em 0 .1em}
.ipymlops summary{cursor:pointer;padding:.1em 0}
.ipymlops details details{border-top:none;padding:0}
.ipymlops .m-scroll{overflow-x:auto;max-width:100%;position:relative}
.ipymlops .m-scroll::-webkit-scrollbar{height:7px}
.ipymlops .m-scroll::-webkit-scrollbar-thumb{background:#8888;border-radius:4px}
.ipymlops table.m-grid{border-collapse:collapse;border:none;margin:.4em 0 .7em;table-layout:auto;font-size:1em;
width:auto;font-variant-numeric:tabular-nums}
.ipymlops table.m-grid caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.ipymlops table.m-grid th,.ipymlops table.m-grid td{text-align:left;vertical-align:baseline;padding:.28em 1.1em .28em 0;
border:none;border-bottom:1px solid var(--m-line);font-weight:400;white-space:normal;max-width:30em;background:none;
overflow-wrap:break-word}
.ipymlops table.m-grid thead th{color:var(--m-soft);font-size:.93em;vertical-align:bottom;background:none}
.ipymlops table.m-grid tbody tr:nth-child(n){background:none}
.ipymlops table.m-grid tbody tr:last-child>*{border-bottom:none}
.ipymlops table.m-grid .m-figure{text-align:right}
.ipymlops table.m-grid .m-words{min-width:11em}
.ipymlops table.m-grid .m-whole{white-space:nowrap}
.ipymlops table.m-grid td .m-badge{background:none;color:inherit;padding:0;font-weight:400;font-size:1em}
.ipymlops table.m-grid td .m-badge b{display:inline-block;width:1.35em;height:1.35em;line-height:1.35em;
margin-right:.4em;font-size:.8em;text-align:center;border-radius:50%;color:#fff;background:#5f6368;vertical-align:.08em}
.ipymlops table.m-grid td .m-pass b{background:#1b7a3d}.ipymlops table.m-grid td .m-fail b{background:#b3261e}
.ipymlops table.m-grid td .m-unsure b{background:#7a5c00}
.ipymlops table.m-grid code,.ipymlops table.m-grid time{white-space:nowrap}
.ipymlops .m-bar{display:inline-block;width:3.6em;height:.6em;margin-left:.7em;background:var(--m-fill);
border-radius:2px;overflow:hidden;vertical-align:baseline}
.ipymlops .m-bar>span{display:block;height:100%;background:var(--m-bar)}
@container (max-width:46em){.ipymlops table.m-grid{font-size:.92em}
.ipymlops table.m-grid th,.ipymlops table.m-grid td{padding-right:.55em}
.ipymlops .m-bar{width:1.5em;margin-left:.3em}}
.ipymlops .m-cell{margin:.5em 0;padding:0;border:none}
.ipymlops .m-cell>p,.ipymlops .m-cell>summary{margin:0 0 .15em;font-size:.93em}
.ipymlops .m-cell>p span,.ipymlops .m-cell>summary span{color:var(--m-soft)}
.ipymlops ol.m-code{list-style:none;margin:0;padding:.35em 0;background:var(--m-fill);border-radius:3px;overflow-x:auto}
.ipymlops ol.m-code li{display:flex;flex-wrap:wrap;column-gap:1.5em;margin:0;padding:0 .8em 0 1.9em;min-height:1.45em;
border-left:3px solid transparent;position:relative;color:var(--m-soft)}
.ipymlops ol.m-code li.m-in{border-left-color:var(--m-bar);color:var(--m-text)}
.ipymlops ol.m-code li.m-stays{border-left-color:#b3261e;color:var(--m-text)}
.ipymlops ol.m-code b{position:absolute;left:.45em;font-weight:600}
.ipymlops ol.m-code code{white-space:pre;padding:0;font-size:.93em}
.ipymlops ol.m-code small{margin-left:auto;color:var(--m-soft);font-size:.86em;line-height:1.7;text-align:right}
"""

"""A version as cards: in short, when it is registered, and everything known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ipymlops.evaluation.enough import doubt
from ipymlops.evaluation.results import Evaluation
from ipymlops.project.results import Registration, VersionCard
from ipymlops.registry.approvals import Standing
from ipymlops.registry.records import Version
from ipymlops.registry.serializers.pickled import WARNING
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Grid, Lines, Reference, Source, Step, fold, headings
from ipymlops.views.cards.approval import standing_warnings, word_grid
from ipymlops.views.cards.evaluation import evaluation_folds, evaluation_verdict, metric_figures
from ipymlops.views.cards.history import event_grid
from ipymlops.views.cards.lineage import lineage_folds
from ipymlops.views.cards.pipelines import input_grid, verification_badge


def primary_of(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Name and value with interval of the metric that decides, from a version's facts; dashes without it."""
    metrics = facts.get("metrics")
    if isinstance(metrics, Mapping):
        metrics = metrics.get("metrics")
    named = {m.get("name"): m for m in metrics or () if isinstance(m, Mapping)}
    record = named.get(facts.get("primary"))
    if record is None:
        return words.NOTHING, words.NOTHING
    value, low, high = (_figure(record.get(k)) for k in ("value", "low", "high"))
    return words.metric(str(record["name"])), words.interval(value, low, high)


def _figure(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def version_card(result: Version) -> Card:
    """One version as a list shows it."""
    return Card(
        title=f"Version {result.ref}",
        verdict=_version_verdict(result),
        badge=verification_badge(result.verification),
        figures=_version_figures(result),
        steps=(Step("Everything known of it", f"show {result.ref}"),),
    )


def _version_verdict(v: Version) -> str:
    what = str(v.facts.get("estimator", "model"))
    known_as = f"; {words.pointed_to(v.aliases)}" if v.aliases else ""
    return f"{v.ref} is {words.a(what)}, registered by {v.who} on {words.moment(v.created)}{known_as}."


def _version_figures(v: Version) -> tuple[Figure, ...]:
    name, value = primary_of(v.facts)
    value, _, note = value.partition(" (")
    figures = [Figure(name, value, note.rstrip(")"))] if name != words.NOTHING else []
    for key in ("rows", "features"):
        if isinstance(v.facts.get(key), int):
            figures.append(Figure("training rows" if key == "rows" else key, f"{v.facts[key]:,}"))
    if v.facts.get("risk"):
        figures.append(Figure("risk tier", str(v.facts["risk"])))
    return tuple(figures)


def registration_card(result: Registration) -> Card:
    """The version that now exists, how it did, and what a person should look at."""
    v = result.version
    found = evaluation_verdict(result.evaluation) if result.evaluation else "It was not evaluated: no test data."
    figures = metric_figures(result.evaluation) if result.evaluation else _version_figures(v)
    total = sum(result.seconds.values())
    return Card(
        title=f"Registration of {v.ref}",
        verdict=f"Registered {v.ref}{_as_aliases(v)}. {found}",
        badge=Badge("pass", "registered"),
        figures=(*figures, *((Figure("took", words.seconds(total)),) if total else ())),
        warnings=tuple(words.sentence(w) for w in result.warnings),
        steps=(Step("Write the pipeline that retrains it, and prove it", f"export {v.ref} --to pipelines/{v.model}"),),
        folds=(
            *fold("What was inferred", Lines(tuple(words.sentence(i) for i in result.inferred)), open=True),
            *(evaluation_folds(result.evaluation) if result.evaluation else ()),
            *fold("Time by step", _seconds_grid(result.seconds)),
        ),
    )


def _as_aliases(v: Version) -> str:
    return f" as {words.listed(v.aliases)}" if v.aliases else ""


def _seconds_grid(seconds: Mapping[str, float]) -> Grid:
    rows = tuple((name, words.seconds(s)) for name, s in seconds.items())
    return Grid("Time by step", headings("step", "#time"), rows)


def version_page(result: VersionCard) -> Card:
    """Everything worth knowing of one version."""
    v = result.version
    said = f" {evaluation_verdict(result.evaluation)}" if result.evaluation else ""
    found = f" Measured elsewhere, so no gate reads it:{said}" if said and v.measured_elsewhere else said
    return Card(
        title=f"Version {v.ref}",
        verdict=_version_verdict(v) + found,
        more=_signature_sentence(result),
        badge=verification_badge(v.verification),
        figures=_page_figures(result),
        warnings=(
            *standing_warnings(v.ref, result.standing),
            *(words.sentence(w) for w in (*_said_at_registration(result), *_signature_warning(result))),
        ),
        steps=(_version_step(v, result.evaluation, result.standing),),
        folds=(
            *fold("About", _facts_grid(v, (("signature", f"{v.ref} {result.signature}"),))),
            *fold("What was inferred", Lines(tuple(words.sentence(i) for i in v.facts.get("inferred", ())))),
            *fold(f"{words.count(len(result.columns), 'input column')}", _column_grid(result.columns)),
            *fold("Files the pipeline reads", input_grid(result.inputs)),
            *lineage_folds(result.lineage),
            *(evaluation_folds(result.evaluation) if result.evaluation else ()),
            *fold("Approvals and rejections", word_grid(result.standing.words)),
            *fold(f"{words.count(len(result.events), 'event')}", event_grid(result.events)),
            *fold(f"{words.count(len(result.files), 'file')} in the bundle", _file_grid(result.files)),
            *fold("Model card", Source(result.card)),
        ),
    )


def _page_figures(result: VersionCard) -> tuple[Figure, ...]:
    if result.evaluation is None:
        return _version_figures(result.version)
    figures = metric_figures(result.evaluation)
    if not result.version.measured_elsewhere:
        return figures
    return tuple(replace(f, note=f"{f.note}, measured elsewhere".removeprefix(", ")) for f in figures)


def _version_step(v: Version, evaluation: Evaluation | None, said: Standing) -> Step:
    if v.verification in ("not verified", "not reproduced"):
        return Step("Write the pipeline that retrains it, and prove it", f"export {v.ref} --to pipelines/{v.model}")
    if evaluation and doubt(evaluation):
        return Step("Judge it on more rows with labels", f"evaluate {v.ref} --data X y")
    if said.refusal:
        return Step("See what was said of it", f"history {v.model}")
    if "champion" not in v.aliases:
        return Step("Make it the champion, if its gates pass", f"promote {v.ref}")
    return Step("Check whether new data still looks like its training data", f"drift {v.ref} --data NEW_DATA")


def _said_at_registration(result: VersionCard) -> tuple[str, ...]:
    """A pickle first, whatever the registry's row says of it."""
    said = tuple(w for w in result.version.facts.get("warnings", ()) if w != WARNING)
    return (WARNING, *said) if result.pickled else said


def _signature_sentence(result: VersionCard) -> str:
    """Where somebody signed it, or could be believed here if they did."""
    asked = result.signature_good is not None or _was_signed(result)
    return f"It {result.signature}." if asked and not _signature_warning(result) else ""


def _signature_warning(result: VersionCard) -> tuple[str, ...]:
    """A version that nobody signed is no reason to warn; a signature that is not good is."""
    bad = result.signature_good is False and _was_signed(result)
    return (f"{result.version.ref} {result.signature}",) if bad else ()


def _was_signed(result: VersionCard) -> bool:
    return any(e.kind == "sign" for e in result.events)


def _facts_grid(v: Version, more: tuple[tuple[str, str], ...]) -> Grid:
    shown = {k: f for k, f in v.facts.items() if isinstance(f, str | int | float) and not isinstance(f, bool)}
    rows = [(k.replace("_", " "), f if isinstance(f, str) else words.short(float(f))) for k, f in shown.items()]
    rows += [("registered", words.moment(v.created)), ("by", v.who), ("manifest sha256", v.manifest), *more]
    return Grid("Facts", headings("fact", "value"), tuple(rows))


def _column_grid(columns: Sequence[Mapping[str, Any]]) -> Grid:
    rows = tuple((Reference(str(c.get("name", ""))), str(c.get("kind", "")), _domain(c)) for c in columns)
    return Grid("Columns the model reads", headings("column", "kind", "values seen in training"), rows)


def _domain(column: Mapping[str, Any]) -> str:
    """Whatever is there of a range or of categories, in words."""
    categories = column.get("categories")
    if categories:
        return words.listed([str(c) for c in categories], 5)
    span = column.get("range") or (column.get("minimum", column.get("min")), column.get("maximum", column.get("max")))
    if isinstance(span, list | tuple) and len(span) == 2 and all(isinstance(x, int | float) for x in span):
        return f"{words.short(float(span[0]))} to {words.short(float(span[1]))}"
    return words.NOTHING


def _file_grid(files: Sequence[Mapping[str, Any]]) -> Grid:
    rows = tuple(
        (Reference(str(f.get("name", ""))), words.size(int(f.get("size") or 0)), str(f.get("sha256", ""))[:12])
        for f in files
    )
    return Grid("Files", headings("file", "#size", "sha256"), rows)

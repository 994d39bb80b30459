"""Lists of models, histories, versions, registrations and promotions as cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipymlops.project.results import Promotion, Registration, VersionCard
from ipymlops.registry.records import Event, History, ModelList, ModelSummary, Version
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Cell, Figure, Grid, Lines, Reference, Source, Step, fold, headings
from ipymlops.views.cards.evaluation import (
    evaluation_folds,
    evaluation_verdict,
    failed,
    gate_badge,
    gate_grid,
    metric_figures,
)
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


def model_list_card(result: ModelList) -> Card:
    """Every model line; the empty project teaches how to begin."""
    n = len(result.models)
    if not n:
        return Card(
            title="Models",
            verdict="No model is registered in this project yet.",
            figures=(Figure("project", result.project),),
            steps=(
                Step(
                    "Register a trained model",
                    "register model --name credit-risk --train X_train y_train --test X_test y_test",
                ),
            ),
        )
    with_champion = sum(m.champion is not None for m in result.models)
    rest = "" if with_champion == n else f"; {n - with_champion} without a champion"
    return Card(
        title="Models",
        verdict=f"{words.count(n, 'model')} in this project{rest}.",
        figures=(
            Figure("versions", f"{sum(m.versions for m in result.models):,}"),
            Figure("project", result.project),
        ),
        steps=(Step("Look at one", f"show {result.models[0].name}"),),
        folds=fold("Models", _model_grid(result.models), open=True),
    )


def _model_grid(models: Sequence[ModelSummary]) -> Grid:
    return Grid(
        "Models, their champions and newest versions",
        headings("model", "#champion", "metric", "#value", "pipeline", "#newest", "registered"),
        tuple(_model_row(m) for m in models),
    )


def _model_row(m: ModelSummary) -> tuple[Cell, ...]:
    shown = m.champion or m.newest
    name, value = primary_of(shown.facts)
    return (
        Reference(m.name),
        f"version {m.champion.number}" if m.champion else "none",
        name,
        value,
        verification_badge(shown.verification),
        f"version {m.newest.number}",
        m.newest.created,
    )


def history_card(result: History) -> Card:
    """Who did what to which version, when and why; newest first."""
    versions = {e.version for e in result.events if e.version is not None}
    champion = current_champion(result.events)
    now = f"Version {champion} is the champion" if champion is not None else "There is no champion"
    return Card(
        title=f"History of {result.model}",
        verdict=f"{now}; {words.count(len(result.events), 'event')} on {words.count(len(versions), 'version')}.",
        figures=_history_figures(result),
        steps=(Step("Look at the version in use", f"show {result.model}"),),
        folds=fold("Events, newest first", event_grid(result.events), open=True),
    )


def _history_figures(result: History) -> tuple[Figure, ...]:
    if not result.events:
        return ()
    first, last = result.events[0], result.events[-1]
    people = len({e.who for e in result.events})
    return (
        Figure("began", words.moment(first.when), f"by {first.who}"),
        Figure("last event", words.moment(last.when), f"{last.kind} by {last.who}"),
        Figure("people", f"{people:,}"),
    )


def current_champion(events: Sequence[Event]) -> int | None:
    """Which version the last promotion or rollback left in place."""
    moved = [e.version for e in events if is_champion_move(e)]
    return moved[-1] if moved else None


def is_champion_move(event: Event) -> bool:
    """Whether the event put a version in the champion's place."""
    alias = event.evidence.get("alias", "champion")
    return event.kind in ("promote", "rollback", "alias") and alias == "champion" and event.version is not None


def event_grid(events: Sequence[Event]) -> Grid:
    """Newest first."""
    return Grid(
        "Events, newest first",
        headings("when", "what", "version", "who", "why"),
        tuple(_event_row(e) for e in reversed(events)),
    )


def _event_row(e: Event) -> tuple[Cell, ...]:
    alias = str(e.evidence.get("alias", ""))
    what = f"{e.kind} ({alias})" if alias and alias != "champion" else e.kind
    return (e.when, what, words.NOTHING if e.version is None else str(e.version), e.who, e.why or words.NOTHING)


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
    what = str(v.facts.get("estimator", "a model"))
    known_as = f"; it is the {words.listed(v.aliases)}" if v.aliases else ""
    return f"{v.ref} is a {what}, registered by {v.who} on {words.moment(v.created)}{known_as}."


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
            *fold("What was inferred", Lines(tuple(words.sentence(i) for i in result.inferred))),
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
    found = f" {evaluation_verdict(result.evaluation)}" if result.evaluation else ""
    return Card(
        title=f"Version {v.ref}",
        verdict=_version_verdict(v) + found,
        badge=verification_badge(v.verification),
        figures=metric_figures(result.evaluation) if result.evaluation else _version_figures(v),
        steps=(_version_step(v),),
        folds=(
            *fold("About", _facts_grid(v)),
            *fold(f"{words.count(len(result.columns), 'input column')}", _column_grid(result.columns)),
            *fold("Files the pipeline reads", input_grid(result.inputs)),
            *(evaluation_folds(result.evaluation) if result.evaluation else ()),
            *fold(f"{words.count(len(result.events), 'event')}", event_grid(result.events)),
            *fold(f"{words.count(len(result.files), 'file')} in the bundle", _file_grid(result.files)),
            *fold("Model card", Source(result.card)),
        ),
    )


def _version_step(v: Version) -> Step:
    if v.verification in ("not verified", "not reproduced"):
        return Step("Write the pipeline that retrains it, and prove it", f"export {v.ref} --to pipelines/{v.model}")
    if "champion" not in v.aliases:
        return Step("Make it the champion, if its gates pass", f"promote {v.ref}")
    return Step("Check whether new data still looks like its training data", f"drift {v.ref} --data NEW_DATA")


def _facts_grid(v: Version) -> Grid:
    shown = {k: f for k, f in v.facts.items() if isinstance(f, str | int | float) and not isinstance(f, bool)}
    rows = [(k.replace("_", " "), f if isinstance(f, str) else words.short(float(f))) for k, f in shown.items()]
    rows += [("registered", words.moment(v.created)), ("by", v.who), ("manifest sha256", v.manifest)]
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


def promotion_card(result: Promotion) -> Card:
    """An alias that moved, or the gates that refused to move it."""
    ref = words.version_ref(result.model, result.version)
    return Card(
        title=f"Promotion of {ref} to {result.alias}",
        verdict=promotion_verdict(result),
        badge=Badge("pass", "promoted") if result.promoted else Badge("fail", "refused"),
        figures=_gate_figures(result),
        steps=(_promotion_step(result, ref),),
        folds=fold("Gates", gate_grid(result.gates), open=True),
    )


def promotion_verdict(result: Promotion) -> str:
    """Who is in charge now, or what stood in the way."""
    ref = words.version_ref(result.model, result.version)
    if result.promoted:
        before = f", in place of version {result.previous}" if result.previous not in (None, result.version) else ""
        return f"{ref} is the {result.alias} now{before}."
    stopped = failed(result.gates)
    reasons = words.listed([g.evidence or g.title for g in stopped], 2)
    stays = f" Version {result.previous} stays the {result.alias}." if result.previous is not None else ""
    return f"Not ready to promote{': ' + reasons if reasons else ''}".rstrip(".") + "." + stays


def _gate_figures(result: Promotion) -> tuple[Figure, ...]:
    if not result.gates:
        return ()
    total = f"of {len(result.gates)} gates"
    came_out = [gate_badge(g).word for g in result.gates]
    names = {"pass": "passed", "fail": "failed", "warns": "warn", "not applicable": "not applicable"}
    shown = [o for o in names if o != "warns" or o in came_out]
    return tuple(Figure(names[o], f"{came_out.count(o)}", total) for o in shown)


def _promotion_step(result: Promotion, ref: str) -> Step:
    if result.promoted:
        return Step("Check whether new data still looks like its training data", f"drift {ref} --data NEW_DATA")
    if any("verif" in g.code.lower() for g in failed(result.gates)):
        return Step("Write the pipeline that retrains it, and prove it", f"export {ref} --to pipelines/{result.model}")
    return Step("See its figures", f"evaluate {ref}")

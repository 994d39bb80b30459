"""The questions asked of a stored version: how good, better than another, drifted, ready to be champion."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, IntegrityError
from ipymlops.phrases import numbered
from ipymlops.project import workspace
from ipymlops.project.benchmarking import FEWEST_ROWS, benchmark_of, judged, seen_by, unseen
from ipymlops.project.contender import Contender
from ipymlops.project.placing import held_to, place_of
from ipymlops.project.results import Promotion, VersionCard
from ipymlops.registry.approvals import standing
from ipymlops.registry.records import CHAMPION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ipymlops.evaluation.results import Comparison, Evaluation, Gate
    from ipymlops.policy.limits import Limits
    from ipymlops.progress import Progress
    from ipymlops.project.labelling import Value
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Version

MEASURED_ELSEWHERE = "its figures were measured elsewhere"
GIVEN = "--data X"  # how a command is given rows, before their labels


def evaluate(
    project: Project,
    ref: str,
    data: tuple[Any, Any] | None,
    *,
    name: str = "given data",
    level: float,
    sensitive: Sequence[str] = (),
    cost: Mapping[str, float] | None = None,
    positive: Any = None,
    value: Value | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """The stored model, loaded as production would load it, on the benchmark or on ``data``.

    ``sensitive`` names columns of that table, which the model need not take. ``progress`` hears each step."""
    from ipymlops.evaluation.evaluation import evaluate as measure
    from ipymlops.evaluation.footprint import footprint
    from ipymlops.project.labelling import given_labels
    from ipymlops.project.reading import whole
    from ipymlops.project.registering import check_pair
    from ipymlops.project.training_rows import trained_on

    say = progress or (lambda _: None)
    version = project.registry.resolve(ref)
    bundle = project.bundle(version)
    say("read the rows")
    if data is None:
        benchmark_of(bundle, version, f", or name labelled data: {GIVEN} y")
        X, y, told = judged(bundle)
        schema, given = bundle.schema(), None
    else:
        schema, told = bundle.schema(), ""
        said_by: dict[str, Any] = {"value": value, "option": GIVEN, "target": schema.target}
        X, y, given = given_labels(whole(project, ref, data[0]), data[1], reads=schema.names, **said_by)
        check_pair("given", X, y)
    say("load the model")
    model, rows = bundle.model(), schema.conform(X)
    found = measure(
        model,
        rows,
        y,
        name=version.model,
        version=version.number,
        data="benchmark" if data is None else name,
        level=level,
        sensitive=sensitive,
        beside=X,
        cost=cost,
        positive=positive,
        target=schema.target,
        slices=True,
        progress=say,
    )
    say("measure how long the model takes to answer")
    taken = footprint(model, rows, size=bundle.model_size)
    say("look for training rows among them")
    return replace(
        found,
        footprint=taken,
        trained_on=trained_on(bundle, rows),
        notes=(*((told,) if told else ()), *found.notes),
        place=place_of(project, version),
        given=given,
    )


def compare(
    project: Project,
    champion: str,
    candidate: str,
    *,
    metric: str | None,
    positive: Any = None,
    margin: float = 0.005,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Comparison:
    """Two versions on the rows of the candidate's benchmark that neither was trained on; on the other's, where the
    candidate was pulled with rows of its own."""
    from ipymlops.evaluation.comparison import compare as measure

    old, new = project.registry.resolve(champion), project.registry.resolve(candidate)
    if old.model != new.model:
        raise BadInput(
            f"Found {old.ref} and {new.ref}", expected="two versions of one model line", next_step="evaluate each"
        )
    old_bundle, new_bundle = project.bundle(old), project.bundle(new)
    say = progress or (lambda _: None)
    say("read the rows")
    holder, by = (old_bundle, old) if new.measured_elsewhere and not old.measured_elsewhere else (new_bundle, new)
    rows = len(benchmark_of(holder, by)[1])
    told_here = [b for v, b in ((new, new_bundle), (old, old_bundle)) if not v.measured_elsewhere or b is holder]
    X, y, _ = unseen(holder, *(seen_by(b, holder, rows) for b in told_here))
    if len(y) < FEWEST_ROWS:
        raise BadInput(
            f"Only {len(y)} of {rows:,} benchmark rows {numbered(len(y), 'is', 'are')} in neither's training data",
            expected=f"at least {FEWEST_ROWS} to compare on",
            next_step="register under another name with new test data",
        )
    say("load both models")
    found = measure(
        Contender.of(old.ref, old_bundle),
        Contender.of(new.ref, new_bundle),
        X,
        y,
        champion_ref=old.ref,
        candidate_ref=new.ref,
        metric=metric,
        positive=positive,
        margin=margin,
        level=level,
        progress=say,
    )
    words = _one_model(old, new, old_bundle, new_bundle)
    return replace(found, same=True, words=words) if words else found


def _one_model(old: Version, new: Version, old_bundle: Bundle, new_bundle: Bundle) -> str:
    """In words, that two versions are one or hold one model; empty where they do not."""
    if old.number == new.number:
        return f"the same: {old.ref} was compared with itself"
    if old_bundle.model_hashes == new_bundle.model_hashes:
        return f"the same: {old.ref} and {new.ref} hold one model, byte for byte"
    return ""


def promote(
    project: Project,
    ref: str,
    *,
    why: str,
    sensitive: Sequence[str] = (),
    limits: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Promotion:
    """Move ``champion`` if the gates of the version's tier pass; record a refusal as an event of its own. Of the
    champion itself nothing is asked, and nothing recorded.

    ``sensitive`` names columns whose groups are to be treated alike; ``limits`` what latency and size may be."""
    from ipymlops.policy.limits import Limits
    from ipymlops.policy.requirements import passed, refusal

    allowed = Limits.of(limits or {})

    version = project.registry.resolve(ref)
    previous = project.registry.aliases(version.model).get(CHAMPION)
    if previous == version.number:
        return Promotion(version.model, version.number, previous, CHAMPION, None)
    project.registry.protection().check_move(version.model, CHAMPION, workspace.who())  # before anything is measured
    gates = judge(project, version, previous, sensitive=sensitive, limits=allowed, progress=progress)
    evidence: dict[str, Any] = {"gates": [_gate_record(g) for g in gates], "previous": previous}
    if not passed(gates):
        evidence["reason"] = refusal(gates) or gates[0].evidence
        event = project.registry.record(
            "refuse",
            version.model,
            version.number,
            who=workspace.who(),
            why=why or evidence["reason"],
            evidence=evidence,
        )
    else:
        event = project.registry.set_alias(
            version.model,
            CHAMPION,
            version.number,
            kind="promote",
            who=workspace.who(),
            why=why,
            evidence=evidence,
            expected=previous,  # what it was judged against: somebody faster is named, not overruled
        )
    tier = held_to(project, version, previous).name
    return Promotion(version.model, version.number, previous, CHAMPION, event, gates, tier)


def judge(
    project: Project,
    version: Version,
    champion: int | None,
    *,
    sensitive: Sequence[str],
    limits: Limits,
    progress: Progress | None = None,
) -> tuple[Gate, ...]:
    """The demands of the version's risk tier, and limits, each with its outcome."""
    from ipymlops.evaluation.stored import from_record
    from ipymlops.policy.requirements import judge as decide
    from ipymlops.policy.requirements import pickled, unanswered, unsigned
    from ipymlops.project.signing import seen_by_gate

    bundle = project.bundle(version)
    tier = held_to(project, version, champion)
    signature = seen_by_gate(project, version, bundle)
    if signature.good is False and (tier.signed or signature.required):
        return unsigned(tier.name, signature)
    if bundle.pickled and tier.name == "high":
        return pickled(tier.name)
    said = standing(project.registry.events(version.model), version.number)
    if version.measured_elsewhere or "metrics.json" not in bundle:
        return (_nothing_known(version, bundle), *unanswered(tier.name, "nothing is known to judge it by"))
    _check_sensitive(bundle, version, sensitive)
    comparison = None
    if champion is not None and champion != version.number:
        reference = f"{version.model}@{champion}"
        asked: dict[str, Any] = {"metric": None, "margin": tier.margin, "level": tier.level}
        comparison = compare(project, reference, version.ref, **asked, progress=progress)
    evaluation = from_record(bundle.json("metrics.json"))
    if sensitive or (tier.slice_tolerance is not None and not _looked_for_slices(evaluation, tier.level)):
        evaluation = _looked_closer(project, version, evaluation, sensitive, tier.level, progress)
    elif limits.named:
        evaluation = _timed(bundle, evaluation, progress)
    return decide(
        tier.name,
        limits=limits,
        evaluation=evaluation,
        comparison=comparison,
        verification=version.verification,
        author=version.who,
        approved_by=said.approver,
        rejected=said.refusal,
        signature=signature,
    )


def _check_sensitive(bundle: Bundle, version: Version, sensitive: Sequence[str]) -> None:
    """Raise UnknownName for a column that the benchmark lacks: gates judge by nothing else."""
    from ipymlops.evaluation.fairness import check_sensitive
    from ipymlops.frames import as_table

    if not sensitive or "benchmark.parquet" not in bundle:
        return
    names = " ".join(sensitive)
    check_sensitive(
        as_table(bundle.benchmark()[0]),
        sensitive,
        f"see its groups with evaluate {version.ref} --data X y --sensitive {names}; gates need test data with the "
        "column, which the first version of a line brings: register under another name",
    )


def _looked_for_slices(evaluation: Evaluation, level: float) -> bool:
    """Whether the stored evaluation, of this very model on these very rows, did so, as surely as is asked for."""
    return evaluation.slices is not None and evaluation.slices.level >= level - 1e-9


def _timed(bundle: Bundle, evaluation: Evaluation, progress: Progress | None) -> Evaluation:
    """With what the model takes of this machine, which is never stored."""
    from ipymlops.evaluation.footprint import footprint

    if "benchmark.parquet" not in bundle:
        return evaluation
    if progress:
        progress("measure how long the model takes to answer")
    rows = bundle.schema().conform(bundle.benchmark()[0])
    return replace(evaluation, footprint=footprint(bundle.model(), rows, size=bundle.model_size))


def _looked_closer(
    project: Project,
    version: Version,
    evaluation: Evaluation,
    sensitive: Sequence[str],
    level: float,
    progress: Progress | None,
) -> Evaluation:
    """With what was not looked for at registration, or is too much a machine's own to be stored."""
    if "benchmark.parquet" not in project.bundle(version):
        return evaluation
    now = evaluate(project, version.ref, None, level=level, sensitive=sensitive, progress=progress)
    return replace(evaluation, slices=now.slices, fairness=now.fairness, footprint=now.footprint)


def measure_here(version: Version) -> str:
    """What to do for figures that gates read."""
    there = str(version.facts.get("pulled_from", "it")).rpartition(", ")[2]
    return f"pull {there} --as {version.model} with --test TABLE COLUMN, so that they are measured here"


def _nothing_known(version: Version, bundle: Bundle) -> Gate:
    from ipymlops.evaluation.results import Gate

    evidence = f"{version.ref} was registered without test data: register again with --test X_test y_test"
    if version.measured_elsewhere:
        evidence = f"{MEASURED_ELSEWHERE}; {measure_here(version)}"
    elif "benchmark.parquet" in bundle:
        evidence = (
            f"{version.ref} was trained on all benchmark rows that could judge it: begin a line with new test data"
        )
    return Gate("evaluated", "Test data to judge it by", "blocks", "not applicable", evidence)


def show(project: Project, ref: str) -> VersionCard:
    """Facts of the registry and the bundle; nothing is computed and no model is loaded. Where somebody signed it, its
    files are hashed: a good signature is said only of the bytes that are there."""
    from ipymlops.evaluation.stored import from_record
    from ipymlops.project.vouching import vouched
    from ipymlops.registry.lineage import lineage as lineage_of

    version = project.registry.resolve(ref)
    bundle = project.bundle(version)
    signature, good = vouched(project, version, bundle)
    columns = _columns(bundle) if "schema.json" in bundle else ()
    evaluation = from_record(bundle.json("metrics.json")) if "metrics.json" in bundle else None
    files = tuple({"name": n, **bundle.manifest["files"][n]} for n in bundle.names)
    line = project.registry.events(version.model)
    events = tuple(e for e in line if e.version == version.number)
    card = bundle.text("README.md") if "README.md" in bundle else ""
    inputs = inputs_of(bundle)
    origin, said = lineage_of(version, bundle, line), standing(events, version.number)
    return VersionCard(
        version, evaluation, columns, files, inputs, events, card, origin, said, signature, good, bundle.pickled
    )


def inputs_of(bundle: Bundle) -> tuple[Any, ...]:
    """The files that the version's pipeline reads, as they were at registration."""
    from ipymlops.pipelines.results import PipelineInput

    if "targets.json" not in bundle:
        return ()
    try:
        return tuple(PipelineInput(**record) for record in bundle.json("targets.json").get("inputs", ()))
    except TypeError as error:
        raise IntegrityError(f"targets.json cannot be read: {error}") from error


def _columns(bundle: Bundle) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"name": c.name, "kind": c.kind, "minimum": c.low, "maximum": c.high, "categories": c.categories}
        for c in bundle.schema().columns
    )


def _gate_record(gate: Gate) -> dict[str, str]:
    return {"code": gate.code, "outcome": gate.outcome, "evidence": gate.evidence, "severity": gate.severity}

"""The story of a registration: check, measure, pack, store, say. Nothing is stored before everything is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, MlopsError, UnsafeModel
from ipymlops.phrases import count
from ipymlops.project import provenance, workspace
from ipymlops.project.benchmarking import SEEN, choose_benchmark
from ipymlops.project.candidate import Candidate, Parcel
from ipymlops.project.onnx_graphs import asked_by_tables
from ipymlops.project.results import Registration
from ipymlops.project.signing import add_signature, pulled_unsigned, signer_of, still_unsigned
from ipymlops.project.stored_model import check_stored
from ipymlops.project.torch_modules import answering_tables
from ipymlops.registry.records import check_name

if TYPE_CHECKING:
    from ipymlops.evaluation.results import Evaluation
    from ipymlops.frames import Table
    from ipymlops.policy.risk_tier import RiskTier
    from ipymlops.progress import Progress
    from ipymlops.project.project import Project
    from ipymlops.registry.records import Version
    from ipymlops.registry.schema import Schema
    from ipymlops.registry.signing import Signer


def register(
    project: Project,
    candidate: Candidate,
    *,
    why: str,
    progress: Progress | None,
    afterwards: Callable[[Version], None] | None = None,
    value: Callable[[str], Any] | None = None,
) -> Registration:
    """Store the candidate as the next version of its line. What ``afterwards`` writes to the registry belongs to the
    same transaction: both are there, or neither. ``value`` evaluates expressions of the notebook, see ``inferring``."""
    from ipymlops.registry import serializers

    check_name(candidate.name)
    # A key that cannot sign is told before anything is computed. What was made elsewhere is for a person to sign.
    signer = None if candidate.pulled else signer_of(project)
    candidate = replace(candidate, model=serializers.served(candidate.model))
    parcel = Parcel(progress=progress)
    _check_last_fit(candidate)
    if value is not None:
        with parcel.step("read the notebook"):
            candidate = _inferred(candidate, value, parcel)
    times = _times(candidate, value)
    candidate = answering_tables(asked_by_tables(candidate), parcel)
    candidate = _as_taken(candidate)
    parcel.facts |= {"model": candidate.name, "risk": _risk(project, candidate, parcel)}
    if candidate.parent:
        parcel.facts["parent"] = candidate.parent
    if candidate.pulled:
        parcel.facts["mlflow"] = candidate.pulled
    with parcel.step("check the data"):
        schema = _describe_data(candidate, parcel)
    with parcel.step("store the model"):
        _add_model(project, candidate, parcel)
    with parcel.step("evaluate") as say:
        evaluation = _add_evaluation(project, candidate, schema, parcel, say)
    with parcel.step("profile the training data") as say:
        _add_profile(candidate, times, parcel, say)
    with parcel.step("record where it came from"):
        provenance.add(candidate, project.root.parent, parcel)
        parcel.warnings.extend(_leaks(candidate))
    with parcel.step("write the bundle"):
        version = _store(project, candidate, schema, evaluation, why, parcel, signer, afterwards)
    not_signed = pulled_unsigned(project, version) if candidate.pulled else ()
    warnings = (*parcel.warnings, *not_signed, *still_unsigned(project, version))
    return Registration(version, evaluation, candidate.inferred, warnings, parcel.seconds)


def _check_last_fit(candidate: Candidate) -> None:
    """Refuse a model whose last fit raised: what it holds is of an earlier one, of none, or of both."""
    if candidate.journal is None or not candidate.targets or all(run.succeeded for run in candidate.journal):
        return
    from ipymlops.pipelines.call_log import History
    from ipymlops.pipelines.fit_call import fit_that_raised

    if place := fit_that_raised(History(candidate.journal, candidate.targets[0])):
        raise BadInput(
            f"This {type(candidate.model).__name__} is not fitted: its last fit, in {place}, raised",
            expected="a model whose last fit came to its end",
            next_step="fit it again, then register it",
        )


def _inferred(candidate: Candidate, value: Callable[[str], Any], parcel: Parcel) -> Candidate:
    """The candidate with the data that the notebook's record tells of; what it does not tell is a warning."""
    from ipymlops.project.inferring import infer

    done = infer(candidate, value)
    parcel.warnings.extend(done.unclear)
    return replace(done.candidate, inferred=(*candidate.inferred, *done.found))


def _as_taken(candidate: Candidate) -> Candidate:
    """The candidate with its data as its model takes it."""
    from ipymlops.registry.serializers import columns_for, rows_for

    model, train, test = candidate.model, candidate.train, candidate.test
    return replace(
        candidate,
        train=train and rows_for(model, train),
        test=test and (columns_for(model, test[0]), test[1]),
    )


def _leaks(candidate: Candidate) -> tuple[str, ...]:
    """How test rows reached the training, as far as the notebook's record shows it."""
    from ipymlops.pipelines.leakage import leaks

    if candidate.journal is None or not candidate.targets:
        return ()
    return leaks(candidate.journal, candidate.targets[0])


def _risk(project: Project, candidate: Candidate, parcel: Parcel) -> RiskTier:
    """What was said, else what the line is held to. Saying less than the line does is told, and does not help."""
    from ipymlops.policy.risk_tier import stricter

    held = line_risk(project, candidate.name)
    if candidate.risk is None:
        return held or "low"
    if held and stricter(held, candidate.risk) != candidate.risk:
        parcel.warnings.append(
            f"Registered at risk {candidate.risk}, but the line is held to {held}: promotion asks for the stricter"
        )
    return candidate.risk


def line_risk(project: Project, name: str) -> RiskTier | None:
    """The tier of the line's champion, else of its newest version; None where there is none."""
    from ipymlops.errors import UnknownName
    from ipymlops.policy.risk_tier import tier_of

    if not project.exists:
        return None
    try:
        return tier_of(project.registry.resolve(name).facts["risk"]).name
    except UnknownName:
        return None


def _describe_data(candidate: Candidate, parcel: Parcel) -> Schema | None:
    """Check that tables and targets fit each other, and describe the columns."""
    from ipymlops.evaluation.models import check_answers, check_fitted, task_of
    from ipymlops.frames import as_table, vector
    from ipymlops.registry.schema import Schema

    check_fitted(candidate.model)
    known = candidate.train or candidate.test
    if known is None:
        parcel.warnings.append("No data was given, so this version has no schema, profile or benchmark: --train X y")
        return None
    for what, data in (("training", candidate.train), ("test", candidate.test)):
        if data is not None:
            check_pair(what, *data)
    X, y = known
    check_answers(candidate.model, as_table(X).head(1))
    classes = getattr(candidate.model, "classes_", ())
    task = task_of(candidate.model, vector(y))
    schema = Schema.of(as_table(X), task=task, target=_name_of(y), classes=[str(c) for c in classes])
    parcel.files["schema.json"] = schema.to_json()
    parcel.facts |= {"task": task, "rows": len(vector(y)), "features": list(schema.names), "target": schema.target}
    return schema


def check_pair(what: str, X: Any, y: Any) -> None:
    """Raise BadInput unless ``X`` is a table with rows and ``y`` has one value for each of them."""
    from ipymlops.frames import as_table, vector

    rows, targets = as_table(X).rows, len(vector(y))
    if rows != targets:
        raise BadInput(
            f"The {what} data has {count(rows, 'row')} and {count(targets, 'target')}",
            expected="one target a row",
            next_step="check that X and y come from the same split",
        )
    if rows == 0:
        raise BadInput(
            f"The {what} data has no rows", expected="at least one row", next_step="check the filter or split"
        )


def _add_model(project: Project, candidate: Candidate, parcel: Parcel) -> None:
    from ipymlops.project.notebook_code import codes_of
    from ipymlops.registry import serializers

    try:
        files, facts = serializers.dump(candidate.model, *codes_of(candidate))
    except (BadInput, UnsafeModel) as error:
        if not candidate.allow_pickle:
            raise
        files, facts = _pickled(project, candidate, parcel, error)
    parcel.files |= files
    parcel.model_files = tuple(files)
    parcel.facts |= facts
    check_stored(candidate, parcel)


def _pickled(
    project: Project, candidate: Candidate, parcel: Parcel, otherwise: MlopsError
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """What nothing else stores, by somebody's word; a line that is held to tier high has no pickles."""
    from ipymlops.policy.risk_tier import stricter
    from ipymlops.registry import serializers

    if stricter(parcel.facts["risk"], line_risk(project, candidate.name) or "low") == "high":
        raise UnsafeModel(
            f"This model could be stored as a pickle only, and tier high takes none: {otherwise.found}",
            expected=otherwise.expected,
            next_step=otherwise.next_step,
        ) from otherwise
    done = serializers.dump_pickle(candidate.model)
    parcel.warnings.append(serializers.pickled.WARNING)
    return done


def _add_evaluation(
    project: Project, candidate: Candidate, schema: Schema | None, parcel: Parcel, say: Progress
) -> Evaluation | None:
    """Evaluate on the benchmark of the line, which the first test set becomes."""
    from ipymlops.evaluation.evaluation import evaluate
    from ipymlops.evaluation.stored import to_record
    from ipymlops.frames import as_table
    from ipymlops.policy.risk_tier import tier_of

    benchmark = choose_benchmark(project, candidate.name, candidate.train, candidate.test, schema, parcel.warnings)
    if benchmark is None:
        parcel.warnings.append("No test data was given, so nothing is known of how good it is: --test X_test y_test")
        return None
    parcel.files |= {**benchmark.files, SEEN: benchmark.seen_file()}
    rows = benchmark.rows
    if len(rows) == 0:
        parcel.warnings.append("No benchmark row is left that may judge it, so nothing is known of how good it is")
        return None
    X, y = as_table(benchmark.X).take(rows), benchmark.y[rows]
    tier = tier_of(parcel.facts["risk"])  # what its gates will ask for is measured now, on the same rows
    asked = tier.slice_tolerance is not None
    evaluation = evaluate(
        candidate.model,
        X,
        y,
        name=candidate.name,
        target=schema.target if schema else "",
        slices=asked,
        slices_level=tier.level,
        progress=say,
    )
    parcel.add_json("metrics.json", to_record(evaluation))
    parcel.held_out = X, y
    return evaluation


def _times(candidate: Candidate, value: Callable[[str], Any] | None) -> Table | None:
    from ipymlops.project.dating import times_of

    if candidate.time is None:
        return None
    if candidate.train is None:
        raise BadInput("Found --time without training data", expected="both", next_step="add --train X y")
    return times_of(candidate.train[0], candidate.time, value)


def _add_profile(candidate: Candidate, times: Table | None, parcel: Parcel, say: Progress) -> None:
    from ipymlops.drift.profile import Profile
    from ipymlops.evaluation.importance import FEWEST, affordable, permutation_importance
    from ipymlops.frames import as_table, vector
    from ipymlops.project.references import varying_as
    from ipymlops.project.training_rows import keep_training_rows

    if candidate.train is None:
        return
    X, y = candidate.train
    known, labels = parcel.held_out or candidate.train
    importance = permutation_importance(candidate.model, known, vector(labels), progress=say)
    table = as_table(X)
    say(f"summarise {count(len(table.names), 'column')}")
    if affordable(len(table.names)) < FEWEST:
        parcel.warnings.append(f"Not measured how much the model uses each of {len(table.names):,} columns: too many")
    if times is not None and times.rows != table.rows:
        parcel.warnings.append(
            "The model left out training rows, so which time is whose is not known: default thresholds"
        )
        times = None
    profile = varying_as(Profile.of(table, importance, times=times), candidate.varies)
    if profile.variability is not None and profile.variability.of() is None:
        parcel.warnings.append(
            f"Too short or too few rows by {profile.variability.time!r} to tell how far the training "
            "data varies by itself: drift has the default thresholds"
        )
    parcel.files["profile.json"] = profile.to_bytes()
    keep_training_rows(parcel, table, y, importance)


def _store(
    project: Project,
    candidate: Candidate,
    schema: Schema | None,
    evaluation: Evaluation | None,
    why: str,
    parcel: Parcel,
    signer: Signer | None,
    afterwards: Callable[[Version], None] | None,
) -> Version:
    from ipymlops.registry.bundle import MANIFEST, pack

    provenance.add_papers(candidate, schema, evaluation, why, parcel)
    manifest = pack(parcel.files, parcel.facts)
    files = [project.blobs.put(data) for data in parcel.files.values()]
    facts = version_facts(parcel.facts, evaluation, parcel.warnings, candidate.inferred, candidate.pulled)
    evidence = {"manifest": project.blobs.put(manifest), "metrics": facts["metrics"]}
    evidence |= {"mlflow": candidate.pulled} if candidate.pulled else {}
    with project.registry.database.write():
        version = project.registry.add_version(
            candidate.name, evidence["manifest"], facts, files=files, who=workspace.who(), why=why, evidence=evidence
        )
        if signer is not None:
            hashes = {MANIFEST: evidence["manifest"], **dict(zip(parcel.files, files, strict=True))}
            add_signature(project, signer, version, hashes)
        if afterwards is not None:
            afterwards(version)
    return version


def version_facts(
    manifest: Mapping[str, Any],
    evaluation: Evaluation | None,
    warnings: Sequence[str] = (),
    inferred: Sequence[str] = (),
    pulled: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the registry's row says of a version: the rest is in its bundle."""
    facts: dict[str, Any] = {
        "estimator": manifest["estimator"],
        "task": manifest.get("task"),
        "risk": manifest["risk"],
        "rows": manifest.get("rows"),
        "features": len(manifest.get("features", ())),
        "primary": evaluation.primary if evaluation else None,
        "metrics": _headlines(evaluation),
        "warnings": list(warnings),
        "inferred": list(inferred),
    }
    if pulled:
        facts["pulled_from"] = f"{pulled['server']}, {pulled['name']}/{pulled['version']}"
    return facts


def _headlines(evaluation: Evaluation | None) -> list[dict[str, Any]]:
    from ipymlops.evaluation.stored import to_record

    return list(to_record(evaluation)["metrics"]) if evaluation else []


def _name_of(y: Any) -> str:
    name = getattr(y, "name", None)
    return name if isinstance(name, str) else "target"

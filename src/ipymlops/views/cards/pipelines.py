"""Exports, verifications and retrainings as cards."""

from __future__ import annotations

import shlex
from pathlib import Path

from ipymlops.pipelines.paths import is_address
from ipymlops.pipelines.results import Export, Lock, PipelineInput, Verdict, Verification
from ipymlops.pipelines.variables import is_variable
from ipymlops.retraining.results import Decision, Retraining
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Cell, Figure, Fold, Grid, Lines, Reference, Source, Step, fold, headings
from ipymlops.views.cards.evaluation import comparison_figures, evaluation_folds, gate_grid, metric_figures
from ipymlops.views.words import State

VERDICTS: dict[Verdict, State] = {
    "identical": "pass",
    "within tolerance": "pass",
    "not reproduced": "fail",
    "not verified": "cannot tell",
}
DECISIONS: dict[Decision, State] = {
    "promoted": "pass",
    "registered": "pass",
    "refused": "fail",
    "nothing to do": "not applicable",
    "checked": "not applicable",
}


def verification_badge(verdict: str) -> Badge:
    """Of a verdict as it is stored; a word from elsewhere is not a proof."""
    states: dict[str, State] = dict(VERDICTS.items())
    return Badge(states.get(verdict, "cannot tell"), verdict)


def verification_words(v: Verification) -> str:
    """What was proved, or what went wrong."""
    if v.verdict == "identical":
        return "The pipeline, run alone in a clean process, reproduces the model bit for bit."
    if v.verdict == "within tolerance":
        return (
            "The pipeline, run alone in a clean process, reproduces the model; "
            f"the largest difference is {words.number(v.largest_difference)}."
        )
    if v.verdict == "not reproduced":
        return "The pipeline does not reproduce the model" + (f": {words.stopped(v.cause)}" if v.cause else ".")
    if v.cause:
        return f"Cannot tell whether the pipeline reproduces the model: {words.stopped(v.cause)}"
    return "Nobody has checked yet whether the pipeline reproduces the model."


def verification_card(result: Verification) -> Card:
    """The proof with its evidence."""
    return Card(
        title="Verification",
        verdict=verification_words(result),
        badge=verification_badge(result.verdict),
        figures=_verification_figures(result),
        warnings=tuple(words.sentence(c) for c in (*result.changed, *result.notes)),
        folds=_evidence(result),
    )


def _verification_figures(v: Verification) -> tuple[Figure, ...]:
    if v.verdict == "not verified":
        return ()
    figures = [Figure("things compared", f"{len(v.compared):,}")] if v.compared else []
    if v.reproduced:
        figures.append(Figure("largest difference", words.number(v.largest_difference)))
    if v.seconds:
        figures.append(Figure("took", words.seconds(v.seconds)))
    return (*figures, *((Figure("Python", v.python),) if v.python else ()))


def _evidence(v: Verification) -> tuple[Fold, ...]:
    compared = tuple(words.sentence(c) for c in (*v.compared, *v.refused))
    widened = (f"The slice had to be widened to step {v.widened} of 5.",) if v.widened else ()
    script = (f"Script sha256: {v.script_sha256}.",) if v.script_sha256 else ()
    return fold("Evidence", Lines((*compared, *widened, *script)))


def export_card(result: Export) -> Card:
    """What was kept of the notebook, whether it is proved, and how to run it."""
    ref = words.version_ref(result.model, result.version)
    v = result.verification
    return Card(
        title=f"Export of {ref} to {result.folder}",
        verdict=verification_words(v),
        badge=verification_badge(v.verdict),
        figures=(
            Figure("statements kept", f"{result.kept:,}", f"of {result.total:,} executed"),
            Figure("cells used", f"{result.cells_kept:,}", f"of {result.cells_total:,} executed"),
            Figure("inputs", f"{len(result.inputs):,}"),
            *((Figure("verified in", words.seconds(v.seconds)),) if v.seconds else ()),
            *_lock_figures(result.lock),
        ),
        warnings=result.notes,
        steps=(_export_step(result, ref),),
        folds=(
            *fold("Inputs", input_grid(result.inputs), open=bool(result.inputs)),
            *_evidence(v),
            *fold(f"The script: {result.script.name}", Source(result.source)),
        ),
    )


def _lock_figures(lock: Lock | None) -> tuple[Figure, ...]:
    if lock is None:
        return ()
    return (Figure("locked", f"{lock.distributions:,}", f"distributions, {'with' if lock.by else 'no'} hashes"),)


def _export_step(result: Export, ref: str) -> Step:
    if result.verification.verdict == "not verified":
        return Step("Prove that it reproduces the model", f"verify {ref}")
    if not result.verification.reproduced:
        folder = shlex.quote(result.folder.as_posix())
        return Step("After fixing the cause, write and check it again", f"export {ref} --to {folder} --force")
    files = [i.name for i in result.inputs if not is_variable(i.default)]
    inputs = f" --input {files[0]}=NEW_FILE" if files else ""
    return Step("Retrain on new data, here or by a scheduler", f"python {_quoted(result.script)}{inputs}", shell=True)


def _quoted(script: Path) -> str:
    return shlex.quote(script.as_posix())


def input_grid(inputs: tuple[PipelineInput, ...]) -> Grid:
    """The files a pipeline reads, each a parameter."""
    return Grid(
        "Files the pipeline reads",
        headings("input", "default", "#size", "sha256 when registered"),
        tuple(_input_row(i) for i in inputs),
    )


def _input_row(i: PipelineInput) -> tuple[Cell, ...]:
    size = words.NOTHING if i.size is None else words.size(i.size)
    return (Reference(i.name), Reference(i.default), size, i.sha256[:12] if i.sha256 else _unhashed(i.default))


def _unhashed(path: str) -> str:
    """Why there is no hash of an input."""
    if is_variable(path):
        return "kept by the environment"
    return "not hashed" if is_address(path) else "was not there"


def retraining_card(result: Retraining) -> Card:
    """What one headless run did, in a sentence; then on what grounds."""
    return Card(
        title=f"Retraining of {result.model}",
        verdict=words.sentence(result.words),
        badge=Badge(DECISIONS[result.decision], result.decision),
        figures=_retraining_figures(result),
        warnings=result.notes,
        steps=_retraining_steps(result),
        folds=(
            *fold("Gates", gate_grid(result.gates), open=result.decision == "refused"),
            *fold("Inputs", _used_inputs(result)),
            *(evaluation_folds(result.evaluation) if result.evaluation else ()),
        ),
    )


def _retraining_figures(result: Retraining) -> tuple[Figure, ...]:
    champion = Figure("champion", _arrow(result.champion_before, result.champion_after))
    if result.comparison:
        figures = comparison_figures(result.comparison)[:3]
    elif result.evaluation:
        figures = metric_figures(result.evaluation, limit=2)
    else:
        figures = ()
    return (champion, *figures, Figure("took", words.seconds(result.seconds)))


def _arrow(before: int | None, after: int | None) -> str:
    if before == after:
        return f"version {after}" if after is not None else "none"
    return f"version {after}" if before is None else f"version {before} → {after}"


def _retraining_steps(result: Retraining) -> tuple[Step, ...]:
    ref = words.version_ref(result.model, result.version)
    if result.decision == "registered":
        return (Step("Promotion waits for a person", f"promote {ref}"),)
    if result.decision == "refused" and result.version is not None:
        return (Step("See how it compares with the champion", f"compare {result.model}@champion {ref}"),)
    return (Step("See what happened to this model", f"history {result.model}"),)


def _used_inputs(result: Retraining) -> Grid:
    return Grid(
        "Files this run read",
        headings("input", "path", "changed", "sha256"),
        tuple(_used_row(i) for i in result.inputs),
    )


def _used_row(i: dict[str, object]) -> tuple[Cell, ...]:
    changed = {True: "yes", False: "no"}.get(bool(i["changed"]), "") if i.get("changed") is not None else words.NOTHING
    digest = str(i.get("sha256") or "")[:12] or words.NOTHING
    return (Reference(str(i.get("name", ""))), Reference(str(i.get("path", ""))), changed, digest)

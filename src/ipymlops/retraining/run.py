"""The story of one headless run: look, train, judge, register, promote. Until the last step nothing is written,
and the last step is one transaction: interrupted anywhere, the registry is as before or fully after."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, NotAllowed
from ipymlops.pipelines.folder import SCRIPT
from ipymlops.project import workspace
from ipymlops.project.contender import Contender
from ipymlops.project.signing import admit_pipeline, of_candidate
from ipymlops.registry.records import CHAMPION, Version
from ipymlops.retraining.contest import Contest, judge
from ipymlops.retraining.decision import changes, decided, grounds, happened, nothing_new
from ipymlops.retraining.line import Line, Used
from ipymlops.retraining.results import Decision, Retraining

if TYPE_CHECKING:
    from ipymlops.evaluation.gates import Signature
    from ipymlops.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.retraining.pipeline import Pipeline


def run(
    project: Project,
    pipeline: Pipeline,
    inputs: Mapping[str, str],
    *,
    force: bool = False,
    dry_run: bool = False,
    check: bool = False,
    progress: Callable[[str], None] | None = None,
    storing: Callable[[Version], None] | None = None,
) -> Retraining:
    """Retrain on ``inputs`` (name -> path; the others as in the notebook) and register what comes out.

    ``check`` only looks whether there is anything to do; ``dry_run`` trains and judges, and writes nothing.
    ``force`` trains although the files are those that a version was trained on already. ``storing`` is told of the
    version while its transaction is open: whether it was committed, the registry knows.
    """
    say = progress or (lambda _: None)
    started = time.perf_counter()
    signature = of_candidate(project)  # a key that cannot sign is told before hours of training
    if project.settings.signing.trusted:
        admit_pipeline(project, pipeline.place, f"{pipeline.name}@{pipeline.version}", pipeline.bundle)
    say("read the inputs")
    _ = pipeline.edited  # as it is now, before the author's statements run
    line = Line.of(project, pipeline.name).with_seen(pipeline)
    run_ = _Run(project, pipeline, line, started, say, storing or (lambda _: None), signature)
    used = run_.read(inputs)
    twin = run_.line.trained_on(used)
    if twin is not None and not force:
        words = f"{nothing_new(used)} {twin.ref}, so there is nothing to do; train anyway with --force"
        return run_.result("nothing to do", words, used)
    if check:
        changed = [u["name"] for u in used if u["changed"]]
        return run_.result("checked", f"There is something to do: {changes(changed)}", used)
    run_.benchmark().benchmark()  # what may not judge is told before hours of training
    say("train")
    model, data = _trained(pipeline, used)
    say("judge")
    candidate = run_.candidate(model, data)
    contest = run_.contest(candidate, data)
    decision, contest = run_.decide(contest)
    if dry_run:
        return run_.result("checked", f"Nothing was written; it would be {decision}. {grounds(contest)}", used, contest)
    say("register")
    return run_.write(candidate, data, used, contest, decision)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run and what it works with."""

    project: Project
    pipeline: Pipeline
    line: Line
    started: float
    say: Callable[[str], None]
    storing: Callable[[Version], None]
    signature: Signature  # what the gate is told of it

    def read(self, given: Mapping[str, str]) -> list[Used]:
        """Every input with its hash. Raises BadInput that names the input whose file is not there."""
        from ipymlops.pipelines.inputs import fingerprint
        from ipymlops.pipelines.paths import is_address
        from ipymlops.pipelines.variables import is_variable, value_of

        paths = self.pipeline.paths(given)
        before = self.line.hashes(self.line.champion or self.line.newest)
        used = []
        for name, path in paths.items():
            if is_variable(path):
                value_of(path)  # so that one that is not set is told before anything is read
            elsewhere = is_address(path) or is_variable(path)
            sha256, size = (None, None) if elsewhere else fingerprint(Path(path))
            if sha256 is None and not elsewhere and not Path(path).exists():
                raise BadInput(
                    f"The input {name} is missing: no file is at {path!r}",
                    expected="a file to train on",
                    next_step=f"name it: --input {name}=PATH",
                )
            changed = sha256 is None or sha256 != before.get(name)
            default = given.get(name, self.pipeline.inputs[name])
            used.append(
                {"name": name, "path": path, "default": default, "sha256": sha256, "size": size, "changed": changed}
            )
        return used

    def candidate(self, model: Any, data: tuple[Any, Any] | None) -> Contender:
        from ipymlops.evaluation.models import check_fitted, task_of
        from ipymlops.frames import as_table, vector
        from ipymlops.project.registering import check_pair
        from ipymlops.registry.schema import Schema
        from ipymlops.registry.serializers import like_registered

        model = like_registered(model, self.pipeline.bundle.model)
        check_fitted(model)
        newest = self.line.newest
        ref = f"{self.pipeline.name}@{newest.number + 1 if newest else 1}"
        if data is None:
            return Contender(ref, model, self.pipeline.bundle.schema())
        check_pair("training", *data)
        X, y = data
        classes = [str(c) for c in getattr(model, "classes_", ())]
        return Contender(ref, model, Schema.of(as_table(X), task=task_of(model, vector(y)), classes=classes))

    def contest(self, candidate: Contender, data: tuple[Any, Any] | None) -> Contest:
        champion = self.line.champion
        X, y, left_out = self.unseen_rows(data)
        found = judge(
            candidate,
            Contender.of(champion.ref, self.project.bundle(champion)) if champion else None,
            X,
            y,
            risk=self.line.risk(self.pipeline.bundle),
            verification=self.pipeline.verdict,
            signature=self.signature,
        )
        return replace(found, notes=(left_out,) if left_out else ())

    def unseen_rows(self, data: tuple[Any, Any] | None) -> tuple[Any, Any, str]:
        """The benchmark without what the candidate or the champion was trained on."""
        from ipymlops.project import benchmarking

        holder = self.benchmark()
        X, y = holder.benchmark()
        seen = [benchmarking.counted(benchmarking.seen_rows(X, data), benchmarking.recorded(holder, len(y))[1])]
        if self.line.champion:
            seen.append(benchmarking.seen_by(self.project.bundle(self.line.champion), holder, len(y)))
        return benchmarking.unseen(holder, *seen)

    def decide(self, contest: Contest) -> tuple[Decision, Contest]:
        """What becomes of the candidate. Who may not move the champion leaves that to those who may, and is told."""
        return self.permitted(decided(contest, self.line.risk(self.pipeline.bundle)), contest)

    def permitted(self, decision: Decision, contest: Contest) -> tuple[Decision, Contest]:
        """The same, as the rules of the team are at this moment."""
        if decision != "promoted":
            return decision, contest
        try:
            self.project.registry.protection().check_move(self.pipeline.name, CHAMPION, workspace.who())
        except NotAllowed as error:
            return "registered", replace(contest, notes=(*contest.notes, error.message))
        return decision, contest

    def benchmark(self) -> Bundle:
        """The bundle that holds the table on which the line is judged."""
        from ipymlops.project.benchmarking import frozen_benchmark
        from ipymlops.registry.benchmark import TABLE
        from ipymlops.registry.bundle import MANIFEST

        champion = self.project.bundle(self.line.champion) if self.line.champion else None
        if champion is not None and TABLE in champion:
            return champion
        own = self.pipeline.bundle
        foreign = any(v.measured_elsewhere and v.manifest == own.hashes[MANIFEST] for v in self.line.versions)
        found = frozen_benchmark(self.project, self.pipeline.name) or (None if foreign else own)
        if found is None or TABLE not in found:
            raise BadInput(
                f"No version of {self.pipeline.name} has a benchmark, so nothing can be judged",
                expected="a line whose first version was registered with test data",
                next_step="register it again with --test X_test y_test",
            )
        return found

    def write(
        self,
        candidate: Contender,
        data: tuple[Any, Any] | None,
        used: list[Used],
        contest: Contest,
        decision: Decision,
    ) -> Retraining:
        """Register, record the run, and promote where that was decided; all three or none."""
        from ipymlops.policy.risk_tier import tier_of
        from ipymlops.project.candidate import Candidate
        from ipymlops.project.registering import register

        told = grounds(contest)
        concluded: list[tuple[Decision, Contest]] = []  # with the lock held: rules may have changed since
        own = None if self.line.versions else self.pipeline.bundle.benchmark()
        entry = Candidate(
            model=candidate.model,
            name=self.pipeline.name,
            train=data,
            test=own,
            risk=None if self.line.versions else tier_of(self.line.risk(self.pipeline.bundle)).name,
            inputs=tuple({k: u[k] for k in ("name", "default", "sha256", "size")} for u in used),
            parent=self.line.parent(self.pipeline),
            folder=str(self.pipeline.folder),
            **self.told_of_time(data),
        )
        done = register(
            self.project,
            entry,
            why=f"retrained by {self.pipeline.folder.name}/{SCRIPT}",
            progress=self.say,
            afterwards=lambda version: concluded.append(self._conclude(version, used, contest, decision, told)),
        )
        decision, contest = concluded[-1]
        words = f"{done.version.ref} was {happened(decision)}. {told}"
        return self.result(decision, words, used, contest.of(done.version), done.version.number, done.warnings)

    def told_of_time(self, data: tuple[Any, Any] | None) -> dict[str, Any]:
        """How the parent's training data varied over time; the column that tells, where the new data has it still."""
        from ipymlops.drift.profile import Profile
        from ipymlops.frames import as_table

        champion = self.line.champion
        parent = self.project.bundle(champion) if champion else self.pipeline.bundle
        varies = Profile.from_bytes(parent.read("profile.json")).variability if "profile.json" in parent else None
        if varies is None or data is None:
            return {}
        return {"time": varies.time} if varies.time in as_table(data[0]).names else {"varies": varies}

    def _conclude(
        self, version: Version, used: list[Used], contest: Contest, decision: Decision, told: str
    ) -> tuple[Decision, Contest]:
        """The retrain event, and the promotion if it was decided and is still this user's to make; inside the
        transaction of the registration, which a rule that changed meanwhile does not undo."""
        self.storing(version)
        decision, contest = self.permitted(decision, contest)
        champion = self.line.champion.number if self.line.champion else None
        evidence = {
            "decision": decision,
            "gates": [asdict(g) for g in contest.gates],
            "comparison": asdict(judged) if (judged := contest.of(version).comparison) else None,
            "inputs": [{k: u[k] for k in ("name", "sha256", "changed")} for u in used],
            "verification": self.pipeline.verdict,
            "verdict": self.pipeline.verdict,  # of the pipeline that trained it; by this key the registry knows it
            "previous": champion,
            "pipeline": self.line.parent(self.pipeline),
        }
        registry, who = self.project.registry, workspace.who()
        registry.record("retrain", version.model, version.number, who=who, why=told, evidence=evidence)
        if decision == "promoted":
            registry.set_alias(
                version.model,
                CHAMPION,
                version.number,
                kind="promote",
                who=who,
                why=told,
                evidence=evidence,
                expected=champion,
            )
        return decision, contest

    def result(
        self,
        decision: Decision,
        words: str,
        used: list[Used],
        contest: Contest | None = None,
        version: int | None = None,
        warnings: tuple[str, ...] = (),
    ) -> Retraining:
        before = self.line.champion.number if self.line.champion else None
        told = (*self.pipeline.tuning.told(), *(contest.notes if contest else ()))
        edited = (f"{self.pipeline.edited} after the export, so this is not the verified pipeline",)
        return Retraining(
            model=self.pipeline.name,
            decision=decision,
            words=words,
            version=version,
            champion_before=before,
            champion_after=version if decision == "promoted" else before,
            inputs=tuple({k: u[k] for k in ("name", "path", "sha256", "changed")} for u in used),
            evaluation=contest.evaluation if contest else None,
            comparison=contest.comparison if contest else None,
            gates=contest.gates if contest else (),
            seconds=round(time.perf_counter() - self.started, 2),
            notes=tuple(dict.fromkeys((*(edited if self.pipeline.edited else ()), *told, *warnings))),
        )


def _trained(pipeline: Pipeline, used: list[Used]) -> tuple[Any, tuple[Any, Any] | None]:
    from ipymlops.pipelines.tuning import searches_beside
    from ipymlops.registry.serializers import rows_for, served
    from ipymlops.retraining.failure import TrainingFailed

    try:
        with redirect_stdout(sys.stderr):  # what training prints must not mix with the summary
            model, data = pipeline.fit({u["name"]: u["path"] for u in used})
        pipeline.tuning.notes += searches_beside(pipeline.folder, pipeline.modules)
    except Exception as error:
        raise TrainingFailed.of(error, pipeline.folder / SCRIPT) from error
    model = served(model)
    return model, data and rows_for(model, data)

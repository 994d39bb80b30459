"""Project: opens a workspace and answers every question the commands ask. Nothing global, no current()."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.progress import Progress, once_slow
from ipymlops.project import workspace

if TYPE_CHECKING:
    from ipymlops.capture.journal import Journal
    from ipymlops.drift.over_time_results import DriftOverTime
    from ipymlops.drift.results import DriftReport
    from ipymlops.drift.segments_results import DriftBySegment
    from ipymlops.evaluation.label_free.results import PerformanceEstimate
    from ipymlops.evaluation.results import Comparison, Evaluation
    from ipymlops.pipelines.marking import MarkedNotebook
    from ipymlops.pipelines.results import Export, Verification
    from ipymlops.policy.risk_tier import RiskTier
    from ipymlops.project.results import Approval, Promotion, Pull, Push, Registration, SignedVersion, VersionCard
    from ipymlops.project.settings import Settings
    from ipymlops.registry.backup import Backup
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.differences import VersionDiff
    from ipymlops.registry.lineage import Lineage
    from ipymlops.registry.protection import Protection
    from ipymlops.registry.records import Event, History, ModelList, Version
    from ipymlops.registry.registry import Registry
    from ipymlops.registry.timeline import LiveThen
    from ipymlops.registry.upkeep import Checkup, Collection
    from ipymlops.storage.blobs import Blobs


class Project:
    """One workspace: its registry, its blobs, and the verbs on them.

    Every verb takes a reference: ``"credit-risk"`` (the champion, else the newest), ``"credit-risk@3"`` or
    ``"credit-risk@champion"``. Errors are children of ``MlopsError``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._allows_pickle = False

    @classmethod
    def open(cls, start: str | Path | None = None, *, create: bool = True) -> Project:
        """The project at or above ``start`` (default: the working folder).

        With ``create`` a new one begins in ``start`` where there is none; its folder is made when something is stored.
        """
        return cls(workspace.locate(start, create=create))

    @classmethod
    def named(cls, folder: str | Path, *, create: bool = True) -> Project:
        """The project of this very folder; without ``create``, ProjectError where there is none."""
        return cls(workspace.named(folder, create=create))

    @classmethod
    def at(cls, folder: str | Path) -> Project:
        """The project of this very folder, whatever lies above it."""
        return cls(workspace.of(folder))

    @cached_property
    def settings(self) -> Settings:
        """What ``mlops.toml`` says; raises BadInput where it cannot be meant."""
        from ipymlops.project.settings import Settings

        return Settings.of(self.root.parent)

    @property
    def exists(self) -> bool:
        """Whether anything may have been stored."""
        return self.root.is_dir() or self.settings.shared

    def __repr__(self) -> str:
        return f"Project({str(self.root)!r})"

    @cached_property
    def blobs(self) -> Blobs:
        from ipymlops.storage.blobs import Blobs

        if not self.settings.blobs:
            workspace.make(self.root)
        return Blobs(self.settings.blobs or self.root / "blobs")

    @cached_property
    def registry(self) -> Registry:
        from ipymlops.registry.registry import Registry
        from ipymlops.storage.database import Database

        if not self.settings.registry:
            workspace.make(self.root)
        database = Database(self.settings.registry or f"sqlite:///{self.root / 'registry.db'}")
        return Registry(database, self.blobs, self._protection)

    def _protection(self) -> Protection:
        """Who may move which alias, as the file says now: a kernel lives longer than a rule."""
        from ipymlops.project.settings import Settings

        return Settings.of(self.root.parent).aliases

    def bundle(self, version: Version) -> Bundle:
        """The stored bundle of a version; every read from it is checked against its hash. Its model is loaded, and its
        files leave the store, only with the signature that the project demands."""
        from ipymlops.project.signing import admit
        from ipymlops.registry.bundle import Bundle

        bundle = Bundle.from_blobs(self.blobs, version.manifest)
        risk = str(version.facts.get("risk", ""))
        return bundle.guarded(lambda: admit(self, version, bundle), risk=risk, allow_pickle=self._allows_pickle)

    def allowing_pickle(self) -> Project:
        """The same project for somebody who trusts its pickles, but for those at tier high: each verb loads them."""
        other = type(self)(self.root)
        other._allows_pickle = True
        return other

    def register(
        self,
        model: Any,
        *,
        name: str,
        train: tuple[Any, Any] | None = None,
        test: tuple[Any, Any] | None = None,
        risk: RiskTier | None = None,
        why: str = "",
        journal: Journal | None = None,
        targets: tuple[str, ...] = (),
        value: Callable[[str], Any] | None = None,
        inferred: tuple[str, ...] = (),
        outputs: str | None = None,
        time: Any = None,
        allow_pickle: bool = False,
        progress: Progress | None = None,
    ) -> Registration:
        """Store a fitted model as the next version of ``name``, with all that is needed to judge and rebuild it.

        ``train`` and ``test`` are ``(X, y)``: a table of n rows and n targets. The first test set of a model
        line is frozen as its benchmark; later versions are compared on it. ``risk`` is ``"low"``, ``"medium"`` or
        ``"high"``; not said, it is the line's, and ``"low"`` for the first version.

        ``targets`` are the expressions behind model, X and y in the notebook whose ``journal`` is given. With
        ``value``, which evaluates an expression there, data that is not given is inferred from the journal; the
        answer says what was, after what the caller ``inferred``.

        ``time`` tells when each training row was made: a column of X by its name, or a column of times beside it.
        Thresholds of drift then allow for how far the table's own months, weeks and days lie apart.

        A torch module needs ``train`` or ``test``: a table of numbers, which it gets as a tensor of floats. ``outputs``
        says what it answers, where its loss does not tell: ``"numbers"``, ``"logits"``, ``"probabilities"`` or
        ``"log-probabilities"``. So it does for an ONNX graph (a ModelProto), whose last operation mostly tells.

        ``allow_pickle``: what could be stored in no other way is pickled, but at tier high. Whoever loads it runs
        whatever is in that file, and has to say the same word.
        """
        from ipymlops.project.candidate import Candidate
        from ipymlops.project.registering import register

        candidate = Candidate(
            model, name, train, test, risk, journal, targets,
            inferred=inferred, outputs=outputs, time=time, allow_pickle=allow_pickle,
        )  # fmt: skip
        return register(self, candidate, why=why, progress=progress, value=value)

    def evaluate(
        self,
        ref: str,
        data: tuple[Any, Any] | None = None,
        *,
        name: str = "given data",
        level: float = 0.95,
        sensitive: Sequence[str] = (),
        cost: Mapping[str, float] | None = None,
        positive: Any = None,
        value: Callable[[str], Any] | None = None,
        progress: Progress | None = None,
    ) -> Evaluation:
        """How a version does on ``data`` = ``(X, y)``, or on the benchmark of its line; ``X`` and ``y`` are as
        ``estimate`` takes a table and its labels.

        ``sensitive`` names columns of that table, whether the model takes them or not: their groups are compared.
        ``cost`` prices the errors of a binary model, ``{"fp": 1, "fn": 5}``: which threshold is the cheapest is told.
        ``positive`` is the class that is flagged, of two; not said, it is the second of the model's ``classes_``.

        ``progress`` hears what is under way, from another thread, once it takes a second.
        """
        from ipymlops.project.judging import evaluate

        asked: dict[str, Any] = {
            "level": level, "sensitive": sensitive, "cost": cost, "positive": positive, "value": value,
        }  # fmt: skip
        with once_slow(progress) as say:
            return evaluate(self, ref, data, name=name, **asked, progress=say)

    def compare(
        self,
        champion: str,
        candidate: str,
        *,
        metric: str | None = None,
        positive: Any = None,
        progress: Progress | None = None,
    ) -> Comparison:
        """Whether ``candidate`` is better than ``champion`` on the benchmark, row by row; ``positive`` as in
        ``evaluate``."""
        from ipymlops.project.judging import compare

        with once_slow(progress) as say:
            return compare(self, champion, candidate, metric=metric, positive=positive, progress=say)

    def read_data(self, ref: str, path: str | Path) -> Any:
        """The table in a file, its columns read as the kinds that the version was trained on."""
        from ipymlops.project.reading import read_data

        return read_data(self, ref, path)

    def drift(
        self,
        ref: str,
        data: Any,
        *,
        name: str = "data",
        against: tuple[str, Any] | None = None,
        classifier: bool = False,
        predictions: bool = False,
        labels: Any = None,
        value: Callable[[str], Any] | None = None,
        progress: Progress | None = None,
    ) -> DriftReport:
        """Whether ``data`` still looks like what the version was trained on, or like the table ``against``:
        ``("last month", table)``.

        ``data`` is a table, a dataframe of Dask, or a path: the Parquet files of a folder are one table, which may be
        larger than memory. Against the benchmark, in addition: ``classifier`` asks whether rows as a whole are told
        apart, ``predictions`` whether the model answers otherwise (it is loaded for that), and ``labels`` (as
        ``estimate`` takes them; of a table in parts, one of its columns) whether the true answers changed, and with
        ``predictions`` whether the model is wrong more often. Of a table in parts, only ``labels`` can be asked.
        """
        from ipymlops.project.drifting import drift

        return drift(
            self, ref, data, name=name, against=against, classifier=classifier, predictions=predictions,
            labels=labels, value=value, progress=progress,
        )  # fmt: skip

    def drift_over_time(
        self,
        ref: str,
        data: Any,
        *,
        by: str,
        time: str | None = None,
        name: str = "data",
        against: tuple[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> DriftOverTime:
        """``drift`` in windows ``by`` month for example, or of so many rows; ``time`` names the column of times."""
        from ipymlops.project.drifting import drift_over_time

        with once_slow(progress) as say:
            return drift_over_time(self, ref, data, name=name, by=by, time=time, against=against, progress=say)

    def drift_by_segment(
        self, ref: str, data: Any, *, by: str, name: str = "data", progress: Progress | None = None
    ) -> DriftBySegment:
        """``drift`` within each value of column ``by``, against the benchmark's rows of that value."""
        from ipymlops.project.drifting import drift_by_segment

        with once_slow(progress) as say:
            return drift_by_segment(self, ref, data, name=name, by=by, progress=say)

    def estimate(
        self,
        ref: str,
        data: Any,
        *,
        name: str = "data",
        by: str | None = None,
        time: str | None = None,
        labels: Any = None,
        value: Callable[[str], Any] | None = None,
        positive: Any = None,
        level: float = 0.95,
        progress: Progress | None = None,
    ) -> PerformanceEstimate:
        """How good a version is likely to be on ``data``, in windows ``by`` month for example.

        ``data`` is a table, or the path of one: the Parquet files of a folder are one table. ``labels`` that have come
        already, one a row and missing elsewhere, are held against what was estimated: a column of ``data`` by its name,
        an expression that ``value`` evaluates, or the labels themselves. ``positive`` as in ``evaluate``.

        ``progress`` hears what is under way, from another thread, once it takes a second.
        """
        from ipymlops.project.estimating import estimate

        given: dict[str, Any] = {"labels": labels, "value": value, "positive": positive, "level": level}
        with once_slow(progress) as say:
            return estimate(self, ref, data, name=name, by=by, time=time, **given, progress=say)

    def promote(
        self,
        ref: str,
        *,
        why: str = "",
        sensitive: Sequence[str] = (),
        limits: Mapping[str, float] | None = None,
        progress: Progress | None = None,
    ) -> Promotion:
        """Make a version the champion if its gates pass; a refusal is an answer too, and is recorded.

        ``sensitive`` names columns of the benchmark whose groups must be treated alike, ``limits`` what the model may
        take: ``{"latency_ms": 50, "size_mb": 100}``, for one row, 99 times in 100, measured here and now."""
        from ipymlops.project.judging import promote

        with once_slow(progress) as say:
            return promote(self, ref, why=why, sensitive=sensitive, limits=limits, progress=say)

    def approve(self, ref: str, *, why: str = "") -> Approval:
        """Say yes to a version, as the second person that tier ``high`` asks for before promotion."""
        from ipymlops.project.approving import approve

        return approve(self, ref, why=why)

    def sign(self, ref: str, key: str | Path | None = None, *, why: str = "") -> SignedVersion:
        """Sign a version with a private key, an elliptic curve's in PEM: ``key``, else what IPYMLOPS_SIGNING_KEY or
        ``mlops.toml`` names. Its passphrase is read from IPYMLOPS_SIGNING_PASSPHRASE."""
        from ipymlops.project.signing import sign

        return sign(self, ref, Path(key) if key is not None else None, why=why)

    def reject(self, ref: str, *, why: str) -> Approval:
        """Say no to a version: it is not promoted until you take that back, by approving it."""
        from ipymlops.project.approving import reject

        return reject(self, ref, why=why)

    def export(
        self,
        ref: str,
        to: str | Path,
        *,
        force: bool = False,
        verify: bool = True,
        lock: bool = True,
        timeout: float = 600.0,
        progress: Progress | None = None,
        journal: Journal | None = None,
    ) -> Export:
        """Write the retraining pipeline of a version into the folder ``to`` and prove that it reproduces it.

        Then ``requirements.txt`` beside it locks what it needs. ``verify=False`` and ``lock=False`` leave these out.
        ``journal``, if it is that of the kernel which registered the version, has the connection strings that a
        bundle does not keep; elsewhere the environment is asked for them.
        """
        from ipymlops.project.exporting import export

        options = {"force": force, "verify": verify, "lock": lock, "timeout": timeout}
        return export(self, ref, Path(to), progress=progress, journal=journal, **options)

    def marked(self, ref: str) -> MarkedNotebook:
        """The notebook a version came from: which lines its pipeline keeps, and what leads from each to the model."""
        from ipymlops.project.exporting import marked

        return marked(self, ref)

    def verify(
        self,
        ref: str,
        *,
        timeout: float = 600.0,
        progress: Progress | None = None,
        journal: Journal | None = None,
    ) -> Export:
        """Prove again, in a temporary folder, that the pipeline of a version reproduces it."""
        from ipymlops.project.exporting import verify

        return verify(self, ref, timeout=timeout, progress=progress, journal=journal)

    def prove_again(
        self, folder: str | Path, *, timeout: float = 600.0, moved: Mapping[str, str] | None = None
    ) -> Verification:
        """Prove an exported pipeline as it lies in ``folder``, and seal it. ``moved``: where inputs lie now, name ->
        path; they must be the same files still."""
        from ipymlops.project.exporting import prove_again

        return prove_again(self, Path(folder), timeout=timeout, moved=moved)

    def push(
        self,
        ref: str,
        *,
        to: str | None = None,
        name: str | None = None,
        aliases: Sequence[str] = (),
        why: str = "",
        progress: Progress | None = None,
    ) -> Push:
        """Put a version on the MLflow tracking server ``to`` (default: ``MLFLOW_TRACKING_URI``), as the next version of
        the registered model ``name`` (default: the line's own). The same bundle is never there twice.

        ``aliases`` will point to it; without any, ``champion`` does where the version is the champion here.
        Credentials are those of MLflow's variables.
        """
        from ipymlops.project.pushing import push

        with once_slow(progress) as say:
            return push(self, ref, to=to, name=name, aliases=tuple(aliases), why=why, say=say)

    def pull(
        self,
        wanted: str,
        *,
        server: str | None = None,
        name: str | None = None,
        test: tuple[Any, Any] | None = None,
        risk: RiskTier | None = None,
        code: bool = False,
        unsigned: bool = False,
        why: str = "",
        value: Callable[[str], Any] | None = None,
        progress: Progress | None = None,
    ) -> Pull:
        """Make ``wanted``, a registered model of the MLflow tracking server ``server`` (default:
        ``MLFLOW_TRACKING_URI``), the next version of the line ``name`` (default: its name there): ``"churn"``,
        ``"churn@champion"`` or ``"churn/3"``.

        A bundle that was pushed comes back byte for byte, its model not even constructed, and gates read none of its
        figures; with ``test`` = ``(X, y)``, as ``evaluate`` takes them, its model is registered anew and judged on
        them. One that brings code is refused unless ``code`` is said. A model that MLflow wrote is read from skops or
        XGBoost's own format, never from a pickle, and judged on ``test``; where signatures are demanded, only if
        ``unsigned`` is said. ``risk`` is ``"low"``, ``"medium"`` or
        ``"high"``; a bundle's own is never lowered.
        """
        from ipymlops.project.pulling import Wanted, pull

        with once_slow(progress) as say:
            return pull(self, Wanted(wanted, server, name, test, risk, why, value, code, unsigned), say)

    def models(self) -> ModelList:
        """Every model line with its newest version and its champion."""
        from ipymlops.registry.records import ModelList

        return ModelList(str(self.root.parent), self.registry.models() if self.exists else ())

    def show(self, ref: str) -> VersionCard:
        """Everything worth knowing of one version."""
        from ipymlops.project.judging import show

        return show(self, ref)

    def lineage(self, ref: str) -> Lineage:
        """Where a version came from: files, cells, commit, training rows, environment, and the versions before it."""
        from ipymlops.registry.lineage import lineage

        version = self.registry.resolve(ref)
        return lineage(version, self.bundle(version), self.registry.events(version.model))

    def diff(self, before: str, after: str) -> VersionDiff:
        """What is different between two versions: code, data, parameters, environment, metrics."""
        from ipymlops.project.differing import diff

        return diff(self, before, after)

    def rollback(self, model: str, *, why: str = "") -> Event:
        """Put the champion before the present one back; twice, the one before that. No rollback returns to a version
        that one withdrew, that somebody rejected, or that would not load."""
        from ipymlops.project.aliasing import rollback

        return rollback(self, model, why=why)

    def alias(self, ref: str, name: str, *, why: str = "", remove: bool = False) -> Event:
        """Let an alias of your own point to a version, or take it away."""
        from ipymlops.project.aliasing import alias

        return alias(self, ref, name, why=why, remove=remove)

    def live_at(self, model: str, moment: str) -> LiveThen:
        """Which version each alias pointed to at a moment: ``"2026-03-03"`` (its end) or a time."""
        from ipymlops.project.aliasing import at_moment

        return at_moment(self, model, moment)

    def history(self, model: str) -> History:
        """Who did what to a model line, when and why."""
        from ipymlops.registry.records import History

        name = self.registry.resolve(model).model
        return History(name, self.registry.events(name))

    def fsck(self, *, repair: bool = False, progress: Progress | None = None) -> Checkup:
        """Hash everything that was registered; ``repair`` puts strayed aliases back, those that you may move."""
        from ipymlops.project.signing import fault
        from ipymlops.registry.upkeep import check

        who = workspace.who() if repair else None
        return check(self.registry, repair=who, progress=progress, signed=lambda version: fault(self, version))

    def gc(self, *, remove: bool = False) -> Collection:
        """The stored files that no version names and that are older than a day; ``remove`` takes them away."""
        from ipymlops.registry.upkeep import collect

        return collect(self.registry, remove=remove)

    def backup(self, path: str | Path, *, progress: Progress | None = None) -> Backup:
        """Write everything that is registered now into a file that is not there yet, with ``mlops.toml`` and the public
        keys that it trusts, where they lie in the project's folder."""
        from ipymlops.project.beside import taken
        from ipymlops.registry.backup import write_backup

        beside, left = taken(self.root.parent)
        done = write_backup(self.registry, Path(path).expanduser(), beside=beside, progress=progress)
        return replace(done, left_out=left)

    def restore(self, path: str | Path, *, progress: Progress | None = None) -> Backup:
        """Put a backup into this project, which must be empty, and its rules beside it, where there are none; what did
        not come along is said."""
        from ipymlops.project.beside import put_back
        from ipymlops.registry.backup import restore

        beside: dict[str, bytes] = {}
        done = restore(self.registry, Path(path).expanduser(), beside=beside, progress=progress)
        rules, left = put_back(self.root.parent, beside)
        self.__dict__.pop("settings", None)  # what is asked next is asked of the rules that are there now
        return replace(done, rules=rules, left_out=left)

    def load(self, ref: str, *, allow_pickle: bool = False) -> Any:
        """The model itself: its signature looked at where one is demanded, hashed, audited, then constructed. One that
        is a pickle is loaded only with ``allow_pickle``, which runs whatever is in it, and at tier high never."""
        return self.bundle(self.registry.resolve(ref)).model(allow_pickle=allow_pickle)

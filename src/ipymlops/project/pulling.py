"""Making a registered model of an MLflow tracking server a version here: a bundle that was pushed comes back as it was,
a model that MLflow wrote is registered like any other.

Everything is fetched and checked before the first byte is stored. What a bundle says of how good it is stays a
stranger's word: gates read what was measured here.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from ipymlops.errors import BadInput, IntegrityError, UnknownName, UnsafeModel
from ipymlops.project import workspace
from ipymlops.project.judging import MEASURED_ELSEWHERE, measure_here
from ipymlops.project.pushing import tracking_server
from ipymlops.project.results import Pull
from ipymlops.project.signing import admit, demanded_at, pulled_unsigned, still_unsigned
from ipymlops.registry.records import ELSEWHERE, check_name
from ipymlops.registry.serializers.pickled import is_pickled

if TYPE_CHECKING:
    from ipymlops.evaluation.results import Evaluation
    from ipymlops.policy.risk_tier import RiskTier
    from ipymlops.progress import Progress
    from ipymlops.project.labelling import Value
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.mlflow.fetching import Place
    from ipymlops.registry.mlflow.foreign import Foreign
    from ipymlops.registry.records import Version


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is pulled, as what, and why."""

    ref: str  # NAME, NAME@ALIAS or NAME/VERSION
    server: str | None
    name: str | None  # of the line here
    test: tuple[Any, Any] | None
    risk: RiskTier | None
    why: str
    value: Value | None
    code: bool = False  # whether a bundle may bring code of its own
    unsigned: bool = (
        False  # whether a model of MLflow, which nobody can have signed, is made where signatures are asked
    )


def pull(project: Project, wanted: Wanted, say: Progress) -> Pull:
    """The version of the tracking server as a version of the line ``wanted.name`` (default: its name there)."""
    from ipymlops.registry.mlflow.fetching import Place

    tracking = tracking_server(wanted.server, "--from")
    name, at = parse(wanted.ref)
    wanted = replace(wanted, name=_line(wanted.name or name))
    say(f"ask {tracking.url}")
    place = Place.of(tracking, tracking.find(name, at))
    return (_pull_bundle if place.is_bundle else _pull_foreign)(project, place, wanted, say)


def parse(ref: str) -> tuple[str, str | None]:
    """``credit-risk@champion``, ``credit-risk/3``, ``credit-risk``, or the same after ``models:/``."""
    text = ref.removeprefix("models:/")
    mark = "@" if "@" in text else "/"
    name, found, at = text.partition(mark)
    if not name or (found and not at) or "/" in at or (mark == "/" and found and not at.isdecimal()):
        raise BadInput(f"Found {ref!r}", expected="NAME, NAME@ALIAS or NAME/VERSION of a registered model")
    return name, at or None


def _line(name: str) -> str:
    try:
        return check_name(name)
    except BadInput as error:
        raise BadInput(error.found, expected=error.expected, next_step="name the line here: --as MODEL") from error


# --- a bundle that was pushed ----------------------------------------------------------------------------------


class _Facts(TypedDict):
    """The facts of a manifest that the registry's row repeats."""

    estimator: str
    risk: str
    features: NotRequired[list[str]]


def _pull_bundle(project: Project, place: Place, wanted: Wanted, say: Progress) -> Pull:
    """As it is, its model not constructed; with test data, its model registered anew and judged on them."""
    from ipymlops.registry.mlflow.fetching import fetch_bundle

    with tempfile.TemporaryDirectory(prefix="ipymlops-pull-") as folder:
        bundle = fetch_bundle(place, Path(folder), say)
        manifest = (Path(folder) / "bundle.json").read_bytes()
        there = _registered(project, str(wanted.name), manifest)
        if there is not None and not (wanted.test is not None and there.measured_elsewhere):
            return _pulled(place, there, "ipymlops", None, new=False)
        _check_facts(bundle)
        _refuse_code(place, wanted, bundle)
        if wanted.test is not None:
            return _registered_anew(project, place, wanted, bundle, there, say)
        told = _risk_words(project, wanted, bundle)
        say("store it")
        version = _store(project, place, wanted, bundle, manifest, told)
    unsigned = (*pulled_unsigned(project, version), *still_unsigned(project, version))
    elsewhere = f"{MEASURED_ELSEWHERE[0].upper()}{MEASURED_ELSEWHERE[1:]}, and no gate reads them: "
    warnings = (*told, elsewhere + measure_here(version), *unsigned)
    return _pulled(place, version, "ipymlops", None, new=True, warnings=warnings)


def _check_facts(bundle: Bundle) -> None:
    from ipymlops.declared import fits
    from ipymlops.policy.risk_tier import tier_of

    if not fits(bundle.manifest, _Facts):
        raise IntegrityError(
            "The manifest of this bundle does not say what it should",
            expected=", ".join(_Facts.__annotations__),
            next_step="do not use it; ask where it came from",
        )
    tier_of(bundle.manifest["risk"])


def _refuse_code(place: Place, wanted: Wanted, bundle: Bundle) -> None:
    """Code of a bundle runs as soon as its model is asked something; a pickle of somebody else is refused, always."""
    if is_pickled(bundle.manifest):
        raise UnsafeModel(
            f"{place.remote.ref} on {place.tracking.url} is stored as a pickle, which is not pulled by any word",
            expected="a model that is stored without pickle",
            next_step="register it here in the notebook that trained it",
        )
    serializer = bundle.manifest.get("serializer")
    if wanted.code or not (isinstance(serializer, dict) and serializer.get("code")):
        return
    raise UnsafeModel(
        f"{place.remote.ref} on {place.tracking.url} brings code of its own, which would run here",
        expected="a model of installed packages alone",
        next_step="say --code (code=True) if you trust where it comes from",
    )


def _registered_anew(
    project: Project, place: Place, wanted: Wanted, bundle: Bundle, there: Version | None, say: Progress
) -> Pull:
    """Its model as a new version, measured on the test data given. Its own rows, mask and figures are left behind."""
    from ipymlops.policy.risk_tier import stricter
    from ipymlops.project.candidate import Candidate
    from ipymlops.project.labelling import apart
    from ipymlops.project.registering import register
    from ipymlops.registry.bundle import MANIFEST

    _admit(project, bundle, there, wanted)
    schema = bundle.schema()
    assert wanted.test is not None
    X, y = apart(*wanted.test, reads=schema.names, value=wanted.value)
    say("audit the model")
    model, origin = bundle.model(), place.origin({MANIFEST: bundle.hashes[MANIFEST]})
    risk = stricter(bundle.manifest["risk"], wanted.risk or "low")
    candidate = Candidate(model, str(wanted.name), None, (schema.conform(X), y), risk, pulled=origin)
    done = register(project, candidate, why=wanted.why, progress=say)
    return _pulled(place, done.version, "ipymlops", done.evaluation, new=True, warnings=done.warnings)


def _admit(project: Project, bundle: Bundle, there: Version | None, wanted: Wanted) -> None:
    """Where signatures are demanded, a model is constructed only once somebody signed the bundle as it is here."""
    if not project.settings.signing.required and not (
        project.settings.signing.trusted and demanded_at(project, bundle.manifest["risk"], wanted.risk or "low")
    ):
        return
    if there is None:
        raise IntegrityError(
            "A signature is demanded here before a model is constructed, and nobody signed this bundle",
            expected="the bundle as a version here, signed",
            next_step="pull it without --test, sign that version if you trust it, then pull it with --test",
        )
    admit(project, there, project.bundle(there))


def _registered(project: Project, name: str, manifest: bytes) -> Version | None:
    """The version of the line that is this very bundle."""
    from ipymlops.storage.blobs import digest

    if not project.exists:
        return None
    try:
        versions = project.registry.versions(name)
    except UnknownName:
        return None
    same = [v for v in versions if v.manifest == digest(manifest)]
    return min(same, key=lambda v: v.measured_elsewhere, default=None)


def _risk_words(project: Project, wanted: Wanted, bundle: Bundle) -> tuple[str, ...]:
    from ipymlops.policy.risk_tier import stricter
    from ipymlops.project.registering import line_risk

    held, own = line_risk(project, str(wanted.name)), bundle.manifest["risk"]
    if held and stricter(held, own) != own:
        return (f"Registered at risk {own}, but the line is held to {held}: promotion asks for the stricter",)
    return ()


def _store(
    project: Project, place: Place, wanted: Wanted, bundle: Bundle, manifest: bytes, warnings: tuple[str, ...]
) -> Version:
    """The registry's row repeats none of its figures: what lists and pushes show was measured here."""
    from ipymlops.policy.risk_tier import stricter
    from ipymlops.project.registering import version_facts
    from ipymlops.storage.blobs import digest

    origin = place.origin({"bundle.json": digest(manifest)})
    facts = version_facts(bundle.manifest, None, warnings, pulled=origin) | {"measured": ELSEWHERE}
    facts["risk"] = stricter(facts["risk"], wanted.risk or "low")
    files = [project.blobs.put(bundle.read(name)) for name in bundle.names]
    evidence: dict[str, Any] = {"manifest": project.blobs.put(manifest), "measured": ELSEWHERE, "mlflow": origin}
    return project.registry.add_version(
        str(wanted.name),
        evidence["manifest"],
        facts,
        files=files,
        who=workspace.who(),
        why=wanted.why,
        evidence=evidence,
    )


# --- a model that MLflow wrote ---------------------------------------------------------------------------------


def _pull_foreign(project: Project, place: Place, wanted: Wanted, say: Progress) -> Pull:
    from ipymlops.project.candidate import Candidate
    from ipymlops.project.registering import register
    from ipymlops.registry.mlflow.foreign import read_foreign

    _refuse_unsigned(project, place, wanted)
    found = read_foreign(place, say)
    test = _test_rows(found, wanted)
    candidate = Candidate(found.model, str(wanted.name), None, test, wanted.risk, pulled=place.origin(found.files))
    done = register(project, candidate, why=wanted.why, progress=say)
    warnings = (*_other_versions(found), *done.warnings)
    return _pulled(place, done.version, found.flavor, done.evaluation, new=True, warnings=warnings)


def _refuse_unsigned(project: Project, place: Place, wanted: Wanted) -> None:
    """No signature of ours can lie beside what MLflow wrote, and its model has to be made before it is a version here:
    where signatures are demanded, that is somebody's word, said each time."""
    from ipymlops.project.registering import line_risk

    risks = (wanted.risk or "low", line_risk(project, str(wanted.name)) or "low")
    signing = project.settings.signing
    if wanted.unsigned or not (signing.required or (signing.trusted and demanded_at(project, *risks))):
        return
    raise UnsafeModel(
        f"A signature is demanded here before a model is constructed, and nobody can have signed {place.remote.ref} on "
        f"{place.tracking.url}, which MLflow wrote",
        expected="a bundle that was pushed, and signed here",
        next_step="say --unsigned (unsigned=True) if you trust where it comes from; sign the version that it becomes",
    )


def _test_rows(found: Foreign, wanted: Wanted) -> tuple[Any, Any] | None:
    """The test data with the columns that the model takes, in its order, and its answers."""
    from ipymlops.frames import as_table
    from ipymlops.project.labelling import apart
    from ipymlops.registry.schema import Schema

    if wanted.test is None:
        return None
    fitted = tuple(str(name) for name in getattr(found.model, "feature_names_in_", ()))
    names = fitted or found.columns
    X, y = apart(*wanted.test, reads=names, value=wanted.value)
    table = as_table(X)
    for name in names:
        if name not in table.kinds:
            raise UnknownName.of("column of the test data", name, table.names)
    whole = Schema.of(table, task="regression")  # only to choose columns by; the version's own is made of the result
    chosen = {column.name: column for column in whole.columns}
    columns = tuple(chosen[name] for name in names or whole.names)
    return replace(whole, columns=columns, container=whole.container if fitted else "numpy").conform(X), y


def _other_versions(found: Foreign) -> tuple[str, ...]:
    from importlib import metadata

    here = {name: metadata.version(name) for name in found.versions if name == "scikit-learn"}
    return tuple(
        f"It was stored by {name} {found.versions[name]} and is read by {now}: answers may differ"
        for name, now in here.items()
        if found.versions[name] != now
    )


def _pulled(
    place: Place,
    version: Version,
    flavor: str,
    evaluation: Evaluation | None,
    *,
    new: bool,
    warnings: tuple[str, ...] = (),
) -> Pull:
    remote = place.remote
    return Pull(
        version, place.tracking.url, remote.name, remote.number, remote.run_id, flavor, new, evaluation, warnings
    )

"""Signing versions, and holding their signatures against what the project demands.

A signature is a stored file that an event of the version names: signing changes neither bundle nor version. Where
``mlops.toml`` says whose keys are trusted, and that or the tier demands a signature, a version without a good one is
not loaded, and its benchmark judges nothing. One good signature is enough, whoever else signed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.errors import BadInput, IntegrityError, MlopsError, NotSigned, UnknownName
from ipymlops.policy.risk_tier import stricter, tier_of
from ipymlops.project import workspace
from ipymlops.project.results import SignedVersion
from ipymlops.registry import signing
from ipymlops.registry.bundle import MANIFEST
from ipymlops.registry.signing import Finding, Signer
from ipymlops.registry.upkeep import Fault, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ipymlops.evaluation.gates import Signature
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Event, Version

KEY = "IPYMLOPS_SIGNING_KEY"
NO_KEYS = "no key is trusted here: [signing] in mlops.toml names none"


def sign(project: Project, ref: str, key: Path | None, *, why: str) -> SignedVersion:
    """Sign a version that is registered, with ``key`` or the configured one."""
    version = project.registry.resolve(ref)
    signer = signer_of(project, key)
    if signer is None:
        raise BadInput(
            "No signing key is named",
            expected="a private key",
            next_step=f"say --key FILE, set {KEY}, or write key under [signing] into mlops.toml",
        )
    event = add_signature(project, signer, version, project.bundle(version).hashes, why=why)
    trusted = project.settings.signing.trusted
    return SignedVersion(version, event, signer.fingerprint, True if trusted else None)


def signer_of(project: Project, key: Path | None = None) -> Signer | None:
    """What signs here: ``key``, else that of the environment, else that of ``mlops.toml``. An empty variable says that
    nothing does. Raises BadInput for a key that cannot sign, or whose signatures would not be trusted."""
    key = key or _configured(project)
    if key is None:
        return None
    signer = Signer(key.expanduser(), os.environ.get(signing.PASSPHRASE))
    trusted = project.settings.signing.trusted
    if trusted and signer.fingerprint not in signing.trusted_keys(trusted):
        raise BadInput(
            f"The public half of {key} is not among the keys that mlops.toml trusts",
            expected=f"one of {', '.join(path.name for path in trusted)}",
            next_step="sign with the key of one of them, or add its public key to trusted",
        )
    return signer


def _configured(project: Project) -> Path | None:
    said = os.environ.get(KEY)
    return project.settings.signing.key if said is None else Path(said) if said else None


def add_signature(
    project: Project, signer: Signer, version: Version, hashes: Mapping[str, str], *, why: str = ""
) -> Event:
    """Store the signature and the event that names it, while nothing can be removed."""
    with project.registry.database.write():
        stored = project.blobs.put(signer.sign(version.ref, hashes))
        evidence = {"signature": stored, "key": signer.fingerprint}
        return project.registry.record(
            "sign", version.model, version.number, who=workspace.who(), why=why, evidence=evidence
        )


def still_unsigned(project: Project, version: Version) -> tuple[str, ...]:
    """A warning where a new version cannot be loaded yet. It is no fact of the version: that may be signed later."""
    try:
        admit(project, version, project.bundle(version))
    except NotSigned as error:
        return (f"It cannot be loaded yet: {error.found}. Next: {error.next_step}",)
    return ()


def pulled_unsigned(project: Project, version: Version) -> tuple[str, ...]:
    """A warning where signatures are in use here: the team's vouches for something, so no pull adds it by itself."""
    if _configured(project) is None and not project.settings.signing.trusted:
        return ()
    return (f"Not signed: sign {version.ref} if you trust where it comes from",)


def admit(project: Project, version: Version, bundle: Bundle) -> None:
    """Raise NotSigned where a signature is demanded and there is no good one. Without trusted keys nobody can
    tell, and nothing is asked."""
    if not project.settings.signing.trusted or not demanded(project, version, bundle):
        return
    signing.require_library()
    refuse_unless_good(finding(project, version, bundle), version.ref)


def admitted(project: Project, versions: Iterable[Version], *, holding: str) -> Iterator[Version]:
    """Of the versions whose bundle has the file ``holding``, those that ``admit`` lets pass, in their order.

    Whoever asks for more than there are is told of the first that was refused: a line whose benchmark nobody can
    believe is not one without a benchmark."""
    refusal: NotSigned | None = None
    for version in versions:
        bundle = project.bundle(version)
        if holding not in bundle:
            continue
        try:
            admit(project, version, bundle)
        except NotSigned as error:
            refusal = refusal or error
        else:
            yield version
    if refusal is not None:
        raise refusal


def refuse_unless_good(found: Finding, ref: str, next_step: str = "") -> None:
    if not found.good:
        again = "" if found.state == "not signed" else "restore it from a backup, or, if its origin is known, "
        raise NotSigned(
            f"{ref} {found.words}",
            expected="a signature by a key that mlops.toml trusts, as this project demands it",
            next_step=next_step or f"{again}sign it: sign {ref} --key FILE",
        )


def demanded(project: Project, version: Version, bundle: Bundle) -> bool:
    """By the project, or by the stricter of the tiers that the registry and the bundle name."""
    return demanded_at(project, *(str(facts.get("risk", "low")) for facts in (version.facts, bundle.manifest)))


def demanded_at(project: Project, *risks: str) -> bool:
    """By the project, or by the strictest of these tiers."""
    return project.settings.signing.required or tier_of(stricter(*risks)).signed


def seen_by_gate(project: Project, version: Version, bundle: Bundle) -> Signature:
    """What promotion is told of the version's signature."""
    if not project.settings.signing.trusted:
        return _nobody_can_tell()
    found = finding(project, version, bundle)
    return _told(project, None if found.state == "not checked" else found.good, f"{version.ref} {found.words}")


def of_candidate(project: Project) -> Signature:
    """The same of a version that is about to be registered, and is signed then, if something signs here."""
    signer = signer_of(project)
    if not project.settings.signing.trusted:
        return _nobody_can_tell()
    if signer is None:
        return _told(project, False, f"nothing signs here: set {KEY}, or sign the version later")
    return _told(project, True, f"it is signed by the key {signer.fingerprint[:12]} when it is registered")


def _nobody_can_tell() -> Signature:
    from ipymlops.evaluation.gates import Signature

    return Signature(None, NO_KEYS)


def _told(project: Project, good: bool | None, words: str) -> Signature:
    from ipymlops.evaluation.gates import Signature

    return Signature(good, words, required=project.settings.signing.required, trusted=True)


def finding(project: Project, version: Version, bundle: Bundle) -> Finding:
    """What the version's signatures are worth: the good one, else the newest."""
    return _best(project, version, bundle)[0]


def signature_file(project: Project, version: Version, bundle: Bundle) -> bytes | None:
    """The signature that goes with an export; None where the version has none that can be read."""
    return _best(project, version, bundle)[1]


def admit_folder(project: Project, folder: Path, ref: str, bundle: Bundle | None = None) -> str:
    """As ``admit``, of the ``bundle`` that lies in ``folder``, with its signature beside its files; what that is worth,
    in words."""
    from ipymlops.registry.bundle import Bundle

    signing.require_library()
    bundle = bundle or Bundle.from_folder(folder)
    found = _finding_in(project, folder, bundle, ref)
    if _demanded_in(project, bundle, ref):
        refuse_unless_good(found, ref, f"export it again from where it is signed: export {ref} --to FOLDER --force")
    return f"{ref} {found.words}"


def admit_pipeline(project: Project, folder: Path, ref: str, bundle: Bundle) -> None:
    """Before a retraining works with the bundle of its folder, whose benchmark judges where a line begins. Raises as
    ``admit`` does. A version that was signed after its export is believed by its signature here."""
    if not project.settings.signing.trusted or not _demanded_in(project, bundle, ref):
        return
    signing.require_library()
    version = _registered_as(project, bundle, ref)
    if version is None or not finding(project, version, bundle).good:
        admit_folder(project, folder, ref, bundle)


def _demanded_in(project: Project, bundle: Bundle, ref: str) -> bool:
    """By the project, or by the stricter of the tiers that the bundle says and its line is held to here."""
    from ipymlops.project.registering import line_risk

    held = line_risk(project, ref.partition("@")[0]) or "low"
    risk = stricter(str(bundle.manifest.get("risk", "low")), held)
    return project.settings.signing.required or tier_of(risk).signed


def _registered_as(project: Project, bundle: Bundle, ref: str) -> Version | None:
    """The version of that name, where it has this very manifest."""
    try:
        version = project.registry.resolve(ref) if project.exists else None
    except (BadInput, UnknownName):
        return None
    return version if version and version.manifest == bundle.hashes[MANIFEST] else None


def _finding_in(project: Project, folder: Path, bundle: Bundle, ref: str) -> Finding:
    from ipymlops.registry.folder import read_in

    try:
        signature = read_in(folder, signing.FILE, signing.MOST)
    except FileNotFoundError:
        return Finding("not signed", "is not signed")
    for name in bundle.names:
        bundle.read(name)  # the signature is of what the manifest says: so must be the files
    return signing.look(signature, ref, bundle.hashes, signing.trusted_keys(project.settings.signing.trusted))


def fault(project: Project, version: Version) -> Fault | None:
    """For ``fsck``, what is wrong with the signature; None where nothing is, or nobody can tell."""
    if not project.settings.signing.trusted:
        return None
    try:
        bundle = project.bundle(version)
    except MlopsError:
        return None  # told already, of its manifest
    found = finding(project, version, bundle)
    if found.state == "altered":
        return Fault("signature", version.ref, found.words)
    missing = not found.good and demanded(project, version, bundle)
    return Fault("unsigned", version.ref, found.words) if missing else None


def _best(project: Project, version: Version, bundle: Bundle) -> tuple[Finding, bytes | None]:
    newest: tuple[Finding, bytes | None] | None = None
    keys = project.settings.signing.trusted
    trusted = signing.trusted_keys(keys) if keys and signing.is_installed() else {}
    for event in _signings(project, version):
        data, words = _stored(project, event)
        if data is None:
            found = Finding("altered", words)
        elif not keys:
            found = Finding("not checked", f"is signed by the key {_key(event)}; {NO_KEYS}")
        elif not signing.is_installed():
            how = "which cannot be checked: pip install 'ipymlops[sign]'"
            found = Finding("not checked", f"is signed by the key {_key(event)}, {how}")
        else:
            found = signing.look(data, version.ref, bundle.hashes, trusted)
        if found.good:
            return found, data
        newest = newest or (found, data)
    return newest or (Finding("not signed", "is not signed"), None)


def _signings(project: Project, version: Version) -> Iterator[Event]:
    """Newest first."""
    events = project.registry.events(version.model, kind="sign")
    return (event for event in reversed(events) if event.version == version.number)


def _stored(project: Project, event: Event) -> tuple[bytes | None, str]:
    """The signature that an event names, or why there is none."""
    sha256 = signature_of(event)
    if sha256 is None:
        return None, f"has a signature that event {event.number} does not name"
    if not project.blobs.has(sha256):
        return None, "has lost the signature that it had"
    size = project.blobs.about(sha256)[0]
    if size > signing.MOST:
        return None, f"has a signature of {size:,} bytes, at most {signing.MOST:,} are read"
    try:
        return project.blobs.get(sha256), ""
    except IntegrityError:
        return None, "has a signature that was changed after it was stored"


def _key(event: Event) -> str:
    return str(event.evidence.get("key", ""))[:12]

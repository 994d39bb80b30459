"""Signatures of bundles in the format of OpenSSF model signing, made and checked with pairs of elliptic curve keys.

A signature is a text of its own beside the bundle, which it does not change. It names every file of the bundle with
its sha256, the manifest included, and the version (``credit-risk@3``) that it was made for: moved to another version,
it is worth nothing. The stock ``model_signing verify key`` reads it too, and does not look at the version.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

PASSPHRASE = "IPYMLOPS_SIGNING_PASSPHRASE"  # where it is read from
FILE = "model.sig"  # the name by which OpenSSF's tools look for it
MOST = 2**22  # bytes; that of a bundle of twenty files has six thousand
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
# trusted: by a trusted key, over these very files, for this version · unknown key: by none of them
# altered: not what the key signed, of another version or other files, or no signature at all
# not signed · not checked: no key is trusted here, or what checks is not installed
State = Literal["trusted", "unknown key", "altered", "not signed", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a signature is worth. ``words`` go on after the name of a version: ``credit-risk@3 is not signed``."""

    state: State
    words: str

    @property
    def good(self) -> bool:
        return self.state == "trusted"


class Signer:
    """A private key that is ready to sign. Neither the key nor its passphrase is kept in a text or shown."""

    def __init__(self, key: Path, passphrase: str | None = None) -> None:
        require_library()
        secret = passphrase.encode() if passphrase and _is_encrypted(_read(key)) else None
        self.fingerprint = _fingerprint(_private_key(key, secret).public_key())
        from model_signing import signing

        self._config = signing.Config().use_elliptic_key_signer(private_key=key, password=secret)

    def sign(self, name: str, hashes: Mapping[str, str]) -> bytes:
        """The signature of the files with these hashes, as the version ``name``."""
        if FILE in hashes:
            raise BadInput(f"This bundle has a file {FILE}", expected="that name to be free for its signature")
        with tempfile.TemporaryDirectory(prefix="ipymlops-sign-") as folder:
            path = Path(folder, FILE)
            self._config.set_hashing_config(_Listed(name, hashes)).sign(folder, path)
            return path.read_bytes()


def trusted_keys(paths: Iterable[Path]) -> dict[str, Path]:
    """Fingerprint -> file of each public key. Raises BadInput where a file is none that can check a signature."""
    require_library()
    return {_fingerprint(_public_key(path)): path for path in paths}


def look(signature: bytes, name: str, hashes: Mapping[str, str], trusted: Mapping[str, Path]) -> Finding:
    """What the signature says of the version ``name`` with files of these hashes. Never raises: whatever a stranger's
    bytes make of the library, they are then no signature."""
    if len(signature) > MOST:
        return _altered(f"has a signature of {len(signature):,} bytes, at most {MOST:,} are read")
    try:
        claimed = key_of(signature)
        if claimed not in trusted:
            return Finding("unknown key", f"is signed by the key {claimed[:12]}, which is not trusted here")
        return _checked(signature, name, hashes, trusted[claimed])
    except Exception:
        return _altered("has a signature that cannot be read")


def key_of(signature: bytes) -> str:
    """The fingerprint of the key that it says it was made with. Raises ValueError where it says none."""
    try:
        claimed = json.loads(signature)["verificationMaterial"]["publicKey"]["hint"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no signature") from error
    if not (isinstance(claimed, str) and len(claimed) == 64 and set(claimed) <= set("0123456789abcdef")):
        raise ValueError("no fingerprint of a key")
    return claimed


def is_installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("model_signing", "OpenSSL"))


def require_library() -> None:
    """Raise BadInput where what signs is not installed."""
    if not is_installed():
        raise BadInput(
            "Signatures are asked for, and what makes and checks them is not installed",
            expected="model-signing",
            next_step="pip install 'ipymlops[sign]'",
        )


class _Listed:
    """Stands where the library would hash a folder: the manifest lists the hashes, and each file is held against its
    own when it is read."""

    def __init__(self, name: str, hashes: Mapping[str, str]) -> None:
        self.name = name
        self.hashes = hashes
        self.signed_name = name
        self.same_files = False

    def hash(self, model_path: Any, *, files_to_hash: Any = None) -> Any:
        from model_signing import manifest
        from model_signing._hashing.hashing import Digest  # what its public types are made of

        listed = self

        class Named(manifest.Manifest):  # type: ignore[misc]
            """The library compares files only."""

            def __eq__(self, signed: object) -> bool:
                assert isinstance(signed, manifest.Manifest)
                listed.signed_name, listed.same_files = signed.model_name, super().__eq__(signed)
                return listed.same_files and signed.model_name == self.model_name

            __hash__ = None  # type: ignore[assignment]

        # Whoever checks the folder with the stock tool finds the signature itself in it.
        how = {"method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": [FILE]}
        kind = manifest.SerializationType.from_args(how)
        items = [kind.new_item(name, Digest("sha256", bytes.fromhex(h))) for name, h in self.hashes.items()]
        return Named(self.name, items, kind)

    def add_ignored_paths(self, *, model_path: Any, paths: Any) -> None:
        """Nothing is left out because a signature says so."""


def _checked(signature: bytes, name: str, hashes: Mapping[str, str], key: Path) -> Finding:
    from cryptography.exceptions import InvalidSignature
    from model_signing import verifying

    listed = _Listed(name, hashes)
    config = verifying.Config().use_elliptic_key_verifier(public_key=key).set_hashing_config(listed)
    with tempfile.TemporaryDirectory(prefix="ipymlops-verify-") as folder:
        path = Path(folder, FILE)
        path.write_bytes(signature)
        try:
            with redirect_stdout(StringIO()):  # it prints what it thinks of older signatures
                config.verify(folder, path)
        except InvalidSignature:
            return _altered(f"has a signature that was changed after {key.name} made it")
        except ValueError:
            if listed.signed_name != name:
                return _altered(f"has the signature of {listed.signed_name}")
            if not listed.same_files:
                return _altered("has a signature of other files")
            raise
    return Finding("trusted", f"is signed by {key.name}")


def _altered(words: str) -> Finding:
    return Finding("altered", words)


def _private_key(path: Path, secret: bytes | None) -> ec.EllipticCurvePrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    data = _read(path)
    if secret is None and _is_encrypted(data):
        raise BadInput(f"The signing key {path} is locked by a passphrase", next_step=f"set {PASSPHRASE}")
    try:
        key = serialization.load_pem_private_key(data, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if secret:
            raise BadInput(
                f"The signing key {path} cannot be used: the passphrase does not open it",
                expected=f"in {PASSPHRASE} the one that locked it",
                next_step=f"set {PASSPHRASE} to that",
            ) from error
        raise BadInput(
            f"The signing key {path} cannot be used: it holds no private key in PEM", expected=_PAIR
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadInput(f"The signing key {path} is of another kind: {type(key).__name__}", expected=_PAIR)
    _check_curve(path, key.curve.name)
    return key


def _public_key(path: Path) -> ec.EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    data = _read(path)
    if b"PRIVATE KEY" in data:
        raise BadInput(
            f"{path} holds a private key, where the public one is meant",
            expected="its public half",
            next_step=f"write it: openssl ec -in {path.name} -pubout -out {path.stem}.pub",
        )
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput(f"{path} holds no public key in PEM", expected=_PAIR) from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadInput(f"The public key {path} is of another kind: {type(key).__name__}", expected=_PAIR)
    _check_curve(path, key.curve.name)
    return key


_PAIR = f"an elliptic curve key, of {', '.join(list(CURVES.values())[:-1])} or {list(CURVES.values())[-1]}"


def _check_curve(path: Path, curve: str) -> None:
    if curve not in CURVES:
        raise BadInput(f"The key {path} is on the curve {curve}", expected=_PAIR)


def _fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """As signatures name the key: the sha256 of its PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _is_encrypted(data: bytes) -> bool:
    return b"ENCRYPTED" in data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The key {path} cannot be read: {error.strerror}",
            expected="a file in PEM",
            next_step="name another one under [signing] in mlops.toml, or in IPYMLOPS_SIGNING_KEY",
        ) from error

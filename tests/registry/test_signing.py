"""Signatures of bundles: made, checked, read by the stock tool; whatever a stranger hands in is no signature."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipymlops.errors import BadInput
from ipymlops.registry import signing
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.signing import Signer, look, trusted_keys
from ipymlops.storage.blobs import Blobs

FILES = {"model.skops": b"the model", "data/schema.json": b"{}"}
NAME = "credit-risk@3"


def bundle_of(folder: Path, files: dict[str, bytes], **facts: Any) -> Bundle:
    blobs = Blobs(folder)
    for data in files.values():
        blobs.put(data)
    return Bundle.from_blobs(blobs, blobs.put(pack(files, facts)))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return bundle_of(tmp_path / "blobs", FILES)


@pytest.fixture
def team(key_pair: Any) -> tuple[Path, Path]:
    pair: tuple[Path, Path] = key_pair("team")
    return pair


@pytest.fixture
def signature(team: tuple[Path, Path], bundle: Bundle) -> bytes:
    return Signer(team[0]).sign(NAME, bundle.hashes)


@pytest.mark.parametrize("curve", ["SECP256R1", "SECP384R1", "SECP521R1"])
def test_what_a_trusted_key_signed_is_good(key_pair: Any, bundle: Bundle, curve: str) -> None:
    private, public = key_pair("team", curve=curve)
    trusted = trusted_keys([public])
    signer = Signer(private)
    assert list(trusted) == [signer.fingerprint]
    found = look(signer.sign(NAME, bundle.hashes), NAME, bundle.hashes, trusted)
    assert (found.state, found.good, found.words) == ("trusted", True, "is signed by team.pub")


def test_signing_leaves_the_bundle_as_it_is(team: tuple[Path, Path], bundle: Bundle) -> None:
    before = bundle.hashes
    assert set(before) == {"bundle.json", *FILES}
    first, second = (Signer(team[0]).sign(NAME, bundle.hashes) for _ in range(2))
    assert first != second  # such signatures are drawn at random
    assert bundle.hashes == before


def test_a_passphrase_opens_the_key(key_pair: Any, bundle: Bundle) -> None:
    private, public = key_pair("locked", passphrase=b"correct horse")
    signed = Signer(private, "correct horse").sign(NAME, bundle.hashes)
    assert look(signed, NAME, bundle.hashes, trusted_keys([public])).good
    with pytest.raises(BadInput, match=r"locked by a passphrase\. Next: set IPYMLOPS_SIGNING_PASSPHRASE"):
        Signer(private)
    with pytest.raises(BadInput, match=r"passphrase does not open it.*IPYMLOPS_SIGNING_PASSPHRASE") as caught:
        Signer(private, "battery staple")
    assert "battery" not in str(caught.value)


def test_a_passphrase_that_is_not_needed_is_not_used(team: tuple[Path, Path], bundle: Bundle) -> None:
    signed = Signer(team[0], "set for another key").sign(NAME, bundle.hashes)
    assert look(signed, NAME, bundle.hashes, trusted_keys([team[1]])).good


# --- the stock tool ----------------------------------------------------------------------------------------------


def stock(folder: Path, key: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "model_signing", "verify", "key", str(folder)]
    command += ["--signature", str(folder / "model.sig"), "--public_key", str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_stock_tool_verifies_an_extracted_bundle(
    team: tuple[Path, Path], key_pair: Any, bundle: Bundle, signature: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    bundle.extract(folder)
    (folder / "model.sig").write_bytes(signature)
    done = stock(folder, team[1])
    assert (done.returncode, "Verification succeeded" in done.stdout) == (0, True), done.stderr
    assert stock(folder, key_pair("other")[1]).returncode == 1
    (folder / "model.skops").write_bytes(b"another model")
    changed = stock(folder, team[1])
    assert (changed.returncode, "model.skops" in changed.stderr) == (1, True)


def test_what_the_stock_tool_signed_is_of_no_version(team: tuple[Path, Path], bundle: Bundle, tmp_path: Path) -> None:
    from model_signing import signing as stock_signing

    folder = tmp_path / "bundle"
    bundle.extract(folder)
    stock_signing.Config().use_elliptic_key_signer(private_key=team[0]).sign(folder, tmp_path / "model.sig")
    found = look((tmp_path / "model.sig").read_bytes(), NAME, bundle.hashes, trusted_keys([team[1]]))
    assert (found.state, found.words) == ("altered", "has the signature of bundle")


# --- what is no good signature -----------------------------------------------------------------------------------


def test_an_unknown_key(team: tuple[Path, Path], key_pair: Any, bundle: Bundle) -> None:
    stranger = Signer(key_pair("stranger")[0])
    found = look(stranger.sign(NAME, bundle.hashes), NAME, bundle.hashes, trusted_keys([team[1]]))
    assert found.state == "unknown key"
    assert found.words == f"is signed by the key {stranger.fingerprint[:12]}, which is not trusted here"


def test_a_stranger_who_claims_to_be_the_team(team: tuple[Path, Path], key_pair: Any, bundle: Bundle) -> None:
    record = json.loads(Signer(key_pair("stranger")[0]).sign(NAME, bundle.hashes))
    record["verificationMaterial"]["publicKey"]["hint"] = Signer(team[0]).fingerprint
    found = look(json.dumps(record).encode(), NAME, bundle.hashes, trusted_keys([team[1]]))
    assert (found.state, found.words) == ("altered", "has a signature that was changed after team.pub made it")


def test_the_signature_of_another_version_or_bundle(
    team: tuple[Path, Path], bundle: Bundle, signature: bytes, tmp_path: Path
) -> None:
    trusted = trusted_keys([team[1]])
    older = look(signature, "credit-risk@4", bundle.hashes, trusted)
    assert (older.state, older.words) == ("altered", "has the signature of credit-risk@3")
    other = bundle_of(tmp_path / "other", FILES | {"model.skops": b"another"})
    found = look(signature, NAME, other.hashes, trusted)
    assert (found.state, found.words) == ("altered", "has a signature of other files")
    more = bundle_of(tmp_path / "more", FILES | {"more.txt": b""})
    assert look(signature, NAME, more.hashes, trusted).state == "altered"
    facts = bundle_of(tmp_path / "facts", FILES, risk="low")  # the same files, another manifest
    assert look(signature, NAME, facts.hashes, trusted).state == "altered"


def payload(record: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(base64.b64decode(record["dsseEnvelope"]["payload"]))
    return told


def with_payload(record: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    envelope = record["dsseEnvelope"] | {"payload": base64.b64encode(json.dumps(told).encode()).decode()}
    return record | {"dsseEnvelope": envelope}


def renamed(record: dict[str, Any]) -> dict[str, Any]:
    told = payload(record)
    told["subject"][0]["name"] = "credit-risk@4"
    return with_payload(record, told)


def both_spellings(record: dict[str, Any]) -> dict[str, Any]:
    """The library takes either name of a field: what is checked must be what is believed."""
    return renamed(record) | {"dsse_envelope": record["dsseEnvelope"]}


def ignoring(record: dict[str, Any]) -> dict[str, Any]:
    told = payload(record)
    told["predicate"]["serialization"]["ignore_paths"] = ["model.skops"]
    return with_payload(record, told)


def without_hint(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"verificationMaterial": {"publicKey": {}}}


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another version written in": renamed,
    "one payload to check, one to believe": both_spellings,
    "a file to be ignored": ignoring,
    "no key named": without_hint,
    "no signatures": lambda r: r | {"dsseEnvelope": r["dsseEnvelope"] | {"signatures": []}},
    "an empty signature": lambda r: (
        r | {"dsseEnvelope": r["dsseEnvelope"] | {"signatures": [{"sig": "", "keyid": ""}]}}
    ),
    "another media type": lambda r: r | {"mediaType": "text/plain"},
    "a field that nobody knows": lambda r: r | {"more": 1},
    "a list": lambda r: [r],
    "a number": lambda r: 7,
    "nothing": lambda r: None,
    "a hint that is no text": lambda r: r | {"verificationMaterial": {"publicKey": {"hint": 7}}},
    "no verification material": lambda r: {"dsseEnvelope": r["dsseEnvelope"]},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_signature_that_was_edited(
    team: tuple[Path, Path], bundle: Bundle, signature: bytes, change: Callable[[dict[str, Any]], Any]
) -> None:
    edited = json.dumps(change(json.loads(signature))).encode()
    for name in (NAME, "credit-risk@4"):
        assert look(edited, name, bundle.hashes, trusted_keys([team[1]])).state == "altered"


HOSTILE = {
    "empty": b"",
    "no JSON": b"\x00\xff",
    "deep": b"[" * 200_000,
    "a deep payload": b'{"verificationMaterial":' + b'{"publicKey":' * 5000,
    "a huge number": b'{"verificationMaterial": 1' + b"0" * 10_000 + b"}",
    "too long": b" " * (signing.MOST + 1),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_bytes_that_are_no_signature(team: tuple[Path, Path], bundle: Bundle, data: bytes) -> None:
    assert look(data, NAME, bundle.hashes, trusted_keys([team[1]])).state == "altered"


def test_every_truncation_is_no_signature(team: tuple[Path, Path], bundle: Bundle, signature: bytes) -> None:
    trusted = trusted_keys([team[1]])
    for end in range(0, len(signature), 97):
        assert look(signature[:end], NAME, bundle.hashes, trusted).state == "altered"


def test_a_bundle_that_brings_a_file_of_that_name(team: tuple[Path, Path], tmp_path: Path) -> None:
    odd = bundle_of(tmp_path / "odd", FILES | {"model.sig": b"x"})
    with pytest.raises(BadInput, match=r"has a file model\.sig"):
        Signer(team[0]).sign(NAME, odd.hashes)


# --- keys --------------------------------------------------------------------------------------------------------


def rsa() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 2048)


def edwards() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519.Ed25519PrivateKey.generate()


@pytest.mark.parametrize("make", [rsa, edwards])
def test_keys_of_another_kind(key_pair: Any, make: Callable[[], Any]) -> None:
    private, public = key_pair.write("other", make())
    with pytest.raises(BadInput, match=r"is of another kind.*an elliptic curve key, of P-256, P-384 or P-521"):
        Signer(private)
    with pytest.raises(BadInput, match=r"The public key .* is of another kind"):
        trusted_keys([public])


def test_keys_on_another_curve(key_pair: Any) -> None:
    private, public = key_pair("coin", curve="SECP256K1")
    with pytest.raises(BadInput, match="on the curve secp256k1"):
        Signer(private)
    with pytest.raises(BadInput, match="on the curve secp256k1"):
        trusted_keys([public])


def test_the_halves_are_told_apart(team: tuple[Path, Path]) -> None:
    with pytest.raises(BadInput, match="holds no private key"):
        Signer(team[1])
    with pytest.raises(BadInput, match=r"holds a private key.*openssl ec -in team\.pem -pubout"):
        trusted_keys([team[0]])


@pytest.mark.parametrize(
    "data", [b"", b"secret words", b"-----BEGIN PUBLIC KEY-----\nsecret\n-----END PUBLIC KEY-----\n"]
)
def test_files_that_are_no_keys(key_pair: Any, data: bytes) -> None:
    path = key_pair.folder / "x.pem"
    path.write_bytes(data)
    for use in (Signer, lambda p: trusted_keys([p])):
        with pytest.raises(BadInput, match=r"holds no (private|public) key in PEM") as caught:
            use(path)
        assert "secret" not in str(caught.value)


def test_a_key_that_is_not_there(key_pair: Any) -> None:
    for use in (Signer, lambda p: trusted_keys([p])):
        with pytest.raises(BadInput, match=r"cannot be read: No such file.*\[signing\] in mlops\.toml"):
            use(key_pair.folder / "gone.pem")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(signing, "is_installed", lambda: False)
    for use in (lambda: Signer(tmp_path / "team.pem"), lambda: trusted_keys([tmp_path / "team.pub"])):
        with pytest.raises(BadInput, match=r"pip install 'ipymlops\[sign\]'"):
            use()

"""A project that signs what it registers, and loads only what somebody it trusts signed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipymlops.apps import cli
from ipymlops.errors import NO, BadInput, IntegrityError
from ipymlops.frames import as_table
from ipymlops.policy.risk_tier import RiskTier
from ipymlops.project import Project
from ipymlops.project.benchmarking import same_benchmark
from ipymlops.registry import signing as signatures
from ipymlops.registry.benchmark import benchmark_files
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.upkeep import signature_of
from ipymlops.storage.blobs import Blobs

Data = tuple[pd.DataFrame, pd.Series]
Keys = tuple[Path, Path]


@pytest.fixture
def team(key_pair: Any) -> Keys:
    pair: Keys = key_pair("team")
    return pair


def settle(project: Project, **signing: Any) -> Project:
    """The same project under other settings."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in signing.items()]
    (project.root.parent / "mlops.toml").write_text("\n".join(["[signing]", *lines]))
    return Project.at(project.root)


@pytest.fixture
def unsigned(project: Project, model: Any, train: Data, test: Data) -> Project:
    project.register(model, name="credit-risk", train=train, test=test)
    return project


@pytest.fixture
def strict(unsigned: Project, team: Keys) -> Project:
    """Version 1 is not signed, and a signature is required."""
    return settle(unsigned, trusted=[str(team[1])], required=True)


def edit(project: Project, *statements: str) -> None:
    """As somebody does who can write to the registry's file and cares for no rule."""
    with sqlite3.connect(project.root / "registry.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)


def manifest(project: Project, ref: str) -> str:
    return project.registry.resolve(ref).manifest


# --- signing -----------------------------------------------------------------------------------------------------


def test_a_version_is_signed_later_and_stays_what_it_was(unsigned: Project, team: Keys) -> None:
    before = unsigned.registry.resolve("credit-risk@1")
    done = unsigned.sign("credit-risk@1", team[0], why="ours")
    assert unsigned.registry.resolve("credit-risk@1") == before
    assert (done.event.kind, done.event.version, done.event.why) == ("sign", 1, "ours")
    assert done.event.evidence["key"] == done.key
    assert done.believed is None
    assert unsigned.show("credit-risk").signature.startswith(f"is signed by the key {done.key[:12]}; no key is trusted")
    assert unsigned.load("credit-risk") is not None


@pytest.mark.parametrize("where", ["settings", "environment", "beside"])
def test_a_configured_key_signs_at_registration(
    project: Project, model: Any, train: Data, team: Keys, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"key": str(team[0])} if where == "settings" else {}
    if where == "environment":
        monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", str(team[0]))
    if where == "beside":  # relative paths are meant from where the file lies
        for path in team:
            (project.root.parent / path.name).write_bytes(path.read_bytes())
        key = {"key": "team.pem"}
    trusted = "team.pub" if where == "beside" else str(team[1])
    project = settle(project, **key, trusted=[trusted], required=True)
    done = project.register(model, name="credit-risk", train=train)
    assert [e.kind for e in project.history("credit-risk").events] == ["register", "sign"]
    assert not [w for w in done.warnings if "signed" in w]
    assert (project.show("credit-risk").signature, project.show("credit-risk").signature_good) == (
        "is signed by team.pub",
        True,
    )
    assert project.load("credit-risk") is not None


def test_nothing_of_the_key_is_stored(unsigned: Project, key_pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    private, public = key_pair("locked", passphrase=b"correct horse")
    monkeypatch.setenv("IPYMLOPS_SIGNING_PASSPHRASE", "correct horse")
    project = settle(unsigned, trusted=[str(public)])
    assert project.sign("credit-risk", private).believed
    secret = private.read_bytes().splitlines()[1]
    for path in project.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secret not in data
            assert b"correct horse" not in data
            assert str(private).encode() not in data


def test_an_empty_variable_signs_nothing(
    project: Project, model: Any, train: Data, team: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", "")
    project = settle(project, key=str(team[0]), trusted=[str(team[1])], required=True)
    done = project.register(model, name="credit-risk", train=train)
    assert done.warnings[-1] == (
        "It cannot be loaded yet: credit-risk@1 is not signed. Next: sign it: sign credit-risk@1 --key FILE"
    )
    assert not project.registry.events(kind="sign")
    assert not [w for w in done.version.facts["warnings"] if "signed" in w]  # it may be signed tomorrow


def test_a_key_that_cannot_sign_is_told_before_anything_is_stored(
    project: Project, model: Any, train: Data, key_pair: Any
) -> None:
    private, _ = key_pair("stranger")
    wrong = settle(project, key=str(private), trusted=[str(key_pair("team")[1])])
    with pytest.raises(BadInput, match=r"The public half of .* is not among the keys.*one of team\.pub"):
        wrong.register(model, name="credit-risk", train=train)
    gone = settle(project, key="gone.pem")
    with pytest.raises(BadInput, match="cannot be read"):
        gone.register(model, name="credit-risk", train=train)
    assert gone.models().models == ()


def test_signing_without_a_key_says_where_to_name_one(unsigned: Project) -> None:
    with pytest.raises(BadInput, match=r"No signing key is named.*--key FILE, set IPYMLOPS_SIGNING_KEY"):
        unsigned.sign("credit-risk")


# --- what is demanded --------------------------------------------------------------------------------------------

USES: dict[str, Callable[[Project], Any]] = {
    "load": lambda p: p.load("credit-risk@1"),
    "evaluate": lambda p: p.evaluate("credit-risk@1"),
    "compare": lambda p: p.compare("credit-risk@1", "credit-risk@1"),
    "estimate": lambda p: p.estimate("credit-risk@1", rows_of(p)),
    "drift": lambda p: p.drift("credit-risk@1", rows_of(p)),
    "drift of predictions": lambda p: p.drift("credit-risk@1", rows_of(p), predictions=True),
    "drift over time": lambda p: p.drift_over_time("credit-risk@1", rows_of(p), by="100"),
    "drift against other rows": lambda p: p.drift("credit-risk@1", rows_of(p), against=("others", rows_of(p))),
    "rows of its benchmark": lambda p: p.drift("credit-risk@1", rows_of(p), classifier=True),
}


def rows_of(project: Project) -> Any:
    return Bundle.from_blobs(project.blobs, manifest(project, "credit-risk@1")).benchmark()[0]


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_an_unsigned_version_is_not_loaded(strict: Project, team: Keys, use: Callable[[Project], Any]) -> None:
    with pytest.raises(IntegrityError) as caught:
        use(strict)
    assert caught.value.message == (
        "credit-risk@1 is not signed. Expected: a signature by a key that mlops.toml trusts, as this project demands "
        "it. Next: sign it: sign credit-risk@1 --key FILE."
    )
    strict.sign("credit-risk@1", team[0])
    use(strict)


ASKED = (
    "evaluate",
    "promote",
    "drift --predictions --data",
    "estimate --data",
    "push --to http://127.0.0.1:9",
)


@pytest.mark.parametrize("words", ASKED)
def test_in_a_shell_every_verb_answers_no_of_an_unsigned_version(
    strict: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    verb, *options = words.split()
    if options[-1:] == ["--data"]:
        rows_of(strict).to_csv(tmp_path / "rows.csv", index=False)
        options.append(str(tmp_path / "rows.csv"))
    assert cli.main([verb, "credit-risk@1", *options, "--project", str(strict.root)]) == NO
    printed = capsys.readouterr()
    assert "credit-risk@1 is not signed" in printed.out + printed.err


def test_nor_do_its_rows_judge_segments(strict: Project) -> None:
    with pytest.raises(IntegrityError, match="credit-risk@1 is not signed"):
        strict.drift_by_segment("credit-risk@1", rows_of(strict), by="age")


def test_its_files_do_not_leave_the_store_either(strict: Project, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="is not signed"):
        strict.bundle(strict.registry.resolve("credit-risk@1")).extract(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_where_none_is_demanded_it_is_only_said(unsigned: Project, team: Keys, key_pair: Any) -> None:
    project = settle(unsigned, trusted=[str(team[1])])
    assert project.load("credit-risk") is not None
    shown = project.show("credit-risk")
    assert (shown.signature, shown.signature_good) == ("is not signed", False)
    unsigned_keys = settle(unsigned)
    stranger = unsigned_keys.sign("credit-risk", key_pair("stranger")[0])
    shown = settle(unsigned, trusted=[str(team[1])]).show("credit-risk")
    assert shown.signature == f"is signed by the key {stranger.key[:12]}, which is not trusted here"
    assert project.load("credit-risk") is not None
    assert project.fsck().sound


def test_tier_high_demands_it_where_keys_are_trusted(project: Project, model: Any, train: Data, team: Keys) -> None:
    project.register(model, name="credit-risk", train=train, risk="high")
    assert project.load("credit-risk") is not None  # nobody could tell
    project = settle(project, trusted=[str(team[1])])
    with pytest.raises(IntegrityError, match="credit-risk@1 is not signed"):
        project.load("credit-risk")
    edit(project, "UPDATE versions SET facts = replace(facts, '\"high\"', '\"low\"')")
    with pytest.raises(IntegrityError, match="credit-risk@1 is not signed"):  # the bundle says high still
        project.load("credit-risk")


@pytest.mark.parametrize(
    ("risk", "settings", "signed", "outcome", "severity"),
    [
        ("low", {}, False, "not applicable", "warns"),
        ("medium", {}, True, "not applicable", "warns"),
        ("high", {}, False, "not applicable", "blocks"),
        ("high", {"trusted": True}, False, "fail", "blocks"),
        ("low", {"trusted": True}, False, "fail", "warns"),
        ("low", {"trusted": True}, True, "pass", "warns"),
        ("low", {"trusted": True, "required": True}, False, "fail", "blocks"),
        ("low", {"trusted": True, "required": True}, True, "pass", "blocks"),
        ("high", {"trusted": True}, True, "pass", "blocks"),
    ],
)
def test_the_gate_at_promotion(
    project: Project,
    model: Any,
    train: Data,
    test: Data,
    team: Keys,
    risk: RiskTier,
    settings: dict[str, Any],
    signed: bool,
    outcome: str,
    severity: str,
) -> None:
    project.register(model, name="credit-risk", train=train, test=test, risk=risk)
    if signed:
        project.sign("credit-risk@1", team[0])
    project = settle(project, **({**settings, "trusted": [str(team[1])]} if settings else {}))
    answer = project.promote("credit-risk@1")
    (gate,) = [g for g in answer.gates if g.code == "signature"]
    assert (gate.outcome, gate.severity) == (outcome, severity)
    if severity == "blocks" and outcome == "fail":
        assert "signed by a trusted key" in answer.event.evidence["reason"]
    if risk == "low":
        assert answer.promoted is not (severity == "blocks" and outcome == "fail")


# --- what an attacker may try ------------------------------------------------------------------------------------


@pytest.fixture
def signed(strict: Project, team: Keys, worse: Any, train: Data, test: Data) -> Project:
    """Versions 1 and 2, another line, all signed; 3 is not."""
    strict.sign("credit-risk@1", team[0])
    for name, signer in (("credit-risk", team[0]), ("churn", team[0]), ("credit-risk", None)):
        done = strict.register(worse, name=name, train=train, test=test, why=f"{name} {signer is None}")
        if signer:
            strict.sign(done.version.ref, signer)
    return strict


def test_the_removal_of_a_signature(signed: Project) -> None:
    assert signed.load("credit-risk@1") is not None
    edit(signed, "DELETE FROM events WHERE kind = 'sign' AND version = 1")
    with pytest.raises(IntegrityError, match="credit-risk@1 is not signed"):
        signed.load("credit-risk@1")
    (fault, *others) = [f for f in signed.fsck().faults if f.kind == "unsigned"]
    assert (fault.about, fault.words) == ("churn@1", "is not signed")
    assert [f.about for f in others] == ["credit-risk@1", "credit-risk@3"]


def test_the_removal_of_its_file(signed: Project) -> None:
    sha256 = signature_of(signed.registry.events("credit-risk", kind="sign")[0])
    assert sha256 is not None
    signed.blobs.remove(sha256)
    with pytest.raises(IntegrityError, match="credit-risk@1 has lost the signature that it had"):
        signed.load("credit-risk@1")
    found = {(f.kind, f.about): f.words for f in signed.fsck().faults}
    assert found["missing", "credit-risk@1"].startswith("model.sig: The stored file")
    assert found["signature", "credit-risk@1"] == "has lost the signature that it had"


def test_the_signature_of_another_version_moved_over(signed: Project) -> None:
    for event in signed.registry.events(kind="sign"):
        signed.registry.record("sign", "credit-risk", 3, who="eve", evidence=event.evidence)
    with pytest.raises(IntegrityError, match=r"credit-risk@3 has the signature of (churn@1|credit-risk@[12])"):
        signed.load("credit-risk@3")


def test_an_older_bundle_in_the_place_of_a_newer_one(signed: Project) -> None:
    """Both are signed by the team: only the name that was signed tells."""
    old = signed.registry.events("credit-risk", kind="sign")[0]
    edit(signed, f"UPDATE versions SET manifest = '{manifest(signed, 'credit-risk@1')}' WHERE number = 2")
    with pytest.raises(IntegrityError, match="credit-risk@2 has a signature of other files"):
        signed.load("credit-risk@2")
    signed.registry.record("sign", "credit-risk", 2, who="eve", evidence=old.evidence)
    with pytest.raises(IntegrityError, match="credit-risk@2 has the signature of credit-risk@1"):
        signed.load("credit-risk@2")


def test_a_signed_manifest_with_changed_files(signed: Project) -> None:
    sha256 = signed.bundle(signed.registry.resolve("credit-risk@1")).hashes["model.skops"]
    signed.blobs.place.write(f"{sha256[:2]}/{sha256[2:]}", b"another model")
    with pytest.raises(IntegrityError, match="was changed after it was stored"):
        signed.load("credit-risk@1")
    assert ("changed", "credit-risk@1") in {(f.kind, f.about) for f in signed.fsck().faults}
    shown = signed.show("credit-risk@1")
    assert shown.signature_good is False
    assert shown.signature.startswith(
        "is signed by team.pub, but that is of other files than are there now: model.skops"
    )
    assert signed.show("credit-risk@2").signature_good


def test_of_files_too_large_for_a_page_it_says_what_was_not_looked_at(
    signed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipymlops.project.vouching.MOST_HASHED", 10)
    shown = signed.show("credit-risk@1")
    assert shown.signature == (
        "is signed by team.pub; whether its files are still those was not looked at here: fsck does"
    )
    assert shown.signature_good is None


def test_fsck_calls_a_version_that_nobody_signed_not_signed_and_not_damaged(
    strict: Project, key_pair: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    found = strict.fsck()
    assert [(f.kind, f.about, f.words) for f in found.faults] == [("unsigned", "credit-risk@1", "is not signed")]
    assert (found.sound, found.damaged) == (False, False)
    where = ("--project", str(strict.root))
    assert cli.main(["fsck", *where]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "not signed" in told
    assert "sign credit-risk@1 --key FILE" in told
    assert "damaged" not in told
    assert "restore" not in told
    loose = settle(strict)
    loose.sign("credit-risk@1", key_pair("stranger")[0])
    (fault,) = settle(strict, trusted=[str(key_pair("other")[1])], required=True).fsck().faults
    assert fault.kind == "unsigned"
    assert "which is not trusted here" in fault.words


def test_fsck_calls_bytes_damaged_whoever_signed_them(signed: Project, capsys: pytest.CaptureFixture[str]) -> None:
    sha256 = signed.bundle(signed.registry.resolve("credit-risk@1")).hashes["model.skops"]
    signed.blobs.place.write(f"{sha256[:2]}/{sha256[2:]}", b"another model")
    assert cli.main(["fsck", "--project", str(signed.root)]) == 1
    told = capsys.readouterr().out
    assert "damaged" in told
    assert "restore FILE --project NEW" in told
    assert "fsck --project NEW" in told


def with_rows(project: Project, ref: str, X: Any, y: Any) -> str:
    """The manifest of a version's bundle with other rows as its benchmark, its figures as they are."""
    bundle = Bundle.from_blobs(project.blobs, manifest(project, ref))
    files = {name: bundle.read(name) for name in bundle.names} | benchmark_files(as_table(X), y)
    for data in files.values():
        project.blobs.put(data)
    return project.blobs.put(pack(files, {k: v for k, v in bundle.manifest.items() if k not in ("files", "format")}))


def test_rows_of_an_attackers_choice_judge_nothing(
    signed: Project, model: Any, worse: Any, train: Data, test: Data, team: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest manifest has rows that the worse model answers without a mistake."""
    monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", str(team[0]))
    kept = Bundle.from_blobs(signed.blobs, manifest(signed, "credit-risk@1"))
    easy = with_rows(signed, "credit-risk@3", test[0], pd.Series(worse.predict(test[0])))
    edit(signed, f"UPDATE versions SET manifest = '{easy}' WHERE model = 'credit-risk' AND number = 3")
    done = signed.register(model, name="credit-risk", train=train)
    found = signed.bundle(done.version)
    assert same_benchmark(found, kept)
    for ask in (
        lambda: signed.evaluate("credit-risk@3"),
        lambda: signed.compare("credit-risk@1", "credit-risk@3"),
        lambda: signed.bundle(signed.registry.resolve("credit-risk@3")).benchmark(),
    ):
        with pytest.raises(IntegrityError, match="credit-risk@3 is not signed"):
            ask()
    assert signed.show("credit-risk@3").signature == "is not signed"
    assert signed.sign("credit-risk@3", team[0]).version.number == 3


def test_a_line_of_which_no_version_is_believed_gets_no_other_benchmark(
    strict: Project, model: Any, train: Data, test: Data, team: Keys
) -> None:
    for given in (test, None):
        with pytest.raises(IntegrityError, match=r"credit-risk@1 is not signed.*sign credit-risk@1 --key FILE"):
            strict.register(model, name="credit-risk", train=train, test=given, why="again")
    assert len(strict.registry.versions("credit-risk")) == 1
    assert strict.register(model, name="another", train=train).version.number == 1
    assert strict.register(model, name="another", train=train, why="again").version.number == 2  # without a benchmark
    strict.sign("credit-risk@1", team[0])
    assert strict.register(model, name="credit-risk", train=train, why="again").version.number == 2


EVIDENCE: dict[str, Callable[[Blobs], Any]] = {
    "no name": lambda blobs: None,
    "a path": lambda blobs: "../../etc/passwd",
    "a list": lambda blobs: ["a" * 64],
    "a file that is not there": lambda blobs: "a" * 64,
    "no signature": lambda blobs: blobs.put(b"{}"),
    "deep": lambda blobs: blobs.put(b"[" * 100_000),
    "half of one": lambda blobs: blobs.put(b'{"mediaType": "application/vnd'),
    "huge": lambda blobs: blobs.put(b" " * (signatures.MOST + 1)),
}


@pytest.mark.parametrize("make", EVIDENCE.values(), ids=EVIDENCE)
def test_hostile_signatures(signed: Project, make: Callable[[Blobs], Any]) -> None:
    signed.registry.record("sign", "credit-risk", 3, who="eve", evidence={"signature": make(signed.blobs)})
    with pytest.raises(IntegrityError, match=r"credit-risk@3 has (a signature|lost the signature)"):
        signed.load("credit-risk@3")
    assert signed.show("credit-risk@3").signature_good is False
    assert ("signature", "credit-risk@3") in {(f.kind, f.about) for f in signed.fsck().faults}
    assert not signed.promote("credit-risk@3").promoted
    signed.registry.record("sign", "credit-risk", 1, who="eve", evidence={"signature": make(signed.blobs)})
    assert signed.load("credit-risk@1") is not None  # its good one counts still


def test_one_good_signature_is_enough(signed: Project, key_pair: Any) -> None:
    plain = settle(signed)
    plain.sign("credit-risk@1", key_pair("stranger")[0])
    plain.sign("credit-risk@3", key_pair("stranger")[0])
    project = settle(signed, trusted=[str(key_pair.folder / "team.pub")], required=True)
    assert project.load("credit-risk@1") is not None
    with pytest.raises(IntegrityError, match=r"credit-risk@3 is signed by the key .*, which is not trusted here"):
        project.load("credit-risk@3")


def test_keys_are_replaced_one_after_the_other(signed: Project, team: Keys, key_pair: Any) -> None:
    new_private, new_public = key_pair("new")
    both = settle(signed, trusted=[str(team[1]), str(new_public)], required=True)
    both.sign("credit-risk@3", new_private)
    assert [both.show(f"credit-risk@{n}").signature for n in (1, 3)] == [
        "is signed by team.pub",
        "is signed by new.pub",
    ]
    later = settle(signed, trusted=[str(new_public)], required=True)
    with pytest.raises(IntegrityError, match="which is not trusted here"):
        later.load("credit-risk@1")
    later.sign("credit-risk@1", new_private)
    assert later.load("credit-risk@1") is not None


def test_a_trusted_file_that_is_none(strict: Project) -> None:
    broken = settle(strict, trusted=["gone.pub"], required=True)
    broken.registry.record("sign", "credit-risk", 1, who="ada", evidence={"signature": broken.blobs.put(b"{}")})
    with pytest.raises(BadInput, match=r"gone\.pub cannot be read"):
        broken.load("credit-risk")


def test_where_the_library_is_missing(signed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "is_installed", lambda: False)
    with pytest.raises(BadInput, match=r"pip install 'ipymlops\[sign\]'"):
        signed.load("credit-risk@1")
    shown = signed.show("credit-risk@1")
    assert shown.signature.endswith("which cannot be checked: pip install 'ipymlops[sign]'")
    assert shown.signature_good is None


# --- signatures travel -------------------------------------------------------------------------------------------


def test_a_backup_keeps_signatures(signed: Project, team: Keys, tmp_path: Path) -> None:
    signed.backup(tmp_path / "project.tar")
    there = tmp_path / "there"
    there.mkdir()
    back = Project.at(there)
    back.restore(tmp_path / "project.tar")
    back = settle(back, trusted=[str(team[1])], required=True)
    assert back.load("credit-risk@2") is not None
    with pytest.raises(IntegrityError, match="credit-risk@3 is not signed"):
        back.load("credit-risk@3")
    assert [(f.kind, f.about) for f in back.fsck().faults] == [("unsigned", "credit-risk@3")]


def test_gc_leaves_signatures_alone(signed: Project) -> None:
    from ipymlops.registry.upkeep import collect

    assert collect(signed.registry, remove=True, grace=0).leftovers == ()
    assert signed.load("credit-risk@1") is not None

"""Folders and manifests: what is listed, what lies there, and what only seems to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

HASH = "0" * 64


def lists(name: str, **entry: Any) -> Callable[[Any], None]:
    """The manifest lists one more file."""
    return lambda b: b.manifest(lambda m: m["files"].update({name: {"sha256": HASH, "size": 1, **entry}}))


def says(**facts: Any) -> Callable[[Any], None]:
    return lambda b: b.manifest(lambda m: m.update(facts))


def raw(change: Callable[[bytes], bytes]) -> Callable[[Any], None]:
    return lambda b: b.write("bundle.json", change(b.read("bundle.json")), sealed=False)


def serializer(**facts: Any) -> Callable[[Any], None]:
    return lambda b: b.manifest(lambda m: m["serializer"].update(facts))


def linked(name: str, target: str) -> Callable[[Any], None]:
    def change(bundle: Any) -> None:
        (bundle.folder / name).unlink(missing_ok=True)
        (bundle.folder / name).symlink_to(target)

    return change


def piped(bundle: Any) -> None:
    (bundle.folder / "schema.json").unlink()
    os.mkfifo(bundle.folder / "schema.json")


def a_folder(bundle: Any) -> None:
    (bundle.folder / "schema.json").unlink()
    (bundle.folder / "schema.json").mkdir()


def sparse(bundle: Any) -> None:
    """A file that is longer than memory, and takes no room on the disk."""
    os.truncate(bundle.folder / "schema.json", 2**41)


def sparse_and_listed(bundle: Any) -> None:
    sparse(bundle)
    bundle.manifest(lambda m: m["files"]["schema.json"].update(size=2**41))


CASES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a wrong hash": (lambda b: b.manifest(lambda m: m["files"]["model.skops"].update(sha256=HASH)), "was changed"),
    "a wrong size": (lambda b: b.manifest(lambda m: m["files"]["model.skops"].update(size=3)), "was changed"),
    "a changed file": (lambda b: b.write("model.skops", b.read("model.skops") + b"x", sealed=False), "was changed"),
    "a missing file": (lambda b: (b.folder / "model.skops").unlink(), "is missing"),
    "a file that is not listed": (
        lambda b: b.manifest(lambda m: m["files"].pop("model.skops")), r"has no model\.skops"
    ),
    "a truncated model": (lambda b: b.write("model.skops", b.read("model.skops")[:-400]), "not a whole skops file"),
    "a name that goes up": (lists("../outside"), "outside of the bundle"),
    "a name that goes up further in": (lists("a/../../outside"), "outside of the bundle"),
    "an absolute name": (lists("/etc/passwd"), "outside of the bundle"),
    "a drive": (lists("C:/x"), "outside of the bundle"),
    "a backslash": (lists("a\\..\\..\\b"), "outside of the bundle"),
    "a NUL": (lists("a\0b"), "outside of the bundle"),
    "half of a character": (lists("a\ud800b"), "outside of the bundle"),
    "a device of Windows": (lists("code/NUL.txt"), "outside of the bundle"),
    "the manifest itself": (lists("BUNDLE.json"), "outside of the bundle"),
    "names that differ in capitals": (lists("Model.SKOPS"), "cannot both be files everywhere"),
    "names that differ in capitals of another language": (
        lambda b: (lists("straße")(b), lists("STRASSE")(b)), "cannot both be files everywhere"
    ),
    "names that differ in how an accent is written": (
        lambda b: (lists("\u00e9")(b), lists("e\u0301")(b)), "cannot both be files everywhere"
    ),
    "a file that is a folder too": (lists("model.skops/x"), "cannot both be files everywhere"),
    "a link to outside": (linked("schema.json", "/etc/passwd"), "is a link"),
    "a link to nowhere": (linked("schema.json", "nowhere"), "is a link"),
    "a link to itself": (linked("schema.json", "schema.json"), "is a link"),
    "a link to all memory": (linked("schema.json", "/dev/zero"), "is a link"),
    "a linked manifest": (linked("bundle.json", "/etc/passwd"), "is a link"),
    "a pipe that nobody writes": (piped, "is no plain file"),
    "a folder in the place of a file": (a_folder, "is no plain file"),
    "a file longer than memory": (sparse, "was changed"),
    "such a file that is listed so": (sparse_and_listed, "does not fit into memory"),
    "a hash that is none": (lists("x", sha256="../../x"), "no sha256 and size"),
    "a size that is true": (lists("x", size=True), "no sha256 and size"),
    "a size below nothing": (lists("x", size=-1), "no sha256 and size"),
    "a size with a fraction": (lists("x", size=1.5), "no sha256 and size"),
    "a manifest of nothing": (raw(lambda _: b""), "is not JSON"),
    "a manifest that is a list": (raw(lambda _: b"[]"), "names no bundle format"),
    "a number that is none": (raw(lambda d: d.replace(b"{", b'{"x": NaN, ', 1)), "is not JSON"),
    "an endless number": (raw(lambda d: d.replace(b"{", b'{"x": Infinity, ', 1)), "is not JSON"),
    "a number of a million digits": (raw(lambda d: d.replace(b"{", b'{"x": ' + b"9" * 10**6 + b", ", 1)), "not JSON"),
    "a key twice": (raw(lambda d: d.replace(b"{", b'{"format": 1, ', 1)), "is not JSON"),
    "a nest": (raw(lambda d: d.replace(b"{", b'{"x": ' + b"[" * 10**5 + b"]" * 10**5 + b", ", 1)), "is not JSON"),
    "a manifest of a hundred million bytes": (raw(lambda d: d + b" " * 10**8), "has more than"),
    "another encoding": (raw(lambda d: b"\xff" + d), "is not JSON"),
    "a newer format": (says(format=2), "newer ipymlops"),
    "a format that is true": (says(format=True), "names no bundle format"),
    "a format of many digits": (says(format=int("9" * 4000)), "newer ipymlops"),
    "files that are a list": (says(files=["model.skops"]), "lists no files"),
    "no serializer": (says(serializer=None), "of the family None"),
    "a serializer that is a text": (says(serializer="pickle"), "of the family None"),
    "an unknown serializer": (serializer(family="joblib"), "of the family 'joblib'"),
    "a pickle": (serializer(family="pickle"), "stored as a pickle, which runs whatever it says"),
    "a serializer whose name is a list": (serializer(family=["scikit-learn"]), "of the family"),
    "a serializer of another family": (serializer(family="torch"), ""),
    "code that is a number": (serializer(code=3), "lists code that is none"),
    "code that is a list of numbers": (serializer(code=[3]), "lists code that is none"),
    "code without a name": (serializer(code=[{}]), "lists code that is none"),
    "code that lies elsewhere": (
        serializer(code=[{"module": "../x", "names": [], "origin": "x", "statements": []}]), "lists code that is none"
    ),
    "code that is not there": (
        serializer(code=[{"module": "x_0", "names": [], "origin": "x", "statements": []}]), r"has no code/x_0\.py"
    ),
    "a name that steers the terminal": (says(serializer={"family": "\x1b[2J\nx"}), "of the family"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_folder_is_refused_in_one_line(name: str, forged: Any, opened: Any) -> None:
    bundle = forged("ridge")
    change, words = CASES[name]
    change(bundle)
    opened(bundle).assert_refused(words)


@pytest.mark.parametrize("do", ["extract", "serve"])
@pytest.mark.parametrize(
    "name", ["a name that goes up", "a link to outside", "a wrong hash", "a pipe that nobody writes"]
)
def test_so_it_is_at_the_other_doors(name: str, do: str, forged: Any, opened: Any) -> None:
    bundle = forged("ridge")
    CASES[name][0](bundle)
    opened(bundle, do).assert_refused(CASES[name][1])


def test_a_name_that_no_disk_takes(forged: Any, opened: Any) -> None:
    bundle = forged("ridge")
    lists("x" * 100_000, size=0)(bundle)
    opened(bundle).assert_refused("a name of 100,000 characters")
    opened(bundle, "extract").assert_refused("names of at most 255")


def test_files_that_nobody_listed_are_not_looked_at(forged: Any, opened: Any) -> None:
    bundle = forged("ridge")
    for name in ("evil.py", "sitecustomize.py", "model.pkl", "sklearn.py", "__init__.py"):
        bundle.write(name, b"open('../pwned', 'w')", sealed=False)
    outcome = opened(bundle, "extract")
    assert outcome.told.get("code") == 0
    assert sorted(set(outcome.left) & {"evil.py", "pwned", "model.pkl"}) == []
    outcome = opened(bundle)
    assert outcome.told.get("code") == 0
    assert outcome.left == []


@pytest.mark.parametrize("name", ["schema.json", "benchmark.parquet", "benchmark_target.parquet"])
@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[[", b"null", b"PAR1PAR1", json.dumps({"columns": [1]}).encode(), b"\x80\x04N.", b"\0" * 999]
)
def test_other_files_that_are_not_what_they_should_be(name: str, data: bytes, forged: Any, opened: Any) -> None:
    bundle = forged("ridge")
    bundle.write(name, data)
    opened(bundle).assert_refused(name.replace(".", r"\."))

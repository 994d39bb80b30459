"""Pickles: written by a word, loaded by the same word, at tier high never, and never looked at before that."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ipymlops.errors import BadInput, IntegrityError, UnsafeModel
from ipymlops.registry import serializers
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.serializers.pickled import FILE, WARNING, is_pickled
from ipymlops.storage.blobs import Blobs

FACTS = {"serializer": {"family": "pickle", "file": FILE, "format": "pickle", "protocol": 5}, "risk": "low"}


class Evil:
    """What leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


def stored(folder: Path, mark: Path, **facts: Any) -> Bundle:
    blobs = Blobs(folder / "blobs")
    files = {FILE: pickle.dumps(Evil(mark))}
    manifest = pack(files, {**FACTS, **facts})
    for data in (*files.values(), manifest):
        sha256 = blobs.put(data)
    return Bundle.from_blobs(blobs, sha256)


def test_without_the_word_nothing_is_unpickled(tmp_path: Path, mark: Path) -> None:
    bundle = stored(tmp_path, mark)
    with pytest.raises(UnsafeModel, match=r"stored as a pickle, which runs.*--allow-pickle, or allow_pickle=True"):
        bundle.model()
    assert not mark.exists()
    bundle.model(allow_pickle=True)
    assert mark.exists()  # so the test would have told


@pytest.mark.parametrize(("facts", "said"), [({"risk": "high"}, ""), ({}, "high"), ({"risk": "high"}, "low")])
def test_at_tier_high_no_word_helps(tmp_path: Path, mark: Path, facts: dict[str, str], said: str) -> None:
    """Whichever of bundle and registry says so: who can write to one may not be able to write to the other."""
    bundle = stored(tmp_path, mark, **facts).guarded(lambda: None, risk=said, allow_pickle=True)
    with pytest.raises(UnsafeModel, match="never loaded at tier high"):
        bundle.model(allow_pickle=True)
    assert not mark.exists()


def test_bytes_are_held_against_their_hash_before_they_are_read(tmp_path: Path, mark: Path) -> None:
    (tmp_path / "other").mkdir()
    bundle = stored(tmp_path, tmp_path / "harmless")
    place = tmp_path / "blobs" / bundle.hashes[FILE][:2] / bundle.hashes[FILE][2:]
    place.write_bytes(pickle.dumps(Evil(mark)))
    with pytest.raises(IntegrityError, match="was changed after it was stored"):
        bundle.model(allow_pickle=True)
    assert not mark.exists()


def test_a_signature_that_is_missing_comes_before_the_word(tmp_path: Path, mark: Path) -> None:
    def refuse() -> None:
        raise IntegrityError("not signed")

    with pytest.raises(IntegrityError, match="not signed"):
        stored(tmp_path, mark).guarded(refuse, allow_pickle=True).model()
    assert not mark.exists()


@pytest.mark.parametrize("family", ["scikit-learn", "torch", "statsmodels", "Pickle", None, ["pickle"]])
def test_a_pickle_under_another_name_is_not_unpickled(tmp_path: Path, mark: Path, family: Any) -> None:
    facts = {"serializer": {**FACTS["serializer"], "family": family}}  # type: ignore[dict-item]
    bundle = stored(tmp_path, mark, **facts)
    assert not is_pickled(bundle.manifest)
    with pytest.raises((UnsafeModel, IntegrityError, BadInput)):
        bundle.model(allow_pickle=True)
    assert not mark.exists()


def test_what_is_no_pickle_says_so(tmp_path: Path) -> None:
    manifest = {**FACTS, "files": {}}
    with pytest.raises(UnsafeModel, match=r"model\.pkl could not be unpickled"):
        serializers.load(lambda _: b"nonsense", manifest, allow_pickle=True)


def test_a_module_that_others_can_import_comes_back_and_its_distribution_is_named() -> None:
    files, facts = serializers.dump_pickle(Path("a"))
    assert facts["serializer"]["format"] == "pickle"
    import numpy as np

    files, facts = serializers.dump_pickle(np.float64(0.5))
    assert facts["serializer"]["libraries"] == {"numpy": np.__version__}
    assert serializers.load(files.__getitem__, facts, allow_pickle=True) == 0.5


def test_what_only_the_notebook_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = ModuleType("__main__")
    exec("class Own:\n    def predict(self, X): return X\n", notebook.__dict__)
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    for value in (notebook.Own(), notebook.Own, {"inner": [notebook.Own()]}):
        with pytest.raises(BadInput, match=r"holds 'Own', which this notebook defines.*import it from there"):
            serializers.dump_pickle(value)
    with pytest.raises(BadInput, match="cannot be pickled"):
        serializers.dump_pickle(lambda x: x)


def test_the_warning_names_the_word_and_the_tier() -> None:
    assert "--allow-pickle" in WARNING
    assert "never at tier high" in WARNING

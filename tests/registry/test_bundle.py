from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from ipymlops.frames import as_table
from ipymlops.registry import serializers
from ipymlops.registry.benchmark import benchmark_files
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.schema import Schema
from ipymlops.storage.blobs import Blobs


@pytest.fixture(scope="module")
def trained() -> tuple[RandomForestClassifier, Any, Any]:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 4))
    y = np.where(X[:, 0] > 0, "yes", "no").astype(object)
    return RandomForestClassifier(5, random_state=0).fit(X, y), X, y


@pytest.fixture
def files(trained: tuple[Any, Any, Any]) -> dict[str, bytes]:
    model, X, y = trained
    table = as_table(X)
    schema = Schema.of(table, task="binary", classes=model.classes_)
    return serializers.dump(model)[0] | {"schema.json": schema.to_json()} | benchmark_files(table, y)


@pytest.fixture
def facts(trained: tuple[Any, Any, Any]) -> dict[str, Any]:
    return serializers.dump(trained[0])[1] | {"model": "credit-risk"}


@pytest.fixture
def bundle(files: dict[str, bytes], facts: dict[str, Any], tmp_path: Path) -> Bundle:
    blobs = Blobs(tmp_path / "blobs")
    for data in files.values():
        blobs.put(data)
    return Bundle.from_blobs(blobs, blobs.put(pack(files, facts)))


def test_a_forest_goes_in_and_comes_out_the_same(bundle: Bundle, trained: tuple[Any, Any, Any]) -> None:
    model, X, y = trained
    again = bundle.model()
    table, target = bundle.benchmark()
    assert (again.predict_proba(X) == model.predict_proba(X)).all()
    assert (table == X).all()
    assert (target == y).all()
    assert bundle.schema().names == ("x0", "x1", "x2", "x3")


def test_an_extracted_folder_is_the_same_bundle(bundle: Bundle, trained: tuple[Any, Any, Any], tmp_path: Path) -> None:
    bundle.extract(tmp_path / "deep" / "bundle")
    folder = Bundle.from_folder(tmp_path / "deep" / "bundle")
    assert folder.manifest == bundle.manifest
    assert (folder.model().predict(trained[1]) == trained[0].predict(trained[1])).all()
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["bundle"]

"""Files that a notebook reads from a server: hashed when the pipeline runs, and told when they are others."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ipymlops.pipelines.addresses import fingerprint, hashed
from ipymlops.pipelines.results import PipelineInput
from ipymlops.pipelines.verification import verify


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An address on this machine, and the folder behind it."""
    place = tmp_path / "served"
    place.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place))) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}", place
        finally:
            running.shutdown()
            thread.join()


def rows(seed: int) -> str:
    random = np.random.default_rng(seed)
    lines = (f"{a:.5f},{b:.5f},{int(a + b > 0)}" for a, b in random.normal(size=(150, 2)))
    return "a,b,t\n" + "\n".join(lines) + "\n"


def test_what_lies_there_is_hashed(server: tuple[str, Path]) -> None:
    address, place = server
    (place / "x.csv").write_bytes(b"a" * 3_000_000)
    assert fingerprint(f"{address}/x.csv") == (hashlib.sha256(b"a" * 3_000_000).hexdigest(), 3_000_000)
    assert fingerprint(f"{address}/none.csv") == (None, None)
    assert fingerprint("http://127.0.0.1:9/x.csv") == (None, None)
    assert fingerprint("s3://bucket/x.csv") == (None, None)


def test_only_addresses_without_a_hash_are_asked(server: tuple[str, Path]) -> None:
    address, place = server
    (place / "x.csv").write_bytes(b"a")
    file = PipelineInput("f", "x.csv", None)
    known = PipelineInput("k", f"{address}/x.csv", "ab" * 32, 7)
    found = hashed((file, known, PipelineInput("x", f"{address}/x.csv", None)))
    assert found[:2] == (file, known)
    assert found[2] == PipelineInput("x", f"{address}/x.csv", hashlib.sha256(b"a").hexdigest(), 1)


def test_a_proof_tells_when_the_address_answers_otherwise(
    server: tuple[str, Path], run_notebook: Any, tmp_path: Path
) -> None:
    address, place = server
    (place / "rows.csv").write_text(rows(0))
    project = run_notebook(
        "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
        f'df = pd.read_csv("{address}/rows.csv")\nX = df[["a", "b"]]; y = df["t"]',
        "model = LogisticRegression().fit(X, y)",
    )
    export = project.export("line@1", tmp_path / "out")
    assert export.verification.verdict == "identical"
    (found,) = export.inputs
    assert found.sha256 == hashlib.sha256((place / "rows.csv").read_bytes()).hexdigest()
    assert verify(tmp_path / "out").verdict == "identical"

    (place / "rows.csv").write_text(rows(1))
    changed = verify(tmp_path / "out")
    assert changed.verdict == "not verified"
    assert changed.cause.startswith(f"the input rows ({address}/rows.csv) has changed: its sha256 was ")

    (place / "rows.csv").unlink()
    gone = verify(tmp_path / "out")
    assert gone.verdict == "not verified"
    assert gone.cause == f"the input rows could not be read: nothing answered at {address}/rows.csv"


def test_a_file_may_stand_for_an_address(server: tuple[str, Path], run_notebook: Any, tmp_path: Path) -> None:
    address, place = server
    (place / "rows.csv").write_text(rows(0))
    project = run_notebook(
        "import pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
        f'df = pd.read_csv("{address}/rows.csv")\nX = df[["a", "b"]]; y = df["t"]',
        "model = LogisticRegression().fit(X, y)",
    )
    project.export("line@1", tmp_path / "out")
    copy = (place / "rows.csv").rename(tmp_path / "copy.csv")
    assert verify(tmp_path / "out", moved={"rows": str(copy)}).verdict == "identical"

"""A dataframe of Dask, on a real cluster of processes, says what it says in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.drift.drift_check import compare
from ipymlops.drift.large import measure_parts, profile_of_parts
from ipymlops.drift.large_over_time import check_parts_over_time
from ipymlops.drift.over_time import check_over_time
from ipymlops.drift.profile import Profile
from ipymlops.errors import BadInput
from ipymlops.frames import as_table
from ipymlops.partitions import DaskTable, is_dask
from ipymlops.project import Project
from tests.drift.test_large import REFERENCE, ROWS, applications, exact

dd = pytest.importorskip("dask.dataframe", reason="Dask is not installed: pip install ipymlops[dask]")
distributed = pytest.importorskip("distributed", reason="Dask's cluster is not installed: pip install ipymlops[dask]")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of the cluster's own pipes, when it closes
    pytest.mark.filterwarnings("ignore:(?s).*inplace keyword"),  # Dask's own use of pandas 3.1
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes on loopback."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as started,
        distributed.Client(started) as client,
    ):
        yield client


def partitioned(frame: pd.DataFrame, parts: int = 7) -> Any:
    return dd.from_pandas(frame, npartitions=parts, sort=False)


def plain(seed: int) -> pd.DataFrame:
    """Without the kinds that Dask turns into texts on its way."""
    return applications(seed).drop(columns=["nested", "clock", "day", "nothing", "agreed"])


def where(table: Any) -> int:
    return os.getpid()


def test_the_workers_do_the_work(cluster: Any) -> None:
    pids = set(DaskTable(partitioned(plain(1))).each(["amount"], where))
    assert pids
    assert os.getpid() not in pids
    assert {address.split(":")[1] for address in cluster.scheduler_info()["workers"]} == {"//127.0.0.1"}


@pytest.mark.parametrize("parts", [1, 7, 90])
def test_counts_are_those_of_the_whole(cluster: Any, parts: int) -> None:
    new = plain(1)
    whole = REFERENCE.measure(as_table(new))
    assert exact(measure_parts(REFERENCE, DaskTable(partitioned(new, parts)))) == exact(whole)


def test_a_profile_is_that_of_the_whole(cluster: Any) -> None:
    frame = plain(0)
    assert profile_of_parts(DaskTable(partitioned(frame)), {"age": 1.0}) == Profile.of(as_table(frame), {"age": 1.0})


def test_files_and_cluster_agree(cluster: Any, tmp_path: Path) -> None:
    partitioned(plain(1)).to_parquet(tmp_path)
    total = measure_parts(REFERENCE, DaskTable(dd.read_parquet(tmp_path)))
    assert total.rows == ROWS
    assert exact(total) == exact(REFERENCE.measure(as_table(plain(1))))


def test_months_are_the_months(cluster: Any) -> None:
    new, about = plain(1), {"by": "month", "model": "credit", "version": 1, "data": "new"}
    streamed = check_parts_over_time(REFERENCE, DaskTable(partitioned(new)), **about)
    whole = check_over_time(REFERENCE, as_table(new), **about)
    assert [(w.window, w.rows, w.drifted) for w in streamed.windows] == [
        (w.window, w.rows, w.drifted) for w in whole.windows
    ]


def test_from_a_project(cluster: Any, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(900, 2)), columns=["income", "age"])
    y = (X["income"] > 0).astype(int)
    project = Project.open(tmp_path)
    project.register(LogisticRegression().fit(X, y), name="credit", train=(X, y), test=(X[:300] + 0.01, y[:300]))
    assert project.drift("credit", partitioned(X.assign(age=X["age"] + 1, more=1))).drifted == ("age",)


def test_what_fails_on_a_worker_is_one_line(cluster: Any) -> None:
    def refuse(part: pd.DataFrame) -> pd.DataFrame:
        if len(part):
            raise KeyError("no such\nthing")
        return part

    frame = partitioned(plain(1))
    broken = frame.map_partitions(refuse, meta=frame._meta)
    with pytest.raises(BadInput, match="could not be computed: KeyError") as raised:
        measure_parts(REFERENCE, DaskTable(broken))
    assert "\n" not in str(raised.value)


def test_no_column_of_the_reference(cluster: Any) -> None:
    other = Profile.of(as_table(pd.DataFrame({"income": [1.0, 2.0]})))
    measured = measure_parts(other, DaskTable(partitioned(plain(1))))
    with pytest.raises(BadInput, match="no column of the reference"):
        compare(other, measured, model="credit", version=1, data="new")


def test_names_that_are_no_texts_and_no_cluster() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 3)))
    profile = Profile.of(as_table(frame))
    assert exact(measure_parts(profile, DaskTable(partitioned(frame, 3)))) == exact(profile.measure(as_table(frame)))


def test_elsewhere_it_has_to_be_computed_first() -> None:
    assert is_dask(partitioned(plain(1)))
    assert not is_dask(plain(1))
    with pytest.raises(BadInput, match=r"call \.compute\(\) on it"):
        as_table(partitioned(plain(1)))


def test_dask_is_not_needed() -> None:
    code = "import sys; sys.modules['dask'] = None; import ipymlops.drift.large, ipymlops.partitions as p; p.is_dask(1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr

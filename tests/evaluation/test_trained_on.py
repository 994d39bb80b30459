"""Rows that a model was trained on are known again by their hashes, and coincidence is not taken for that."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ipymlops.errors import IntegrityError
from ipymlops.evaluation.trained_on import Hashes, TrainingRows


def hashed(random: np.random.Generator, rows: int) -> Hashes:
    return random.integers(0, 2**64, rows, dtype=np.uint64)


def zipf(random: np.random.Generator, rows: int) -> Hashes:
    """Rows of a table with few columns of codes: some stand there often, many once."""
    return random.zipf(1.3, rows).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def levels(random: np.random.Generator, rows: int) -> Hashes:
    """Rows of which there are 40 different ones."""
    return random.integers(0, 40, rows).astype(np.uint64)


MADE = [hashed, zipf, levels]


@pytest.mark.parametrize("make", MADE)
def test_fresh_rows_are_not_flagged(make: Callable[[np.random.Generator, int], Hashes]) -> None:
    random = np.random.default_rng(0)
    flagged = 0
    for _ in range(100):
        found = TrainingRows.of(make(random, 2000)).among(make(random, 500))
        assert found is not None
        flagged += found.beyond_chance
    assert flagged <= 2  # 0.1 % each, were the estimate of chance exact


@pytest.mark.parametrize(("make", "flagged"), [(hashed, True), (zipf, True), (levels, False)])
@pytest.mark.parametrize("share", [0.4, 1.0])
def test_training_rows_are(make: Callable[[np.random.Generator, int], Hashes], flagged: bool, share: float) -> None:
    random = np.random.default_rng(1)
    rows = make(random, 2000)
    judged = np.concatenate([rows[: int(500 * share)], make(random, 500 - int(500 * share))])
    found = TrainingRows.of(rows).among(judged)
    assert found is not None
    assert found.flatters is flagged  # where all rows come again by chance, equality cannot tell
    assert found.equal >= 500 * share


def test_a_common_row_that_became_more_common_is_no_training_row() -> None:
    random = np.random.default_rng(2)
    rows = np.where(random.random(2000) < 0.3, np.uint64(7), hashed(random, 2000))
    now = np.where(random.random(500) < 0.8, np.uint64(7), hashed(random, 500))
    found = TrainingRows.of(rows).among(now)
    assert found is not None
    assert found.share > 0.7
    assert not found.beyond_chance


def test_of_many_training_rows_a_sample_is_looked_at() -> None:
    random = np.random.default_rng(3)
    rows = hashed(random, 20_000)
    trained = TrainingRows.of(rows, kept=5_000)
    assert len(trained.once) == 5_000
    for share in (0.0, 0.3, 1.0):
        judged = np.concatenate([rows[: int(4000 * share)], hashed(random, 4000 - int(4000 * share))])
        found = trained.among(judged)
        assert found is not None
        assert 800 < found.looked_at < 1200
        assert found.share == pytest.approx(share, abs=0.05)
        assert found.flatters is (share > 0)


@pytest.mark.parametrize("kept", [100, 10_000])
def test_stored_and_read_again(kept: int) -> None:
    random = np.random.default_rng(4)
    rows, judged = zipf(random, 3000), zipf(random, 200)
    trained = TrainingRows.of(rows, kept)
    again = TrainingRows.from_bytes(trained.to_bytes())
    assert again.to_bytes() == trained.to_bytes() == TrainingRows.of(rows[::-1], kept).to_bytes()
    assert again.among(judged) == trained.among(judged)


@pytest.mark.parametrize("data", [b"", b"no hashes", b"\x93NUMPY\x01\x00"])
def test_what_is_no_file_of_hashes_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError, match="cannot be read"):
        TrainingRows.from_bytes(data)


def test_no_rows_looked_at() -> None:
    assert TrainingRows.of(np.arange(10, dtype=np.uint64), kept=5).among(np.array([9], dtype=np.uint64)) is None

"""What the suite starts from: good bundles open in the bounded process, so that a refusal means what it seems to."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "name", ["ridge", "forest", "histogram", "neighbours", "xgboost", "lightgbm", "statsmodels", "code"]
)
def test_a_good_bundle_opens(name: str, forged: Any, opened: Any) -> None:
    outcome = opened(forged(name))
    assert outcome.told.get("code") == 0, outcome.told
    assert outcome.left == []


def test_a_bundle_whose_hashes_were_computed_again_opens(forged: Any, opened: Any) -> None:
    bundle = forged("ridge")
    bundle.archive(bundle.members())
    assert opened(bundle).told.get("code") == 0


def test_a_process_that_is_killed_or_does_not_end_is_noticed(opened: Any) -> None:
    """The suite would say so."""
    ended = opened(do="end")
    assert ended.told == {"signal": 11}
    assert opened(do="wait", seconds=0.2).told == {"late": True}
    wrote = opened(do="write")
    assert wrote.left == ["pwned"]
    assert "MemoryError" in opened(do="fill").told["kinds"]

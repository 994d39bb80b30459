"""Real tables whose story is known: the first sentence tells it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_tables import STORIES, TIME, register, told
from ipymlops.project import Project
from ipymlops.views.cards.drift import drift_verdict
from ipymlops.views.cards.drift_over_time import over_time_verdict

# What the first sentence must say, without and with the times of the training data.
SAYS = {
    "bank": (r"^emp\.var\.rate, .*nr\.employed.* drifted in every month",
             r"^emp\.var\.rate .*drifted in every month; euribor3m from 2008-11 on"),
    "hotels": (r"^lead_time and market_segment_type drifted in every month; avg_price_per_room from 2018-04 on",
               r"^market_segment_type and lead_time drifted in 6 of 10 months"),
    "bikes": (r"^temp and atemp drifted in every month", r"^None of 9 columns drifted in 12 months\.$"),
}  # fmt: skip


@pytest.mark.parametrize("timed", [False, True], ids=["defaults", "its own"])
@pytest.mark.parametrize("name", SAYS)
def test_the_first_sentence(name: str, timed: bool, shared_data: Path) -> None:
    [story] = [story for story in STORIES if story.name == name]
    sentence = over_time_verdict(told(story, shared_data, timed=timed))
    assert re.search(SAYS[name][timed], sentence), sentence


def test_rentals_rose_in_2012(project: Project, shared_data: Path) -> None:
    """The weather of 2012 is that of 2011, and 64 % more bikes were rented: the labels moved, the columns did not."""
    [story] = [story for story in STORIES if story.name == "bikes"]
    table = story.read(shared_data)
    register(story, table, project, timed=True)
    new = table[table[TIME] >= story.trained_until][[*story.columns, story.target]]
    report = project.drift(story.name, new, name="2012", labels=story.target)
    assert drift_verdict(report).startswith("Labels drifted. None of 9 columns drifted")
    found = report.held_out
    assert found is not None
    assert found.target is not None
    assert found.target.shape is not None
    middle = np.convolve(found.target.shape.edges, [0.5, 0.5], "valid")
    assert np.dot(middle, found.target.shape.current) > 1.4 * np.dot(middle, found.target.shape.reference)
    assert report.alarming

"""A stored journal is read back whole, and what is none is refused with its cause."""

from __future__ import annotations

import json

import pytest

from ipymlops.capture.cell_run import CellRun, RandomStates
from ipymlops.capture.journal import FORMAT, Journal
from ipymlops.errors import IntegrityError

CELLS = (
    CellRun(1, "x = 1"),
    CellRun(2, "f()", "id-2", succeeded=False, failed_line=1, failed_in=("f", "g")),
    CellRun(3, "f()", succeeded=False, failed_line=1, failed_in=()),  # known, and none was entered
    CellRun(
        4,
        "y = x; z = [ü]",
        rebound=("y", "z"),
        mutated=("x",),
        deleted=("w",),
        aliases=(("x", "y"), ("z",)),
        consumed=("numpy",),
        random_before=RandomStates({"bit_generator": "PCG64"}, [3, [1, 2], None], "0a"),
        running=True,
    ),
)


def test_it_is_read_as_it_was_written() -> None:
    journal = Journal(CELLS, notebook="a.ipynb", folder="/n", kernel="k")
    read = Journal.from_json(journal.to_json())
    assert read == journal
    assert read.to_json() == journal.to_json()
    assert (len(read), list(read)) == (4, list(CELLS))


def test_a_field_of_a_later_version_is_passed_over() -> None:
    record = json.loads(Journal(CELLS).to_json())
    record["cells"][0]["mood"] = "good"
    assert Journal.from_json(json.dumps(record).encode()) == Journal(CELLS)


def stored(**changes: object) -> bytes:
    return json.dumps({"format": FORMAT, "cells": []} | changes).encode()


REFUSED = {
    "a newer format": (stored(format=FORMAT + 1), "of a newer format"),
    "no JSON": (b"{", "cannot be read"),
    "no text": (b"\xff\xfe\xfd", "cannot be read"),
    "a list": (b"[]", "cannot be read"),
    "no cells": (json.dumps({"format": FORMAT}).encode(), "cannot be read"),
    "an unknown field": (stored(mood="good"), "cannot be read"),
    "a cell without its source": (stored(cells=[{"execution": 1}]), "cannot be read"),
    "a cell that is none": (stored(cells=[3]), "cannot be read"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_journal_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(IntegrityError, match=words):
        Journal.from_json(data)

"""The gate on columns, as a table."""

from __future__ import annotations

import pytest

from ipymlops.frames import Kind
from ipymlops.registry.schema import ColumnSchema, Schema
from ipymlops.retraining.contest import same_columns


def schema(**kinds: Kind) -> Schema:
    return Schema(tuple(ColumnSchema(name, kind, missing=False) for name, kind in kinds.items()), "binary")


CASES = {
    "the same": (schema(a="number", b="category"), "pass", "all 2 of them"),
    "another order": (schema(b="category", a="number"), "pass", "all 2 of them"),
    "whole numbers with a gap": (schema(a="integer", b="category"), "pass", "all 2 of them"),
    "one gone": (schema(a="number"), "fail", "b is gone"),
    "one new": (schema(a="number", b="category", c="number"), "fail", "c is new"),
    "another type": (schema(a="category", b="category"), "fail", "a was number and is category"),
    "many": (schema(c="number", d="number", e="number"), "fail", "a is gone; b is gone; c is new; 2 more"),
}


@pytest.mark.parametrize("case", CASES)
def test_columns_other_than_the_champions_are_a_persons_decision(case: str) -> None:
    candidate, outcome, evidence = CASES[case]
    gate = same_columns(schema(a="number", b="category"), candidate)
    assert (gate.outcome, gate.evidence, gate.severity) == (outcome, evidence, "blocks")

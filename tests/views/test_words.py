"""How figures are written: a table of cases."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.views import words

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.8123, "0.812"), (0.8, "0.800"), (0.99961, "1.00"), (12345.6, "12,300"), (14.72, "14.7"), (0, "0"),
        (-0.02, "-0.0200"), (0.000123, "0.000123"), (1.23e-7, "1.23e-07"), (999.6, "1,000"), (NAN, "–"),
        (math.inf, "infinite"),
    ],
)  # fmt: skip
def test_three_significant_digits(value: float, written: str) -> None:
    assert words.number(value) == written


@pytest.mark.parametrize("value", [-0.0, -0.0001, -4e-8])
def test_nothing_is_written_as_minus_zero(value: float) -> None:
    for text in (words.number(value, places=3), words.signed(value, places=3), words.percent(value / 100)):
        assert float(text.partition(" ")[0]) == 0
        assert "-" not in text
    assert words.signed(1e-5, places=3) == "0.000"
    assert words.number(-0.0) == "0"


@pytest.mark.parametrize(
    ("case", "written"),
    [
        ((0.812, 0.797, 0.826), "0.812 (0.797 to 0.826)"),
        ((0.0012, -0.0031, 0.0055), "0.00120 (-0.00310 to 0.00550)"),
        ((14.7, 13.8, 15.6, "minutes"), "14.7 (13.8 to 15.6) minutes"),
        ((0.2, NAN, NAN), "0.200"),
    ],
)
def test_an_interval_stands_with_its_estimate(case: tuple[float, float, float], written: str) -> None:
    assert words.interval(*case) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.4831, "48.3 %"), (1, "100 %"), (0, "0 %"), (0.0002, "< 0.1 %"), (0.08, "8.0 %"), (NAN, "–")],
)
def test_shares(share: float, written: str) -> None:
    assert words.percent(share) == written


@pytest.mark.parametrize(
    ("names", "written"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"),
     (["a", "b", "c", "d", "e"], "a, b, c and 2 more")],
)  # fmt: skip
def test_lists(names: list[str], written: str) -> None:
    assert words.listed(names) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("cannot tell: more labels needed", "Cannot tell: more labels needed."),
        ("credit-risk@2 is better", "credit-risk@2 is better."),
        ("Is it?", "Is it?"),
        ("", ""),
    ],
)
def test_sentences_keep_names_as_they_are(said: str, written: str) -> None:
    assert words.sentence(said) == written


@pytest.mark.parametrize(
    ("n_bytes", "written"), [(812, "812 B"), (4100, "4.1 kB"), (5_000_000, "5.0 MB"), (2_340_000_000, "2.3 GB")]
)
def test_sizes(n_bytes: int, written: str) -> None:
    assert words.size(n_bytes) == written


@pytest.mark.parametrize(("duration", "written"), [(0.42, "0.420 s"), (12.34, "12.3 s"), (125, "2 min 5 s")])
def test_durations(duration: float, written: str) -> None:
    assert words.seconds(duration) == written


def test_counts_and_moments() -> None:
    assert words.count(1, "row") == "1 row"
    assert words.count(4000, "row") == "4,000 rows"
    assert words.utc(datetime(2026, 11, 23, 22, 10, 22, tzinfo=UTC)) == "2026-11-23 22:10:22 UTC"


def test_nothing_steers_a_terminal_or_turns_a_line() -> None:
    assert words.clean("a\x1b[31mb\u202ec\nd") == "a\ufffd[31mb\ufffdc\nd"


@given(st.floats(min_value=1e-4, max_value=1e12))
def test_what_is_written_is_the_value_to_half_a_percent(value: float) -> None:
    assert float(words.number(value).replace(",", "")) == pytest.approx(value, rel=0.00501)


def test_every_state_has_a_shape_of_its_own() -> None:
    assert words.MARKS == {"pass": "✓", "fail": "✕", "cannot tell": "?", "not applicable": "–"}

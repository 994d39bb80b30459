"""Texts are compared by length and words, identifiers are not compared, codes are categories."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift, DriftReport
from ipymlops.drift.summaries import Levels, Texts
from ipymlops.drift.words import WORDS, clustering, counted, vocabulary
from ipymlops.errors import BadInput
from ipymlops.frames import as_table
from ipymlops.frames.tokens import tokens

COMMON = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(400)]


def reviews(seed: int, rows: int = 800, words: float = 14, tilt: float = 1.0, topics: int = 8) -> list[str]:
    """Each text is about one of eight topics, so its words go together."""
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, len(COMMON) + 1) ** tilt
    texts = []
    for _ in range(rows):
        liked = shares * np.where(np.arange(len(COMMON)) % topics == random.integers(topics), 9.0, 1.0)
        size = 3 + random.poisson(words)
        texts.append(" ".join(random.choice(COMMON, size, p=liked / liked.sum())))
    return texts


def checked(before: Any, now: Any, **options: Any) -> DriftReport:
    frames = (as_table(pd.DataFrame({"text": side})) for side in (before, now))
    return check_drift(Profile.of(next(frames)), next(frames), model="m", version=1, data="d", **options)


def of(values: Any) -> Any:
    return Profile.of(as_table(pd.DataFrame({"c": values}))).columns["c"]


def found(report: DriftReport) -> ColumnDrift:
    return report.columns[0]


N = 1200
RANDOM = np.random.default_rng(0)
IDENTIFIERS: dict[str, Any] = {
    "uuids": [str(uuid.UUID(int=int(i))) for i in RANDOM.integers(0, 2**63, N)],
    "hashes": [hashlib.sha256(str(i).encode()).hexdigest() for i in range(N)],
    "zero-padded numbers": [f"{i:08}" for i in RANDOM.permutation(10**5)[:N]],
    "e-mails": [f"person.{i}@example.org" for i in range(N)],
    "order numbers": [f"2026/{i}-AB" for i in range(N)],
    "names": [f"Ada Nr{i}" for i in range(N)],
    "row numbers": np.arange(N),
    "hashes, some missing": [None if i % 3 == 0 else hashlib.md5(str(i).encode()).hexdigest() for i in range(N)],
    "two rows a customer": [f"c{i // 2}x{i % 2 if i % 10 == 0 else ''}" for i in range(N)],
}
CODES: dict[str, Any] = {
    "postcodes": [f"{i:05}" for i in RANDOM.integers(1000, 1300, N)],
    "codes of a catalogue": [
        f"{letter}{i:02}" for letter, i in zip("ABCDEF" * 200, RANDOM.integers(0, 40, N), strict=True)
    ],
    "sentences of a form": [
        f"the answer to this question was {RANDOM.choice(['yes', 'no', 'maybe'])}" for _ in range(N)
    ],
    "customers with many orders": [f"c{i % 300}" for i in range(N)],
    "booleans as words": ["yes", "no"] * (N // 2),
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers(name: str) -> None:
    assert of(IDENTIFIERS[name]).identifier
    report = checked(IDENTIFIERS[name], IDENTIFIERS[name][::-1])
    assert [f.code for f in report.findings] == ["identifier"]
    assert report.columns == ()


@pytest.mark.parametrize("name", CODES)
def test_codes_are_no_identifiers(name: str) -> None:
    column = of(CODES[name])
    assert isinstance(column, Levels)
    assert not column.identifier


def test_texts_are_recognised() -> None:
    assert isinstance(of(reviews(0)), Texts)
    assert isinstance(of(pd.Series(reviews(0)).where(np.arange(800) % 2 == 0)), Texts)
    assert isinstance(of([f"a long text number {i % 1500}" for i in range(6000)]), Texts)  # more than are kept by name
    assert isinstance(of(reviews(0, 99)), Levels)  # too few to tell


@pytest.mark.parametrize("seed", range(3))
def test_texts_of_the_same_kind_did_not_drift(seed: int) -> None:
    report = checked(reviews(seed), reviews(seed + 100))
    assert report.drifted == ()
    assert report.findings == ()
    [note] = report.notes
    assert note.startswith("'text' holds texts, compared by their lengths and words: ")
    assert note.count("%") == 2


def test_other_words_are_drift() -> None:
    report = checked(reviews(0), reviews(1, tilt=0.5))
    assert report.drifted == ("text",)
    assert (found(report).aspect, found(report).distance, found(report).kind) == ("words", "jensen-shannon", "category")
    assert found(report).shape is not None
    assert "waa" in found(report).shape.labels  # type: ignore[union-attr]
    assert found(report).others["words outside the vocabulary"] > 0.2


def test_another_language_is_drift() -> None:
    report = checked(reviews(0), [text.replace("w", "v") for text in reviews(1)])
    assert found(report).effect > 0.8
    assert "100 % of the words" in report.notes[0]


def test_longer_texts_are_drift() -> None:
    report = checked(reviews(0), reviews(1, words=20))
    assert report.drifted == ("text",)
    assert (found(report).aspect, found(report).distance) == ("lengths", "ks")
    assert "jensen-shannon of words" in found(report).others


def test_missing_texts_are_told() -> None:
    now = pd.Series(reviews(1)).where(np.arange(800) % 3 > 0)
    report = checked(reviews(0), now)
    assert found(report).missing_changed
    assert report.drifted == ()


def test_numbers_only_have_a_length() -> None:
    now = [f"{i} {i} {i * 7}" for i in range(800)]
    assert found(checked(reviews(0), now)).aspect == "lengths"


@pytest.mark.parametrize("topics", [1, 2, 8])
def test_words_that_go_together_raise_no_false_alarm(topics: int) -> None:
    """At 5 % more than 9 of 80 come in one of fifty runs. Taken as if each word came alone, over a vocabulary from the
    same texts, most would be alarms."""
    alarms = naive = 0
    for seed in range(80):
        before, now = (reviews(s, 300, topics=topics) for s in (seed, seed + 1000))
        one = found(checked(before, now))
        alarms += (one.p_value or 0) < 0.05
        known = vocabulary(before, np.ones(300, dtype=np.int64))
        sides = [counted(known, texts, np.ones(300, dtype=np.int64)).counts for texts in (before, now)]
        table = np.array(sides)[:, np.sum(sides, axis=0) >= 20]
        naive += stats.chi2_contingency(table).pvalue < 0.05
    assert alarms <= 9
    assert naive > 20


def words_of(text: str) -> list[str]:
    """Runs of letters, by Python's own regular expressions."""
    return re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*", text.lower())


TEXTS = st.lists(
    st.tuples(st.text("ab '\u00e9Z7\U0001f600", max_size=12), st.integers(1, 5)), max_size=12, unique_by=lambda t: t[0]
)


def words(texts: list[tuple[str, int]]) -> Any:
    return counted(("a", "b", "ab"), [t for t, _ in texts], np.array([n for _, n in texts], dtype=np.int64))


def said(side: Any) -> Any:
    return [side.counts.tolist(), side.squares.tolist(), side.products.tolist(), side.lengths]


@given(TEXTS, TEXTS, TEXTS)
def test_words_are_a_commutative_monoid(one: Any, two: Any, three: Any) -> None:
    x, y, z = words(one), words(two), words(three)
    assert said(x + y) == said(y + x)
    assert said((x + y) + z) == said(x + (y + z))
    assert said(x + x.empty()) == said(x)
    assert said(x + y) == said(words([*one, *two]))
    assert clustering(x + y) >= 1


@given(TEXTS)
def test_counts_are_those_of_the_words_one_by_one(texts: Any) -> None:
    side = words(texts)
    each = [[w if w in ("a", "b", "ab") else "" for w in words_of(t)] for t, n in texts for _ in range(n)]
    for place, word in enumerate(["a", "b", "ab", ""]):
        assert side.counts[place] == sum(t.count(word) for t in each)
        assert side.squares[place] == sum(t.count(word) ** 2 for t in each)
        assert side.products[place] == sum(t.count(word) * len(t) for t in each)
    assert side.lengths == sum(len(t) ** 2 for t in each)


def counts(profile: Profile) -> Any:
    """Everything but the moments of the lengths, which are equal up to rounding."""
    document = json.loads(profile.to_bytes())
    for column in document["columns"].values():
        column["lengths"].pop("moments")
    return document


def test_profiles_of_texts_merge_and_come_back() -> None:
    whole = reviews(0)
    profile = Profile.of(as_table(pd.DataFrame({"t": whole})))
    assert Profile.from_bytes(profile.to_bytes()) == profile
    table = pd.DataFrame({"t": pd.Series(reviews(1)).where(np.arange(800) % 7 > 0)})
    parts = [profile.measure(as_table(table[i : i + 130])) for i in range(0, 800, 130)]
    merged = parts[0]
    for part in parts[1:]:
        merged = part.merge(merged)
    assert counts(merged.merge(profile.empty())) == counts(profile.measure(as_table(table)))
    gone = profile.measure(as_table(pd.DataFrame({"t": [None, None]})))
    assert (gone.merge(merged).columns["t"].missing, gone.rows) == (merged.columns["t"].missing + 2, 2)
    assert counts(Profile.of(as_table(pd.DataFrame({"t": whole[::-1]})))) == counts(profile)
    with pytest.raises(BadInput, match=r"different (words|bins)"):
        profile.measure(as_table(table)).merge(Profile.of(as_table(table)))


def test_bytes_stay_small_however_many_texts() -> None:
    texts = [f"{' '.join(COMMON[i % 390 : i % 390 + 9])} x{'abcdefghij'[i % 10]}{i}" for i in range(20_000)]
    profile = Profile.of(as_table(pd.DataFrame({"t": texts})))
    side = profile.columns["t"]
    assert isinstance(side, Texts)
    assert len(side.words.vocabulary) == WORDS
    assert len(profile.to_bytes()) < 40_000


@pytest.mark.parametrize("word", ["don't", "don\u2019t", "\u00e9t\u00e9", "\u043c\u0438\u0440"])
def test_words_of_languages(word: str) -> None:
    [piece] = tokens([f"{word.upper()}, 3 {word}s_{word}"])
    assert [piece.words[i] for i in piece.codes] == [word, f"{word}s", word]


@given(st.lists(st.text("aZ' 7_,\u2019\u00e9\u00bd\u4e2d\U0001f600\n", max_size=10), max_size=8), st.booleans())
def test_words_are_those_of_a_regular_expression(texts: list[str], ascii_only: bool) -> None:
    texts = [text.encode("ascii", "ignore").decode() if ascii_only else text for text in texts]
    found: list[list[str]] = [[] for _ in texts]
    for piece in tokens(texts):
        for code, owner in zip(piece.codes, piece.owners, strict=True):
            found[piece.first + owner].append(piece.words[code])
    assert found == [words_of(text) for text in texts]

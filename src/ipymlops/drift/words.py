"""The words of texts as counts that add up: of the reference's most frequent words, and of all others together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ipymlops.drift.binning import Counts
from ipymlops.errors import BadInput
from ipymlops.frames.tokens import Tokens, tokens

WORDS = 200  # kept by name: common words, whose shares a few hundred texts tell
SEVERAL = 3.0  # words of an average value, from which a column holds texts


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of n texts over a vocabulary of k words; the last of ``k + 1`` places is for all words outside of it.

    Words of one text go together, so the squares are kept that tell how much less they say than as many words of as
    many texts (``clustering``).
    """

    vocabulary: tuple[str, ...]
    counts: Counts  # (k + 1,)
    squares: Counts  # of a text's count of a word, summed over texts, (k + 1,)
    products: Counts  # of a text's count of a word and its count of all words
    lengths: int  # squared counts of all words of a text, summed

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    @property
    def outside(self) -> float:
        """The share of words that the vocabulary does not hold; 0 without words."""
        return float(self.counts[-1] / self.total) if self.total else 0.0

    def __add__(self, other: Words) -> Words:
        if self.vocabulary != other.vocabulary:
            raise BadInput("Found two summaries over different words", expected="both measured on one profile")
        return Words(
            self.vocabulary,
            self.counts + other.counts,
            self.squares + other.squares,
            self.products + other.products,
            self.lengths + other.lengths,
        )

    def empty(self) -> Words:
        nothing = np.zeros_like(self.counts)
        return Words(self.vocabulary, nothing, nothing, nothing, 0)


def are_texts(values: Sequence[str], rows: Counts) -> bool:
    """Whether distinct values, found in so many rows each, have several words of letters on average."""
    if not len(values) or not rows.sum():
        return False
    step = -(-len(values) // 1000)  # as many as are needed to tell
    some = slice(None, None, step)
    words = np.array([sum(map(_has_letter, value.split())) for value in values[some]])
    return bool(np.average(words, weights=rows[some]) >= SEVERAL)


def _has_letter(word: str) -> bool:
    return any(map(str.isalpha, word))


def vocabulary(values: Sequence[str], rows: Counts) -> tuple[str, ...]:
    """The most frequent words, ties by name."""
    found: Counter[str] = Counter()
    for piece in tokens(values):
        held = rows[piece.first + piece.owners]
        times = np.bincount(piece.codes, weights=held, minlength=len(piece.words)).astype(np.int64)
        found.update(dict(zip(piece.words, times.tolist(), strict=True)))
    return tuple(sorted(found, key=lambda word: (-found[word], word))[:WORDS])


def counted(known: tuple[str, ...], values: Sequence[str], rows: Counts) -> Words:
    """The words of distinct ``values`` that so many ``rows`` hold each, over a vocabulary."""
    zero = np.zeros(len(known) + 1, dtype=np.int64)
    total = Words(known, zero, zero, zero, 0)
    for piece in tokens(values):
        total += _counted(known, piece, rows[piece.first : piece.first + piece.texts])
    return total


def _counted(known: tuple[str, ...], piece: Tokens, rows: Counts) -> Words:
    place, size = {word: i for i, word in enumerate(known)}, len(known) + 1
    places = np.array([place.get(word, size - 1) for word in piece.words], dtype=np.int64)[piece.codes]
    lengths = np.bincount(piece.owners, minlength=piece.texts)
    keys, times = np.unique(piece.owners * size + places, return_counts=True)
    text, word = keys // size, keys % size

    def summed(values: Counts) -> Counts:
        into = np.zeros(size, dtype=np.int64)
        np.add.at(into, word, values * rows[text])
        return into

    return Words(
        known, summed(times), summed(times * times), summed(times * lengths[text]), int((rows * lengths**2).sum())
    )


def clustering(both: Words) -> float:
    """By how much the mean variance of word counts exceeds that of words drawn one by one: the design effect of Rao
    and Scott, "The analysis of categorical data from complex sample surveys", 1981. At least 1.

    >>> one = np.ones(2, dtype=np.int64)
    >>> [clustering(counted(("a", "b"), texts, one)) for texts in (["a b", "b a"], ["a a", "b b"])]
    [1.0, 2.0]
    """
    held = both.counts > 0
    n, k = both.total, int(held.sum())
    if k < 2:
        return 1.0
    p = both.counts[held] / n
    between = both.squares[held] - 2 * p * both.products[held] + p**2 * both.lengths
    return max(1.0, float((between / (n * p)).sum() / (k - 1)))

"""Checks of a loaded model's arrays that compiled code indexes without looking, as ``structure.py`` checks its trees.

A column of a sparse matrix, a number of a word, a class of a neighbour: each is an index into memory, and one out of
range reads or writes what is not the model's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.interpolate import BSpline
from sklearn.cluster._kmeans import _BaseKMeans
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.neighbors._base import NeighborsBase
from sklearn.preprocessing import OneHotEncoder

_LARGEST_KEY = {"MT19937": ("state", "pos", 624), "Philox": ("", "buffer_pos", 4)}  # where the next number is read


def check_sparse(matrix: Any) -> None:
    """Positions in range; the kinds of matrices that models hold."""
    _demand(matrix.format in ("csr", "csc"), f"it holds a sparse matrix of the kind {matrix.format}")
    matrix.check_format(full_check=True)


def check_words(vectorizer: CountVectorizer | DictVectorizer) -> None:
    """Each word is a column of the matrix that is made."""
    words = getattr(vectorizer, "vocabulary_", None)
    if words is not None:
        columns = {n for n in words.values() if isinstance(n, int | np.integer) and 0 <= n < len(words)}
        _demand(len(columns) == len(words), "words are columns that are not there")


def check_encoder(encoder: OneHotEncoder) -> None:
    if hasattr(encoder, "categories_"):
        fits = list(encoder._n_features_outs) == encoder._compute_n_features_outs()
        _demand(fits, "categories are columns that are not there")


def check_centres(clusters: _BaseKMeans) -> None:
    centres = getattr(clusters, "cluster_centers_", None)
    if centres is not None:
        fits = centres.ndim == 2 and centres.shape[1] == clusters.n_features_in_
        _demand(fits, "centres have other columns than their estimator")


def check_classes(neighbours: NeighborsBase) -> None:
    """The rows that are known, and the number of each one's class."""
    known = getattr(neighbours, "_fit_X", None)
    if known is None:
        return
    _demand(neighbours.n_samples_fit_ == known.shape[0], "there are more known rows than it holds")
    classes = getattr(neighbours, "classes_", None)
    if classes is None or isinstance(classes, list):  # several outputs, looked up by NumPy
        return
    numbers = np.asarray(neighbours._y)
    _demand(numbers.dtype.kind in "iu" and len(numbers) == known.shape[0], "known rows have no classes")
    _demand(((numbers >= 0) & (numbers < len(classes))).all(), "known rows have classes that are not there")


def check_spline(spline: BSpline) -> None:
    again = BSpline(spline.t, spline.c, spline.k, spline.extrapolate, spline.axis)  # it checks what it is made of
    same = all(type(getattr(spline, name)) is type(getattr(again, name)) for name in ("t", "c"))
    _demand(same and spline.t.dtype == again.t.dtype and spline.c.dtype == again.c.dtype, "a spline is no spline")


def check_generator(generator: np.random.RandomState | np.random.Generator) -> None:
    if isinstance(generator, np.random.Generator):
        state: Any = generator.bit_generator.state
    else:
        state = generator.get_state(legacy=False)
    place = _LARGEST_KEY.get(state["bit_generator"])
    if place is not None:
        inside, name, largest = place
        at = (state[inside] if inside else state)[name]
        _demand(0 <= at <= largest, "a generator of random numbers reads beyond its state")


CHECKS: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    ((sparse.spmatrix, sparse.sparray), check_sparse),
    ((CountVectorizer, DictVectorizer), check_words),
    (OneHotEncoder, check_encoder),
    (_BaseKMeans, check_centres),
    (NeighborsBase, check_classes),
    (BSpline, check_spline),
    ((np.random.RandomState, np.random.Generator), check_generator),
)


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)

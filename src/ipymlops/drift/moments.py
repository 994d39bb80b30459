"""Mean and spread of numbers, chunk by chunk, in a way that adds up."""

from __future__ import annotations

import numpy as np

from ipymlops.drift.binning import CHUNK, Floats


@np.errstate(over="ignore", invalid="ignore")  # values near the largest float have no spread that fits
def moments(finite: Floats) -> tuple[float, float]:
    """Mean and sum of squared distances to it, merged chunk by chunk, while each is in the core's cache."""
    mean = spread_sum = 0.0
    room = np.empty(min(CHUNK, len(finite)))
    for begin in range(0, len(finite), CHUNK):
        some = finite[begin : begin + CHUNK]
        n = len(some)
        here = float(np.add.reduce(some)) / n
        centred = np.subtract(some, here, out=room[:n])
        # not a BLAS product: its threads cost more here, and change the last digits
        apart = float(np.add.reduce(np.square(centred, out=centred)))
        mean, spread_sum = merged((begin, mean, spread_sum), (n, here, apart))
    return mean, spread_sum


def merged(left: tuple[int, float, float], right: tuple[int, float, float]) -> tuple[float, float]:
    """Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979."""
    (n, mean, spread_sum), (m, here, apart) = left, right
    step = here - mean
    return (n * mean + m * here) / (n + m), spread_sum + apart + step * step * n * m / (n + m)

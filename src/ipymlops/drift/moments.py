"""Mean and spread of numbers, chunk by chunk, in a way that adds up."""

from __future__ import annotations

import numpy as np

from ipymlops.drift.binning import Floats


class Moments:
    """Mean and sum of squared distances to it, merged chunk by chunk, while each is in the core's cache."""

    def __init__(self) -> None:
        self.rows, self.mean, self.spread_sum = 0, 0.0, 0.0
        self._room = np.empty(0)

    @np.errstate(over="ignore", invalid="ignore")  # values near the largest float have no spread that fits
    def add(self, some: Floats) -> None:
        """A chunk of finite values, at least one."""
        n = len(some)
        if len(self._room) < n:
            self._room = np.empty(n)
        here = float(np.add.reduce(some)) / n
        centred = np.subtract(some, here, out=self._room[:n])
        # not a BLAS product: its threads cost more here, and change the last digits
        apart = float(np.add.reduce(np.square(centred, out=centred)))
        self.mean, self.spread_sum = merged((self.rows, self.mean, self.spread_sum), (n, here, apart))
        self.rows += n


def merged(left: tuple[int, float, float], right: tuple[int, float, float]) -> tuple[float, float]:
    """Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979."""
    (n, mean, spread_sum), (m, here, apart) = left, right
    step = here - mean
    return (n * mean + m * here) / (n + m), spread_sum + apart + step * step * n * m / (n + m)

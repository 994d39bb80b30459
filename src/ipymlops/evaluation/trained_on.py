"""Whether a model is judged on rows that it was trained on, from 64-bit hashes of the training rows."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from ipymlops.errors import IntegrityError
from ipymlops.evaluation.results import TrainedOn

KEPT = 100_000  # hashes a version stores: 800 kB
UNLIKELY = 0.001  # a chance below it is none

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """The training rows of a version as hashes: all different ones, or the smallest ``KEPT`` of them.

    Taking the smallest hashes samples rows by their content, so that of any later table the same rows are looked at.
    Rows that stood there once are apart from those that stood there more often: the latter may come again by chance.
    """

    once: Hashes  # (n,), sorted
    repeated: Hashes  # (m,), sorted
    twice: int  # of the repeated, those that stood there exactly twice
    limit: int | None  # the largest hash that is known of; None: all are

    @classmethod
    def of(cls, hashes: Hashes, kept: int = KEPT) -> TrainingRows:
        """From one hash a training row, (n,)."""
        different, counts = np.unique(hashes, return_counts=True)
        limit = int(different[kept - 1]) if len(different) > kept else None
        different, counts = different[:kept], counts[:kept]
        return cls(different[counts == 1], different[counts > 1], int((counts == 2).sum()), limit)

    def to_bytes(self) -> bytes:
        """``training_rows.npy``; the same rows give the same bytes."""
        file = io.BytesIO()
        facts = np.array([len(self.once), self.twice, self.limit is None, self.limit or 0], dtype="<u8")
        np.save(file, np.concatenate([facts, self.once, self.repeated]).astype("<u8"), allow_pickle=False)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> TrainingRows:
        """Those of ``to_bytes`` again; raises IntegrityError where the bytes are something else."""
        try:
            known = np.load(io.BytesIO(data), allow_pickle=False).astype(np.uint64)
            once, twice, whole, limit = (int(fact) for fact in known[:4])
        except (ValueError, TypeError, EOFError, OSError) as error:
            raise IntegrityError(f"The hashes of training rows cannot be read: {error}") from error
        return cls(known[4 : 4 + once], known[4 + once :], twice, None if whole else limit)

    def among(self, hashes: Hashes) -> TrainedOn | None:
        """How many of the rows judged, one hash each, (n,), equal a training row; None where none could be looked at.

        Equality alone does not say that it is the same observation. By Good (1953) a fresh row, if it is none of the
        repeated, equals one that stood there once with probability 2 N2 / (N1 + 2 N2), where N1 and N2 count the
        different rows that stood there once and twice. ``beyond_chance`` says that more did than that explains
        (binomial test). It misleads where rows come in groups, such as the same customer each month.

        >>> trained = TrainingRows.of(np.arange(1000, dtype=np.uint64))
        >>> trained.among(np.arange(900, 1100, dtype=np.uint64))
        TrainedOn(rows=200, looked_at=200, equal=100, beyond_chance=True)
        >>> trained.among(np.arange(1000, 1100, dtype=np.uint64))
        TrainedOn(rows=100, looked_at=100, equal=0, beyond_chance=False)
        """
        looked_at = hashes if self.limit is None else hashes[hashes <= np.uint64(self.limit)]
        if not len(looked_at):
            return None
        once, repeated = (int(np.isin(looked_at, known).sum()) for known in (self.once, self.repeated))
        chance = (2 * self.twice + 1) / (len(self.once) + 2 * self.twice + 1)
        telling = len(looked_at) - repeated
        beyond = once > 0 and float(stats.binom.sf(once - 1, telling, chance)) < UNLIKELY
        return TrainedOn(len(hashes), len(looked_at), once + repeated, beyond)

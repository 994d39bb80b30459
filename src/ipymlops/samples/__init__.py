"""Seeded simulators whose truth is known, for notebooks, tests and benchmarks."""

from ipymlops.samples.credit import FEATURES, LABEL, credit_applications
from ipymlops.samples.shifts import SHIFTS, Shift, truly_shifted

__all__ = ["FEATURES", "LABEL", "SHIFTS", "Shift", "credit_applications", "truly_shifted"]

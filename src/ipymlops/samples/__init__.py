"""Seeded simulators whose truth is known, for notebooks, tests and benchmarks."""

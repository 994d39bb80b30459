"""Invariants are searched for without a time limit: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("unhurried")
settings.load_profile("unhurried")

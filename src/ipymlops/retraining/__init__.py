"""Headless runs of an exported pipeline: train, judge, register, promote."""

from __future__ import annotations

from ipymlops.retraining.pipeline import Pipeline

__all__ = ["Pipeline"]

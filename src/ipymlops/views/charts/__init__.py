"""Altair charts, one function each."""

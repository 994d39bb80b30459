"""A workspace a notebook works in."""

"""How much is demanded of a candidate, by what is at stake."""

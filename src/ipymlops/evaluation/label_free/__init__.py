"""How good a model is likely to be on rows without labels: CBPE for classes, DLE for numbers."""

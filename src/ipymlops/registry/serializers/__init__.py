"""One file per model family: how a model becomes bytes that can be audited before they are loaded."""

"""What the files of an exported pipeline are called."""

from __future__ import annotations

SCRIPT = "retrain.py"
RECORD = "slice.json"  # what was kept and why; a folder with it is a pipeline
BUNDLE = "bundle"  # the folder of the version that it reproduces

"""From a journal to a slice, a script, and the proof that the script reproduces the model."""

"""Model lines, versions, aliases, events, and the bundle of each version."""

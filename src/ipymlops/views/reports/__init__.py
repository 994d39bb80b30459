"""HTML cards and pages."""

"""The record of what a kernel executed."""

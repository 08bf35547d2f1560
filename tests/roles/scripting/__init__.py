"""Extraction scripts against a node of fakes."""

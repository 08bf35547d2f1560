"""Tests of what puts a node together."""

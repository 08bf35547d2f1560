"""Extraction scripts: plain Python files that speak the console's words."""

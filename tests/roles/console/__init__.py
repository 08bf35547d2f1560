"""The console against a node of fakes."""

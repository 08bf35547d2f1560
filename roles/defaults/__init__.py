"""The starter sites: real, commented files; the embedded lab runs them as they are."""

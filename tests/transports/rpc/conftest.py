"""A house, as the actors' tests have it."""

from tests.actors.conftest import house, logs

__all__ = ["house", "logs"]

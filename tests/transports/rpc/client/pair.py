"""A node connection that is up, and the far end, which is the test."""

import time

from tests.transports.rpc.near import Near

AHEAD_MS = 5_000_000.0  # by which the far end's clock is ahead of ours
NO_VALVES = '{"valves": [], "total": 0}'

BY_ID = {"fields": "", "ids": ""}


def far_clock_ms():
    return time.monotonic() * 1000 + AHEAD_MS


class Pair:
    """A far end and a node connection that is up to it."""

    def __init__(self, house, far, *, valves=NO_VALVES, features=None, **settings):
        self.far = far
        self.near = Near(house, far.port, **settings)
        self.acts, self.asks = far.welcome(features=features)
        self.described(valves)
        self.near.is_up()

    def described(self, valves=NO_VALVES):
        text, _ = self.asks.line()
        assert text.startswith("Describe "), text
        self.asks.reply(valves)

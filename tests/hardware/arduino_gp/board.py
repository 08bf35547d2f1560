"""A board that starts at once and keeps what it heard, and a bench with it."""

import time

from hardware.arduino_gp.simulator import ArduinoSimulator
from hardware.conformance.bench import Bench

CHANNELS = ("0", "5")
QUICK = {"valve_opens_when": "relay_closed", "timeout": 0.1, "quiet_s": 0.0, "boot_s": 1.0, "look_every_s": 0.01}


class Heard(ArduinoSimulator):
    """A board that starts at once, and keeps every byte that reaches its wire, heard or not.

    `stray`: what it sends after each answer, as if it were late.
    """

    def __init__(self):
        super().__init__(time.monotonic)
        self.boots_s, self.loses_first = 0.0, False
        self.wire = self.stray = b""

    def session(self, wire):
        inner = super().session(wire)
        feed = inner.feed

        def keep(data):
            self.wire += data
            answer = feed(data)
            return answer + self.stray if answer else b""

        inner.feed = keep
        return inner


class HeardBench(Bench):
    def __init__(self, *args, **board):
        self.board = board
        super().__init__(*args)

    def make_simulator(self):
        made = Heard()
        for name, value in self.board.items():
            setattr(made, name, value)
        return made

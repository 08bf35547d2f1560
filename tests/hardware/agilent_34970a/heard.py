"""A simulated instrument that keeps what it heard."""

import threading

from hardware.agilent_34970a.simulator import Agilent34970aSimulator


class Heard(Agilent34970aSimulator):
    """A simulator that remembers the lines it was sent, and says when it has carried them out.

    `talks`: its conversations, one for each opening of a link.
    """

    def __init__(self, cards=None) -> None:
        self.lines = []
        self.talks = []
        self.acted = threading.Event()
        super().__init__(cards)

    def session(self, wire):
        inner = super().session(wire)
        feed = inner.feed

        def remember(data):
            self.lines += data.decode().splitlines()
            answer = feed(data)
            self.acted.set()
            return answer

        inner.feed = remember
        self.talks.append(inner)
        return inner

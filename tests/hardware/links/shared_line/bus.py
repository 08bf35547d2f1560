"""A shared line on fake links, and two devices on it."""

from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.links.line import Line
from tests.hardware.fakes import FakeLink

ADDRESS = "tcp://127.0.0.1:1"


TIMEOUT_S = 0.05


class Bus:
    """A shared line on fake links, and the exchanges of two devices on it."""

    def __init__(self, *links) -> None:
        self.links = links or (FakeLink(), FakeLink())
        self.line = Line(ADDRESS, shared=True, link_to=lambda _: self.links[self.line.opened])
        self.oven, self.gauge = self.device("oven"), self.device("gauge")

    def device(self, name):
        handle = LinkHandle(ADDRESS, TIMEOUT_S, line=self.line)
        return Exchange(name, handle, terminator=b"\r\n", timeout_s=TIMEOUT_S)

    def answers(self, *replies, link=0):
        """Answer the next writes to a link, one each."""
        target, said = self.links[link], list(replies)
        send_some = FakeLink.send_some

        def send_and_answer(data):
            if said:
                target.arrivals.append(said.pop(0))
            return send_some(target, data)

        target.send_some = send_and_answer


class ComesLate(FakeLink):
    """A link on which an answer arrives as soon as somebody waits for anything."""

    late = b""

    def receive(self, timeout_s):
        if timeout_s > 0 and self.late:
            late, self.late = self.late, b""
            return late
        return super().receive(timeout_s)

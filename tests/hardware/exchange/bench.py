"""An exchange on fake links."""

from hardware.errors import HungUp
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from tests.hardware.fakes import FakeLink


class Prevented(Exception):
    """What the check of these tests raises."""


def prevent():
    raise Prevented


class Bench:
    """An exchange on fake links; each opening takes the next link."""

    def __init__(self, *links, timeout_s=0.05) -> None:
        self.links = links or (FakeLink(), FakeLink(), FakeLink())
        self.handle = LinkHandle("tcp://127.0.0.1:1", timeout_s, link_to=lambda _: self.links[self.handle.opened])
        self.exchange = Exchange("relay-1", self.handle, terminator=b"\r\n", timeout_s=timeout_s)

    def after_writing(self, *replies, link=0):
        """Let replies arrive once something has been written to a link."""
        target = self.links[link]
        send_some = target.send_some

        def send_and_answer(data):
            count = send_some(data)
            target.arrivals.extend(replies)
            target.send_some = send_some
            return count

        target.send_some = send_and_answer

    def ask_and_raise(self, problem):
        """Ask, and find something wrong with the reply."""
        with self.exchange.transaction():
            self.exchange.ask(b"?\n")
            raise problem

    def ask_and_raise_after(self, reply, problem):
        """Ask, get this reply, and find something wrong with it."""
        self.after_writing(reply)
        self.ask_and_raise(problem)

    def act_and_ask(self):
        """Act, and ask what came of it."""
        with self.exchange.transaction():
            self.exchange.send(b"Open\n")
            self.exchange.ask(b"?\n")


class HangsUp(FakeLink):
    """A link whose far end says a word when it is written to, and hangs up."""

    def __init__(self, word):
        super().__init__()
        self.word = word

    def receive(self, _timeout_s):
        if not self.sent:
            return b""
        word, self.word = self.word, b""
        if not word:
            raise HungUp("the device hung up")
        return word

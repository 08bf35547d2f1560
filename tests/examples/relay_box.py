"""A home-made relay box: `S3=1` switches relay 3 on, `R3` reads it; lines end with CR."""

from typing import ClassVar

from hardware.device import ActuatorDevice
from hardware.errors import BadChannel, BadReply
from hardware.far_end import Faults


class RelayBox(ActuatorDevice):
    terminator = b"\r"
    simulator: ClassVar[str] = "tests.examples.relay_box:RelayBoxSimulator"

    @classmethod
    def check_channel(cls, channel):
        if channel not in "12345678" or len(channel) != 1:
            raise BadChannel(f"relay {channel!r}: expected 1 to 8")

    def set(self, channel, energised):
        with self.exchange.transaction():
            reply = self.exchange.ask(b"S%b=%d\r" % (channel.encode(), energised), acts=True)
            if reply != b"S%b=%d" % (channel.encode(), energised):
                raise BadReply(f"expected its echo, got {reply!r}")

    def read(self, channel):
        with self.exchange.transaction():
            reply = self.exchange.ask(b"R%b\r" % channel.encode())
            states = {b"R%b=0" % channel.encode(): False, b"R%b=1" % channel.encode(): True}
            if reply not in states:
                raise BadReply(f"expected R{channel}=0 or =1, got {reply!r}")
            return states[reply]


class RelayBoxSimulator:
    def __init__(self):
        self.faults = Faults()
        self.relays = dict.fromkeys("12345678", False)
        self.moves = 0

    def session(self, _wire):
        return RelayBoxSession(self)


class RelayBoxSession:
    def __init__(self, box):
        self.box, self.input = box, b""

    def feed(self, data):
        *lines, self.input = (self.input + data).split(b"\r")
        return b"".join(self.box.faults.spoil(self.answer(line.decode())) for line in lines)

    def answer(self, line):
        box, relay = self.box, line[1:2]
        if relay not in box.relays:
            return b"?\r"
        if line[0] == "S":
            on = line.endswith("=1")
            if relay not in box.faults.stuck and box.relays[relay] != on:
                box.relays[relay] = on
                box.moves += 1
            return f"{line}\r".encode()
        return f"R{relay}={box.relays[relay] != (relay in box.faults.lie):d}\r".encode()

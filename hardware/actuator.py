"""What an actuator device must offer, and all that a lab programmer has to write for a new one."""

from typing import Protocol


class ActuatorDriver(Protocol):
    """Switches relays by channel. Every method may block for the device's timeout; one thread at a time.

    Attributes:
        has_readback: the device can be asked where its relays stand.
        disturbs_on_open: opening its link may move something, so nobody opens it just to look.

    A driver no method of which ever waits for anything may say so by `never_blocks = True`: it needs no thread then.
    One that can tell why it knows no state of a channel has `whys`, channel to text, of its last `read_all`.
    A device that ends the connection after each exchange may say so by `hangs_up = True`. Any other is read again on
    each new link before it is told anything: it may have been switched off and on meanwhile.
    """

    has_readback: bool
    disturbs_on_open: bool

    def set(self, channel: str, energised: bool) -> None:
        """Energise or release one relay; returns when the device has confirmed it. Repeating it is harmless.

        Raises:
            NotSent: nothing was written.
            DeviceRefused: the device reported an error of its own.
            LinkDown, NoAnswer, BadReply: the relay may or may not have moved.
            BadChannel: the device has no such channel.
        """

    def read(self, channel: str) -> bool:
        """Read whether one relay is energised. Raises as `set` does, and `NoState` where it is neither."""

    def read_all(self) -> dict[str, bool]:
        """Read every channel given at build: channel to energised. Raises as `set` does.

        One that was read and is in no state, such as a valve under way between two indicators, is left out: that one
        is unknown then, and no other.
        """

    def identify(self) -> str:
        """Read who the device says it is. Raises as `set` does."""

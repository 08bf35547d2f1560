"""What can go wrong with a device, by name: each error says whether bytes may have reached it."""


class DeviceError(Exception):
    """A device did not do what was asked.

    Attributes:
        what: what happened, in words, without the device's name.
        device: the device's name; the exchange fills it in where a codec or link cannot know it.
    """

    def __init__(self, what: str, device: str = "") -> None:
        super().__init__(what, device)
        self.what = what
        self.device = device

    def __str__(self) -> str:
        return f"{self.device}: {self.what}" if self.device else self.what


class NotSent(DeviceError):
    """Nothing was written: the link could not be opened, or its handle was revoked. Safe to repeat."""


class LinkDown(DeviceError):
    """The link broke during the exchange: bytes may have been written, nobody knows what the device did."""


class HungUp(LinkDown):
    """The far end ended the connection, in order: what it had sent until then has arrived."""


class NoAnswer(DeviceError):
    """The device was written to and stayed silent."""


class BadReply(DeviceError):
    """The device answered something that its manual does not know."""


class NoState(DeviceError):
    """The device answered as its manual has it, and what it said is neither of the two states: between them, or both.

    Raised outside the exchange's transaction: the conversation is whole, and the link stays as it is.
    """


class DeviceRefused(DeviceError):
    """The device itself reported an error; `what` is its own text."""


class SensorBroken(DeviceRefused):
    """The device answers, and says that it measures nothing: an open thermocouple. There is no number then."""


class BadChannel(DeviceError, ValueError):
    """A channel that the device cannot have: wrong in the site, not on the wire."""

"""`NCDProXRActuator`: the relays of a ProXR controller, 115200 baud 8N1 over USB, or its socket 2101."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.device import ActuatorDevice
from hardware.errors import BadChannel, DeviceError, DeviceRefused, NoAnswer
from hardware.exchange import Exchange
from hardware.looks import ask_twice
from hardware.ncd_proxr import codec
from hardware.settings import ActuatorSettings

SILENT = "are its replies to commands switched off (reporting mode, saved in configuration mode)?"
OLD = "does it know the command to let its relays follow at once? If not, its file has to say `refreshes: false`"


class NCDProXRActuatorSettings(ActuatorSettings):
    """Settings of an `NCDProXRActuator`. Channels are `bank.relay`, 1.1 to 32.8; running numbers are refused.

    The port is serial, `?baud=115200` 8N1 as it leaves the factory (38400 while its switches say configuration mode),
    or TCP, usually 2101.

    Attributes:
        banks: how many banks of eight relays it has, 1 to 32. Never asked: it answers for banks that it does not have,
            and a relay there reads released.
        refreshes: with each command it is told to let its relays follow at once (FE 19), as they do until somebody
            has switched that off: then a command changes its memory only, and what it tells is its memory. False: for
            a board that does not know this.
    """

    klass: Literal["NCDProXRActuator"]
    banks: int = Field(default=1, ge=1, le=codec.BANKS)
    refreshes: bool = True


class NCDProXRActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is what the relay was told, not where the valve is.

    To let its relays follow at once (`refreshes`) is the second half of each command: relays that another program has
    switched in its memory alone move by it too, to where they are read. That they do so at once, and not with the next
    command, is a guess; so is that a board of today still knows it.

    Each command names its bank, so a bank that another program has selected does not matter. A controller that was
    told for good not to confirm commands is found out when the link is opened, and nothing is switched on it. Boards
    that wrap every command in a frame (`AA`, length, sum), as newer ones by Wi-Fi may, and Fusion boards, which confirm
    with two bytes instead of 55, are not spoken to: they fail when the link is opened, or at the first command.

    Every reply is one byte without an end, so a late one could be taken for another: what is read is followed by a
    question with another kind of answer, and a byte that is one too many shows there as a `BadReply`.
    """

    settings_model = NCDProXRActuatorSettings
    terminator = codec.DONE  # unused: a reply ends after one byte, see codec.framing
    simulator: ClassVar[str] = "hardware.ncd_proxr.simulator:ProXRSimulator"

    def __init__(
        self, settings: NCDProXRActuatorSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._places = {channel: codec.parse_channel(channel) for channel in self.channels}
        self._banks = tuple(dict.fromkeys(bank for bank, _ in self._places.values()))
        self.exchange.on_open = self._probe
        self.exchange.strict = True

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.parse_channel(channel)

    @classmethod
    def check_channel_of(cls, settings: NCDProXRActuatorSettings, channel: str) -> None:
        """See `Device.check_channel_of`: those of its banks."""
        bank, _ = codec.parse_channel(channel)
        if bank > settings.banks:
            has = "bank 1" if settings.banks == 1 else f"banks 1 to {settings.banks}"
            raise BadChannel(f"channel {channel!r}: the board has {has} (`banks`)", settings.name)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; three round trips: the relay is asked for after it was confirmed.

        Raises `DeviceRefused` where the controller confirms and the relay still stands otherwise.
        """
        place = codec.parse_channel(channel)
        with self.exchange.transaction():
            self._tell(codec.encode_set(place, energised), SILENT, acts=True)
            if self.settings.refreshes:  # no act of its own: nothing may come between the two
                self._tell(codec.REFRESH, OLD)
            if codec.decode_state(self._ask(codec.encode_ask(place))) != energised:
                raise DeviceRefused(f"relay {channel} was confirmed and is still {'off' if energised else 'on'}")

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`; two round trips."""
        place = codec.parse_channel(channel)
        with self.exchange.transaction():
            state = codec.decode_state(self._ask(codec.encode_ask(place)))
            self._test()
            return state

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; three round trips for each bank, whose byte is read twice."""
        with self.exchange.transaction():
            banks = {bank: self._bank(bank) for bank in self._banks}
        return {channel: banks[bank][relay] for channel, (bank, relay) in self._places.items()}

    def identify(self) -> str:
        """See `ActuatorDriver.identify`: it cannot say who it is, only that it is there. Raises as `read` does."""
        with self.exchange.transaction():
            self._test()
        return type(self).__name__

    def _bank(self, bank: int) -> dict[int, bool]:
        question = codec.encode_ask_bank(bank)
        return ask_twice(lambda: codec.decode_bank(self._ask(question)), f"bank {bank}", between=self._test)

    def _tell(self, command: bytes, hint: str, *, acts: bool = False) -> None:
        try:
            codec.decode_done(self._ask(command, acts=acts))
        except NoAnswer as silence:
            raise NoAnswer(f"{silence.what}: {hint}") from silence

    def _test(self) -> None:
        codec.decode_done(self._ask(codec.TEST))

    def _ask(self, question: bytes, *, acts: bool = False) -> bytes:
        return self.exchange.ask(question, acts=acts, framing=codec.framing)

    def _probe(self) -> None:
        """Find out whether it answers questions, and then whether it confirms commands."""
        codec.decode_bank(self._ask(codec.encode_ask_bank(self._banks[0] if self._banks else 1)))
        try:
            self._test()
        except NoAnswer as silence:
            raise DeviceError(f"it answers questions, and not a test: {SILENT}") from silence

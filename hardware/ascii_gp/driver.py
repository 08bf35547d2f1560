"""`ASCIIGPActuator` and `PychronGPActuator`: controllers that take words, over TCP or a serial line."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from hardware.ascii_gp import codec
from hardware.device import ActuatorDevice
from hardware.errors import DeviceRefused
from hardware.exchange import Exchange
from hardware.links.address import is_serial
from hardware.looks import ask_twice, look_until
from hardware.settings import ActuatorSettings, DeviceSettings, Sense

Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[!-~]+( [!-~]+)*$")]
"""Printable ASCII; blanks only within."""
LOOK_EVERY_S = 0.25  # while a valve is under way
Delimiter = Annotated[str, StringConstraints(max_length=4, pattern=r"^[\t -~]*$")]
"""It ends no line: the channel would be a line of its own."""
End = Annotated[str, StringConstraints(max_length=4, pattern=r"^[\x00-\x7f]*$")]


class WordSettings(ActuatorSettings):
    r"""What the settings of both klasses share. All words are taken as written: `ok` is not `OK`.

    Attributes:
        valve_opens_when: `relay_closed`, and nothing else: these controllers are told `Open` and `Close` themselves.
        open_command, close_command, state_command: what is sent before the channel.
        delimiter: between the two; up to 4 characters that end no line.
        terminator: what ends a line that is sent; 1 to 4 characters. In YAML in double quotes: "\r".
        reply_terminator: what ends a reply; up to 4 characters, "" only with `hangs_up`.
        hangs_up: the controller ends the connection after each reply; TCP only. A reply may then end there.
        done_words: replies to a command that was carried out.
        refused_words: replies to a command that was taken, but not carried out.
        open_words, closed_words: replies to the question for the state; anything else is neither. Without `hangs_up`
            none of them is a reply to a command, too.
        error_words: how a reply begins that tells an error.
        travel_s: how long after a command the controller may still tell the old state, as one does that looks at its
            valves, 0-10 s; `set` asks until then, no longer. Not used with `hangs_up`.
    """

    valve_opens_when: Literal["relay_closed"] = "relay_closed"
    open_command: Word = "Open"
    close_command: Word = "Close"
    state_command: Word = "GetValveState"
    delimiter: Delimiter = " "
    terminator: End = Field(default="\r", min_length=1)
    reply_terminator: End = "\n"
    hangs_up: bool = False
    done_words: list[Word] = Field(default=["OK"], min_length=1)
    refused_words: list[Word] = Field(default=[])
    open_words: list[Word] = Field(default=["True"], min_length=1)
    closed_words: list[Word] = Field(default=["False"], min_length=1)
    error_words: list[Word] = Field(default=["ERROR"])
    travel_s: float = Field(default=1.5, ge=0, le=10)

    @model_validator(mode="after")
    def _is_told_apart(self) -> Self:
        if len({self.open_command, self.close_command, self.state_command}) < 3:  # noqa: PLR2004 - the three of them
            raise ValueError("open_command, close_command and state_command must differ")
        said, states = [*self.done_words, *self.refused_words], [*self.open_words, *self.closed_words]
        for one, other in ((self.open_words, self.closed_words), (self.done_words, self.refused_words)):
            _tell_apart(one, other)
        _tell_apart(self.error_words, [*said, *states])
        if not self.hangs_up:
            why = ": a late answer to a command would be taken for a state"
            _tell_apart(said, states, why)
        if self.hangs_up and is_serial(self.port):
            raise ValueError("hangs_up: a serial line cannot be hung up on")
        if not self.reply_terminator and not self.hangs_up:
            raise ValueError('reply_terminator "": without hangs_up nothing would tell where a reply ends')
        return self


def _tell_apart(one: Sequence[str], other: Sequence[str], why: str = "") -> None:
    """Return if no word is the other's beginning: of a reply that is cut short, just that would be left."""
    for first in one:
        for second in other:
            if first.startswith(second) or second.startswith(first):
                raise ValueError(f"{first!r} and {second!r}: neither may be the beginning of the other{why}")


class ASCIIGPActuatorSettings(WordSettings):
    """Settings of an `ASCIIGPActuator`; see `WordSettings`.

    Words, delimiter and the CR that is sent are Pychron's defaults. That a reply ends with LF is a guess: see what
    the controller sends, and set `reply_terminator` accordingly.
    """

    klass: Literal["ASCIIGPActuator"]


class PychronGPActuatorSettings(WordSettings):
    """Settings of a `PychronGPActuator`: as Pychron's valve server does it, so nothing but the port need be set.

    Attributes:
        state_command: `GetValveState` tells what that Pychron believes; `GetIndicatorState` has it ask its hardware
            first, where its own valve file allows that, and believe what it was told.
    """

    klass: Literal["PychronGPActuator"]
    reply_terminator: End = ""
    hangs_up: bool = True
    done_words: list[Word] = Field(default=["OK", "True"], min_length=1)
    refused_words: list[Word] = Field(default=["ok"])
    open_words: list[Word] = Field(default=["OK", "True"], min_length=1)


class ASCIIGPActuator(ActuatorDevice):
    """See `ActuatorDriver`. Energised is open, as the controller itself says it; what it reads by is its own affair.

    A reply says nothing of the channel that was asked for. So a controller that hangs up is asked one question on each
    connection. Another is heard out after an answer that never came, is asked for each state twice, and for the state
    after each command: `OK` is no state, and no late `OK` is taken for the one that was waited for.
    """

    settings_model: ClassVar[type[DeviceSettings]] = ASCIIGPActuatorSettings
    terminator = b"\n"  # unused: see codec.framing
    simulator: ClassVar[str] = "hardware.ascii_gp.simulator:SwitchController"

    def __init__(self, settings: WordSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.hangs_up = settings.hangs_up
        self.exchange.strict = True
        self._framing = codec.framing(settings.reply_terminator)
        self._dialect = codec.Dialect(
            open_command=settings.open_command,
            close_command=settings.close_command,
            state_command=settings.state_command,
            delimiter=settings.delimiter,
            terminator=settings.terminator,
            reply_terminator=settings.reply_terminator,
            done=settings.done_words,
            refused=settings.refused_words,
            opened=settings.open_words,
            closed=settings.closed_words,
            errors=settings.error_words,
        )

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        codec.check_channel(channel)

    @classmethod
    def opens_when(cls, settings: WordSettings, channel: str) -> Sense | None:  # noqa: ARG003 - the same on all
        """See `ActuatorDevice.opens_when`: it is told `Open` and `Close`."""
        return settings.valve_opens_when

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; one round trip, and one or more for the state where it does not hang up.

        `DeviceRefused` is told in the controller's own words; also where it confirms, and the state stays as it was.
        """
        codec.check_channel(channel)
        with self.exchange.transaction():
            codec.decode_done(self._dialect, self._ask(codec.encode_set(self._dialect, channel, energised), acts=True))
            if self.hangs_up:
                return
            within_s = self.settings.travel_s
            seen = look_until(lambda: self._state(channel), energised, within_s=within_s, every_s=LOOK_EVERY_S)
            if seen != energised:
                raise DeviceRefused(f"{channel} was confirmed, and is still {'open' if seen else 'closed'}")

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`; two round trips where it does not hang up."""
        codec.check_channel(channel)
        with self.exchange.transaction():
            if self.hangs_up:
                return self._state(channel)
            return ask_twice(lambda: self._state(channel), channel)

    def _state(self, channel: str) -> bool:
        return codec.decode_state(self._dialect, self._ask(codec.encode_ask(self._dialect, channel)))

    def _ask(self, line: bytes, *, acts: bool = False) -> bytes:
        reply = self.exchange.ask(line, acts=acts, framing=self._framing, may_hang_up=self.hangs_up)
        if self.hangs_up:
            self.exchange.handle.drop()  # at once: what is written while it hangs up is lost, and nobody knows
        return reply


class PychronGPActuator(ASCIIGPActuator):
    """The valves of another Pychron, by its valve server: `Open A`, `GetValveState A`. Channels are valve names there.

    It answers `ok` in small letters where it took a command and moved nothing, as the valve is locked there or an
    interlock holds it: `DeviceRefused`. Errors come as `ERROR 015 : ...`.
    """

    settings_model = PychronGPActuatorSettings
    simulator: ClassVar[str] = "hardware.ascii_gp.simulator:PychronValveServer"

"""`T4Actuator` and `T7Actuator`: the digital lines of a LabJack. Energised means that a line is an output and high."""

import errno
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from hardware.device import ActuatorDevice
from hardware.errors import BadChannel, DeviceRefused, LinkDown, NoState, NotSent
from hardware.exchange import Exchange
from hardware.labjack_t import codec, watchdog
from hardware.labjack_t.unit import Unit
from hardware.modbus.wire import ModbusWire
from hardware.settings import ActuatorSettings
from hardware.sharing import Parts

TAKEN = "a LabJack takes two connections at once: most likely both are taken, by other programs"

NOT_DRIVEN = "it is an input, and drives nothing until it is told to"


class LabJackSettings(ActuatorSettings):
    """Settings of a LabJack; its port is `tcp://host:502`.

    Attributes:
        unit: its Modbus address, 0 to 247. That the device ignores it is a guess.
        watchdog_s: seconds without any exchange after which the device itself puts its lines into the safe state;
            0 = it is not armed, at most 3600. Above two polls and a timeout, or it would strike while all is well.
        watchdog_energised: channels that are energised in the safe state; all other channels in use are released.
    """

    unit: int = Field(default=1, ge=0, le=247)
    watchdog_s: int = Field(default=0, ge=0, le=3600)
    watchdog_energised: list[str] = Field(default=[])

    model: ClassVar[codec.Model]

    @field_validator("watchdog_energised")
    @classmethod
    def _has_such_lines(cls, channels: list[str]) -> list[str]:
        for channel in channels:
            codec.line_of(cls.model, channel)
        return channels

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.port.startswith("tcp://"):
            raise ValueError(f"port {self.port}: a LabJack is reached over the network: expected tcp://host:502")
        if self.watchdog_s and not self.poll:
            raise ValueError("watchdog_s: nothing feeds it where poll is 0")
        if self.watchdog_s and self.watchdog_s <= 2 * self.poll + self.timeout:
            least_s = 2 * self.poll + self.timeout
            raise ValueError(f"watchdog_s {self.watchdog_s}: expected more than two polls and a timeout, {least_s:g} s")
        if self.watchdog_energised and not self.watchdog_s:
            raise ValueError("watchdog_energised: there is no watchdog where watchdog_s is 0")
        return self


class T4ActuatorSettings(LabJackSettings):
    """See `LabJackSettings`."""

    klass: Literal["T4Actuator"]
    model = codec.T4


class T7ActuatorSettings(LabJackSettings):
    """See `LabJackSettings`."""

    klass: Literal["T7Actuator"]
    model = codec.T7


class LabJackActuator(ActuatorDevice):
    """See `ActuatorDriver`. Its readback is the level at the terminal of a line that is an output.

    The register of a single line is written, which makes it an output of that level in one step, and NEVER read: that
    would turn the line into an input and drop its valve (datasheet 13). All reading is done by the banks of all lines.
    After a power cycle the lines are inputs, unless its power-up defaults say otherwise, and stay so until they are
    told something. Such a line is in no state, as what hangs on it is not driven: `read` raises `NoState`, `read_all`
    leaves it out, and `whys` says why. A pull-up of 100 kOhm must not be enough to switch what is wired to it.

    With `watchdog_s` the device's own watchdog is armed when the link is opened; see `hardware.labjack_t.watchdog` for
    what of that is not certain. As it then strikes when whoever opened the link has gone, nobody opens it just to look.
    """

    terminator = b"\r\n"  # unused: a frame says how long it is
    hears_out = False  # replies are numbered
    model: ClassVar[codec.Model]

    def __init__(self, settings: LabJackSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self._wire = ModbusWire(self.exchange, unit=settings.unit)
        self._unit = Unit(self._wire, self.model, settings.klass)
        self._lines = {channel: codec.line_of(self.model, channel) for channel in self.channels}
        for channel in settings.watchdog_energised:
            if channel not in self._lines:
                raise BadChannel(f"watchdog_energised: no valve uses {channel!r}", settings.name)
        self.disturbs_on_open = settings.watchdog_s > 0
        self._heard_at = 0.0  # monotonic seconds: since then it has been fed
        self.exchange.on_open = self._greet

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`: FIO4, EIO0, CIO1, MIO2 and the like."""
        codec.line_of(cls.model, channel)

    @classmethod
    def parts(cls, _settings: LabJackSettings, channels: Sequence[str]) -> Parts:
        """Return the lines of its valves; see `hardware.sharing.parts_of`."""
        return codec.parts(channels, "an output")

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; two round trips, four for the lines of a T4 that may be analog.

        Raises `DeviceRefused` also if the line did not become an output.
        """
        line = codec.line_of(self.model, channel)
        with self._talking():
            if line in self.model.flexible:
                self._make_digital(channel, line)
            self._wire.write_register(codec.line_register(line), int(energised))
            if not codec.has(self._unit.bank(codec.DIO_DIRECTION), line):
                raise DeviceRefused(f"{channel} was written, and is still an input")

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`. Raises `NoState`, too."""
        line = codec.line_of(self.model, channel)
        energised = self._driven([line])[line]
        if energised is None:
            raise NoState(f"{channel}: {NOT_DRIVEN}", self.settings.name)
        return energised

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; two or three round trips, however many channels. See `whys`."""
        if not self._lines:
            return {}
        driven = self._driven(self._lines.values())
        seen = {channel: driven[line] for channel, line in self._lines.items()}
        return self.states({channel: NOT_DRIVEN if high is None else high for channel, high in seen.items()})

    def identify(self) -> str:
        """See `ActuatorDriver.identify`: model, serial number and firmware."""
        with self._talking():
            self._unit.check_test()
            return self._unit.said()

    def _driven(self, lines: Iterable[int]) -> dict[int, bool | None]:
        with self._talking():
            banks = self._unit.banks()
        return {
            line: codec.driven(line, state=banks.state, direction=banks.direction, analog=banks.analog)
            for line in lines
        }

    def _make_digital(self, channel: str, line: int) -> None:
        """Make a flexible line of a T4 a digital one: as long as it is analog, it does not become an output.

        It becomes an input by that (register list, DIO_ANALOG_ENABLE). Done only now that the line is to be driven:
        its pull-up is switched on by it. The bits of all other lines are written as they were read.
        """
        analog = self._unit.bank(codec.DIO_ANALOG_ENABLE)
        if not codec.has(analog, line):
            return
        digital = analog & ~codec.mask_of([line])
        self._wire.write_registers(codec.DIO_ANALOG_ENABLE, codec.from_u32(digital))
        if codec.has(self._unit.bank(codec.DIO_ANALOG_ENABLE), line):
            inhibit = self._unit.bank(codec.DIO_INHIBIT)
            raise DeviceRefused(
                f"{channel} stays an analog input: its DIO_INHIBIT is {inhibit:#x}, as another program may have left it"
            )

    def _greet(self) -> None:
        """Look who is there, and arm or look at the watchdog. It moves nothing, and changes no line."""
        try:
            self._unit.check_test()
        except (LinkDown, NotSent) as problem:
            if self.exchange.handle.revoked is not None:
                raise
            raise LinkDown(f"{problem.what}; {TAKEN}") from problem
        self._unit.check_model()
        lines = frozenset(self._lines.values())
        if self.settings.watchdog_s and lines:
            high = frozenset(self._lines[channel] for channel in self.settings.watchdog_energised)
            written = watchdog.arm(self._wire, watchdog.Plan(self.settings.watchdog_s, lines, high))
            self._log.info("device.watchdog_armed", timeout_s=self.settings.watchdog_s, written=written)
        elif watchdog.would_move(found := watchdog.read(self._wire), lines):
            seconds = found[watchdog.TIMEOUT_S]
            self._log.warning("device.watchdog_found", timeout_s=seconds, why="armed, though the site has it off")

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Take what is within as one transaction, and say more where the device does not take the connection.

        After a silence in which the watchdog may have struck, the link is opened anew: what was known of the lines is
        not true any more, and on a new link they are read before anything is moved.
        """
        began = time.monotonic()
        if 0 < self.settings.watchdog_s <= began - self._heard_at:
            self.exchange.handle.drop()
        try:
            with self.exchange.transaction():
                yield
            self._heard_at = began
        except NotSent as problem:
            if os.strerror(errno.ECONNREFUSED) in problem.what:
                raise NotSent(f"{problem.what}: it is not there, or {TAKEN}", problem.device) from problem
            raise


class T4Actuator(LabJackActuator):
    """A LabJack T4: FIO4-7, EIO0-7, CIO0-3. See `LabJackActuator`."""

    settings_model = T4ActuatorSettings
    simulator = "hardware.labjack_t.simulator:T4Simulator"
    model = codec.T4


class T7Actuator(LabJackActuator):
    """A LabJack T7: FIO0-7, EIO0-7, CIO0-3, MIO0-2. See `LabJackActuator`."""

    settings_model = T7ActuatorSettings
    simulator = "hardware.labjack_t.simulator:T7Simulator"
    model = codec.T7
